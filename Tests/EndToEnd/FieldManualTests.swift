// Every command line of the field manual, typed as it stands there, on a running pair; and that
// what is printed changes when the state does.

import Drills
import Foundation
import Support
import Testing

/// A command line and what its output must hold.
private struct Typed {
    let line: String
    let prints: [String]
    var status: Int32 = 0
    /// Text may go to standard error; JSON commands keep it silent.
    var isJSON = false
}

@Suite struct FieldManualTests {
    /// In the order of the manual. `logs bundle` belongs to the bundle.
    private static let lines: [Typed] = [
        Typed(line: "aura live sync status", prints: ["enabled", "mothership:", "last push:"]),
        Typed(
            line: "aura doctor live",
            prints: [
                "live sync doctor", "scanner:", "mothership:", "wal:", "conflicts:", "impacts:",
                "presence:", "integrity:", "overall:",
            ]),
        Typed(
            line: "aura live wal status",
            prints: [
                "records:", "segments:", "bytes:", "pending out:", "pending in:",
                "oldest pending:", "last fsync:", "ack watermark:",
            ]),
        Typed(line: "aura live presence", prints: ["ben", "online", "main", "ago"]),
        Typed(line: "aura live sync enable", prints: ["already enabled", "endpoint:", "room:"]),
        Typed(
            line: "aura live selective why path/to/file.rs",
            prints: ["admitted", "rule:", "adapter:", "rust", "parse:", "greet"]),
        Typed(line: "aura diff --semantic path/to/file.rs", prints: ["same", "greet"]),
        Typed(
            line: "aura live sync status --peer mothership",
            prints: ["mothership:  online", "last seen:", "endpoint:", "retries:", "queued:"]),
        Typed(line: "aura mothership status", prints: ["pid", "version", "listen", "peers"]),
        Typed(line: "aura live auth refresh", prints: ["expires:", "key id:", "scopes:"]),
        Typed(line: "aura live wal tail --n 20", prints: ["SEQ", "TIME", "TYPE", "FUNCTION"]),
        Typed(line: "aura mothership register", prints: ["registered"]),
        Typed(
            line: "aura live sync push --flush", prints: ["sent:", "acked:", "refused:"]),
        Typed(line: "aura live conflicts list", prints: ["no conflicts"]),
        Typed(line: "aura live wal tail --filter APPLY_SKIPPED", prints: ["SEQ"]),
        Typed(
            line: "aura live sync reconcile --function billing::compute_tax",
            prints: ["old base:", "new base:", "verdict:   clean"]),
        Typed(line: "aura live presence --refresh", prints: ["ben"]),
        Typed(
            line: "aura live wal verify", prints: ["wal verify: OK", "segments:", "records:"]),
        Typed(line: "aura live wal recover", prints: ["nothing to recover", "kept:", "cut:"]),
        Typed(line: "aura live wal tail --filter APPLY_FAILED --n 10", prints: ["SEQ"]),
        Typed(line: "git status", prints: ["On branch main"]),
        Typed(line: "aura live logs tail --n 200", prints: ["agent starts"]),
        Typed(line: "aura live logs grep \"APPLY_FAILED\"", prints: []),
        Typed(line: "aura live logs since 15m", prints: ["agent starts"]),
        Typed(line: "aura doctor live --json", prints: ["\"schema\""], isJSON: true),
    ]

    private static let reset: [Typed] = [
        Typed(line: "git status", prints: ["nothing to commit"]),
        Typed(line: "aura live sync disable", prints: ["disabled", "outcome:", "unsent:"]),
        Typed(line: "aura live wal reset --confirm", prints: ["reset", "old log:"]),
        Typed(line: "aura live sync enable", prints: ["enabled", "leaving:"]),
        Typed(
            line: "aura live sync pull --full",
            prints: ["received:", "applied:", "skipped:", "conflicts:"]),
    ]

