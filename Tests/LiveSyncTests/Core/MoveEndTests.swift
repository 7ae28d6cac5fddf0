// The second half of a move, out of the old file, while the new one is not left alone either.

import LiveProtocol
import LiveSync
import Support
import Testing

@Suite struct MoveEndTests {
    private let f = ToyUnit(name: "f", code: "f1")
    private let g = ToyUnit(name: "g", code: "g1")
    private let h = ToyUnit(name: "h", code: "h1")
    private let mine = ToyUnit(name: "f", code: "mine")
    private let other = "b.toy"
    private var id: FunctionID { Toy.id("f") }

    /// Somebody moved `f` to the other file; here it stands in both, as `here`.
    private func arrived(_ here: ToyUnit) throws -> (harness: CoreHarness, leaving: ApplyPlan) {
        var harness = try CoreHarness.ready(in: [([f, g], Toy.path), ([h], other)])
        try harness.save([here, g])
        var change = harness.remoteChange(f, id: id, kind: .move, base: f.auraID, path: other)
        change.placement = Placement(previous: Toy.id("h", path: other))
        let sent = harness.core.state.outbound.first { $0.isSent }
        var effects = try harness.deliver(change)
        if let sent { effects += try harness.reject(sent.set, .baseMismatch, headRevision: 1) }
        let arriving = try #require(effects.plans.last)
        #expect(arriving.path == other)
        let leaving = try harness.carryOut(arriving, [h, here]).plans
        return (harness, try #require(leaving.first))
    }

    @Test func theFileThatHoldsTheFunctionByNowIsNamed() throws {
        let (_, leaving) = try arrived(mine)

        #expect(leaving.path == Toy.path)
        #expect(leaving.edits.map(\.action) == [.delete])
        #expect(leaving.holders == [other])
    }

    /// Git puts the new file back between the two halves: then the old one holds the only copy.
    @Test func whatIsGoneFromTheNewFileStaysInTheOldOne() throws {
        var (harness, leaving) = try arrived(mine)

        let reading = try Toy.file([h], path: other)
        let effects = try harness.send(.applyFinished(leaving.id, .changedUnderneath(reading)))

        #expect(!effects.plans.contains { $0.path == Toy.path })
        #expect(harness.core.index.files[Toy.path]?.units.map(\.auraID) == [mine.auraID, g.auraID])
    }
}
