// Two changes of one function: opened once, held, and ended by each choice.

import LiveProtocol
import LiveSync
import Support
import Testing
import WriteAheadLog

@Suite struct ConflictTests {
    let f = ToyUnit(name: "f", code: "f1")
    let mine = ToyUnit(name: "f", code: "mine")
    let theirs = ToyUnit(name: "f", code: "theirs")
    let g = ToyUnit(name: "g", code: "g1")
    var id: FunctionID { Toy.id("f") }

    /// Local and remote edits of `f` from one base, received while the link to us was slow.
    private func conflicting() throws -> CoreHarness {
        var harness = try CoreHarness.ready([f, g])
        let set = try #require(try harness.save([mine, g]).sent.first)
        try harness.deliver(harness.remoteChange(theirs))
        try harness.reject(set, .baseMismatch, headRevision: 1)
        return harness
    }

    private func open(_ harness: CoreHarness) throws -> Conflict {
        try #require(harness.core.state.blockingConflict(of: id))
    }

    @Test func bothVersionsAreKeptAndNothingIsWritten() throws {
        let harness = try conflicting()

        let conflict = try open(harness)
        #expect(conflict.localText == mine.text)
        #expect(conflict.remote.text == theirs.text)
        #expect(harness.log.suffix(2).map(\.type) == [.applySkipped, .conflictOpened])
        #expect(harness.core.state.inbound.isEmpty)
        #expect(harness.core.state.outbound.isEmpty)
    }

    @Test func metadataNeverHoldsCode() throws {
        let harness = try conflicting()

        let code = [f, mine, theirs, g].map { Array($0.code.utf8) }
        for draft in harness.log {
            for text in code where text.count > 3 {
                #expect(!draft.metadata.contains(text), "\(draft.type.name)")
            }
        }
    }

    @Test func aFunctionInConflictIsNotPushedButItsFileIs() throws {
        var harness = try conflicting()

        let effects = try harness.save([
            ToyUnit(name: "f", code: "mine again"), ToyUnit(name: "g", code: "g2"),
        ])

        #expect(effects.sent.flatMap(\.changes).map(\.qualifiedName) == ["g"])
    }

    @Test func aNewerRemoteVersionUpdatesTheOneConflict() throws {
        var harness = try conflicting()
        let first = try open(harness)
        let newer = ToyUnit(name: "f", code: "theirs 2")

        try harness.deliver(harness.remoteChange(newer), revision: 2)

        #expect(harness.core.state.conflicts.count == 1)
        #expect(try open(harness).id == first.id)
        #expect(try open(harness).remote.auraID == newer.auraID)
        #expect(try open(harness).localText == mine.text)
    }

    @Test func aTextOfBothIsNotPutOverWhatIsHalfTyped() throws {
        var harness = try conflicting()
        let conflict = try open(harness)
        let text = ToyUnit(name: "f", code: "of both").text
        try harness.save([ToyUnit(name: "f", code: "mine, half", isHeldBack: true), g])

        let refused = try harness.send(.mergeConflict(conflict.id, text))
        #expect(refused.plans.isEmpty)
        #expect(try open(harness).id == conflict.id)

        try harness.save([mine, g])
        let taken = try harness.send(.mergeConflict(conflict.id, text))
        #expect(taken.plans.count == 1)
    }

    @Test func localGoesOutOnTopOfTheRemoteVersion() throws {
        var harness = try conflicting()

        let effects = try harness.send(.resolveConflict(open(harness).id, .local))

        let change = try #require(effects.sent.first?.changes.first)
        #expect(change.baseRevision == 1)
        #expect(change.baseAuraID == theirs.auraID)
        #expect(change.auraID == mine.auraID)
        #expect(effects.types.first == .conflictResolved, "the decision is logged first")
    }

    @Test func remoteReplacesExactlyTheVersionThatWasGivenUp() throws {
        var harness = try conflicting()

        let effects = try harness.send(.resolveConflict(open(harness).id, .remote))

        let plan = try #require(effects.plans.first)
        #expect(plan.edits[0].expectedAuraID == mine.auraID)
        try harness.carryOut(plan, [theirs, g])
        #expect(harness.core.state.bases[id]?.auraID == theirs.auraID)
        #expect(harness.core.state.conflicts.allSatisfy { !$0.isBlocking })
    }

    @Test func anEditAfterTheResolutionIsANewConflict() throws {
        var harness = try conflicting()
        let plan = try #require(
            try harness.send(.resolveConflict(open(harness).id, .remote)).plans.first)

        let later = ToyUnit(name: "f", code: "mine, later")
        let effects = try harness.send(
            .applyFinished(plan.id, .changedUnderneath(Toy.file([later, g]))))

