// Real peers around a real Mothership, each behind a proxy of its own, and what may be done to them.

import Drills
import Foundation
import LiveSync
import Support

/// A sandbox full of people.
final class Crowd {
    /// A peer and what stands between it and the Mothership.
    struct Member {
        let peer: SandboxPeer
        let proxy: FaultProxy
    }

    let sandbox: Sandbox
    let members: [Member]
    let room: String

    /// - Parameters:
    ///   - files: the repository everybody clones; a branch `side` differs from it in one file.
    init(
        _ sandbox: Sandbox, names: [String], files: [String: String],
        settings: [String: String] = [:]
    ) throws {
        self.sandbox = sandbox
        let source = try Self.makeSource(files, in: sandbox)
        try sandbox.startMothership()
        members = try names.map { name in
            let proxy = try FaultProxy(to: sandbox.port)
            sandbox.atEnd { proxy.stop() }
            let peer = try sandbox.addPeer(
                name, cloning: source, settings: settings, endpoint: proxy.endpoint)
            return Member(peer: peer, proxy: proxy)
        }
        for member in members {
            try member.peer.wait(for: "the link") { $0.link.state != .offline }
        }
        room = try members.first.map { try $0.peer.status().repository } ?? ""
    }

    var peers: [SandboxPeer] { members.map(\.peer) }

    private static func makeSource(
        _ files: [String: String], in sandbox: Sandbox
    ) throws -> String {
        let root = sandbox.folder + "/source"
        for (path, text) in files {
            try FileAccess.makeFolder(PathName.parent(of: root + "/" + path))
            try FileAccess.replace(root + "/" + path, with: Array(text.utf8), mode: 0o644)
        }
        let git = sandbox.git(in: root)
        try git.require(["init", "--quiet", "--initial-branch=main"])
        try git.require(["add", "--all"])
        try git.require(ToyRepository.commit("First"))
        guard files[Garden.fixedPath] != nil else { return root }
        try git.require(["switch", "--quiet", "--create", "side"])
        let other = Tongue.python.function("fixed", 2)
        try FileAccess.replace(root + "/" + Garden.fixedPath, with: Array(other.utf8), mode: 0o644)
        try git.require(ToyRepository.commit("Side"))
        try git.require(["switch", "--quiet", "main"])
        return root
    }

    /// Starts an agent that was killed, again and again while the machine is slow to let it.
    func revive(_ peer: SandboxPeer, with variables: [String: String] = [:]) throws {
        var tries = 0
        while true {
            do { return try peer.enable(with: variables) } catch {
                tries += 1
                // A Mothership that was started a moment ago may not answer its socket yet.
                guard tries < 5 else { throw error }
                pause(milliseconds: 200)
            }
        }
    }

    // MARK: The end

    /// Waits until nothing is on its way and the trees are equal but for open conflicts.
    ///
    /// - Returns: what still differs when `limit` passed; empty when all is well.
    func converge(limit: Duration) throws -> [String] {
        let clock = SystemClock()
        let end = clock.uptime + limit
        while true {
            let left = try differences()
            if left.isEmpty || clock.uptime > end { return left }
            pause(milliseconds: 250)
        }
    }

    private func differences() throws -> [String] {
        let states = try peers.map { try $0.status() }
        var found: [String] = []
        for (peer, state) in zip(peers, states) {
            if state.link.state == .offline { found.append("\(peer.user) is offline") }
            // A version that came after a conflict waits for its decision.
            let waits = state.conflicts.isEmpty ? state.wal.pendingIn : 0
            if state.wal.pendingOut + waits > 0 {
                found.append("\(peer.user) has \(state.wal.pendingOut) out, \(waits) in")
            }
        }
        guard found.isEmpty else { return found }
        // A function that was moved on one side only is disputed in both files.
        let rows = states.flatMap { $0.conflicts + $0.dismissed }
        let modules = Set(rows.compactMap { $0.function.components(separatedBy: "::").first })
        let trees = try peers.map { try Tree.functions(of: $0).mapValues(\.hashValue) }
        let disputed = Set(rows.map(\.path))
        for path in Set(trees.flatMap(\.keys)).sorted()
        where !disputed.contains(path) && !modules.contains(Self.module(of: path)) {
            let holders = Dictionary(grouping: zip(peers, trees).map { ($0.user, $1[path]) }) {
                $0.1.map { String(UInt(bitPattern: $0), radix: 16) } ?? "missing"
            }
            guard holders.count > 1 else { continue }
            let sides = holders.map { digest, who in
                "\(who.map(\.0).joined(separator: " ")): \(digest.prefix(8))"
            }
            found.append("\(path) differs (\(sides.sorted().joined(separator: "; ")))")
        }
        return found
    }

    private static func module(of path: String) -> String {
        let name = PathName.last(of: path)
        return name.split(separator: ".").first.map(String.init) ?? name
    }

    /// Processes that still have this sandbox as their place, when there should be none.
    static func processes(in folder: String) throws -> [Int32] {
        try FileAccess.names(in: "/proc").compactMap { Int32($0) }.filter { pid in
            guard pid != getpid() else { return false }
            // A process that ended meanwhile is none.
            let words = (try? FileAccess.read("/proc/\(pid)/cmdline")) ?? []
            let place = PathName.link("/proc/\(pid)/cwd") ?? ""
            return place.hasPrefix(folder)
                || String(decoding: words, as: UTF8.self)
                    .contains(folder)
        }
    }
}
