// Two people at one place at once: a function that is cut here and edited there, a name that both
// give, a block that does not merge.

import LiveProtocol
import Support
import Testing

@testable import LiveSync

@Suite struct MeetingTests {
    let f = ToyUnit(name: "f", code: "f1")
    let g = ToyUnit(name: "g", code: "g1")
    let h = ToyUnit(name: "h", code: "h1")
    let other = "b.toy"
    var id: FunctionID { Toy.id("f") }

    private func ready() throws -> CoreHarness {
        try .ready(in: [([f, g], Toy.path), ([h], other)])
    }

    // MARK: Cut and edited

    @Test func anEditThatComesBetweenCutAndPasteGoesWhereTheFunctionIsNow() throws {
        var harness = try ready()
        var edited = f
        edited.code = "f2"

        try harness.save([g])
        let early = try harness.deliver(harness.remoteChange(edited, base: f.auraID))
        #expect(early.plans.isEmpty && harness.core.state.conflicts.isEmpty)
        let plan = try #require(try harness.save([h, f], path: other).plans.first)

        #expect(plan.path == other)
        #expect(plan.edits.map(\.function) == [id])
        #expect(harness.core.state.conflicts.isEmpty)
        #expect(harness.core.index.places[id] == other)
    }

    @Test func anEditOfWhatWasCutForGoodIsAConflict() throws {
        var harness = try ready()
        var edited = f
        edited.code = "f2"

        let cut = try harness.save([g])
        let early = try harness.deliver(harness.remoteChange(edited, base: f.auraID))
        #expect(
            (cut + early).contains { if case .recheck = $0 { true } else { false } },
            "somebody looks again")
        _ = try harness.waitForMoves()

