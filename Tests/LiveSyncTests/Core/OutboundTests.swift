// Saves: what is pushed, coalesced, superseded, refused and sent again.

import LiveProtocol
import LiveSync
import Testing
import WriteAheadLog

@Suite struct OutboundTests {
    let f = ToyUnit(name: "f", code: "f1")
    let g = ToyUnit(name: "g", code: "g1")

    private func edited(_ unit: ToyUnit, _ code: String) -> ToyUnit {
        var unit = unit
        unit.code = code
        return unit
    }

    @Test func aFileAsInGitPushesNothing() throws {
        let harness = try CoreHarness.ready([f, g])

        #expect(harness.core.state.outbound.isEmpty)
        #expect(harness.core.index.locate(Toy.id("f"))?.path == Toy.path)
    }

    /// A unit that looks like what another one was at git's HEAD is not that other one.
    @Test func anAgentThatStartsAgainTakesNoUnitForAnother() throws {
        var harness = try CoreHarness.ready([f])
        let renamed = ToyUnit(name: "h", code: "h1")
        let alike = ToyUnit(name: "k", code: "f1")
        let change = harness.remoteChange(renamed, id: Toy.id("f"), kind: .rename, base: f.auraID)
        try harness.carryOut(try #require(try harness.deliver(change).plans.first), [renamed])
        try harness.accept(try #require(try harness.save([renamed, alike]).sent.first), from: 2)
        let before = harness.core.index.places.keys.sorted()

        try harness.restart()
        try harness.send(
            .observed(Toy.file([renamed, alike], head: .units(Toy.observed([f])))))
        try harness.send(.scanCompleted)
        try harness.send(.linkUp(Toy.welcome(head: 2)))

        #expect(harness.core.index.places.keys.sorted() == before)
        #expect(harness.core.index.locate(Toy.id("f"))?.unit.qualifiedName == "h")
        #expect(harness.core.state.outbound.isEmpty, "nobody changed anything")
    }

    @Test func anEditIsLoggedAndSentInOneAppend() throws {
        var harness = try CoreHarness.ready([f, g])

        let effects = try harness.save([edited(f, "f2"), g])

        #expect(effects.types == [.outboundEnqueued, .outboundSent])
        let set = try #require(effects.sent.first)
        #expect(effects.first != .send(set), "the append comes first")
        #expect(set.changes.map(\.function) == [Toy.id("f")])
        #expect(set.changes[0].baseRevision == 0)
        #expect(set.changes[0].baseAuraID == f.auraID)
    }

    @Test func allChangesOfOneSaveAreOneSet() throws {
        var harness = try CoreHarness.ready([f, g])

        let saved = try harness.save([edited(f, "f2"), ToyUnit(name: "h", code: "h1")])
        #expect(saved.sent.isEmpty, "the function that went may turn up in another file")
        let set = try #require(try harness.waitForMoves().sent.first)

        #expect(Set(set.changes.map(\.qualifiedName)) == ["f", "g", "h"])
        let removed = set.changes.first { $0.qualifiedName == "g" }
        #expect(removed?.kind == .delete)
        let added = set.changes.first { $0.qualifiedName == "h" }
        #expect(added?.function != Toy.id("h"), "what git does not have gets a random identity")
        #expect(added?.placement.previous == Toy.id("f"))
    }

    @Test func aSaveThatChangesOnlyTriviaPushesNothing() throws {
        var harness = try CoreHarness.ready([f, g])

        let effects = try harness.save([ToyUnit(name: "f", code: "f1", note: "// new\n"), g])

        #expect(effects.isEmpty)
    }

    @Test func heldBackLocalOnlyAndUnreadableUnitsPushNothing() throws {
        var harness = try CoreHarness.ready([f, g])

        try harness.save([ToyUnit(name: "f", code: "f2", isHeldBack: true), g])
        try harness.save([f, g, ToyUnit(name: "s", code: "secret", isLocalOnly: true)])
        try harness.save([f, g])
        try harness.send(.observed(Toy.file([f], hasContainerError: true)))

        #expect(harness.core.state.outbound.isEmpty)
        #expect(harness.log.allSatisfy { $0.type != .outboundEnqueued })
    }

    /// Editors save on their own, and the last brace comes later.
    @Test func theMembersOfATypeThatIsStillBeingTypedWaitForIt() throws {
        var harness = try CoreHarness.ready([f])
        var type = ToyUnit(name: "B", code: "B {", kind: .type, isHeldBack: true)
        let member = ToyUnit(name: "B::m", code: "m1", kind: .method, parent: "B")

        let half = try harness.send(
            .observed(Toy.file([f, type, member], hasContainerError: true)))
        #expect(half.sent.isEmpty)
        type.isHeldBack = false
        let whole = try harness.save([f, type, member])

        #expect(whole.sent.count == 1)
        #expect(whole.sent.flatMap(\.changes).map(\.qualifiedName) == ["B", "B::m"])
    }

    @Test func aNewerSaveReplacesAnUnsentOne() throws {
        var harness = try CoreHarness.ready([f, g], linked: false)
        try harness.save([edited(f, "f2"), g])
        let first = try #require(harness.core.state.outbound.first?.id)

        try harness.save([edited(f, "f3"), edited(g, "g2")])

        #expect(harness.core.state.outbound.count == 1)
        #expect(harness.core.state.outbound.first?.set.changes.count == 2)
        let draft = try #require(harness.log.last { $0.type == .outboundEnqueued })
        let record = try PeerRecord(type: draft.type, metadata: draft.metadata, body: draft.body)
        guard case .enqueued(_, _, let supersedes, _)? = record else {
            Issue.record("not an enqueue record")
            return
        }
        #expect(supersedes == [first])
    }

    @Test func goingBackToTheSharedVersionTakesTheChangeAway() throws {
        var harness = try CoreHarness.ready([f], linked: false)
        try harness.save([edited(f, "f2")])

        try harness.save([f])

        #expect(harness.core.state.outbound.isEmpty)
    }

    @Test func aFunctionInFlightCoalescesLaterSaves() throws {
        var harness = try CoreHarness.ready([f, g])
        let first = try #require(try harness.save([edited(f, "f2"), g]).sent.first)

        #expect(try harness.save([edited(f, "f3"), g]).sent.isEmpty)
        #expect(try harness.save([edited(f, "f4"), g]).sent.isEmpty)
        let second = try #require(try harness.accept(first).sent.first)

        #expect(second.changes.map(\.auraID) == [edited(f, "f4").auraID])
        #expect(second.changes[0].baseRevision == 1)
        #expect(second.changes[0].baseAuraID == edited(f, "f2").auraID)
    }

    @Test func aSetWithoutTheFunctionInFlightDoesNotWait() throws {
        var harness = try CoreHarness.ready([f, g])
        try harness.save([edited(f, "f2"), g])

        let effects = try harness.save([edited(f, "f2"), edited(g, "g2")])

        #expect(effects.sent.flatMap(\.changes).map(\.qualifiedName) == ["g"])
    }

    @Test func anAcknowledgedVersionIsTheBase() throws {
        var harness = try CoreHarness.ready([f])
        let set = try #require(try harness.save([edited(f, "f2")]).sent.first)

        let effects = try harness.accept(set, from: 7)

        #expect(effects.types == [.outboundAcked])
        let base = try #require(harness.core.state.bases[Toy.id("f")])
        #expect(base.revision == 1)
        #expect(base.auraID == edited(f, "f2").auraID)
        #expect(base.firstSequence == 7)
        #expect(harness.core.state.outbound.isEmpty)
    }

    @Test func setsWithoutAnswerAreSentAgainUnchanged() throws {
        var harness = try CoreHarness.ready([f])
        let set = try #require(try harness.save([edited(f, "f2")]).sent.first)

        try harness.send(.linkDown)
        let again = try harness.send(.linkUp(Toy.welcome()))

        #expect(again.sent == [set])
        try harness.restart()
        try harness.send(.observed(Toy.file([edited(f, "f2")], head: .units(Toy.observed([f])))))
        try harness.send(.scanCompleted)
        #expect(try harness.send(.linkUp(Toy.welcome())).sent == [set])
    }

    @Test func aRefusedSetIsKeptAndBlocksNothing() throws {
        var harness = try CoreHarness.ready([f, g])
        let set = try #require(try harness.save([edited(f, "f2"), g]).sent.first)

        try harness.reject(set, .invalidSignature)

        #expect(harness.core.state.outbound.map(\.state) == [.quarantined(.invalidSignature)])
        let other = try harness.save([edited(f, "f2"), edited(g, "g2")])
        #expect(other.sent.flatMap(\.changes).map(\.qualifiedName) == ["g"])
        let retried = try harness.send(.retryRefused(.invalidSignature))
        #expect(retried.sent.flatMap(\.changes).map(\.qualifiedName) == ["f"])
        #expect(retried.sent[0].id != set.id, "the old answer would be repeated")
    }

    @Test func aNewerTextReplacesARefusedOne() throws {
        var harness = try CoreHarness.ready([f])
        let set = try #require(try harness.save([edited(f, "f2")]).sent.first)
        try harness.reject(set, .policyViolation)

        let effects = try harness.save([edited(f, "f3")])

        #expect(effects.sent.count == 1)
        #expect(harness.core.state.outbound.map(\.state) == [.sent])
    }

    @Test func aTextOverTheLimitIsIsolatedWithoutSendingIt() throws {
        var harness = try CoreHarness.ready([f, g], linked: false)
        var welcome = Toy.welcome()
        welcome.limits.bodyBytes = 100
        let long = edited(f, String(repeating: "x", count: 200))
        try harness.save([long, edited(g, "g2")])

        let effects = try harness.send(.linkUp(welcome))

        #expect(effects.sent.flatMap(\.changes).map(\.qualifiedName) == ["g"])
        #expect(effects.types.contains(.outboundFailed))
        #expect(harness.core.state.outbound.contains { $0.state == .quarantined(.payloadTooLarge) })
    }

    @Test func backpressureDelaysInsteadOfRefusing() throws {
        var harness = try CoreHarness.ready([f])
        let set = try #require(try harness.save([edited(f, "f2")]).sent.first)

        let refused = try harness.send(.pushRefused(set.id, .rateLimitNodes))

        #expect(refused == [.delayPush(set.id, .rateLimitNodes)])
        #expect(try harness.send(.pushDue(set.id)).sent == [set])
    }

    @Test func nothingIsSentWhilePaused() throws {
        var harness = try CoreHarness.ready([f])
        try harness.send(.pause(causes: ["rebase"]))

        #expect(try harness.save([edited(f, "f2")]).sent.isEmpty)
        #expect(harness.core.state.outbound.count == 1, "but it is in the log")
        #expect(try harness.send(.resume).sent.count == 1)
    }

    @Test func aStaleBaseWaitsForTheNewerVersion() throws {
        var harness = try CoreHarness.ready([f])
        let set = try #require(try harness.save([edited(f, "f2")]).sent.first)

        try harness.reject(set, .baseMismatch, headRevision: 1)

        #expect(harness.core.state.outbound.isEmpty)
        #expect(harness.core.state.staleHeads == [Toy.id("f"): 1])
        try harness.save([edited(f, "f3")])
        #expect(harness.core.state.outbound.isEmpty, "no use in pushing on a base that is gone")
        try harness.deliver(harness.remoteChange(edited(f, "theirs")))
        #expect(harness.core.state.blockingConflict(of: Toy.id("f")) != nil)
    }

    @Test func aLedgerBehindUsIsReadBeforeTheEditGoesOutAgain() throws {
        var harness = try CoreHarness.ready([f])
        let first = try #require(try harness.save([edited(f, "f2")]).sent.first)
        try harness.accept(first, revision: 9)
        let second = try #require(try harness.save([edited(f, "f3")]).sent.first)

        let refused = try harness.reject(second, .baseMismatch, headRevision: 4)
        #expect(refused.contains(.reconnect(.reread)))
        #expect(refused.sent.isEmpty, "what the ledger has now is not known yet")
        try harness.send(.linkDown)
        try harness.send(.linkUp(Toy.welcome(head: 1)))
        let effects = try harness.deliver(
            harness.remoteChange(edited(f, "f2"), base: f.auraID), revision: 4)

        let again = effects.sent + (try harness.save([edited(f, "f3")])).sent
        #expect(again.flatMap(\.changes).map(\.baseRevision) == [4])
    }

    @Test func aFileThatWentAwayUnseenIsADeletion() throws {
        var harness = try CoreHarness.ready([f])
        try harness.accept(try #require(try harness.save([edited(f, "f2")]).sent.first))
        try harness.restart()

        #expect(try harness.send(.scanCompleted).observed == [Toy.path])
        try harness.send(.observed(.missing(Toy.path, grammar: Toy.grammar)))
        let effects = try harness.send(.linkUp(Toy.welcome()))

        #expect(effects.sent.flatMap(\.changes).map(\.kind) == [.delete])
    }

    @Test func aLargeSaveIsSplitBeforeItTripsALimit() throws {
        var harness = try CoreHarness.ready([], linked: false)
        var welcome = Toy.welcome()
        welcome.limits.changesPerPack = 10
        try harness.send(.linkUp(welcome))

        let effects = try harness.save((0..<25).map { ToyUnit(name: "u\($0)", code: "\($0)") })

        #expect(effects.sent.map(\.changes.count) == [10, 10, 5])
    }

    /// A Mothership closes on who sends more than it announced.
    @Test func theQueueLeavesNoFasterThanTheMothershipTakesIt() throws {
        var harness = try CoreHarness.ready([], linked: false)
        var welcome = Toy.welcome()
        (welcome.limits.changesPerPack, welcome.limits.changesPerSecond) = (10, 5)
        try harness.send(.linkUp(welcome))

        let effects = try harness.save((0..<25).map { ToyUnit(name: "u\($0)", code: "\($0)") })

        #expect(effects.sent.map(\.changes.count) == [10])
        let waits = effects.compactMap { effect in
            if case .recheck(let wait) = effect { wait } else { nil }
        }
        #expect(waits.count == 1 && waits[0] <= .milliseconds(2_001))
        #expect(try harness.send(.timePassed).sent.isEmpty, "too early")
        harness.time += 2_000
        #expect(try harness.send(.timePassed).sent.map(\.changes.count) == [10])
        harness.time += 1_000
        #expect(try harness.send(.timePassed).sent.map(\.changes.count) == [5])
    }
}
