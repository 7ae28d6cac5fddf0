// What a person excludes stays at home from that moment on, and what was set aside for it comes when the
// exclusion goes.

import Drills
import LiveSync
import Support
import Testing

@Suite struct ExclusionTests {
    private static let path = "pkg/billing.py"

    @Test func anExclusionHoldsBeforeTheNextStart() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            try pair.ben.configure(["live.selective": "exclude = [\"pkg/private*.py\"]"])
            try pair.ben.save("pkg/private.py", "def key():\n    return 'hidden'\n")
            try pair.ben.save("pkg/later.py", "def later():\n    return 1\n")

            try pair.ada.wait(for: "pkg/later.py", toHold: "return 1")
            #expect(!FileAccess.exists(pair.ada.path("pkg/private.py")))
            // What is let in waits for the start, and comes with it.
            try pair.ben.configure(["live.selective": "exclude = []"])
            try pair.ben.aura(["live", "sync", "disable"])
            try pair.ben.enable()
            try pair.ada.wait(for: "pkg/private.py", toHold: "hidden")
        }
    }

    /// A teammate's change of an excluded file is no reason to read that file.
    @Test func whatArrivesForAnExcludedFileOpensNoDoor() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            try pair.ben.configure(["live.selective": "exclude = [\"\(Self.path)\"]"])
            try pair.ben.edit(Self.path, "return 3", "return 'hidden'")

            try pair.ada.edit(Self.path, "return 2", "return 20")
            try pair.ben.wait(for: "what is set aside") { !$0.leftOut.isEmpty }
            try pair.ben.save("pkg/later.py", "def later():\n    return 1\n")
            try pair.ada.wait(for: "pkg/later.py", toHold: "return 1")

            #expect(try pair.ada.text(Self.path).contains("return 3"))
            #expect(try !pair.ben.text(Self.path).contains("return 20"))
        }
    }

    /// What was saved here and what came meanwhile both go on when the exclusion does.
    @Test func anExclusionThatIsTakenBackAtOnceLeavesNothingBehind() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            let settings = try pair.ben.text(".aura/live.toml")
            try pair.ben.configure(["live.selective": "exclude = [\"\(Self.path)\"]"])
            try pair.ben.edit(Self.path, "return 3", "return 30")
            try pair.ada.edit(Self.path, "return 2", "return 20")
            try pair.ben.wait(for: "what is set aside") { !$0.leftOut.isEmpty }

            try pair.ben.save(".aura/live.toml", settings)
            try pair.ben.wait(for: Self.path, toHold: "return 20")
            try pair.ada.wait(for: Self.path, toHold: "return 30")
            try pair.settle()
            #expect(try pair.ben.status().conflicts.isEmpty)
        }
    }

    /// A narrow checkout is nobody's deletion.
    @Test func whatASparseCheckoutWithholdsStaysWithTheOthers() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(
                in: sandbox, extra: ["far/away.py": "def away():\n    return 1\n"])
            let git = sandbox.git(in: pair.ada.root)
            try git.require(["sparse-checkout", "set", "pkg"])
            try pair.ada.edit(Self.path, "return 3", "return 30")
            try pair.ben.wait(for: Self.path, toHold: "return 30")
            #expect(FileAccess.exists(pair.ben.path("far/away.py")))

            // What changes there meanwhile waits for the day when it is wanted.
            try pair.ben.edit("far/away.py", "return 1", "return 10")
            try pair.ada.wait(for: "what is set aside") { !$0.leftOut.isEmpty }
            try git.require(["sparse-checkout", "disable"])
            try pair.ada.wait(for: "far/away.py", toHold: "return 10")
        }
    }

    @Test func whatAnExclusionSetAsideComesWhenItIsTakenBack() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            try pair.ben.aura(["live", "sync", "disable"])
            try pair.ben.configure(["live.selective": "exclude = [\"\(Self.path)\"]"])
            try pair.ben.enable()
            try pair.ada.edit(Self.path, "return 3", "return 30")
            try pair.ben.wait(for: "what is set aside") { !$0.leftOut.isEmpty }

            try pair.ben.aura(["live", "sync", "disable"])
            try pair.ben.configure(["live.selective": "exclude = []"])
            try pair.ben.enable()
            try pair.ben.wait(for: Self.path, toHold: "return 30")
            try pair.settle()
        }
    }
}
