// Files without a grammar travel whole where the settings name them, and so does the permission to
// execute a file.

import Drills
import Glibc
import LiveSync
import Support
import Testing

@Suite struct WholeFileTests {
    private static let page = "docs/guide.md"
    private static let code = "pkg/billing.py"
    private static let settings = ["live.selective": "whole_files = [\"*.md\", \"*.bin\"]"]

    private func pair(in sandbox: Sandbox) throws -> Pair {
        try Pair(
            in: sandbox, extra: [Self.page: "# Guide\n\nFirst.\n", "docs/other.txt": "stays\n"],
            settings: Self.settings)
    }

    @Test func aNamedFileTravelsByteForByte() async throws {
        try await inSandbox { sandbox in
            let pair = try pair(in: sandbox)
            try pair.ada.edit(Self.page, "First.", "First and second.")
            try pair.ben.wait(for: Self.page, toBe: try pair.ada.read(Self.page))
            // No text, no line end, and not UTF-8.
            let bytes: [UInt8] = [0, 0xFF, 0x0D, 0x0A, 0xC3, 0x28, 0x20]
            try pair.ben.save("docs/logo.bin", bytes)
            try pair.ada.wait(for: "docs/logo.bin", toBe: bytes)
            try pair.ben.save("docs/logo.bin", bytes + bytes)
            try pair.ada.wait(for: "docs/logo.bin", toBe: bytes + bytes)
            // What no rule names stays where it is.
            try pair.ada.save("docs/other.txt", "changed\n")
            try pair.ada.edit(Self.code, "return", "return 0 +")
            try pair.ben.wait(for: Self.code, toBe: try pair.ada.read(Self.code))
            #expect(try pair.ben.text("docs/other.txt") == "stays\n")
        }
    }

    @Test func aRenamedAndARemovedFileAreRenamedAndRemovedThere() async throws {
        try await inSandbox { sandbox in
            let pair = try pair(in: sandbox)
            let text = try pair.ada.read(Self.page)
            try sandbox.git(in: pair.ada.root).require(["mv", Self.page, "docs/manual.md"])
            try pair.ben.wait(for: "docs/manual.md", toBe: text)
            try Waiting.until("the old name to go") {
                !FileAccess.exists(pair.ben.path(Self.page))
            }
            try pair.settle()
            #expect(try pair.ada.status().counters.changesAcknowledged == 1)
            #expect(unlink(pair.ben.path("docs/manual.md")) == 0)
            try Waiting.until("the file to go") {
                !FileAccess.exists(pair.ada.path("docs/manual.md"))
            }
        }
    }

    @Test func twoVersionsOfOneFileAreAConflictThatIsSettledWithAText() async throws {
        try await inSandbox { sandbox in
            let pair = try pair(in: sandbox)
            let later = try pair.collide(
                in: sandbox, Self.page, "First.", ada: "Ada's.", ben: "Ben's.")
            let other = later.root == pair.ada.root ? pair.ben : pair.ada
            let id = try #require(try later.status().conflicts.first).id
            let refused = try later.tryAura(["live", "conflicts", "resolve", id, "--take", "both"])
            #expect(refused.status == 64)
            #expect(refused.errors.contains("take local or remote"))
            let merged = "# Guide\n\nAda's.\nBen's.\n\n"
            let file = sandbox.folder + "/merged.md"
            try FileAccess.replace(file, with: Array(merged.utf8))
            try later.aura(["live", "conflicts", "resolve", id, "--file", file])
            #expect(try later.text(Self.page) == merged)
            try other.wait(for: Self.page, toBe: Array(merged.utf8))
        }
    }

    @Test func thePermissionToExecuteTravelsBothWays() async throws {
        try await inSandbox { sandbox in
            let pair = try pair(in: sandbox)
            #expect(chmod(pair.ada.path(Self.code), 0o755) == 0)
            try waitForMode(pair.ben, 0o755)
            // With an edit in between, the mode stays.
            try pair.ben.edit(Self.code, "return", "return 0 +")
            try pair.ada.wait(for: Self.code, toBe: try pair.ben.read(Self.code))
            #expect(try mode(pair.ada) == 0o755)
            #expect(chmod(pair.ben.path(Self.code), 0o644) == 0)
            try waitForMode(pair.ada, 0o644)
            try pair.settle()
            #expect(try pair.both.allSatisfy { try $0.status().conflicts.isEmpty })
        }
    }

    @Test func aNewScriptArrivesReadyToRun() async throws {
        try await inSandbox { sandbox in
            let pair = try pair(in: sandbox)
            let text = "#!/usr/bin/env python3\n\n\ndef main():\n    return 7\n"
            let path = pair.ada.path("pkg/run.py")
            try FileAccess.replace(path, with: Array(text.utf8), mode: 0o755)
            try pair.ben.wait(for: "pkg/run.py", toBe: Array(text.utf8))
            try waitForMode(pair.ben, 0o755, "pkg/run.py")
            try sandbox.git(in: pair.ben.root).require(["mv", "-f", Self.code, "pkg/b.py"])
            try pair.ada.wait(for: "pkg/b.py", toBe: try pair.ben.read("pkg/b.py"))
        }
    }

    private func mode(_ peer: SandboxPeer, _ path: String = code) throws -> UInt32 {
        var status = stat()
        try #require(stat(peer.path(path), &status) == 0)
        return status.st_mode & 0o777
    }

    private func waitForMode(
        _ peer: SandboxPeer, _ wanted: UInt32, _ path: String = code
    ) throws {
        try Waiting.until("mode \(String(wanted, radix: 8)) of \(path)") {
            try mode(peer, path) == wanted
        }
    }
}
