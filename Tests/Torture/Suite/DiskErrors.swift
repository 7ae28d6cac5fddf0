// Each write, sync, allocation, rename and opening fails once with EIO, once with ENOSPC, in whatever a
// log does: append, open, recover, reset. Afterwards, with the disk healthy again, nothing acknowledged
// is lost, and the trace of the calls is held against the list of what never happens.

import Support

public struct DiskErrors: Sendable {
    private let tally: Tally
    private let step: Int

    public init(_ tally: Tally, every step: Int = 1) { (self.tally, self.step) = (tally, step) }

    /// The log writes with pwrite alone; `write` is the helper's answers.
    private static let calls = [
        "pwrite64", "fdatasync", "fsync", "fallocate", "ftruncate", "rename", "renameat2",
        "renameat", "unlinkat", "mkdir", "mkdirat", "openat",
    ]

    /// What is done while the disk fails.
    private enum Work: String, CaseIterable {
        case work, lead, open, recover, reset

        var title: String {
            switch self {
            case .work: "the log's thread writes"
            case .lead: "callers write"
            case .open: "a log is opened"
            case .recover: "damage is recovered"
            case .reset: "a log is reset"
            }
        }

        var arguments: [String] {
            switch self {
            case .work, .lead: ["6", "8192"]
            case .open, .recover, .reset: []
            }
        }
    }

    public func run() throws {
        for work in Work.allCases {
            for call in Self.calls {
                for error in ["EIO", "ENOSPC"] {
                    var n = 1
                    while try !fails(work, call, error, at: n) { n += step }
                }
            }
        }
        try forEver()
    }

    /// - Returns: whether the run had no n-th such call.
    private func fails(_ work: Work, _ call: String, _ error: String, at n: Int) throws -> Bool {
        let arena = try Arena()
        defer { arena.remove() }
        let before = try Before(work, arena)
        let sizes = before.calls.isEmpty ? try Self.sizes(in: arena) : [:]
        // The loader opens libraries, and a program without them says nothing about a log.
        let places = ["", "/wal", "/wal.reset-tmp", "/wal/quarantine"].map { arena.path + $0 }
        let (run, calls) = try Crasher.traced(
            [work.rawValue, arena.log] + work.arguments,
            inject: "\(call):error=\(error):when=\(n)", only: call == "openat" ? places : [],
            into: "\(arena.path)/trace")
        guard calls.contains(where: { $0.name == call && $0.error == error }) else { return true }
        let what = "\(error) at \(call) \(n) of \(work.rawValue)"
        tally.injected("\(error) at \(call)")
        tally.add(1, "errors of the disk while \(work.title)")
        let ended = run.isDone || run.lines.contains { $0.hasPrefix("failed") }
        if !ended { tally.broke("\(what): \(run.lines)") }
        // Of the other calls there is no trace where openings are counted.
        if call != "openat" { hold(before.calls + calls, sizes, arena, what) }
        switch before {
        case .nothing, .log: try look(before.acknowledged + run.acknowledged, arena, what)
        case .damaged(let log): try log.expectRecovered(what, tally)
        case .old(let log): try log.expectKept(what, tally)
        }
        return false
    }

    /// What was there before the disk failed.
    private enum Before {
        case nothing
        case log([Crasher.Acknowledged], [TracedCall])
        case damaged(DamagedLog)
        case old(OldLog)

        init(_ work: Work, _ arena: Arena) throws {
            switch work {
            case .work, .lead: self = .nothing
            case .open:
                let (run, calls) = try Crasher.traced(
                    ["append", arena.log, "9", "8192"], into: "\(arena.path)/trace")
                self = .log(run.acknowledged, calls)
            case .recover: self = .damaged(try DamagedLog(in: arena))
            case .reset: self = .old(try OldLog(in: arena))
            }
        }

        /// A log that was not closed has room behind its end; where it ends only its calls tell.
        var calls: [TracedCall] {
            if case .log(_, let calls) = self { calls } else { [] }
        }

        var acknowledged: [Crasher.Acknowledged] {
            if case .log(let promised, _) = self { promised } else { [] }
        }
    }

    /// Holds a trace against the list of what never happens.
    private func hold(
        _ calls: [TracedCall], _ sizes: [String: Int], _ arena: Arena, _ what: String
    ) {
        for breach in NeverList.breaches(calls, below: arena.path, after: sizes) {
            tally.broke("\(what): \(breach)")
        }
        tally.add(calls.count, "system calls held against the never-list")
    }

    private static func sizes(in arena: Arena) throws -> [String: Int] {
        guard FileAccess.exists(arena.log) else { return [:] }
        return Dictionary(
            uniqueKeysWithValues: try arena.contents().map { ("\(arena.log)/\($0)", $1.count) })
    }

    private func look(
        _ promised: [Crasher.Acknowledged], _ arena: Arena, _ what: String
    ) throws {
        if FileAccess.exists("\(arena.log)/MANIFEST") {
            Acknowledgements.compare(promised, arena.log, what, tally)
        }
        let again = try Crasher.run(["open", arena.log])
        if !again.isDone { tally.broke("\(what), opened again: \(again.lines)") }
        Acknowledgements.compare(promised, arena.log, "\(what), opened again", tally)
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
            let what = "EIO for ever from \(n)"
            if run.isDone { tally.broke("\(what): the run ended well") }
            hold(calls, [:], arena, what)
            try look(run.acknowledged, arena, what)
        }
    }
}
