// Changes that were made on top of a commit this working copy has not pulled.

import LiveProtocol
import LiveSync
import Testing

@Suite struct UnpulledTests {
    private let path = "n.toy"
    private let g = ToyUnit(name: "g", code: "g")
    private let g2 = ToyUnit(name: "g", code: "g2")
    private let g3 = ToyUnit(name: "g", code: "g3")
    private let h = ToyUnit(name: "h", code: "h")

    private func onCommit(_ unit: ToyUnit, _ harness: CoreHarness) -> UnitChange {
        harness.remoteChange(unit, base: g.auraID, path: path)
    }

    @Test func aPieceOfACommittedFileWaitsForThePull() throws {
        var harness = try CoreHarness.ready([h])

        let effects = try harness.deliver(onCommit(g2, harness))

        #expect(effects.plans.isEmpty)
        #expect(harness.core.state.inbound.map(\.setAside) == [.unpulled])
        let pulled = try harness.send(.observed(Toy.file([g, h], path: path, head: .same)))
        let plan = try #require(pulled.plans.first)
        #expect(plan.edits.map(\.announcedAuraID) == [g2.auraID])
        try harness.carryOut(plan, [g2, h])
        #expect(harness.core.state.inbound.isEmpty)
        #expect(harness.core.state.conflicts.isEmpty)
    }

    /// No pull would bring what git's HEAD has already.
    @Test func aFileThatSomebodyRemovedHereWaitsForNoPull() throws {
        var harness = try CoreHarness.ready(in: [([h], Toy.path), ([h], path)])
        try harness.send(.observed(.missing(path, grammar: Toy.grammar)))

        try harness.deliver(onCommit(g2, harness))

        #expect(!harness.core.state.inbound.contains { $0.setAside != nil })
    }

    @Test func aNewerVersionOfAPieceWaitsInItsPlace() throws {
        var harness = try CoreHarness.ready([h])
        try harness.deliver(onCommit(g2, harness))

        var newer = harness.remoteChange(g3, base: g2.auraID, path: path)
        newer.baseRevision = 1
        #expect(try harness.deliver(newer, revision: 2).plans.isEmpty)

        #expect(harness.core.state.inbound.map(\.setAside) == [.unpulled])
        let pulled = try harness.send(.observed(Toy.file([g, h], path: path, head: .same)))
        #expect(pulled.plans.flatMap(\.edits).map(\.announcedAuraID) == [g3.auraID])
    }

    /// The ledger was put back, and lost the version that this one was made of.
    @Test func whatNoCommitHoldsIsNewToWhoeverNeverHadIt() throws {
        var harness = try CoreHarness.ready([h])

        let plan = try harness.deliver(onCommit(g2, harness), commit: "").plans.first

        #expect(plan?.path == path && plan?.edits.map(\.announcedAuraID) == [g2.auraID])
    }

    @Test func whatNoCommitHoldsIsTheNextVersionToWhoeverHadTheLostOne() throws {
        var harness = try CoreHarness.ready(in: [([h], Toy.path)])
        try harness.save([g], path: path)
        let sent = try #require(harness.core.state.outbound.first?.set)
        try harness.reject(sent, .baseMismatch, headRevision: 1)

        let plan = try harness.deliver(onCommit(g2, harness), commit: "").plans.first

        #expect(plan?.edits.map(\.expectedAuraID) == [g.auraID])
        #expect(harness.core.state.conflicts.isEmpty)
    }

    /// Others wait for a pull only when one would bring something.
    @Test func onlyWhatGitHasNamesItsCommit() throws {
        var harness = try CoreHarness.ready([h])
        try harness.save([h, g])
        try harness.save([g2], path: path)

        let sent = harness.core.state.outbound.map(\.set)

        #expect(
            sent.filter { $0.changes.contains { $0.path == Toy.path } }.map(\.commit) == [
                Toy.commit
            ])
        #expect(sent.filter { $0.changes.contains { $0.path == path } }.map(\.commit) == [""])
    }

    @Test func whatTheLedgerHasWholeIsCreatedWithoutAPull() throws {
        var harness = try CoreHarness.ready([h])

        let new = harness.remoteChange(g, path: path)
        #expect(try harness.deliver(new).plans.map(\.path) == [path])
    }

    @Test func versionsThatCameTogetherAreOneChangeOfTheFirstOnesBase() throws {
        var harness = try CoreHarness.ready([h])
        try harness.send(.pause(causes: ["lock"]))
        try harness.deliver(harness.remoteChange(g, path: path))
        var newer = harness.remoteChange(g2, base: g.auraID, path: path)
        newer.baseRevision = 1
        try harness.deliver(newer, revision: 2)

        let effects = try harness.send(.resume)

        #expect(effects.plans.flatMap(\.edits).map(\.announcedAuraID) == [g2.auraID])
    }

    @Test func aFunctionThatWasDeletedHereIsAskedAboutAndNotPulled() throws {
        var harness = try CoreHarness.ready(in: [([h], Toy.path), ([g], path)])
        try harness.save([], path: path)

        try harness.deliver(onCommit(g2, harness))

        #expect(
            harness.core.state.inbound.isEmpty
                || harness.core.state.inbound.allSatisfy {
                    $0.setAside == nil
                })
    }
}
