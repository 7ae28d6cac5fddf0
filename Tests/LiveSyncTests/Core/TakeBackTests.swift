// Git takes out of a file what was not committed: a stash, a restore, a reset.

import LiveProtocol
import LiveSync
import Support
import Testing

@Suite struct TakeBackTests {
    let f = ToyUnit(name: "f", code: "f1")
    let f2 = ToyUnit(name: "f", code: "f2")
    let g = ToyUnit(name: "g", code: "g1")
    let new = ToyUnit(name: "new", code: "n1")

    /// `f` was changed and `new` was added by somebody else; HEAD has neither.
    private func received() throws -> CoreHarness {
        var harness = try CoreHarness.ready([f, g])
        let plan = try #require(
            try harness.deliver(harness.remoteChange(f2), harness.remoteChange(new)).plans.first)
        try harness.carryOut(plan, [f2, g, new])
        harness.time += 100_000
        return harness
    }

    private func gitLeaves(_ units: [ToyUnit], in harness: inout CoreHarness) throws -> [PeerEffect]
    {
        var file = try Toy.file(units)
        file.isLeftByGit = true
        return try harness.send(.observed(file))
    }

    @Test func whatGitTakesOutIsHeldAndNotTakenFromTheOthers() throws {
        var harness = try received()

        let effects = try gitLeaves([f, g], in: &harness) + harness.waitForMoves()

        #expect(effects.sent.isEmpty)
        #expect(
            harness.core.state.conflicts.map(\.remote.auraID) == [f2.auraID, new.auraID]
                || harness.core.state.conflicts.map(\.remote.auraID) == [new.auraID, f2.auraID])
        #expect(harness.core.reverts.isEmpty)
    }

    @Test func aStashThatComesBackEndsIt() throws {
        var harness = try received()
        _ = try gitLeaves([f, g], in: &harness)

        let effects = try gitLeaves([f2, g, new], in: &harness) + harness.waitForMoves()

        #expect(effects.sent.isEmpty)
        #expect(harness.core.state.conflicts.allSatisfy { !$0.isBlocking })
        let known = harness.core.state.conflicts.map(\.function)
        #expect(known.allSatisfy { harness.core.state.bases[$0]?.revision == 1 })
    }

    @Test(arguments: [ConflictChoice.remote, .local])
    func aPersonMayDecideAsWell(choice: ConflictChoice) throws {
        var harness = try received()
        _ = try gitLeaves([f, g], in: &harness)

        var effects: [PeerEffect] = []
        for conflict in harness.core.state.conflicts {
            effects += try harness.send(.resolveConflict(conflict.id, choice))
        }
        effects += try harness.waitForMoves()

        switch choice {
        case .remote:
            #expect(Set(effects.plans.flatMap(\.edits).map(\.function)).contains(Toy.id("f")))
            #expect(effects.sent.isEmpty)
        default:
            let changes = effects.sent.flatMap(\.changes)
            #expect(Set(changes.map(\.kind)) == [.put, .delete])
            #expect(changes.allSatisfy { $0.baseRevision == 1 })
        }
    }

    @Test func aPersonWhoPutsTheOldTextBackIsTakenAtHerWord() throws {
        var harness = try received()

        let changes = try (harness.save([f, g]) + harness.waitForMoves()).sent.flatMap(\.changes)

        #expect(Set(changes.map(\.kind)) == [.put, .delete])
        #expect(harness.core.state.conflicts.isEmpty)
    }

    @Test func whatAPullBringsIsNewer() throws {
        let pulled = ToyUnit(name: "f", code: "pulled")
        var harness = try received()
        var file = try Toy.file([pulled, g, new], head: .same)
        file.isLeftByGit = true

        try harness.send(.observed(file))

        #expect(harness.core.state.conflicts.isEmpty)
    }

    @Test func ownWorkThatGitTakesOutIsTakenBackForAll() throws {
        var harness = try CoreHarness.ready([f, g])
        let set = try #require(try harness.save([f2, g]).sent.first)
        try harness.accept(set)

        let effects = try gitLeaves([f, g], in: &harness)

        #expect(effects.sent.flatMap(\.changes).map(\.auraID) == [f.auraID])
        #expect(harness.core.state.conflicts.isEmpty)
    }
}
