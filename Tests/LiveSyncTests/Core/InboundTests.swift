// Deliveries: duplicates, gaps, other grammars, and the decision by base hash.

import LiveProtocol
import Support
import Testing
import WriteAheadLog

@testable import LiveSync

@Suite struct InboundTests {
    let f = ToyUnit(name: "f", code: "f1")
    let f2 = ToyUnit(name: "f", code: "f2")
    let f3 = ToyUnit(name: "f", code: "f3")
    let g = ToyUnit(name: "g", code: "g1")

    @Test func aDeliveryIsLoggedThenAcknowledgedThenApplied() throws {
        var harness = try CoreHarness.ready([f, g])

        let effects = try harness.deliver(harness.remoteChange(f2))

        #expect(effects.types == [.inboundReceived, .baselineAdvanced])
        #expect(effects.dropFirst().first == .ackDelivery(through: 1))
        let plan = try #require(effects.plans.first)
        #expect(plan.edits.map(\.action) == [.replace(f2.text)])
        #expect(plan.edits[0].expectedAuraID == f.auraID)
        #expect(plan.edits[0].announcedAuraID == f2.auraID)
    }

    @Test func anApplyEndsWithTheRemoteVersionAsBase() throws {
        var harness = try CoreHarness.ready([f, g])
        let plan = try #require(try harness.deliver(harness.remoteChange(f2)).plans.first)

        let effects = try harness.carryOut(plan, [f2, g])

        #expect(effects.types == [.applyOK])
        #expect(harness.core.state.bases[Toy.id("f")]?.auraID == f2.auraID)
        #expect(harness.core.state.inbound.isEmpty)
        #expect(harness.core.state.outbound.isEmpty, "what came in does not go out")
    }

    /// A path that was asked about and cannot be read keeps nothing waiting.
    @Test func aFileThatCannotBeReadAnyMoreHoldsNothingUp() throws {
        var harness = try CoreHarness.ready([f])
        let plan = try #require(try harness.deliver(harness.remoteChange(f2)).plans.first)
        try harness.carryOut(plan, [f2])
        try harness.restart()
        let asked = try harness.send(.scanCompleted)
        try #require(asked.contains(.observe(path: Toy.path)))
        try harness.send(.linkUp(Toy.welcome(head: 1)))
        try harness.deliver(harness.remoteChange(f3), revision: 2)
        #expect(harness.core.state.conflicts.isEmpty, "nobody knows yet how the file stands")

        try harness.send(.unobservable(path: Toy.path))

        #expect(harness.core.state.conflicts.count == 1)
        #expect(harness.core.state.inbound.isEmpty)
    }

    @Test func theDecisionTableHolds() throws {
        struct Row {
            let name: String
            let base: ToyUnit?
            let local: ToyUnit?
            let remote: ToyUnit?
            let expected: String
        }
        let rows = [
            Row(name: "equal", base: f, local: f2, remote: f2, expected: "settled"),
            Row(name: "local is base", base: f, local: f, remote: f2, expected: "replace"),
            Row(name: "remote is base", base: f, local: f2, remote: f, expected: "settled"),
            Row(name: "both differ", base: f, local: f2, remote: f3, expected: "modify/modify"),
            Row(name: "gone here", base: f, local: nil, remote: f2, expected: "delete/modify"),
            Row(name: "gone there", base: f, local: f, remote: nil, expected: "delete"),
            Row(
                name: "gone there, edited", base: f, local: f2, remote: nil,
                expected: "modify/delete"),
            Row(name: "gone on both", base: f, local: nil, remote: nil, expected: "settled"),
            Row(name: "new there", base: nil, local: nil, remote: f2, expected: "insert"),
        ]
        for row in rows {
            var harness = try CoreHarness.ready([g], linked: false)
            try harness.send(.linkUp(Toy.welcome()))
            if let base = row.base {
                let plan = try harness.deliver(harness.remoteChange(base)).plans[0]
                try harness.carryOut(plan, [base, g])
            }
            try harness.send(.linkDown)
            try harness.save([row.local, g].compactMap { $0 })

            let change = harness.remoteChange(
                row.remote ?? f, kind: row.remote == nil ? .delete : .put)
            var effects = try harness.deliver(change, revision: 2)
            if harness.core.isDeparting(Toy.id("f")), row.remote != nil {
                // It may come up in another file; a moment later it is plain that it did not.
                effects += try harness.waitForMoves()
            }

            let outcome: String
            if let plan = effects.plans.first {
                switch plan.edits[0].action {
                case .replace: outcome = "replace"
                case .insert: outcome = "insert"
                case .delete: outcome = "delete"
                case .move, .mergeLines: outcome = "other edit"
                }
            } else if let conflict = harness.core.state.blockingConflict(of: Toy.id("f")) {
                outcome = conflict.kind.rawValue
            } else {
                outcome = harness.core.state.bases[Toy.id("f")]?.revision == 2 ? "settled" : "none"
            }
            #expect(outcome == row.expected, "row: \(row.name)")
        }
    }

