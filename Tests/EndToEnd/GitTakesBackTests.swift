// Git's own commands over what a teammate wrote and nobody committed yet.

import Drills
import LiveSync
import Support
import Testing

@Suite struct GitTakesBackTests {
    private let path = "pkg/billing.py"

    /// Ada changes one function and adds another; Ben has both, uncommitted.
    private func received(in sandbox: Sandbox) throws -> Pair {
        let pair = try Pair(in: sandbox)
        let text = try pair.ada.text(path).replacingOccurrences(of: "* 20 /", with: "* 21 /")
        try pair.ada.save(path, text + "\ndef added():\n    return 4\n")
        try pair.ben.wait(for: path, toHold: "def added")
        try pair.ben.wait(for: path, toHold: "* 21 /")
        try pair.settle()
        return pair
    }

    private func expectAdasWork(at peer: SandboxPeer) throws {
        let text = try peer.text(path)
        #expect(text.contains("* 21 /") && text.contains("def added"))
    }

    @Test func aStashTakesNothingFromTheOthersAndItsReturnEndsTheConflict() async throws {
        try await inSandbox { sandbox in
            let pair = try received(in: sandbox)
            let git = sandbox.git(in: pair.ben.root)

            try git.require(["stash"])
            try pair.ben.wait(for: "the conflicts") { $0.conflicts.count == 2 }
            try expectAdasWork(at: pair.ada)
            try git.require(["stash", "pop"])
            try pair.ben.wait(for: "their end") { $0.conflicts.isEmpty }

            try pair.settle()
            for peer in [pair.ada, pair.ben] { try expectAdasWork(at: peer) }
            #expect(try pair.ada.text(path) == pair.ben.text(path))
        }
    }

    @Test func aRestoredFileMayHaveTheOthersWorkBack() async throws {
        try await inSandbox { sandbox in
            let pair = try received(in: sandbox)

            try sandbox.git(in: pair.ben.root).require(["checkout", "--", path])
            try pair.ben.wait(for: "the conflicts") { $0.conflicts.count == 2 }
            try expectAdasWork(at: pair.ada)
            for conflict in try pair.ben.status().conflicts {
                try pair.ben.aura(["live", "conflicts", "resolve", conflict.id, "--take", "remote"])
            }
            try pair.ben.wait(for: path, toHold: "def added")

            try pair.settle()
            for peer in [pair.ada, pair.ben] { try expectAdasWork(at: peer) }
            #expect(try pair.ben.status().conflicts.isEmpty)
        }
    }
}
