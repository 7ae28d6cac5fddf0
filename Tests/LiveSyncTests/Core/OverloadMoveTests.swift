// A function that goes to a file or type where another one has its name.

import LiveProtocol
import LiveSync
import Support
import Testing

@Suite struct OverloadMoveTests {
    let f = ToyUnit(name: "f", code: "f1")
    let g = ToyUnit(name: "g", code: "g1")
    let h = ToyUnit(name: "h", code: "h1")
    let other = "b.toy"
    var id: FunctionID { Toy.id("f") }

    private func move(_ harness: CoreHarness, before next: FunctionID) -> UnitChange {
        var change = harness.remoteChange(f, id: id, kind: .move, base: f.auraID, path: other)
        change.placement = Placement(next: next)
        return change
    }

    @Test func aMoveBesideGitsOverloadIsNoConflict() throws {
        let overload = ToyUnit(name: "f", code: "of another type")
        var harness = try CoreHarness.ready(in: [([f, g], Toy.path), ([overload], other)])

        let arriving = try harness.deliver(
            move(harness, before: Toy.id("f", path: other))
        ).plans

        #expect(harness.core.state.conflicts.isEmpty)
        #expect(arriving.map(\.path) == [other])
        let leaving = try harness.carryOut(try #require(arriving.first), [f, overload]).plans
        #expect(leaving.map(\.path) == [Toy.path])
    }

    @Test func aMoveOntoWhatItsAuthorNeverSawIsAConflict() throws {
        var harness = try CoreHarness.ready(in: [([f, g], Toy.path), ([h], other)])
        try harness.send(.linkDown)
        try harness.save([h, ToyUnit(name: "f", code: "mine")], path: other)
        try harness.send(.linkUp(Toy.welcome(head: 1)))

        let moved = try harness.deliver(move(harness, before: Toy.id("h", path: other)))
        // Ours comes into the ledger behind the move.
        let mine = try #require(moved.sent.first)
        let accepted = try harness.accept(mine, from: 100)

        // The text that a conflict keeps was in step with the ledger: it is read for that.
        let later = try harness.save([f, g])

        #expect((moved + accepted + later).plans.isEmpty)
        #expect(harness.core.state.blockingConflict(of: id) != nil)
    }
}