    private func type(_ typed: Typed, as peer: SandboxPeer, in sandbox: Sandbox) throws {
        let bin = PathName.parent(of: try auraExecutable())
        var shell = Tool(
            "/bin/sh", environment: sandbox.environment(user: peer.user), folder: peer.root)
        shell.environment["PATH"] = bin + ":/usr/bin:/bin"
        let result = try shell.run(["-c", typed.line], limit: .seconds(60))
        #expect(result.status == typed.status, "\(typed.line): \(result.errors) \(result.output)")
        for text in typed.prints {
            #expect(
                result.output.contains(text) || (!typed.isJSON && result.errors.contains(text)),
                "\(typed.line) does not print \(text): \(result.output) \(result.errors)")
        }
        if typed.isJSON { #expect(result.errors.isEmpty, "\(typed.line)") }
    }

    @Test func everyLineWorksAsTyped() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(
                in: sandbox,
                extra: ["path/to/file.rs": "pub fn greet(times: u32) -> u32 {\n    times\n}\n"])
            try pair.ada.edit("pkg/billing.py", "return 1", "return 10")
            try pair.ben.wait(for: "pkg/billing.py", toHold: "return 10")
            for typed in Self.lines { try type(typed, as: pair.ada, in: sandbox) }
            try sandbox.git(in: pair.ada.root).require(ToyRepository.commit("Ten"))
            for typed in Self.reset { try type(typed, as: pair.ada, in: sandbox) }
            try pair.settle()
            try pair.ada.edit("pkg/billing.py", "return 10", "return 100")
            try pair.ben.wait(for: "pkg/billing.py", toHold: "return 100")
            #expect(try pair.ada.status().conflicts.isEmpty)
        }
    }

    @Test func whatIsPrintedFollowsTheState() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            let path = "pkg/billing.py"
            try pair.ada.edit(path, "return 2", "return 2  # the same")
            let why = try pair.ada.aura(["diff", "--semantic", path]).output
            #expect(why.contains("trivia"), "\(why)")

            try sandbox.killMothership()
            try pair.ada.wait(for: "offline") { $0.link.state == .offline && $0.link.retries > 0 }
            try pair.ada.edit(path, "return 3", "return 4")
            try pair.ada.wait(for: "queue") { $0.wal.pendingOut == 1 }
            let peer = try pair.ada.aura(["live", "sync", "status", "--peer", "mothership"]).output
            #expect(peer.contains("mothership:  offline"), "\(peer)")
            #expect(peer.contains("backoff exponential"))
            #expect(peer.contains("queued:      1 outbound pushes waiting"))
            let wal = try pair.ada.aura(["live", "wal", "status"]).output
            #expect(wal.contains("pending out:     1"), "\(wal)")
            let status = try pair.ada.aura(["live", "sync", "status"]).output
            #expect(status.contains("pending out 1"), "\(status)")
            let report = try pair.ada.tryAura(["doctor", "live"]).output
            #expect(report.contains("pending out 1"), "\(report)")

            try pair.ada.aura(["live", "sync", "disable"])
            #expect(try pair.ada.aura(["live", "sync", "status"]).output.hasPrefix("disabled"))
        }
    }

    @Test func wrongInputIsAUsageErrorThatNamesIt() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            let wrong: [([String], String)] = [
                (["live", "wal", "tail", "--filter", "NOPE"], "NOPE"),
                (["live", "logs", "since", "soon"], "soon"),
                (["live", "sync", "reconcile", "--function", "nobody::knows"], "nobody::knows"),
                (["live", "conflicts", "show", "abc"], "abc"),
                (["live", "conflicts", "resolve", "abc", "--take", "nothing"], "nothing"),
                (["live", "impacts", "resolve"], "--all"),
                (["live", "sync", "status", "--peer", "somebody"], "mothership"),
            ]
            for (arguments, word) in wrong {
                let result = try pair.ada.tryAura(arguments)
                #expect(result.status == ExitStatus.usage.rawValue, "\(arguments) \(result.errors)")
                #expect(result.errors.contains(word), "\(arguments): \(result.errors)")
            }
        }
    }
}
