// From a delivered change to a written file, one decision at a time.

import LiveProtocol
import LiveSync
import Support
import Testing
import WriteAheadLog

@Suite struct ApplyTests {
    let f = ToyUnit(name: "f", code: "f1")
    let f2 = ToyUnit(name: "f", code: "f2")
    let g = ToyUnit(name: "g", code: "g1")
    var id: FunctionID { Toy.id("f") }

    private func planned() throws -> (CoreHarness, ApplyPlan) {
        var harness = try CoreHarness.ready([f, g])
        let plan = try #require(try harness.deliver(harness.remoteChange(f2)).plans.first)
        return (harness, plan)
    }

    @Test func theIntentionIsLoggedWithThePreImageBeforeTheWrite() throws {
        var (harness, plan) = try planned()

        let effects = try harness.send(
            .applyPrepared(CoreHarness.begin(plan), preImage: Array("old text".utf8)))

        #expect(effects.types == [.applyBegin])
        #expect(effects.last == .commitApply(plan.id))
        let draft = try #require(harness.log.last)
        #expect(draft.body.contains(Array("old text".utf8)))
        #expect(harness.core.state.applying?.id == plan.id)
    }

    @Test func aSaveBetweenPlanAndWriteDropsThePlan() throws {
        var (harness, plan) = try planned()
        try harness.save([ToyUnit(name: "f", code: "mine"), g])

        let effects = try harness.send(.applyPrepared(CoreHarness.begin(plan), preImage: []))

        #expect(effects.contains(.abandonApply(plan.id)))
        #expect(!effects.contains(.commitApply(plan.id)))
    }

    @Test(arguments: [(59, true), (61, false)])
    func theOldTextOverAFreshChangeIsPushedAndRemembered(seconds: Int64, isTold: Bool) throws {
        var (harness, plan) = try planned()
        try harness.carryOut(plan, [f2, g])
        let applied = Timestamp(rawValue: harness.time)
        #expect(harness.core.reverts.isEmpty)

        harness.time += seconds * 1000
        let effects = try harness.save([f, g])

        #expect(effects.sent.flatMap(\.changes).map(\.auraID) == [f.auraID])
        #expect(harness.core.reverts.map(\.function) == (isTold ? ["f"] : []))
        #expect(harness.core.reverts.allSatisfy { $0.appliedAt == applied && $0.path == Toy.path })
        try harness.save([f, g])
        #expect(harness.core.reverts.count == (isTold ? 1 : 0), "one save is told once")
    }

    @Test func aThirdTextOverAFreshChangeIsOrdinaryWork() throws {
        var (harness, plan) = try planned()
        try harness.carryOut(plan, [f2, g])

        try harness.save([ToyUnit(name: "f", code: "f3"), g])

        #expect(harness.core.reverts.isEmpty)
    }

    @Test func aPauseDropsThePlan() throws {
        var (harness, plan) = try planned()

        #expect(try harness.send(.pause(causes: ["rebase"])).contains(.abandonApply(plan.id)))
        #expect(try harness.send(.resume).plans.count == 1)
    }

    @Test func afterACrashTheFileDecidesWhatHappened() throws {
        struct Row {
            let digest: ContentDigest?
            let type: RecordType
            let local: ToyUnit
            let replans: Bool
            let conflicts: Bool
        }
        let late = ToyUnit(name: "f", code: "saved meanwhile")
        let rows = [
            Row(digest: .of([2]), type: .applyOK, local: f2, replans: false, conflicts: false),
            Row(digest: .of([1]), type: .applyFailed, local: f, replans: true, conflicts: false),
            Row(digest: .of([3]), type: .applyFailed, local: late, replans: false, conflicts: true),
            Row(digest: nil, type: .applyFailed, local: f2, replans: false, conflicts: false),
        ]
        for row in rows {
            var (harness, plan) = try planned()
            try harness.send(.applyPrepared(CoreHarness.begin(plan), preImage: []))
            try harness.restart()
            let effects = try harness.send(.applyInspected(plan.id, row.digest))
            #expect(effects.types == [row.type])

            let head = try Toy.observed([f, g])
            var decided = try harness.send(.observed(Toy.file([row.local, g], head: .units(head))))
            decided += try harness.send(.scanCompleted)

            #expect(!decided.plans.isEmpty == row.replans)
            #expect((harness.core.state.blockingConflict(of: id) != nil) == row.conflicts)
            #expect(harness.core.state.applying == nil)
            if !row.conflicts && !row.replans {
                #expect(harness.core.state.bases[id]?.auraID == f2.auraID)
            }
        }
    }

    @Test func aRestartAsksForTheFileOfAnOpenApply() throws {
        var (harness, plan) = try planned()
        let begin = CoreHarness.begin(plan)
        try harness.send(.applyPrepared(begin, preImage: []))
        var state = PeerState()
        for draft in harness.log {
            try state.fold(type: draft.type, metadata: draft.metadata, body: draft.body)
        }
        var core = PeerCore(
            identity: harness.core.identity, state: state, generator: SeededGenerator(seed: 5))

        let effects = core.handle(.started, now: Timestamp(rawValue: 1))

        #expect(effects == [.inspectApply(begin)])
    }

    @Test func aFailedApplyIsKeptAndTriedAgainOnRequest() throws {
        var (harness, plan) = try planned()

        let effects = try harness.send(.applyFinished(plan.id, .failed(reason: "permission")))

        #expect(effects.types == [.applyFailed])
        #expect(harness.core.state.inbound.first?.changes[0].failure == "permission")
        #expect(try harness.send(.retryApplies(path: nil)).plans.count == 1)
    }

    @Test func aFailedFileDoesNotHoldUpOthers() throws {
        var (harness, plan) = try planned()
        try harness.send(.applyFinished(plan.id, .failed(reason: "permission")))

        let effects = try harness.deliver(harness.remoteChange(g, path: "b.toy"))

        #expect(effects.plans.map(\.path) == ["b.toy"])
    }

    @Test func aNewerVersionOfAFunctionTakesThePlaceOfOneThatWaits() throws {
        var (harness, plan) = try planned()
        let f3 = ToyUnit(name: "f", code: "f3")

        try harness.deliver(harness.remoteChange(f3), revision: 2)
        let effects = try harness.send(.applyPrepared(CoreHarness.begin(plan), preImage: []))

        #expect(effects.contains(.abandonApply(plan.id)), "that plan was for the older one")
        #expect(effects.plans.flatMap(\.edits).map(\.announcedAuraID) == [f3.auraID])
        let ancestors = harness.core.state.inbound.flatMap(\.changes).map(\.ancestors)
        #expect(ancestors == [[f.auraID, f2.auraID]], "and what the oldest was made of")
    }

    @Test func aNewerVersionOfAFunctionWaitsForOneThatIsBeingWritten() throws {
        var (harness, plan) = try planned()
        let f3 = ToyUnit(name: "f", code: "f3")
        try harness.send(.applyPrepared(CoreHarness.begin(plan), preImage: []))

        #expect(try harness.deliver(harness.remoteChange(f3), revision: 2).plans.isEmpty)
        let effects = try harness.send(.applyFinished(plan.id, .applied(Toy.file([f2, g]))))

        #expect(effects.plans.flatMap(\.edits).map(\.announcedAuraID) == [f3.auraID])
    }
}
