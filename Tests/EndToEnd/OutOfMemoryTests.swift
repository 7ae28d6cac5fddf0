// The kernel kills an agent that is out of memory, in a control group of its own so that nobody else is
// meant. The next start has the save that killed it and shares it.

import Drills
import Foundation
import Glibc
import LiveSync
import Support
import Testing

@Suite struct OutOfMemoryTests {
    @Test func anAgentThatRanOutOfMemoryIsStartedAgainAndLosesNothing() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Situation.settings())
            let group: MemoryGroup
            do { group = try MemoryGroup() } catch {
                // Never counted as passed: what is proven nowhere is said.
                print("not run  OOM kill of an agent: \(error)")
                return
            }
            sandbox.atEnd { group.remove() }
            let agent = try pair.ada.agentProcess()
            try group.take(agent.pid, limitBytes: 2 << 20)

            let long = (0..<4000).map { "def f\($0)(x):\n    return \($0)\n" }
            try pair.ada.save("pkg/long.py", long.joined(separator: "\n"))
            try Waiting.until("the kernel's kill") {
                agent.waitUntilGone(limit: .milliseconds(100))
            }
            #expect(try group.kills() > 0)
            try pair.ada.enable()

            try pair.ben.wait(for: "pkg/long.py", toHold: "def f3999(x)")
            #expect(try pair.ada.text("pkg/long.py") == pair.ben.text("pkg/long.py"))
            #expect(try pair.ada.status().conflicts.isEmpty)
            try Situation.awaitHealth("in the end") { try pair.ada.doctor() }
        }
    }
}

/// A control group that limits memory, of the second kind where it has that controller, else the first.
/// What a process had before it was taken in does not count.
private struct MemoryGroup: Sendable {
    private let folder: String
    private let limit: String
    private let events: String

    init() throws {
        let name = "aura-test-\(UUID().uuidString)"
        let top = "/sys/fs/cgroup"
        // Absent where the first kind is in use.
        let controllers = (try? FileAccess.kernelText("\(top)/cgroup.subtree_control")) ?? ""
        if controllers.split(whereSeparator: \.isWhitespace).contains("memory") {
            (folder, limit, events) = ("\(top)/\(name)", "memory.max", "memory.events")
        } else {
            folder = "\(top)/memory/\(name)"
            (limit, events) = ("memory.limit_in_bytes", "memory.oom_control")
        }
        try retrying("mkdir", folder) { mkdir(folder, 0o755) }
    }

    func take(_ pid: Int32, limitBytes: Int) throws {
        try set(limit, "\(limitBytes)")
        if FileAccess.exists("\(folder)/memory.swap.max") { try set("memory.swap.max", "0") }
        try set("cgroup.procs", "\(pid)")
    }

    func kills() throws -> Int {
        let text = try FileAccess.kernelText("\(folder)/\(events)")
        let line = text.split(separator: "\n").first { $0.hasPrefix("oom_kill ") }
        return line.flatMap { Int($0.dropFirst(9)) } ?? 0
    }

    /// Only an empty one goes: whoever is left, since the test failed, goes back to the top.
    func remove() {
        // One that ended meanwhile is in no group.
        let left = (try? FileAccess.kernelText("\(folder)/cgroup.procs")) ?? ""
        for pid in left.split(separator: "\n") {
            // As above.
            _ = try? Self.write("\(pid)", to: PathName.parent(of: folder) + "/cgroup.procs")
        }
        rmdir(folder)
    }

    private func set(_ name: String, _ value: String) throws {
        try Self.write(value, to: "\(folder)/\(name)")
    }

    private static func write(_ value: String, to path: String) throws {
        let file = try retrying("open", path) { open(path, O_WRONLY | O_CLOEXEC) }
        defer { close(file) }
        try FileAccess.writeAll(Array(value.utf8), to: file, path: path)
    }
}
