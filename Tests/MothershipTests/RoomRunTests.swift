// Places in a ledger that a Mothership knows again, and those of a ledger that it was before it was
// put back from an older copy.

import LiveProtocol
import Mothership
import Testing

@Suite struct RoomRunTests {
    let ada: TestDevice
    let bob: TestDevice

    init() throws {
        ada = try TestDevice(1)
        bob = try TestDevice(2)
    }

    struct Place: Sendable, CustomTestStringConvertible {
        let position: LedgerPosition?
        let isKnown: Bool
        var testDescription: String { position.map { "\($0.run) at \($0.sequence)" } ?? "none" }

        init(_ run: String, _ sequence: UInt64, isKnown: Bool) {
            position = LedgerPosition(run: run, sequence: sequence)
            self.isKnown = isKnown
        }

        init() { (position, isKnown) = (nil, true) }
    }

    /// The first run left 2 changes, the second none, the third has made 3 so far.
    private func room() throws -> RoomDriver {
        var room = try RoomDriver()
        for (run, numbers) in [("one", 0..<2), ("two", 2..<2), ("three", 2..<5)] {
            try room.open(run: run)
            try room.join(1, ada)
            for number in numbers { try room.push(1, ada.admitted(number, [put(number, "x")])) }
        }
        return room
    }

    @Test(arguments: [
        Place(), Place("one", 0, isKnown: true), Place("one", 2, isKnown: true),
        Place("two", 1, isKnown: true), Place("two", 2, isKnown: true),
        Place("three", 2, isKnown: true), Place("three", 5, isKnown: true),
        // The runs are known and did not get so far before the next one began.
        Place("one", 3, isKnown: false), Place("two", 3, isKnown: false),
        Place("three", 6, isKnown: false), Place("other", 1, isKnown: false),
    ])
    func aPlaceIsOfThisLedgerOrOfAnother(_ place: Place) throws {
        var room = try room()
        let effects = try room.join(
            2, bob, frontier: Frontier(epoch: "epoch-1", sequence: 1), position: place.position)
        guard case .welcome(let welcome)? = effects.sent(to: 2).first else {
            throw Unexpected(what: "no welcome first")
        }
        #expect(welcome.run == "three" && welcome.head == 5)
        #expect(welcome.wentBack == (place.isKnown ? nil : true))
        #expect(effects.deliveries(to: 2).first?.after == (place.isKnown ? 1 : 0))
    }

    /// A ledger with another name is another one altogether; that needs no further word.
    @Test func aPlaceInALedgerOfAnotherEpochIsNotAskedFor() throws {
        var room = try room()
        let effects = try room.join(
            2, bob, frontier: Frontier(epoch: "epoch-0", sequence: 9),
            position: LedgerPosition(run: "other", sequence: 9))
        guard case .welcome(let welcome)? = effects.sent(to: 2).first else {
            throw Unexpected(what: "no welcome first")
        }
        #expect(welcome.wentBack == nil)
        #expect(effects.deliveries(to: 2).first?.after == 0)
    }

    @Test func aRoomWhoseRunCouldNotBeNotedHasNoName() throws {
        var room = try room()
        try room.open(run: nil)
        let effects = try room.join(
            2, bob, frontier: Frontier(epoch: "epoch-1", sequence: 5),
            position: LedgerPosition(run: "three", sequence: 5))
        guard case .welcome(let welcome)? = effects.sent(to: 2).first else {
            throw Unexpected(what: "no welcome first")
        }
        #expect(welcome.run == nil && welcome.wentBack == nil)
    }
}