    @Test func repeatedAndOverlappingPagesChangeNothing() throws {
        var harness = try CoreHarness.ready([f, g])
        let page = harness.page([harness.remoteChange(f2)])
        let plan = try #require(try harness.send(.delivery(page)).plans.first)
        try harness.carryOut(plan, [f2, g])

        let again = try harness.send(.delivery(page))

        #expect(again == [.ackDelivery(through: 1)])
        #expect(harness.core.state.counters.changesReceived == 1)
    }

    @Test func aGapAsksForAnotherLink() throws {
        var harness = try CoreHarness.ready([f])
        let page = Delivery(after: 5, through: 6, sets: [])

        #expect(try harness.send(.delivery(page)) == [.reconnect(.gap(received: 0, after: 5))])
    }

    @Test func anotherEpochReadsTheLedgerAgainAndRecognisesWhatItHas() throws {
        var harness = try CoreHarness.ready([f, g])
        let plan = try harness.deliver(harness.remoteChange(f2), revision: 3).plans[0]
        try harness.carryOut(plan, [f2, g])

        try harness.send(.linkUp(Toy.welcome(epoch: "e2", head: 1)))
        #expect(harness.core.state.frontier == Frontier(epoch: "e2", sequence: 0))
        let effects = try harness.deliver(harness.remoteChange(f2), revision: 3)

        #expect(effects.plans.isEmpty)
        #expect(harness.core.state.inbound.isEmpty)
        #expect(harness.core.state.bases[Toy.id("f")]?.revision == 3)
    }

    @Test func aChangeWaitsForTheOwnPushOfItsFunction() throws {
        var harness = try CoreHarness.ready([f, g])
        let set = try #require(try harness.save([f2, g]).sent.first)

        let effects = try harness.deliver(
            harness.remoteChange(f3), harness.remoteChange(ToyUnit(name: "g", code: "g2")),
            revision: 2)

        #expect(effects.plans.flatMap(\.edits).map(\.qualifiedName) == ["g"])
        #expect(harness.core.state.hasPendingInbound(Toy.id("f")))
        try harness.carryOut(effects.plans[0], [f2, ToyUnit(name: "g", code: "g2")])
        let after = try harness.accept(set, from: 1, revision: 1)
        #expect(after.plans.flatMap(\.edits).map(\.qualifiedName) == ["f"])
    }

    @Test func anotherGrammarIsSetAsideAndTakenUpWhenItFits() throws {
        var harness = try CoreHarness.ready([f])
        let other = GrammarStamp(language: "toy", digest: .of([2]))

        let effects = try harness.deliver(harness.remoteChange(f2), grammar: other)

        #expect(effects.plans.isEmpty)
        #expect(harness.core.state.inbound.map(\.setAside) == [.grammarMismatch])
        #expect(try harness.send(.retrySetAside).plans.isEmpty)
    }

    @Test func pathsOutsideTheFilterAreSetAside() throws {
        var harness = try CoreHarness.ready([f])
        harness.core.admits = { $0 != "b.toy" }

        let effects = try harness.deliver(harness.remoteChange(f2, path: "b.toy"))

        #expect(effects.plans.isEmpty)
        harness.core.admits = { _ in true }
        #expect(try harness.send(.retrySetAside).plans.first?.path == "b.toy")
    }

    @Test func aNewFileIsOnePlanWithEveryUnitInOrder() throws {
        var harness = try CoreHarness.ready([f])
        let type = ToyUnit(name: "T", code: "class T {", kind: .type)
        let member = ToyUnit(name: "T::m", code: "m", kind: .method, parent: "T")
        let typeID = Toy.id("T", path: "n.toy", kind: .type)

        let effects = try harness.deliver(
            harness.remoteChange(type, path: "n.toy"),
            harness.remoteChange(member, placement: Placement(parent: typeID), path: "n.toy"))

        let plan = try #require(effects.plans.first)
        #expect(plan.edits.map(\.qualifiedName) == ["T", "T::m"])
        try harness.carryOut(plan, [type, member])
        #expect(harness.core.index.locate(Toy.id("T::m", path: "n.toy", kind: .method)) != nil)
        #expect(harness.core.state.outbound.isEmpty)
    }

