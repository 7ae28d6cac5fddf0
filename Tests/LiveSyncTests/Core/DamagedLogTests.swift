// What a log says that lost its last record or one in the middle: nothing goes out under a name that
// the Mothership answered already, and nothing of a ledger that is gone is taken for true.

import LiveProtocol
import LiveSync
import Support
import Testing
import WriteAheadLog

@Suite struct DamagedLogTests {
    private let f = ToyUnit(name: "f", code: "f1")
    private let g = ToyUnit(name: "g", code: "g1")
    private let f2 = ToyUnit(name: "f", code: "f2")
    private let g2 = ToyUnit(name: "g", code: "g2")

    /// A peer whose set of two changes got one of them accepted, the other refused.
    private func answered(_ refused: RejectClass) throws -> (harness: CoreHarness, set: ChangeSet) {
        var harness = try CoreHarness.ready([f, g])
        let set = try #require(try harness.save([f2, g2]).sent.first)
        let rejected = RejectedChange(
            index: 0, reject: refused, headRevision: 1, message: refused.word)
        let place = LedgerPlace(index: 1, sequence: 7, revision: 1)
        try harness.send(
            .pushResult(PushResult(changeSet: set.id, accepted: [place], rejected: [rejected])))
        return (harness, set)
    }

    @Test(arguments: [RejectClass.baseMismatch, .payloadTooLarge])
    func anAnswerCutAtAnyRecordIsAskedForAgainWhole(_ refused: RejectClass) throws {
        let (harness, set) = try answered(refused)
        let types = harness.log.map(\.type)
        let sent = try #require(types.firstIndex(of: .outboundSent))

        for end in sent + 1..<harness.log.count {
            let (state, undecodable) = PeerState.replay(
                harness.log[..<end].map { ($0.type, $0.metadata, $0.body) })
            let waiting = state.outbound.filter(\.isSent)
            #expect(undecodable == 0)
            #expect(waiting.map(\.id) == [set.id], "after \(end) records")
            #expect(waiting.first?.set == set, "after \(end) records")
        }
    }

    @Test func whatWasRefusedIsKeptApartFromWhatWasAccepted() throws {
        let (harness, set) = try answered(.payloadTooLarge)

        #expect(harness.core.state.bases[Toy.id("g")]?.revision == 1)
        #expect(harness.core.state.bases[Toy.id("f")] == nil)
        #expect(harness.core.state.outbound.map(\.set.changes.count) == [1])
        #expect(harness.core.state.outbound.first?.id != set.id)
        #expect(harness.core.state.outbound.first?.state == .quarantined(.payloadTooLarge))
    }

    @Test func whatRecoveryRestoresCountsWhereItStoodFirst() throws {
        let (harness, _) = try answered(.baseMismatch)
        let tree = try ScratchTree()
        let folder = tree.at("wal")
        let (log, _) = try WriteAheadLog.open(at: folder)
        _ = try log.enqueue(harness.log)
        try log.close()
        let first = try #require(try LogReader.records(at: folder).records.first)
        let path = "\(folder)/\(first.summary.segment.fileName)"
        let good = try FileAccess.read(path)
        var bytes = good
        bytes[Int(first.summary.offset) + 44] ^= 1
        try FileAccess.replace(path, with: bytes)
        try FileAccess.replace("\(folder)/segment-000001 (conflicted copy).log", with: good)

        #expect(try LogRecovery.recover(at: folder).lostLSNs.isEmpty)

        let found = try LogReader.records(at: folder)
        #expect(found.records.contains { $0.salvagedFrom == first.lsn })
        let (state, undecodable) = PeerState.replay(found)
        #expect(undecodable == 0)
        #expect(state == harness.core.state)
    }

    @Test func whatIsQueuedGetsAnotherNameAfterALoss() throws {
        var harness = try CoreHarness.ready([f], linked: false)
        try harness.save([f2])
        let before = harness.core.state.outbound.map(\.id)

        try harness.send(.forgetLost(nil))

        #expect(harness.core.state.outbound.map(\.set.changes.count) == [1])
        #expect(harness.core.state.outbound.map(\.id) != before)
    }

    @Test func aVersionThatWaitsIsHeldAgainstTheLedgerAfterALoss() throws {
        var harness = try CoreHarness.ready([f])
        try harness.send(.pause(causes: ["merge"]))
        try harness.deliver(harness.remoteChange(f2))
        #expect(harness.core.state.hasPendingInbound(Toy.id("f")))

        try harness.send(.forgetLost(nil))
        try harness.send(.linkDown)
        try harness.send(.resume)
        let effects = try harness.send(.linkUp(Toy.welcome(head: 0)))

        #expect(effects.plans.isEmpty, "the ledger does not have it any more")
        #expect(!harness.core.state.hasPendingInbound(Toy.id("f")))
        #expect(!harness.core.state.isUnverified)
    }

    @Test func ourOwnChangesAreWantedUntilTheLedgerWasReadWhole() throws {
        var harness = try CoreHarness.ready([f])
        let set = try #require(try harness.save([f2]).sent.first)
        try harness.accept(set)
        try harness.send(.forgetLost(nil))
        try harness.send(.linkDown)
        try harness.send(.linkUp(Toy.welcome(head: 2)))

        try harness.deliver(harness.remoteChange(g, kind: .delete))
        #expect(harness.core.state.rereadThrough == .max, "the second half may hold ours")
        try harness.deliver(harness.remoteChange(f2))
        try harness.save([f2])

        #expect(harness.core.state.rereadThrough == nil)
        #expect(harness.core.state.bases[Toy.id("f")]?.auraID == f2.auraID)
    }
}
