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

    /// What was received under a number before is not what the ledger has under it now.
    @Test func whatGitTakesOutIsNotWhatTheLostLedgerHad() throws {
        var harness = try CoreHarness.ready([f])
        let plan = try harness.deliver(harness.remoteChange(f2), revision: 1).plans[0]
        try harness.carryOut(plan, [f2])
        try harness.send(.linkDown)
        try harness.send(.linkUp(Toy.welcome(epoch: "e2", head: 1)))
        try harness.deliver(harness.remoteChange(f4), revision: 1)
        try harness.save([f2])
        let conflict = try #require(harness.core.state.blockingConflict(of: Toy.id("f")))
        try harness.send(.linkDown)
        try harness.send(.resolveConflict(conflict.id, .local))
        #expect(harness.core.state.bases[Toy.id("f")]?.auraID == f4.auraID)

        var file = try Toy.file([f])
        file.isLeftByGit = true
        try harness.send(.observed(file))

        #expect(harness.core.state.blockingConflict(of: Toy.id("f")) == nil)
        #expect(harness.core.state.bases[Toy.id("f")]?.auraID == f4.auraID)
    }

    // MARK: A ledger under its own name

    /// The same ledger with another run of its Mothership is read on from where we stood.
    @Test func anotherRunOverTheSameLedgerChangesNothing() throws {
        var harness = try peerWithTwoRevisions()
        try harness.send(.linkUp(Toy.welcome(head: 2, run: "one")))
        #expect(harness.core.state.position == LedgerPosition(run: "one", sequence: 1))
        try harness.send(.linkDown)
        let effects = try harness.send(.linkUp(Toy.welcome(head: 2, run: "two")))

        #expect(harness.core.state.position == LedgerPosition(run: "two", sequence: 1))
        #expect(!harness.core.state.isUnverified && harness.core.state.setback == nil)
        #expect(effects.sent.isEmpty)
        try harness.deliver(harness.remoteChange(f4, base: f3.auraID), revision: 3)
        #expect(harness.core.state.position?.sequence == 2)
    }

    /// What only an answer told is a place that is known, too.
    @Test func aPlaceIsAsFarAsTheLastAnswer() throws {
        var harness = try CoreHarness.ready([f], linked: false)
        try harness.send(.linkUp(Toy.welcome(run: "one")))
        try harness.accept(try #require(try harness.save([f3]).sent.first), from: 4)

        #expect(harness.core.state.frontier?.sequence == 0)
        #expect(harness.core.state.position == LedgerPosition(run: "one", sequence: 4))
        try harness.send(.rereadLedger)
        #expect(harness.core.state.position?.sequence == 4, "it is the same ledger")
    }

    @Test func aLedgerThatHasGrownAgainIsReadAnewAndItsOtherVersionIsAConflict() throws {
        var harness = try peerWithTwoRevisions()
        try harness.send(.linkUp(Toy.welcome(head: 2, run: "one")))
        try harness.send(.linkDown)

        try harness.send(.linkUp(Toy.welcome(head: 2, run: "three", wentBack: true)))
        #expect(harness.core.state.isUnverified)
        #expect(harness.core.state.frontier?.sequence == 0)
        #expect(harness.core.state.position == LedgerPosition(run: "three", sequence: 0))
        try harness.deliver(harness.remoteChange(f2), revision: 1)
        let effects = try harness.deliver(harness.remoteChange(f4, base: f2.auraID), revision: 2)
        try harness.save([f3])

        #expect(effects.plans.isEmpty && effects.sent.isEmpty)
        #expect(harness.core.state.conflicts.map(\.remote.auraID) == [f4.auraID])
        #expect(harness.core.state.conflicts.map(\.localAuraID) == [f3.auraID])
        #expect(harness.core.state.setback == LedgerSetback(known: 1, head: 2))
    }

    @Test func thatItWentBackIsKnownUntilEverythingIsCompared() throws {
        var harness = try peerWithTwoRevisions()
        try harness.send(.linkUp(Toy.welcome(head: 0)))
        let setback = LedgerSetback(known: 1, head: 0)
        #expect(harness.core.state.setback == setback)
        try harness.deliver(harness.remoteChange(f2), revision: 1)
        try harness.send(.writeCheckpoint)
        try harness.restart()
        #expect(harness.core.state.setback == setback)

        try harness.send(.forgetLost(nil))
        #expect(harness.core.state.setback == nil)
    }

    /// The number of our base with another version under it: whoever was put back did not tell.
    @Test func aRefusalOfOurVeryNumberHasTheLedgerReadAnew() throws {
        var harness = try peerWithTwoRevisions()
        try harness.send(.linkUp(Toy.welcome(head: 1)))
        let set = try #require(try harness.save([f4]).sent.first)
        let effects = try harness.reject(set, .baseMismatch, headRevision: 2)

        #expect(effects.contains(.reconnect(.reread)))
        #expect(harness.core.state.isUnverified)
    }

    /// It was late: the version it was refused for is here already.
    @Test func aLateRefusalHasNothingReadAnew() throws {
        var harness = try peerWithTwoRevisions()
        try harness.send(.linkUp(Toy.welcome(head: 1)))
        let set = try #require(try harness.save([f4]).sent.first)
        try harness.deliver(harness.remoteChange(f, base: f3.auraID), revision: 3)
        let effects = try harness.reject(set, .baseMismatch, headRevision: 3)

        #expect(!effects.contains(.reconnect(.reread)))
    }

    @Test func aCheckpointWithoutAPlaceInTheLedgerIsRead() throws {
        var harness = try peerWithTwoRevisions()
        try harness.send(.linkUp(Toy.welcome(head: 2)))
        var bytes = harness.core.state.postcard
        #expect(bytes.suffix(2) == [0, 0] && bytes[0] == 4)

        bytes[0] = 3
        let state = try PeerState(postcard: bytes.dropLast(2))
        #expect(state == harness.core.state)
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
