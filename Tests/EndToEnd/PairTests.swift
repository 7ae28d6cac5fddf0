// Two people on real processes: what one saves, the other has; what both change, nobody loses.

import Drills
import Support
import Testing

@Suite struct PairTests {
    @Test func aSavedFunctionArrivesByteForByte() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            for path in ToyRepository.files.keys.sorted() {
                let number = path.hasSuffix("py") ? "return 3" : ""
                guard !number.isEmpty else { continue }
                try pair.ada.edit(path, number, "return 33")
                try pair.ben.wait(for: path, toBe: try pair.ada.read(path))
            }
            try pair.ada.edit("src/shapes.rs", "value * 2", "value * 7")
            try pair.ada.edit("web/cart.ts", "return 4;", "return 44;")
            try pair.ada.edit("App/Greeting.swift", "times + 5", "times + 55")
            for path in ToyRepository.files.keys {
                try pair.ben.wait(for: path, toBe: try pair.ada.read(path))
            }
            #expect(try pair.ada.status().wal.refused.isEmpty)
            for peer in pair.both {
                try peer.wait(for: "both in the list") {
                    $0.presence.peers.map(\.isSelf).sorted { $0 && !$1 } == [true, false]
                }
            }
        }
    }

    @Test func differentFunctionsOfOneFileChangedAtOnceBothStay() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            try pair.ada.edit("pkg/billing.py", "return 1", "return 111")
            try pair.ben.edit("pkg/billing.py", "return 3", "return 333")
            for peer in pair.both {
                try peer.wait(for: "pkg/billing.py", toHold: "return 111")
                try peer.wait(for: "pkg/billing.py", toHold: "return 333")
            }
            try pair.settle()
            #expect(try pair.ada.read("pkg/billing.py") == pair.ben.read("pkg/billing.py"))
            #expect(try pair.ada.status().conflicts.isEmpty)
            #expect(try pair.ben.status().conflicts.isEmpty)
        }
    }

    @Test func oneFunctionChangedOnBothSidesIsOneConflictAndNothingIsOverwritten() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            let later = try pair.collide(
                in: sandbox, "pkg/billing.py", "return 2", ada: "return 22", ben: "return 222")
            try pair.settle()
            #expect(try pair.ada.text("pkg/billing.py").contains("return 22\n"))
            #expect(try pair.ben.text("pkg/billing.py").contains("return 222\n"))
            let conflict = try #require(try later.status().conflicts.first)
            #expect(conflict.function == "billing::Invoice::other")
            #expect(conflict.local != conflict.remote)
            let earlier = later.user == "ada" ? pair.ben : pair.ada
            try later.aura(["live", "conflicts", "resolve", conflict.id, "--take", "local"])
            try earlier.wait(for: "pkg/billing.py", toBe: try later.read("pkg/billing.py"))
        }
    }

    @Test func newFunctionsNewFilesAndDeletionsTravel() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            try pair.ada.edit(
                "pkg/billing.py", "def last():",
                "def added(value):\n    return value + 8\n\ndef last():")
            try pair.ben.wait(for: "pkg/billing.py", toBe: try pair.ada.read("pkg/billing.py"))
            try pair.ada.save("pkg/fresh.py", "def fresh():\n    return 9\n")
            try pair.ben.wait(for: "pkg/fresh.py", toHold: "return 9")
            try pair.ben.edit("pkg/billing.py", "def last():\n    return 3\n", "")
            try Waiting.until("the deletion to arrive") {
                try !pair.ada.text("pkg/billing.py").contains("def last")
            }
            try pair.settle()
            #expect(try pair.ada.text("pkg/fresh.py") == pair.ben.text("pkg/fresh.py"))
        }
    }

    @Test func commentsAndLayoutAlonePushNothing() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            let before = try pair.ada.status().counters.setsSent
            try pair.ada.edit("pkg/billing.py", "# the tax of an amount", "# a better comment")
            try pair.ada.edit("src/shapes.rs", "value * 2", "value * 3")
            try pair.ben.wait(for: "src/shapes.rs", toHold: "value * 3")
            #expect(try pair.ada.status().counters.setsSent == before + 1)
            #expect(try !pair.ben.text("pkg/billing.py").contains("better comment"))
            let why = try pair.ada.aura(["diff", "--semantic", "pkg/billing.py"])
            #expect(why.output.contains("triviaOnly"))
        }
    }

    @Test func anUnfinishedMergeHoldsEverythingAndEndsByItself() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            let git = sandbox.git(in: pair.ada.root)
            try git.require(["checkout", "--quiet", "-b", "side"])
            try pair.ada.wait(for: "the pause") { $0.lifecycle == .paused }
            try pair.ada.edit("src/shapes.rs", "value * 2", "value * 4")
            try pair.ben.edit("pkg/billing.py", "return 3", "return 30")
            try pair.ben.wait(for: "the push") { $0.wal.pendingOut == 0 && $0.lastPush != nil }
            let held = try pair.ada.status()
            #expect(held.causes == ["on branch side"])
            #expect(try pair.ada.text("pkg/billing.py").contains("return 3\n"))
            #expect(try pair.ben.text("src/shapes.rs").contains("value * 2"))
            try git.require(["checkout", "--quiet", "main"])
            try pair.ada.wait(for: "pkg/billing.py", toHold: "return 30")
            try pair.ben.wait(for: "src/shapes.rs", toHold: "value * 4")
        }
    }

    @Test func localOnlyAndExcludedFunctionsStay() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(
                in: sandbox, extra: ["gen/made.py": "def made():\n    return 1\n"],
                settings: ["live.selective": "exclude = [\"gen/**\"]"])
            try pair.ada.edit("gen/made.py", "return 1", "return 100")
            try pair.ada.edit(
                "pkg/billing.py", "def last():\n    return 3",
                "# @aura-local\ndef last():\n    return 300")
            try pair.ada.edit("src/shapes.rs", "value * 2", "value * 6")
            try pair.ben.wait(for: "src/shapes.rs", toHold: "value * 6")
            #expect(try pair.ben.text("gen/made.py").contains("return 1\n"))
            #expect(try pair.ben.text("pkg/billing.py").contains("return 3\n"))
            let why = try pair.ada.aura(["live", "selective", "why", "gen/made.py"]).output
            #expect(why.contains("not admitted"))
            #expect(why.contains("gen/**"))
            let marks = try pair.ada.aura(["live", "selective", "why", "pkg/billing.py"]).output
            #expect(marks.contains("billing::last  local-only"))
        }
    }

    @Test func aBrokenFunctionIsHeldBackAndTheRestSyncs() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            try pair.ada.edit("src/shapes.rs", "self.side * self.side", "self.side * (")
            try pair.ada.edit("src/shapes.rs", "value * 2", "value * 8")
            try pair.ben.wait(for: "src/shapes.rs", toHold: "value * 8")
            #expect(try pair.ben.text("src/shapes.rs").contains("self.side * self.side"))
        }
    }

    @Test func aDamagedLogIsReadAroundAndThePeerFindsAgainWhatItLost() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            for number in ["21", "22", "23"] {
                let old =
                    try pair.ada.text("pkg/billing.py").split(separator: "\n")
                    .first { $0.contains("return 2") }.map(String.init) ?? "return 2"
                try pair.ada.edit("pkg/billing.py", old, "        return \(number)")
                try pair.ben.wait(for: "pkg/billing.py", toHold: "return \(number)")
            }
            try pair.settle()
            try pair.ben.aura(["live", "sync", "disable"])
            try flipEveryBody(of: pair.ben)
            try pair.ada.edit("src/shapes.rs", "value * 2", "value * 77")

            try pair.ben.enable()

            try pair.ben.wait(for: "src/shapes.rs", toHold: "value * 77")
            try pair.settle()
            #expect(try pair.ben.read("pkg/billing.py") == pair.ada.read("pkg/billing.py"))
            #expect(try pair.ben.status().conflicts.isEmpty)
            #expect(try pair.ada.status().conflicts.isEmpty)
            #expect(try pair.ben.doctor().codes == ["integrity.checksum-mismatch"])
        }
    }

    /// Damages one bit in each of the first records of a sealed segment.
    private func flipEveryBody(of peer: SandboxPeer) throws {
        let path = peer.workspace.walFolder + "/segment-000001.log"
        var bytes = try FileAccess.read(path)
        var offset = 4096
        for _ in 0..<5 {
            let length = (0..<4).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
            guard length > 0 else { break }
            bytes[offset + 40] ^= 1
            offset += 40 + (length + 7) / 8 * 8
        }
        try FileAccess.replace(path, with: bytes, mode: 0o444)
    }
}
