// A function that goes from one file to another keeps its identity, on both sides, through crashes.

import LiveProtocol
import LiveSync
import Support
import Testing

@Suite struct MoveTests {
    let f = ToyUnit(name: "f", code: "f1")
    let g = ToyUnit(name: "g", code: "g1")
    let h = ToyUnit(name: "h", code: "h1")
    var id: FunctionID { Toy.id("f") }
    let other = "b.toy"

    /// `f` and `g` in one file, `h` in another, as git has them.
    private func ready() throws -> CoreHarness {
        try .ready(in: [([f, g], Toy.path), ([h], other)])
    }

    /// A peer that was away is told of the newest version only: the move before it says nothing.
    @Test func aDeletionOfWhatWasMovedMeanwhileTakesItFromWhereItStands() throws {
        var harness = try ready()
        let gone = harness.remoteChange(
            f, id: id, kind: .delete, base: f.auraID, path: other)

        let plan = try #require(try harness.deliver(gone, revision: 2).plans.first)

        #expect(plan.path == Toy.path)
        #expect(plan.edits.map(\.action) == [.delete])
        #expect(harness.core.state.conflicts.isEmpty)
        try harness.carryOut(plan, [g])
        #expect(harness.core.state.inbound.isEmpty)
        #expect(harness.core.state.bases[id]?.isTombstone == true)
    }

    /// Whoever moved it here keeps it, and is asked.
    @Test func aDeletionOfWhatWasMovedHereIsAConflict() throws {
        var harness = try ready()
        try harness.send(.linkDown)
        try harness.send(.observedTogether([Toy.file([g]), Toy.file([h, f], path: other)]))
        try harness.send(.linkUp(Toy.welcome(head: 1)))

        try harness.deliver(
            harness.remoteChange(f, id: id, kind: .delete, base: f.auraID), revision: 2)

        #expect(harness.core.state.conflicts.map(\.function) == [id])
    }

    // MARK: Out

    @Test func aMoveTravelsAsOneUnderTheSameIdentity() throws {
        var harness = try ready()

        let effects = try harness.send(
            .observedTogether([Toy.file([g]), Toy.file([h, f], path: other)]))

        let changes = effects.sent.flatMap(\.changes)
        #expect(changes.map(\.kind) == [.move])
        #expect(changes.map(\.function) == [id])
        #expect(changes.map(\.path) == [other])
        #expect(changes.first?.placement.previous == Toy.id("h", path: other))
    }

    @Test(arguments: [true, false])
    func twoSavesShortlyAfterAnotherAreOneMove(_ leavesFirst: Bool) throws {
        var harness = try ready()
        let saves: [([ToyUnit], String)] = [([g], Toy.path), ([h, f], other)]

        var sent: [ChangeSet] = []
        for (units, path) in leavesFirst ? saves : saves.reversed() {
            sent += try harness.save(units, path: path).sent
        }
        sent += try harness.waitForMoves().sent

        if leavesFirst {
            #expect(sent.flatMap(\.changes).map(\.kind) == [.move])
            #expect(sent.flatMap(\.changes).map(\.function) == [id])
        } else {
            // The copy was pushed at once, as a function of its own; then the first one went.
            #expect(sent.flatMap(\.changes).map(\.kind) == [.put, .delete])
        }
    }

    /// With members in it that are to go, a type could not leave the old file at the others'.
    @Test func aTypeThatMovesLeavesItsDeletedMembersNoTime() throws {
        let type = ToyUnit(name: "T", code: "T {", kind: .type)
        let old = ToyUnit(name: "T::x", code: "x1", kind: .method, parent: "T")
        let new = ToyUnit(name: "T::y", code: "y1", kind: .method, parent: "T")
        var harness = try CoreHarness.ready(in: [([g, type, old], Toy.path), ([h], other)])

        let saved = try harness.save([g]).sent + harness.save([h, type, new], path: other).sent
        let kinds = try (saved + harness.waitForMoves().sent).flatMap(\.changes).map(\.kind)

        #expect(try #require(kinds.firstIndex(of: .delete)) < #require(kinds.firstIndex(of: .move)))
    }

    @Test func aDeletionThatIsNoMoveGoesOutAfterAMoment() throws {
        var harness = try ready()

        let saved = try harness.save([g])
        #expect(saved.sent.isEmpty)
        #expect(saved.contains { if case .recheck = $0 { true } else { false } })
        #expect(try harness.waitForMoves().sent.flatMap(\.changes).map(\.kind) == [.delete])
    }

