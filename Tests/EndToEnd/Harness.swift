// The ground the end-to-end tests stand on: real `aura` processes in a sandbox of their own, a few
// at a time, each test body on a thread that may block.

import Drills
import Foundation
import LiveSync
import Support
import Testing

/// Two sandboxes at once: each is three busy processes, and the machine has two cores.
private let gate = DispatchSemaphore(value: 2)

/// Runs `body` in a fresh sandbox, off the cooperative pool, and leaves no process behind.
func inSandbox(_ body: @Sendable (Sandbox) async throws -> Void) async throws {
    try await withTaskExecutorPreference(OwnThreads.shared) {
        enter()
        defer { gate.signal() }
        let sandbox = try Sandbox(executable: try auraExecutable())
        do {
            try await body(sandbox)
        } catch {
            tellLogs(of: sandbox)
            sandbox.close()
            throw error
        }
        let killed = sandbox.close()
        #expect(killed.isEmpty, "processes that did not stop by themselves")
    }
}

private func enter() { gate.wait() }

/// The end of each log, for the report of a failed test.
private func tellLogs(of sandbox: Sandbox) {
    for peer in sandbox.peers {
        // A log that cannot be read says nothing; the test's own error stays the first word.
        let lines = (try? AgentLogs(of: peer.workspace).tail(15)) ?? []
        print("--- \(peer.user)\n" + lines.joined(separator: "\n"))
    }
}

