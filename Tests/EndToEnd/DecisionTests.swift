// Conflicts by hand: both sides shown, each way to end one, and a base derived anew.

import Drills
import LiveSync
import Support
import Testing

@Suite struct DecisionTests {
    private static let path = "pkg/billing.py"

    /// Both changed `Invoice.other`; the later side holds the conflict.
    private func conflicting(
        in sandbox: Sandbox
    ) throws -> (pair: Pair, later: SandboxPeer, earlier: SandboxPeer, id: String) {
        let pair = try Pair(in: sandbox)
        let later = try pair.collide(
            in: sandbox, Self.path, "return 2", ada: "return 22", ben: "return 222")
        let id = try #require(try later.status().conflicts.first?.id)
        return (pair, later, later.user == "ada" ? pair.ben : pair.ada, id)
    }

    @Test func showHasAllThreeSides() async throws {
        try await inSandbox { sandbox in
            let (_, later, _, id) = try conflicting(in: sandbox)
            let shown = try later.aura(["live", "conflicts", "show", id]).output
            for text in ["--- base", "return 2\n", "--- local", "return 22", "--- remote from"] {
                #expect(shown.contains(text), "\(shown)")
            }
            #expect(shown.contains("return 222"))
        }
    }

    @Test func bothStandSideBySideEverywhere() async throws {
        try await inSandbox { sandbox in
            let (pair, later, earlier, id) = try conflicting(in: sandbox)
            try later.aura(["live", "conflicts", "resolve", id, "--take", "both"])
            let text = try later.text(Self.path)
            #expect(text.contains("return 22\n") && text.contains("return 222\n"), "\(text)")
            try earlier.wait(for: Self.path, toBe: try later.read(Self.path))
            try pair.settle()
            #expect(try later.status().conflicts.isEmpty)
        }
    }

    @Test func aMergedTextEndsAConflict() async throws {
        try await inSandbox { sandbox in
            let (_, later, earlier, id) = try conflicting(in: sandbox)
            let merged = sandbox.folder + "/merged.txt"
            try FileAccess.replace(
                merged, with: Array("    def other(self):\n        return 22 + 222\n\n".utf8))
            try later.aura(["live", "conflicts", "resolve", id, "--file", merged])
            try earlier.wait(for: Self.path, toHold: "return 22 + 222")
            #expect(try later.read(Self.path) == earlier.read(Self.path))
        }
    }

    @Test func aDismissedConflictStaysCountableAndCanBeReopened() async throws {
        try await inSandbox { sandbox in
            let (_, later, earlier, id) = try conflicting(in: sandbox)
            let theirs = try earlier.text(Self.path).contains("return 222\n") ? "222" : "22"
            try later.aura(["live", "conflicts", "dismiss", id])
            #expect(try later.aura(["live", "conflicts", "list"]).output.contains("no conflicts"))
            #expect(try later.aura(["live", "conflicts", "list", "--all"]).output.contains(id))
            #expect(try later.doctor().allCodes.contains("conflicts.dismissed-incoming"))
            try later.aura(["live", "conflicts", "reopen", id])
            #expect(try later.status().conflicts.map(\.id) == [id])
            try later.aura(["live", "conflicts", "resolve", id, "--take", "remote"])
            try later.wait(for: Self.path, toHold: "return \(theirs)\n")
        }
    }

    @Test func aDeletionAgainstAnEditNeverWinsAlone() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            let later = try pair.collide(
                in: sandbox, Self.path, "def last():\n    return 3\n", ada: "",
                ben: "def last():\n    return 33\n")
            let kind = try #require(try later.status().conflicts.first?.kind)
            #expect(kind == (later.user == "ada" ? "delete/modify" : "modify/delete"))
            #expect(try pair.ben.text(Self.path).contains("return 33"))
        }
    }

    @Test func reconcileDerivesTheBaseAnewOrAsks() async throws {
        try await inSandbox { sandbox in
            let (pair, later, earlier, _) = try conflicting(in: sandbox)
            let answer = try JSONText.decode(
                ReconcileAnswer.self,
                from: try later.aura(
                    [
                        "live", "sync", "reconcile", "--function", "billing::Invoice::other",
                        "--json",
                    ]
                ).output)
            #expect(answer.verdict == .conflict)
            let id = try #require(answer.conflict)
            #expect(try later.status().conflicts.map(\.id) == [id])
            let theirs = try earlier.text(Self.path).contains("return 222\n") ? "222" : "22"
            let ours = theirs == "22" ? "222" : "22"
            try later.edit(Self.path, "return \(ours)\n", "return \(theirs)\n")
            try later.wait(for: "the conflict to end by itself") { $0.conflicts.isEmpty }
            let clean = try later.aura([
                "live", "sync", "reconcile", "--function", "\(Self.path)#billing::Invoice::other",
            ]).output
            #expect(clean.contains("verdict:   clean"), "\(clean)")
            try pair.settle()
            #expect(try later.status().conflicts.isEmpty)
        }
    }
}