        #expect(effects.plans.isEmpty)
        #expect(try open(harness).localText == later.text)
    }

    @Test func aDismissedConflictHoldsUntilItIsReopened() throws {
        var harness = try conflicting()
        let conflict = try open(harness).id

        try harness.send(.resolveConflict(conflict, .dismiss))

        #expect(try open(harness).state == .dismissed)
        #expect(try open(harness).remote.text == theirs.text)
        #expect(try harness.save([ToyUnit(name: "f", code: "more"), g]).sent.isEmpty)
        try harness.send(.reopenConflict(conflict))
        #expect(try open(harness).state == .open)
    }

    @Test func typingTheRemoteVersionEndsTheConflict() throws {
        var harness = try conflicting()

        let effects = try harness.save([theirs, g])

        #expect(effects.sent.isEmpty)
        #expect(harness.core.state.blockingConflict(of: id) == nil)
        #expect(harness.core.state.conflicts.map(\.choice) == [.converged])
        #expect(harness.core.state.bases[id]?.revision == 1)
    }

    @Test func takingTheOwnEditBackLetsTheRemoteVersionIn() throws {
        var harness = try CoreHarness.ready([f, g])
        let first = try #require(try harness.save([ToyUnit(name: "f", code: "v2"), g]).sent.first)
        try harness.accept(first)
        let second = try #require(try harness.save([mine, g]).sent.first)
        try harness.deliver(harness.remoteChange(theirs), revision: 2)
        try harness.reject(second, .baseMismatch, headRevision: 2)

        let effects = try harness.save([ToyUnit(name: "f", code: "v2"), g])

        #expect(effects.plans.flatMap(\.edits).map(\.announcedAuraID) == [theirs.auraID])
    }

    @Test func twoNewUnitsOfOneNameMeetUnderTheLedgersIdentity() throws {
        var harness = try CoreHarness.ready([g], linked: false)
        try harness.send(.linkUp(Toy.welcome()))
        try harness.send(.linkDown)
        try harness.save([mine, g])
        let own = try #require(harness.core.state.outbound.first?.set.changes.first?.function)

        try harness.deliver(harness.remoteChange(theirs))

        #expect(own != id)
        #expect(harness.core.index.locate(id)?.unit.auraID == mine.auraID, "the text stays")
        #expect(harness.core.index.locate(own) == nil)
        #expect(try open(harness).kind.rawValue == "add/add")
        #expect(harness.core.state.outbound.isEmpty)
    }

    @Test func twoNewUnitsThatSayTheSameAreOne() throws {
        var harness = try CoreHarness.ready([g], linked: false)
        try harness.send(.linkUp(Toy.welcome()))
        try harness.send(.linkDown)
        try harness.save([mine, g])

        try harness.deliver(harness.remoteChange(mine))

        #expect(harness.core.state.bases[id]?.revision == 1)
        #expect(harness.core.state.outbound.isEmpty)
        #expect(harness.core.state.conflicts.isEmpty)
    }

    @Test func ofTwoAcknowledgedTwinsTheLaterIsDeleted() throws {
        for ownIsFirst in [true, false] {
            var harness = try CoreHarness.ready([g])
            let set = try #require(try harness.save([mine, g]).sent.first)
            let own = set.changes[0].function
            try harness.accept(set, from: ownIsFirst ? 1 : 9)
            if ownIsFirst { try harness.send(.delivery(Delivery(after: 0, through: 1, sets: []))) }

            let effects = try harness.deliver(harness.remoteChange(mine))

            let kept = ownIsFirst ? own : id
            let deletion = try #require(effects.sent.first?.changes.first)
            #expect(deletion.kind == .delete)
            #expect(deletion.function == (ownIsFirst ? id : own))
            #expect(harness.core.index.locate(kept)?.unit.auraID == mine.auraID)
        }
    }

    @Test func aRenamedUnitKeepsItsIdentityForALaterCopy() throws {
        // HEAD has f and h. Elsewhere f was renamed to h and a new f was added before that commit.
        let h = ToyUnit(name: "h", code: "f1")
        var harness = try CoreHarness.ready([g, h])
        var renamed = ToyUnit(name: "h", code: "f2")
        renamed.note = "// renamed\n"

        let plan = try #require(
            try harness.deliver(
                harness.remoteChange(renamed, id: Toy.id("g"), base: h.auraID)
            ).plans.first)

        #expect(plan.edits.map(\.function) == [Toy.id("g")])
        #expect(plan.edits[0].expectedAuraID == h.auraID, "the unit of that name, not g")
        #expect(harness.core.index.files[Toy.path]?.units[0].qualifiedName == "g")
        #expect(harness.core.index.files[Toy.path]?.units[0].id != Toy.id("g"))
    }
}