/// The program under test, beside the test bundle.
func auraExecutable() throws -> String {
    var folders = CommandLine.arguments.filter { $0.contains(".xctest") }.map(PathName.parent)
    if let own = PathName.link("/proc/self/exe") { folders.append(PathName.parent(of: own)) }
    let root = PathName.parent(of: PathName.parent(of: PathName.parent(of: #filePath)))
    folders.append(root + "/.build/debug")
    guard let found = folders.map({ $0 + "/aura" }).first(where: FileAccess.exists) else {
        throw PlainFailure("aura", "is not beside the tests", nextStep: "run swift build")
    }
    return found
}

/// A small repository in four languages.
enum ToyRepository {
    static let files: [String: String] = [
        "pkg/billing.py": """
        import os
        import sys

        RATE = 20

        def compute_tax(amount):
            # the tax of an amount
            return amount * 20 / 100

        class Invoice:
            def total(self):
                return 1

            def other(self):
                return 2

        def last():
            return 3

        """,
        "src/shapes.rs": """
        use std::fmt;

        pub struct Square { side: u32 }

        impl Square {
            pub fn area(&self) -> u32 {
                self.side * self.side
            }
        }

        pub fn double(value: u32) -> u32 {
            value * 2
        }

        """,
        "web/cart.ts": """
        import { Item } from "./item";

        export function price(items: Item[]): number {
            return items.length * 10;
        }

        export class Cart {
            count(): number {
                return 4;
            }
        }

        """,
        "App/Greeting.swift": """
        import Foundation

        struct Greeting {
            let name: String

            func text() -> String {
                "Hello, " + name
            }
        }

        func greet(_ times: Int) -> Int {
            times + 5
        }

        """,
    ]

    /// Makes the repository in the sandbox and returns its path.
    static func make(in sandbox: Sandbox, extra: [String: String] = [:]) throws -> String {
        let root = sandbox.folder + "/source"
        for (path, text) in files.merging(extra, uniquingKeysWith: { $1 }) {
            try FileAccess.makeFolder(PathName.parent(of: root + "/" + path))
            try FileAccess.replace(root + "/" + path, with: Array(text.utf8), mode: 0o644)
        }
        let git = sandbox.git(in: root)
        try git.require(["init", "--quiet", "--initial-branch=main"])
        try git.require(["add", "--all"])
        try git.require(commit("First"))
        return root
    }

    static func commit(_ message: String) -> [String] {
        [
            "-c", "user.name=test", "-c", "user.email=test@localhost", "commit", "--quiet",
            "--all", "--message=\(message)",
        ]
    }
}

/// A Mothership and two peers, online.
struct Pair {
    let ada: SandboxPeer
    let ben: SandboxPeer

    init(
        in sandbox: Sandbox, extra: [String: String] = [:], settings: [String: String] = [:],
        mothership: String? = nil
    ) throws {
        let source = try ToyRepository.make(in: sandbox, extra: extra)
        try sandbox.startMothership(configuration: mothership)
        ada = try sandbox.addPeer("ada", cloning: source, settings: settings)
        ben = try sandbox.addPeer("ben", cloning: source, settings: settings)
        for peer in both { try peer.wait(for: "the link") { $0.link.state == .online } }
    }

    var both: [SandboxPeer] { [ada, ben] }

    /// Both sides change one text while the Mothership is gone; returns the side that came later
    /// and holds the conflict.
    func collide(
        in sandbox: Sandbox, _ path: String, _ old: String, ada adas: String, ben bens: String
    ) throws -> SandboxPeer {
        try sandbox.killMothership()
        for peer in both { try peer.wait(for: "offline") { $0.link.state == .offline } }
        try ada.edit(path, old, adas)
        try ben.edit(path, old, bens)
        for peer in both { try peer.wait(for: "queue") { $0.wal.pendingOut == 1 } }
        try sandbox.startMothership()
        for peer in both { try peer.aura(["live", "sync", "push", "--flush"]) }
        try Waiting.until("one conflict") {
            try ada.status().conflicts.count + ben.status().conflicts.count == 1
        }
        return try ada.status().conflicts.isEmpty ? ben : ada
    }

    /// Waits until nothing is on its way any more.
    func settle(limit: Duration = .seconds(60)) throws {
        for peer in both {
            try peer.wait(for: "an empty queue", limit: limit) {
                // A loaded machine answers pings late, which makes a link degraded for a while.
                $0.link.state != .offline && $0.wal.pendingOut == 0 && $0.wal.pendingIn == 0
            }
        }
    }
}

extension SandboxPeer {
    func text(_ path: String) throws -> String {
        String(decoding: try read(path), as: UTF8.self)
    }

    /// Replaces one piece of a file's text and saves it.
    func edit(_ path: String, _ old: String, _ new: String) throws {
        let text = try text(path)
        guard text.contains(old) else {
            throw PlainFailure(path, "does not hold \"\(old)\"", nextStep: "fix the test")
        }
        try save(path, text.replacingOccurrences(of: old, with: new))
    }

    /// Waits until a file holds a text.
    func wait(for path: String, toHold text: String, limit: Duration = .seconds(30)) throws {
        try Waiting.until("\(user)'s \(path) to hold \"\(text)\"", limit: limit) {
            // While a file is being replaced it may be missing for a moment.
            (try? self.text(path))?.contains(text) ?? false
        }
    }

    /// The codes of the doctor's report and its exit status.
    func doctor(_ arguments: [String] = []) throws -> DoctorAnswer {
        let result = try tryAura(["doctor", "live", "--json"] + arguments)
        let report = try JSONText.decode(DoctorAnswer.Body.self, from: result.output)
        return DoctorAnswer(status: result.status, body: report, text: result.output)
    }
}

/// A parsed report.
struct DoctorAnswer {
    struct Body: Decodable {
        struct Finding: Decodable {
            let code: String
            let severity: String
            let explainedBy: String?

            enum CodingKeys: String, CodingKey {
                case code, severity
                case explainedBy = "explained_by"
            }
        }
        struct Check: Decodable {
            let check: String
            let status: String
            let detail: String
        }
        let overall: String
        let findings: [Finding]
        let checks: [Check]
    }

    let status: Int32
    let body: Body
    let text: String

    /// Codes of severity warn and fail.
    var codes: Set<String> {
        Set(body.findings.filter { $0.severity != "info" }.map(\.code))
    }
    var allCodes: Set<String> { Set(body.findings.map(\.code)) }
    /// Findings that no other one explains.
    var roots: Set<String> {
        Set(body.findings.filter { $0.severity != "info" && $0.explainedBy == nil }.map(\.code))
    }
}