    @Test func aHeldBackUnitHoldsItsRemoteVersionBack() throws {
        var harness = try CoreHarness.ready([f, g])
        try harness.save([ToyUnit(name: "f", code: "f1", isHeldBack: true), g])

        #expect(try harness.deliver(harness.remoteChange(f2)).plans.isEmpty)
        #expect(harness.core.state.inbound.count == 1)
        #expect(try harness.save([f, g]).plans.count == 1)
    }

    @Test func nothingIsAppliedWhilePausedOrBeforeTheScan() throws {
        var harness = try CoreHarness.ready([f])
        try harness.send(.pause(causes: ["merge"]))

        #expect(try harness.deliver(harness.remoteChange(f2)).plans.isEmpty)
        #expect(try harness.send(.resume).plans.count == 1)
        try harness.restart()
        #expect(try harness.send(.observed(Toy.file([f], head: .same))).plans.isEmpty)
        #expect(try harness.send(.scanCompleted).plans.count == 1)
    }

    @Test func importBlocksMergeAsSetsOfLines() throws {
        var imports = ToyUnit(name: "(imports)", code: "import a\nimport b", kind: .imports)
        var harness = try CoreHarness.ready([imports, f], linked: false)
        try harness.send(.linkUp(Toy.welcome()))
        let original = imports
        imports.code = "import a\nimport b\nimport mine"
        try harness.save([imports, f])
        let set = try #require(harness.core.state.outbound.first).set
        try harness.reject(set, .baseMismatch, headRevision: 1)
        var theirs = original
        theirs.code = "import b\nimport theirs"

        let plan = try #require(try harness.deliver(harness.remoteChange(theirs)).plans.first)

        guard case .mergeLines(let base, let remote) = plan.edits[0].action else {
            Issue.record("not a merge")
            return
        }
        let merged = LineMerge.merge(base: base, local: imports.text, remote: remote)
        #expect(
            String(decoding: merged.head, as: UTF8.self)
                == "import b\nimport mine\nimport theirs\n")
        imports.code = "import b\nimport mine\nimport theirs"
        let effects = try harness.carryOut(plan, [imports, f])
        #expect(effects.sent.flatMap(\.changes).map(\.baseRevision) == [1], "the merge goes out")
    }

    @Test func aMovedUnitMovesThereToo() throws {
        let (a, b) = (
            ToyUnit(name: "A", code: "A", kind: .type), ToyUnit(name: "B", code: "B", kind: .type)
        )
        var member = ToyUnit(name: "m", code: "m", kind: .method, parent: "A")
        var harness = try CoreHarness.ready([a, member, b])
        let id = Toy.id("m", kind: .method)

        let change = harness.remoteChange(
            member, id: id, placement: Placement(parent: Toy.id("B", kind: .type)))
        let plan = try #require(try harness.deliver(change).plans.first)

        #expect(plan.edits.map(\.action) == [.move(member.text)])
        member.parent = "B"
        #expect(try harness.carryOut(plan, [a, b, member]).sent.isEmpty)
        member.parent = "A"
        let back = try harness.save([a, member, b])
        #expect(back.sent.flatMap(\.changes).map(\.placement.parent) == [Toy.id("A", kind: .type)])
    }

    @Test func aTypeWithAMemberOfOurOwnIsNotDeleted() throws {
        let type = ToyUnit(name: "T", code: "T", kind: .type)
        let member = ToyUnit(name: "m", code: "m", kind: .method, parent: "T")
        let own = ToyUnit(name: "mine", code: "mine", kind: .method, parent: "T")
        var harness = try CoreHarness.ready([type, member], linked: false)
        try harness.send(.linkUp(Toy.welcome()))
        try harness.send(.linkDown)
        try harness.save([type, member, own])

        let asked = try harness.deliver(
            harness.remoteChange(type, kind: .delete),
            harness.remoteChange(member, kind: .delete))
        #expect(asked.observed == [Toy.path], "the type's text is not in memory")
        let plan = try #require(try harness.save([type, member, own]).plans.first)

        #expect(plan.edits.map(\.qualifiedName) == ["m"])
        #expect(
            harness.core.state.blockingConflict(of: Toy.id("T", kind: .type))?.kind.rawValue
                == "modify/delete"
        )
    }

    @Test func membersAreDeletedBeforeTheirType() throws {
        let type = ToyUnit(name: "T", code: "T", kind: .type)
        let member = ToyUnit(name: "m", code: "m", kind: .method, parent: "T")
        var harness = try CoreHarness.ready([type, member])

        let plan = try #require(
            try harness.deliver(
                harness.remoteChange(type, kind: .delete),
                harness.remoteChange(member, kind: .delete)
            ).plans.first)

        #expect(plan.edits.map(\.qualifiedName) == ["m", "T"])
        #expect(plan.leavesNoUnits)
    }
}