        #expect(harness.core.state.conflicts.map(\.kind.rawValue) == ["delete/modify"])
    }

    // MARK: One name twice

    /// Ours is in the ledger behind theirs, and was made without it.
    @Test func twoUnitsOfOneNameMadeApartAreVersionsOfOne() throws {
        var harness = try ready()
        let (mine, theirs) = (
            ToyUnit(name: "new", code: "mine"), ToyUnit(name: "new", code: "theirs")
        )
        let set = try #require(try harness.save([f, g, mine]).sent.first)
        let own = try #require(set.changes.first?.function)
        try harness.accept(set, from: 100)
        let first = Toy.id("another")

        let effects = try harness.deliver(harness.remoteChange(theirs, id: first))

        // Our text was in step with the ledger and not kept: the file is read for it.
        #expect(effects.contains(.observe(path: Toy.path)))
        let later = try harness.save([f, g, mine]) + harness.waitForMoves()
        #expect(harness.core.state.conflicts.map(\.function) == [first])
        #expect((effects + later).plans.isEmpty, "no second unit of that name beside ours")
        let gone = (effects + later).sent.flatMap(\.changes)
        #expect(gone.map(\.function) == [own] && gone.map(\.kind) == [.delete])
    }

    /// Whoever saw ours and put another one of that name beside it meant two.
    @Test func aSecondUnitOfANameThatCameLaterStandsBesideIt() throws {
        var harness = try ready()
        let (mine, theirs) = (
            ToyUnit(name: "new", code: "mine"), ToyUnit(name: "new", code: "theirs")
        )
        let set = try #require(try harness.save([f, g, mine]).sent.first)
        try harness.accept(set)

        let effects = try harness.deliver(
            harness.remoteChange(theirs, id: Toy.id("another")), revision: 1)

        #expect(harness.core.state.conflicts.isEmpty)
        #expect(effects.plans.flatMap(\.edits).map(\.action) == [.insert(theirs.text)])
    }

    /// Git's unit was elsewhere for a while, and somebody wrote its text anew where it had been: the
    /// others take that one for git's, and would never hear of git's.
    @Test func gitsUnitIsToldWhereAnotherHasItsPlace() throws {
        var harness = try CoreHarness.ready(in: [([f, g], Toy.path), ([h], other)], linked: false)
        try harness.save([g])
        try harness.save([h, f], path: other)
        try harness.save([f, g])
        let anew = try #require(harness.core.index.files[Toy.path]?.units.first).id

        try harness.save([h], path: other)
        var both = try Toy.file([f, g, f])
        both.knownIDs = [anew, Toy.id("g"), id]
        try harness.send(.observed(both))

        let units = try #require(harness.core.index.files[Toy.path]).units
        #expect(anew != id && units.map(\.id) == [anew, Toy.id("g"), id])
        let queued = harness.core.state.outbound.flatMap(\.set.changes)
        #expect(Set(queued.map(\.function)) == Set([units[0].id, units[2].id]))
        #expect(queued.allSatisfy { $0.auraID == f.auraID })
    }

    // MARK: Blocks that do not merge

    /// A line was added to a block of imports here and another one there; theirs is in the ledger.
    private func importsApart() throws -> (harness: CoreHarness, theirs: ToyUnit) {
        var imports = ToyUnit(name: "(imports)", code: "import a", kind: .imports)
        var harness = try CoreHarness.ready([imports, f], linked: false)
        try harness.send(.linkUp(Toy.welcome()))
        var theirs = imports
        theirs.code = "import a\nimport theirs"
        imports.code = "import a\nimport mine"
        try harness.save([imports, f])
        let set = try #require(harness.core.state.outbound.first).set
        try harness.reject(set, .baseMismatch, headRevision: 1)
        return (harness, theirs)
    }

    /// A comment that ends a file reads apart from the statement before it: its author has both.
    @Test func aStatementBesideTheTextItsAuthorHasBesideItIsNoDispute() throws {
        let end = ToyUnit(name: "(text)", code: "# vim: ts=4", kind: .opaque)
        var harness = try CoreHarness.ready([f, end])
        let first = ToyUnit(name: "(text)", code: "run()", kind: .opaque)
        let page = harness.page([
            harness.remoteChange(
                first, id: Toy.id("first", kind: .opaque),
                placement: Placement(previous: id, next: Toy.id("(text)", kind: .opaque)))
        ])

        let plans = try harness.send(.delivery(page)).plans

        #expect(plans.flatMap(\.edits).map(\.function) == [Toy.id("first", kind: .opaque)])
        #expect(harness.core.state.conflicts.isEmpty)
    }

    /// An author who has both blocks apart in another order never gives one up.
    @Test func aBlockWhoseAuthorKeepsItsIdentityDoesNotWaitForEver() throws {
        var harness = try CoreHarness.ready([f])
        let mine = ToyUnit(name: "(text)", code: "run()", kind: .opaque)
        let set = try #require(try harness.save([mine, f]).sent.first)
        try harness.accept(set)
        var edited = f
        edited.code = "f2"
        let earlier = harness.page([harness.remoteChange(edited, base: f.auraID)])
        let plan = try #require(try harness.send(.delivery(earlier)).plans.first)
        try harness.carryOut(plan, [mine, edited])
        let theirs = ToyUnit(name: "(text)", code: "prepare()", kind: .opaque)
        let page = harness.page([
            harness.remoteChange(
                theirs, id: Toy.id("theirs", kind: .opaque), placement: Placement(next: id))
        ])

        let delivered = try harness.send(.delivery(page))
        #expect(delivered.plans.isEmpty)
        #expect(delivered.contains { if case .recheck = $0 { true } else { false } })
        #expect(harness.core.unexplainedWaits().map(\.path) == [Toy.path])
        harness.time += 11_000
        let plans = try harness.send(.timePassed).plans

        #expect(plans.flatMap(\.edits).map(\.function) == [Toy.id("theirs", kind: .opaque)])
    }

    @Test func aShortWaitDoesNotStandBehindALongOne() throws {
        var harness = try CoreHarness.ready([f, g])
        let theirs = ToyUnit(name: "(text)", code: "prepare()", kind: .opaque)
        let page = harness.page([
            harness.remoteChange(theirs, id: Toy.id("theirs", kind: .opaque))
        ])
        func waits(_ effects: [PeerEffect]) -> [Duration] {
            effects.compactMap { if case .recheck(let wait) = $0 { wait } else { nil } }
        }

        #expect(waits(try harness.send(.delivery(page))) == [.seconds(10)])
        let cut = waits(try harness.save([f]))
        #expect(cut.count == 1 && cut.allSatisfy { $0 < .seconds(1) }, "a cut may become a move")
    }

    /// A conflict and a file that cannot be read are told as what they are.
    @Test func whatHasAReasonDoesNotWaitWithoutOne() throws {
        var harness = try CoreHarness.ready([f, g])
        var (mine, theirs) = (f, f)
        (mine.code, theirs.code) = ("mine", "theirs")
        try harness.send(.linkDown)
        try harness.save([mine, g])
        try harness.send(.linkUp(Toy.welcome(head: 1)))
        let apart = harness.page([harness.remoteChange(theirs, base: f.auraID)])
        try harness.send(.delivery(apart))
        #expect(harness.core.state.conflicts.count == 1)
        #expect(harness.core.unexplainedWaits().isEmpty)

        var (broken, newer) = (g, g)
        (broken.isHeldBack, newer.code) = (true, "g2")
        try harness.send(.observed(Toy.file([mine, broken], hasContainerError: true)))
        try harness.send(
            .delivery(harness.page([harness.remoteChange(newer, base: g.auraID)])))
        #expect(!harness.core.state.inbound.isEmpty)
        #expect(harness.core.unexplainedWaits().isEmpty)
    }

    @Test func aBlockThatDoesNotMergeBecomesAConflictAndHoldsNothingElseBack() throws {
        let (ready, theirs) = try importsApart()
        var harness = ready
        var edited = f
        edited.code = "f2"
        let page = harness.page([
            harness.remoteChange(theirs), harness.remoteChange(edited, base: f.auraID),
        ])
        let both = try #require(try harness.send(.delivery(page)).plans.first)
        let misfit = ApplyOutcome.failed(reason: ApplyMisfit.parseError.rawValue)

        let block = try #require(
            try harness.send(.applyFinished(both.id, misfit)).plans.first)
        #expect(both.edits.count == 2 && block.edits == [both.edits[0]], "tried by itself")
        let effects = try harness.send(.applyFinished(block.id, misfit))

        #expect(
            harness.core.state.conflicts.map(\.function)
                == [Toy.id("(imports)", kind: .imports)])
        #expect(effects.plans.flatMap(\.edits).map(\.function) == [id])
    }

    /// One of three does not fit, and it is not known which: the others arrive.
    @Test func whatDoesNotFitIsFoundAndHoldsNothingElseBack() throws {
        var harness = try CoreHarness.ready([f, g])
        let new = ["x", "y", "z"].map { ToyUnit(name: $0, code: $0 + "1") }
        let page = harness.page(new.map { harness.remoteChange($0, base: nil) })

        var plans = try harness.send(.delivery(page)).plans
        var file = [f, g]
        while let plan = plans.first {
            let names = plan.edits.map(\.qualifiedName)
            if names.contains("y") {
                plans = try harness.send(
                    .applyFinished(plan.id, .failed(reason: ApplyMisfit.unitsShifted.rawValue))
                ).plans
            } else {
                file += new.filter { names.contains($0.name) }
                plans = try harness.carryOut(plan, file).plans
            }
        }

        #expect(file.map(\.name) == ["f", "g", "x", "z"])
        #expect(harness.core.state.conflicts.map(\.qualifiedName) == ["y"])
        #expect(harness.core.state.inbound.isEmpty)
    }

    /// A full disk says nothing of the text.
    @Test func anApplyThatFailsForTheDiskIsTriedAgain() throws {
        let (ready, theirs) = try importsApart()
        var harness = ready
        let plan = try #require(
            try harness.deliver(harness.remoteChange(theirs)).plans.first)

        try harness.send(.applyFinished(plan.id, .failed(reason: "no_space")))

        #expect(harness.core.state.conflicts.isEmpty)
        #expect(try harness.send(.retryApplies(path: nil)).plans.count == 1)
    }
}
