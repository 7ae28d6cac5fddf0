// The repair of one code under a tracer: how often it makes each call that changes files, and the
// same repair killed at one of them.

import Diagnostics
import Glibc
import Support

/// A system call, and which one of its kind.
struct KillPoint: CustomStringConvertible {
    let call: String
    let number: Int

    var description: String { "\(call) \(number)" }
}

struct TracedRepair {
    let drill: Drill
    let stage: Stage

    static let limit = Duration.seconds(180)
    /// The threads of the repair and what it forks, until that becomes another program: what it
    /// started is not the repair, and goes on when that is killed.
    private static let strace = ["/usr/bin/strace", "-f", "-b", "execve", "-qq", "-o"]
    /// Calls that change files. A machine that lacks one of them never makes it.
    private static let calls = [
        "write", "pwrite64", "fsync", "fdatasync", "rename", "renameat", "renameat2", "link",
        "linkat", "unlink", "unlinkat", "truncate", "ftruncate", "fallocate", "chmod", "fchmod",
        "fchmodat", "mkdir", "mkdirat", "rmdir", "utimensat", "symlink", "symlinkat",
    ]

    private var arguments: [String] {
        ["live", "--fix", "--one-thread", "--only", drill.code] + drill.consents
    }

    /// The whole repair, left alone.
    func whole() throws -> ToolResult { try stage.doctor(arguments, limit: Self.limit) }

    /// Ends what was cut off, and does nothing else.
    func recovery() throws -> ToolResult {
        try stage.doctor(["live", "--fix", "--only", "doctor.interrupted-run"], limit: Self.limit)
    }

    /// Why there is no repair of the code; nil when there is one.
    func obstacle() throws -> String? {
        let result = try stage.doctor(["plan", "--json", "--only", drill.code] + drill.consents)
        let plan = try Plan(json: Array(result.output.utf8), named: "plan")
        if plan.repairs.contains(where: { $0.codes.contains(drill.code) }) { return nil }
        return plan.notAddressed.first { $0.code == drill.code }?.because.rawValue
            ?? "nothing is planned"
    }

    /// How often a whole repair makes each call, in the thread that makes it most often.
    func points() throws -> (points: [KillPoint], result: ToolResult) {
        let log = stage.sandbox.folder + "/calls"
        let list = Self.calls.map { "?" + $0 }.joined(separator: ",")
        let result = try traced([log, "-e", "trace=" + list])
        var counts: [String: [Substring: Int]] = [:]
        let text = String(decoding: try FileAccess.read(log), as: UTF8.self)
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
            guard words.count == 2 else { continue }
            let call = words[1].drop { $0 == " " }.prefix { $0 != "(" }
            guard Self.calls.contains(String(call)) else { continue }
            counts[String(call), default: [:]][words[0], default: 0] += 1
        }
        let points = counts.compactMapValues { $0.values.max() }.sorted { $0.key < $1.key }
            .flatMap { call, count in (1...count).map { KillPoint(call: call, number: $0) } }
        return (points, result)
    }

    /// - Returns: false when it had come to its end before.
    func run(killedAt point: KillPoint) throws -> Bool {
        let status = try traced([
            "/dev/null", "-e", "trace=\(point.call)", "-e",
            "inject=\(point.call):signal=SIGKILL:when=\(point.number)",
        ]).status
        return status == 128 + SIGKILL
    }

    private func traced(_ options: [String]) throws -> ToolResult {
        stage.look.wrapper = Self.strace + options
        defer { stage.look = Stage.Look() }
        return try whole()
    }
}
