// A change without an event is missed only when the event does not come later either.

import Support
import Testing

@testable import LiveSync

@Suite struct MissedSavesTests {
    private let now = Timestamp(rawValue: 0)

    @Test func whatAnEventTellsOfInTimeIsNotMissed() {
        var saves = MissedSaves()
        saves.found("a.py", at: .seconds(1))
        saves.found("b.py", at: .seconds(1))
        saves.settle(at: .seconds(9), now)
        saves.told(["a.py"])
        saves.settle(at: .seconds(12), now)

        #expect(saves.missed.map(\.path) == ["b.py"])
        #expect(saves.count == 1)
    }

    @Test func aFileIsCountedOnceForEachTimeAndTheNewestAreKept() {
        var saves = MissedSaves()
        for round in 0..<30 {
            saves.found("f\(round).py", at: .seconds(round * 20))
            saves.found("f\(round).py", at: .seconds(round * 20 + 5))
            saves.settle(at: .seconds(round * 20 + 11), now)
        }

        #expect(saves.count == 30)
        #expect(saves.missed.count == 20)
        #expect(saves.missed.last?.path == "f29.py")
    }
}
