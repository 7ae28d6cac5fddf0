// The ground the end-to-end tests stand on: real `aura` processes in a sandbox of their own, a few
// at a time, each test body on a thread that may block.

import Drills
import Foundation
import LiveSync
import Support
import TestSupport
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

/// The program under test.
func auraExecutable() throws -> String { try BuildFolder.aura() }

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
        try apart(in: sandbox) {
            try ada.edit(path, old, adas)
            try ben.edit(path, old, bens)
        }
        try Waiting.until("one conflict") {
            try ada.status().conflicts.count + ben.status().conflicts.count == 1
        }
        return try ada.status().conflicts.isEmpty ? ben : ada
    }

    /// Lets both work on one file while the Mothership is away, and push when it is back.
    func apart(in sandbox: Sandbox, _ work: () throws -> Void) throws {
        try sandbox.killMothership()
        for peer in both { try peer.wait(for: "offline") { $0.link.state == .offline } }
        try work()
        for peer in both { try peer.wait(for: "queue") { $0.wal.pendingOut == 1 } }
        try sandbox.startMothership()
        for peer in both { try peer.aura(["live", "sync", "push", "--flush"]) }
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

/// A Mothership and two peers; what passes between it and Ada can be changed or lost.
struct ProxiedPair {
    let proxy: FaultProxy
    let ada: SandboxPeer
    let ben: SandboxPeer

    /// - Parameters:
    ///   - settings: of both peers.
    ///   - adas: of Ada, in place of `settings`.
    init(
        in sandbox: Sandbox, settings: [String: String] = [:], adas: [String: String]? = nil
    ) throws {
        let source = try ToyRepository.make(in: sandbox)
        try sandbox.startMothership()
        let proxy = try FaultProxy(to: sandbox.port)
        sandbox.atEnd { proxy.stop() }
        self.proxy = proxy
        ada = try sandbox.addPeer(
            "ada", cloning: source, settings: adas ?? settings, endpoint: proxy.endpoint)
        ben = try sandbox.addPeer("ben", cloning: source, settings: settings)
    }
}

extension SandboxPeer {
    /// Damages the record in the newest segment that holds this text.
    func damageRecord(holding text: String) throws {
        let folder = workspace.walFolder
        let needle = Array(text.utf8)
        for name in try FileAccess.names(in: folder).sorted().reversed()
        where name.hasPrefix("segment-") {
            var bytes = try FileAccess.read("\(folder)/\(name)")
            let position = bytes.indices.dropLast(needle.count).first {
                bytes[$0..<$0 + needle.count].elementsEqual(needle)
            }
            guard let position else { continue }
            bytes[position] ^= 1
            return try InPlace.put(bytes, into: "\(folder)/\(name)")
        }
        Issue.record("no segment holds \(text)")
    }
}
