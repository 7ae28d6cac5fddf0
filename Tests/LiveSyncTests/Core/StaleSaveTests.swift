// An editor that still has a file as it was before a change came, and saves it.

import LiveProtocol
import LiveSync
import Support
import Testing

@Suite struct StaleSaveTests {
    let f = ToyUnit(name: "f", code: "f1")
    let f2 = ToyUnit(name: "f", code: "f2")
    let g = ToyUnit(name: "g", code: "g1")
    let h = ToyUnit(name: "h", code: "h1")
    let other = "b.toy"

    /// `h` came into the file of `f` and `g`.
    private func received() throws -> CoreHarness {
        var harness = try CoreHarness.ready(in: [([f, g], Toy.path), ([], other)])
        let plan = try #require(try harness.deliver(harness.remoteChange(h)).plans.first)
        try harness.carryOut(plan, [f, g, h])
        return harness
    }

    @Test func aNewFunctionThatTheNextSaveDropsIsTold() throws {
        var harness = try received()
        harness.time += 1_000

        try harness.save([f2, g])
        let effects = try harness.waitForMoves()

        #expect(effects.sent.flatMap(\.changes).contains { $0.kind == .delete })
        #expect(harness.core.reverts.map(\.function) == ["h"])
    }

    /// Two blocks that an apply brings together read as one: nobody has dropped the other.
    @Test func whatAnApplyMakesOfAFileIsNoSaveThatCrossedIt() throws {
        var harness = try received()
        let gone = harness.remoteChange(g, kind: .delete)
        let plan = try #require(try harness.deliver(gone).plans.first)
        try harness.send(.applyPrepared(CoreHarness.begin(plan), preImage: [1, 2, 3]))
        var file = try Toy.file([f])
        file.knownIDs = [Toy.id("f")]

        try harness.send(.applyFinished(plan.id, .applied(file)))

        #expect(harness.core.state.conflicts.isEmpty)
        #expect(harness.core.reverts.isEmpty)
    }

    @Test func aRemovedFunctionThatTheNextSaveBringsBackIsTold() throws {
        var harness = try CoreHarness.ready([f, g])
        let gone = harness.remoteChange(g, kind: .delete)
        let plan = try #require(try harness.deliver(gone).plans.first)
        try harness.carryOut(plan, [f])
        #expect(harness.core.reverts.isEmpty)
        harness.time += 1_000

        try harness.save([f2, g])

        #expect(harness.core.reverts.map(\.function) == ["g"])
    }

    @Test func aNewFunctionThatIsCutAndPastedIsNotGone() throws {
        var harness = try received()
        harness.time += 1_000

        try harness.save([f2, g])
        try harness.save([h], path: other)
        _ = try harness.waitForMoves()

        #expect(harness.core.reverts.isEmpty)
    }

    /// A program that takes a change back does not wait.
    @Test func aSaveThatOnlyPutsTheOldTextBackIsOne() throws {
        let g2 = ToyUnit(name: "g", code: "g2")
        var harness = try CoreHarness.ready([f, g])
        let plan = try #require(try harness.deliver(harness.remoteChange(g2)).plans.first)
        try harness.carryOut(plan, [f, g2])

        let effects = try harness.save([f, g])

        #expect(effects.sent.flatMap(\.changes).map(\.auraID) == [g.auraID])
        #expect(harness.core.reverts.map(\.function) == ["g"])
    }

    /// An editor that never reads its file again crosses each time.
    @Test func aSecondSaveOverTheSameChangeIsASave() throws {
        let g2 = ToyUnit(name: "g", code: "g2")
        var harness = try CoreHarness.ready([f, g])
        let plan = try #require(try harness.deliver(harness.remoteChange(g2)).plans.first)
        try harness.carryOut(plan, [f, g2])
        let again = try #require(try harness.save([f2, g]).plans.first)
        try harness.carryOut(again, [f2, g2])

        try harness.save([ToyUnit(name: "f", code: "f3"), g])

        #expect(harness.core.reverts.map(\.function) == ["g"])
    }

    /// Two people saved one file at once: each had read it without the other's function.
    @Test(arguments: [true, false])
    func aSaveThatCrossedAChangeDoesNotTakeItBack(isNew: Bool) throws {
        let g2 = ToyUnit(name: "g", code: "g2")
        var harness = try CoreHarness.ready([f, g])
        let change = harness.remoteChange(isNew ? h : g2)
        let plan = try #require(try harness.deliver(change).plans.first)
        try harness.carryOut(plan, isNew ? [f, g, h] : [f, g2])

        // What is gone from a file may be on its way to another one.
        let crossing = try harness.save([f2, g]) + harness.waitForMoves()

        #expect(crossing.plans.flatMap(\.edits).map(\.function) == [change.function])
        #expect(crossing.sent.flatMap(\.changes).map(\.function) == [Toy.id("f")])
        #expect(harness.core.reverts.isEmpty)
        #expect(harness.core.state.conflicts.allSatisfy { !$0.isBlocking })
    }
}