    /// Moved and then removed, both before anything was sent: git's file is one function short.
    @Test func whatWasMovedAndThenRemovedIsADeletion() throws {
        var harness = try ready()
        try harness.send(.linkDown)
        try harness.send(.observedTogether([Toy.file([g]), Toy.file([h, f], path: other)]))
        try harness.save([h], path: other)

        let sent = try harness.send(.linkUp(Toy.welcome())).sent + harness.waitForMoves().sent

        #expect(sent.flatMap(\.changes).map(\.kind) == [.delete])
        #expect(sent.flatMap(\.changes).map(\.function) == [id])
    }

    @Test func anotherNameInTheSameFileIsARename() throws {
        var harness = try CoreHarness.ready([f, g])
        try harness.accept(
            try #require(try harness.save([ToyUnit(name: "f", code: "f2"), g]).sent.first))

        var file = try Toy.file([ToyUnit(name: "f9", code: "f2 as f9"), g])
        file.knownIDs = [id, Toy.id("g")]
        let sent = try harness.send(.observed(file)).sent

        #expect(sent.flatMap(\.changes).map(\.kind) == [.rename])
        #expect(sent.flatMap(\.changes).map(\.function) == [id])
    }

    /// A commit is no reason to forget what is queued: nobody else has it.
    @Test func aCommitRightBehindAMoveDoesNotUndoIt() throws {
        var harness = try ready()
        try harness.send(.linkDown)
        try harness.save([g])
        try harness.save([h, f], path: other)

        try harness.send(.headMoved(commit: String(repeating: "b", count: 40)))
        try harness.send(.observed(Toy.file([g], head: .same)))
        try harness.send(.observed(Toy.file([h, f], path: other, head: .same)))
        let effects = try harness.send(.linkUp(Toy.welcome())) + harness.waitForMoves()

        #expect(effects.sent.flatMap(\.changes).map(\.kind) == [.move])
        #expect(effects.sent.flatMap(\.changes).map(\.function) == [id])
    }

    // MARK: In

    private func movedAway(
        _ unit: ToyUnit? = nil, base: AuraID? = nil
    ) -> (CoreHarness) -> UnitChange {
        { harness in
            var change = harness.remoteChange(
                unit ?? f, id: id, kind: .move, base: base ?? f.auraID, path: other)
            change.placement = Placement(previous: Toy.id("h", path: other))
            return change
        }
    }

    @Test func aMoveComesIntoTheNewFileBeforeItLeavesTheOld() throws {
        var harness = try ready()

        let arriving = try harness.deliver(movedAway()(harness)).plans
        #expect(arriving.map(\.path) == [other])
        let leaving = try harness.carryOut(try #require(arriving.first), [h, f]).plans
        #expect(leaving.map(\.path) == [Toy.path])
        #expect(leaving.flatMap(\.edits).map(\.action) == [.delete])
        let effects = try harness.carryOut(try #require(leaving.first), [g])

        #expect(effects.sent.isEmpty, "nothing of a move comes back as a change of ours")
        #expect(harness.core.state.inbound.isEmpty)
        #expect(harness.core.state.bases[id]?.path == other)
        #expect(harness.core.index.locate(id)?.path == other)
        #expect(try harness.waitForMoves().sent.isEmpty)
    }

    @Test(arguments: [true, false])
    func aCrashBetweenTheTwoFilesIsFinishedAfterTheStart(_ oldFileFirst: Bool) throws {
        var harness = try ready()
        let arriving = try harness.deliver(movedAway()(harness)).plans
        try harness.carryOut(try #require(arriving.first), [h, f])

        try harness.restart()
        let files = [
            try Toy.file([f, g], head: .same),
            try Toy.file([h, f], path: other, head: .units(Toy.observed([h]))),
        ]
        for file in oldFileFirst ? files : files.reversed() { try harness.send(.observed(file)) }
        let leaving = try harness.send(.scanCompleted).plans
        try #require(!leaving.isEmpty)
        #expect(leaving.map(\.path) == [Toy.path])
        try harness.carryOut(try #require(leaving.first), [g])
        let effects = try harness.send(.linkUp(Toy.welcome(head: 1)))

        #expect(effects.sent.isEmpty)
        #expect(harness.core.state.outbound.isEmpty)
        #expect(harness.core.index.locate(id)?.path == other)
    }

    @Test func whatTheUserTypedInTheOldFileMeanwhileFollowsTheMove() throws {
        var harness = try ready()
        let mine = ToyUnit(name: "f", code: "mine")
        let arriving = try harness.deliver(movedAway()(harness)).plans
        let leaving = try harness.carryOut(try #require(arriving.first), [h, f]).plans

        let saved = try harness.save([mine, g])

        #expect(saved.contains(.abandonApply(leaving[0].id)))
        #expect(saved.plans.map(\.path) == [other])
        #expect(saved.plans.flatMap(\.edits).map(\.action) == [.replace(mine.text)])
        let leavingAgain = try harness.carryOut(try #require(saved.plans.first), [h, mine]).plans
        #expect(leavingAgain.map(\.path) == [Toy.path])
        let sent = try harness.carryOut(try #require(leavingAgain.first), [g]).sent
        #expect(harness.core.state.inbound.isEmpty)
        #expect(sent.flatMap(\.changes).map(\.function) == [id])
        #expect(sent.flatMap(\.changes).map(\.auraID) == [mine.auraID])
        #expect(sent.flatMap(\.changes).map(\.path) == [other])
    }

    @Test func whatWasTypedWhileAMoveArrivedIsReadAgainAndFollows() throws {
        var harness = try ready()
        let mine = ToyUnit(name: "f", code: "mine")
        let arriving = try #require(try harness.deliver(movedAway()(harness)).plans.first)
        try harness.send(.applyPrepared(CoreHarness.begin(arriving), preImage: [1]))
        try harness.save([mine, g])

        let arrived = try harness.send(
            .applyFinished(arriving.id, .applied(Toy.file([h, f], path: other))))
        #expect(arrived.contains(.observe(path: Toy.path)))
        let follows = try harness.save([mine, g]).plans

        #expect(follows.flatMap(\.edits).map(\.action) == [.replace(mine.text)])
    }

    @Test func whatTheUserTypedInTheOldFileOfAnEditedMoveStaysAsAFunctionOfItsOwn() throws {
        var harness = try ready()
        let theirs = ToyUnit(name: "f", code: "theirs")
        let arriving = try harness.deliver(movedAway(theirs)(harness)).plans
        let leaving = try harness.carryOut(try #require(arriving.first), [h, theirs]).plans

        let saved = try harness.save([ToyUnit(name: "f", code: "mine"), g])

        #expect(saved.contains(.abandonApply(leaving[0].id)))
        #expect(harness.core.state.inbound.isEmpty)
        #expect(harness.core.index.locate(id)?.path == other)
        let pushed = saved.sent + (try harness.save([ToyUnit(name: "f", code: "mine"), g]).sent)
        #expect(pushed.flatMap(\.changes).map(\.kind) == [.put])
        #expect(pushed.flatMap(\.changes).allSatisfy { $0.function != id })
    }

    @Test func aMoveAndAnEditDoNotDisagree() throws {
        var harness = try ready()
        try harness.send(.linkDown)
        let mine = ToyUnit(name: "f", code: "mine")
        try harness.save([mine, g])
        try harness.send(.linkUp(Toy.welcome(head: 1)))

        let arriving = try harness.deliver(movedAway()(harness)).plans
        #expect(arriving.flatMap(\.edits).map(\.action) == [.insert(mine.text)])
        let leaving = try harness.carryOut(try #require(arriving.first), [h, mine]).plans
        let effects = try harness.carryOut(try #require(leaving.first), [g])

        #expect(harness.core.state.conflicts.isEmpty)
        let sent = effects.sent.flatMap(\.changes)
        #expect(sent.map(\.path) == [other])
        #expect(sent.map(\.auraID) == [mine.auraID])
    }

    @Test func anEditReachesTheFunctionWhereItWasMovedTo() throws {
        var harness = try ready()
        try harness.send(.linkDown)
        try harness.send(.observedTogether([Toy.file([g]), Toy.file([h, f], path: other)]))
        try harness.send(.linkUp(Toy.welcome(head: 1)))
        let theirs = ToyUnit(name: "f", code: "theirs")

        let plans = try harness.deliver(harness.remoteChange(theirs, base: f.auraID)).plans

        #expect(plans.map(\.path) == [other])
        let effects = try harness.carryOut(try #require(plans.first), [h, theirs])
        #expect(effects.sent.flatMap(\.changes).map(\.kind) == [.move])
        #expect(effects.sent.flatMap(\.changes).map(\.auraID) == [theirs.auraID])
    }

    /// What a move takes out of the old file was not taken back by anybody.
    @Test func aMoveIsNoReturnToTheTextItReplaced() throws {
        var harness = try ready()
        let arriving = try harness.deliver(movedAway()(harness)).plans
        let leaving = try harness.carryOut(try #require(arriving.first), [h, f]).plans
        try harness.carryOut(try #require(leaving.first), [g])

        try harness.save([h, f], path: other)

        #expect(harness.core.reverts.isEmpty)
    }

    // MARK: Conflicts

    @Test func theirMoveTakenOverOurEditLeavesNoSecondFunction() throws {
        var harness = try ready()
        try harness.send(.linkDown)
        try harness.save([ToyUnit(name: "f", code: "mine"), g])
        try harness.send(.linkUp(Toy.welcome(head: 1)))
        let theirs = ToyUnit(name: "f", code: "theirs")
        try harness.deliver(movedAway(theirs)(harness))
        let conflict = try #require(harness.core.state.blockingConflict(of: id))
        #expect(conflict.kind.rawValue == "modify/move")

        let arriving = try harness.send(.resolveConflict(conflict.id, .remote)).plans
        #expect(arriving.map(\.path) == [other])
        let leaving = try harness.carryOut(try #require(arriving.first), [h, theirs]).plans
        #expect(leaving.flatMap(\.edits).map(\.action) == [.delete])
        try harness.carryOut(try #require(leaving.first), [g])

        #expect(harness.core.state.outbound.isEmpty)
        #expect(harness.core.state.blockingConflict(of: id) == nil)
    }

    /// What waits for a person does not go out by another door.
    @Test func aFunctionInConflictThatIsMovedStaysInConflict() throws {
        var harness = try ready()
        try harness.send(.linkDown)
        let mine = ToyUnit(name: "f", code: "mine")
        try harness.save([mine, g])
        try harness.send(.linkUp(Toy.welcome(head: 1)))
        try harness.deliver(
            harness.remoteChange(ToyUnit(name: "f", code: "theirs"), base: f.auraID))
        #expect(harness.core.state.blockingConflict(of: id) != nil)

        var effects = try harness.save([g])
        effects += try harness.save([h, mine], path: other)
        effects += try harness.waitForMoves()

        #expect(effects.sent.isEmpty)
        #expect(harness.core.index.places[id] == other)
        #expect(harness.core.state.blockingConflict(of: id) != nil)
    }

    @Test func movesToTwoPlacesAreAConflict() throws {
        var harness = try ready()
        try harness.send(.linkDown)
        try harness.send(.observedTogether([Toy.file([g]), Toy.file([f], path: "c.toy")]))
        try harness.send(.linkUp(Toy.welcome(head: 1)))

        #expect(try harness.deliver(movedAway()(harness)).plans.isEmpty)

        let conflict = try #require(harness.core.state.blockingConflict(of: id))
        #expect(conflict.kind.rawValue == "move/move")
        #expect(conflict.path == "c.toy")
        let effects = try harness.send(.resolveConflict(conflict.id, .remote))
        #expect(effects.plans.map(\.path) == [other])
    }

    @Test(arguments: [
        ("f1", "mine", "f", "theirs", "modify/modify"),
        ("f1", "f1", "renamed", "theirs", "modify/rename"),
    ])
    func aConflictNamesWhatEachSideDid(
        _ base: String, _ unused: String, _ name: String, _ theirs: String, _ kind: String
    ) throws {
        var harness = try ready()
        try harness.send(.linkDown)
        try harness.save([ToyUnit(name: "f", code: "mine"), g])
        try harness.send(.linkUp(Toy.welcome(head: 1)))

        let change = harness.remoteChange(
            ToyUnit(name: name, code: theirs), id: id, base: f.auraID)
        try harness.deliver(change)

        #expect(harness.core.state.blockingConflict(of: id)?.kind.rawValue == kind)
    }

    @Test func aDeletionAndAMoveAreAConflict() throws {
        var harness = try ready()
        try harness.send(.linkDown)
        try harness.send(.observedTogether([Toy.file([g]), Toy.file([h, f], path: other)]))
        try harness.send(.linkUp(Toy.welcome(head: 1)))

        try harness.deliver(harness.remoteChange(f, kind: .delete, base: f.auraID))

        #expect(
            harness.core.state.blockingConflict(of: id)?.kind.rawValue == "move/delete")
    }

    @Test func aTextForAUnitThatWasMovedHereHasNothingToDoWithItsNewNeighbours() throws {
        var harness = try ready()
        let renamed = ToyUnit(name: "h", code: "theirs")
        let moved = try harness.send(
            .observedTogether([Toy.file([g]), Toy.file([h, f], path: other)]))
        #expect(moved.sent.count == 1)

        // Its new name is that of a neighbour it has only here.
        try harness.reject(moved.sent[0], .baseMismatch, headRevision: 1)
        try harness.deliver(
            harness.remoteChange(renamed, id: id, kind: .rename, base: f.auraID))

        #expect(harness.core.index.places[Toy.id("h", path: other)] == other)
        #expect(harness.core.state.adopted.isEmpty)
    }
}
