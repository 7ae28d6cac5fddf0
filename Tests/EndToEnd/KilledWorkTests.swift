// kill -9 at single system calls of an agent at work: while it applies what a teammate saved, and while
// it ends a conflict. After the restart the change is there once, and nothing else changed.
//
// Some of the calls in turn, by a seed; all of them with AURA_FULL=1.

import Drills
import Foundation
import LiveSync
import Support
import Testing

@Suite(.enabled(if: Machinery.obstacle(to: .systemCallFaults) == nil, "strace is missing"))
struct KilledWorkTests {
    /// What an agent changes files with.
    private static let calls = [
        "openat", "write", "pwrite64", "fdatasync", "fsync", "renameat2", "linkat", "unlinkat",
        "fchmod",
    ]
    /// Further calls of one kind are not reached by what these tests make an agent do.
    private static let callsMax = 40

    private var isWhole: Bool { ProcessInfo.processInfo.environment["AURA_FULL"] == "1" }

    /// Places to be killed at: each call of each kind, or so many of them.
    private func places(_ count: Int) -> [(call: String, number: Int)] {
        let all = Self.calls.flatMap { call in (1...Self.callsMax).map { (call, $0) } }
        guard !isWhole else { return all.map { (call: $0.0, number: $0.1) } }
        let seed = UInt64.random(in: .min ... .max)
        print("seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        // The first calls of a kind are those that are made.
        let near = all.filter { $0.1 <= 2 }
        return near.shuffled(using: &generator).prefix(count).map { (call: $0.0, number: $0.1) }
    }

    /// Runs a piece of work with the agent to be killed at a place.
    ///
    /// - Parameter isDone: true once the work came to its end without that place.
    /// - Returns: whether the agent died.
    private func killed(
        _ peer: SandboxPeer, at place: (call: String, number: Int), work: () throws -> Void,
        isDone: () throws -> Bool
    ) throws -> Bool {
        let process = try peer.agentProcess()
        do {
            let end = try SystemCallFault.inject(
                "\(place.call):signal=SIGKILL:when=\(place.number)", into: peer)
            defer { end() }
            try work()
            try Waiting.until("the end of the work or of the agent") {
                try !process.isAlive || isDone()
            }
        }
        // The place may lie behind the work's end: what was reached until the fault was lifted counts.
        guard try peer.status().source != .agent else { return false }
        try Waiting.until("the agent to be gone") {
            process.waitUntilGone(limit: .milliseconds(100))
        }
        return true
    }

    /// What came of the kills so far.
    private struct Sweep {
        /// Calls of which the work makes no more.
        var survived: Set<String> = []
        var kills: [String] = []

        /// Takes a place's outcome, and starts the agent again if it died.
        mutating func note(
            _ place: (call: String, number: Int), isDead: Bool, of peer: SandboxPeer, isWhole: Bool
        ) throws {
            if isDead {
                kills.append("\(place.call) \(place.number)")
                try peer.enable()
            } else if isWhole {
                survived.insert(place.call)
            }
        }

        func tell(_ what: String) {
            print("\(kills.count) kills while \(what): \(kills.joined(separator: ", "))")
        }
    }

    @Test func anApplyThatIsKilledIsFinishedAtTheNextStart() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            let path = "pkg/billing.py"
            var text = "return 3"
            var sweep = Sweep()
            for (round, place) in places(10).enumerated() where !sweep.survived.contains(place.call)
            {
                let next = "return \(1000 + round)"
                let isDead = try killed(pair.ada, at: place) {
                    try pair.ben.edit(path, text, next)
                } isDone: {
                    try String(decoding: pair.ada.read(path), as: UTF8.self).contains(next)
                        && pair.ada.status().wal.pendingIn == 0
                }
                try sweep.note(place, isDead: isDead, of: pair.ada, isWhole: isWhole)
                try pair.ada.wait(for: path, toHold: next)
                #expect(try pair.ada.read(path) == pair.ben.read(path), "\(place)")
                for peer in pair.both {
                    #expect(try peer.status().conflicts.isEmpty, "\(peer.user) \(place)")
                }
                text = next
            }
            sweep.tell("applying")
            for peer in pair.both { try peer.aura(["live", "sync", "push"]) }
            #expect(try pair.ada.read(path) == pair.ben.read(path))
        }
    }

    @Test func aDecisionThatIsKilledIsMadeOrStillOpen() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            let path = "pkg/billing.py"
            var text = "return 3"
            var sweep = Sweep()
            for (round, place) in places(2).enumerated() where !sweep.survived.contains(place.call)
            {
                let (adas, bens) = ("return \(2000 + round)", "return \(3000 + round)")
                let holder = try pair.collide(in: sandbox, path, text, ada: adas, ben: bens)
                let id = try #require(try holder.status().conflicts.first?.id)
                let isDead = try killed(holder, at: place) {
                    // Cut off, it gets no answer.
                    _ = try holder.tryAura(["live", "conflicts", "resolve", id, "--take", "remote"])
                } isDone: {
                    try holder.status().conflicts.isEmpty
                }
                try sweep.note(place, isDead: isDead, of: holder, isWhole: isWhole)
                if try !holder.status().conflicts.isEmpty {
                    try holder.aura(["live", "conflicts", "resolve", id, "--take", "remote"])
                }
                let won = holder.user == "ada" ? bens : adas
                for peer in pair.both { try peer.wait(for: path, toHold: won) }
                #expect(try pair.ada.read(path) == pair.ben.read(path), "\(place)")
                text = won
            }
            sweep.tell("deciding")
        }
    }
}
