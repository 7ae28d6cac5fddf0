// Each write, sync, allocation and rename fails once with EIO, once with ENOSPC. Afterwards nothing
// acknowledged is lost, and the trace of the calls is held against the list of what never happens.

import Support

public struct DiskErrors: Sendable {
    private let tally: Tally
    private let step: Int

    public init(_ tally: Tally, every step: Int = 1) { (self.tally, self.step) = (tally, step) }

    private static let calls = [
        "pwrite64", "fdatasync", "fsync", "fallocate", "ftruncate", "renameat2", "renameat",
        "unlinkat",
    ]

    public func run() throws {
        for call in Self.calls {
            for error in ["EIO", "ENOSPC"] {
                var n = 1
                while try !fails("work", call, error, at: n) { n += step }
                n = 1
                while try !fails("lead", call, error, at: n) { n += step }
            }
        }
        try forEver()
    }

    /// - Returns: whether the run had no n-th such call.
    private func fails(_ verb: String, _ call: String, _ error: String, at n: Int) throws -> Bool {
        let arena = try Arena()
        defer { arena.remove() }
        let what = "\(error) at \(call) \(n) of \(verb)"
        let (run, calls) = try Crasher.traced(
            [verb, arena.log, "6", "8192"], inject: "\(call):error=\(error):when=\(n)",
            into: "\(arena.path)/trace")
        let wasInjected = calls.contains { $0.error == error }
        guard wasInjected else { return true }
        tally.injected("\(error) at \(call)")
        let ended = run.isDone || run.lines.contains { $0.hasPrefix("failed") }
        if !ended { tally.broke("\(what): \(run.lines)") }
        try look(run, calls, arena, what)
        return false
    }

    private func look(
        _ run: Crasher.Run, _ calls: [TracedCall], _ arena: Arena, _ what: String
    ) throws {
        for breach in NeverList.breaches(calls, below: arena.log) {
            tally.broke("\(what): \(breach)")
        }
        tally.add(calls.count, "system calls held against the never-list")
        if FileAccess.exists("\(arena.log)/MANIFEST") {
            Acknowledgements.compare(run.acknowledged, arena.log, what, tally)
        }
        let again = try Crasher.run(["open", arena.log])
        if !again.isDone { tally.broke("\(what), opened again: \(again.lines)") }
        Acknowledgements.compare(run.acknowledged, arena.log, "\(what), opened again", tally)
    }

    /// A disk that never syncs again leaves the log read-only, and nothing more is acknowledged.
    private func forEver() throws {
        for n in [8, 12, 20] {
            let arena = try Arena()
            defer { arena.remove() }
            let (run, calls) = try Crasher.traced(
                ["work", arena.log, "40", "8192"],
                inject: "fdatasync,fsync:error=EIO:when=\(n)+", into: "\(arena.path)/trace")
            tally.injected("EIO for ever")
            if run.isDone { tally.broke("EIO for ever from \(n): the run ended well") }
            try look(run, calls, arena, "EIO for ever from \(n)")
        }
    }
}
