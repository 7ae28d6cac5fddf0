// A Mothership that comes back from an older copy: what it lost is pushed again, what went another
// way there is a conflict, and nothing is applied before the ledger was read whole.

import LiveProtocol
import LiveSync
import Testing

@Suite struct RestoredLedgerTests {
    private let f = ToyUnit(name: "f", code: "f1")
    private let f2 = ToyUnit(name: "f", code: "f2")
    private let f3 = ToyUnit(name: "f", code: "f3")
    private let f4 = ToyUnit(name: "f", code: "f4")

    /// A peer that has revisions 1 and 2 of `f`, the second one its own.
    private func peerWithTwoRevisions() throws -> CoreHarness {
        var harness = try CoreHarness.ready([f])
        let plan = try harness.deliver(harness.remoteChange(f2), revision: 1).plans[0]
        try harness.carryOut(plan, [f2])
        let set = try #require(try harness.save([f3]).sent.first)
        try harness.accept(set, from: 2)
        try harness.send(.linkDown)
        return harness
    }

    @Test func whatTheLedgerLostIsPushedAgain() throws {
        var harness = try peerWithTwoRevisions()

        try harness.send(.linkUp(Toy.welcome(epoch: "e2", head: 1)))
        #expect(harness.core.state.isUnverified)
        let effects = try harness.deliver(harness.remoteChange(f2), revision: 1)
        let again = effects.sent + (try harness.save([f3])).sent

        #expect(!harness.core.state.isUnverified)
        #expect(again.flatMap(\.changes).map(\.auraID) == [f3.auraID])
        #expect(again.flatMap(\.changes).map(\.baseRevision) == [1])
    }

    @Test func whatTheLedgerStillHasIsNotPushedAgain() throws {
        var harness = try peerWithTwoRevisions()

        try harness.send(.linkUp(Toy.welcome(epoch: "e2", head: 2)))
        try harness.deliver(harness.remoteChange(f2), revision: 1)
        let effects = try harness.deliver(harness.remoteChange(f3, base: f2.auraID), revision: 2)

        #expect(!harness.core.state.isUnverified)
        #expect(effects.sent.isEmpty)
        #expect(effects.plans.isEmpty)
        #expect(harness.core.state.outbound.isEmpty)
    }

    /// The page was cut before the peer asked for its own sets too: taken for the ledger from its
    /// start, it would say that the ledger lost them.
    @Test func whatTheOldLinkStillBringsIsNoReadingFromTheStart() throws {
        var harness = try CoreHarness.ready([f])
        try harness.accept(try #require(try harness.save([f3]).sent.first))
        try harness.send(.rereadLedger)

        let late = try harness.send(.delivery(Delivery(after: 0, through: 1, sets: [])))
        #expect(late.isEmpty && harness.core.state.frontier?.sequence == 0)
        try harness.send(.linkDown)
        try harness.send(.linkUp(Toy.welcome(head: 1)))
        let effects = try harness.deliver(harness.remoteChange(f3, base: f.auraID), revision: 1)

        #expect(harness.core.state.frontier?.sequence == 1)
        #expect(effects.sent.isEmpty, "the ledger has it")
        #expect(harness.core.state.bases[Toy.id("f")]?.revision == 1)
    }

    @Test func anotherVersionUnderTheSameNumberIsAConflict() throws {
        var harness = try peerWithTwoRevisions()

        try harness.send(.linkUp(Toy.welcome(epoch: "e2", head: 2)))
        try harness.deliver(harness.remoteChange(f2), revision: 1)
        let effects = try harness.deliver(harness.remoteChange(f4, base: f2.auraID), revision: 2)
        try harness.save([f3])

        #expect(effects.plans.isEmpty, "the version that the ledger lost is not overwritten")
        #expect(harness.core.state.conflicts.map(\.remote.auraID) == [f4.auraID])
        #expect(harness.core.state.conflicts.map(\.localAuraID) == [f3.auraID])
    }

    @Test func aLaterVersionOnTopOfAnotherOneIsAConflictToo() throws {
        var harness = try peerWithTwoRevisions()
        let g4 = harness.remoteChange(f4, base: ToyUnit(name: "f", code: "other").auraID)

        try harness.send(.linkUp(Toy.welcome(epoch: "e2", head: 1)))
        let effects = try harness.deliver(g4, revision: 5)
        try harness.save([f3])

        #expect(effects.plans.isEmpty)
        #expect(harness.core.state.conflicts.count == 1)
    }

    @Test func aReadingThatARestartInterruptedBeginsAgain() throws {
        var harness = try peerWithTwoRevisions()
        try harness.send(.linkUp(Toy.welcome(epoch: "e2", head: 2)))
        try harness.deliver(harness.remoteChange(f2), revision: 1)

        try harness.restart()
        try harness.send(.observed(Toy.file([f3])))
        try harness.send(.scanCompleted)
        try harness.send(.linkUp(Toy.welcome(epoch: "e2", head: 2)))

        #expect(harness.core.state.frontier?.sequence == 0)
        #expect(harness.core.state.isUnverified)
    }
}
