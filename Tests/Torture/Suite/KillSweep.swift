// A process killed at every system call that writes, over the whole life of a log: append, seal,
// open after a crash, recover, reset. Whatever was acknowledged is there afterwards, byte for byte.

import Support
import WriteAheadLog

public struct KillSweep: Sendable {
    private let tally: Tally
    /// Only every so many-th point of each call.
    private let step: Int

    public init(_ tally: Tally, every step: Int = 1) { (self.tally, self.step) = (tally, step) }

    public func run() throws {
        try life()
        try leading()
        try opening()
        try recovering()
        try resetting()
    }

    /// Kills over append, group, seal, roll and close, and while files are created.
    public func life() throws {
        let work = ["work", "14", "8192"]
        try sweep("kill in a log's life", Crasher.writeCalls, work, step) { _ in [] }
        try sweep("kill in a log's life", ["openat"], work, step * 2) { _ in [] }
    }

    /// The same where the caller writes instead of the log's thread.
    public func leading() throws {
        let lead = ["lead", "14", "8192"]
        try sweep("kill where callers write", Crasher.writeCalls, lead, step) { _ in [] }
    }

    /// Kills while a log is opened after a crash.
    public func opening() throws {
        try sweep("kill while opening", Crasher.writeCalls, ["open"], step) { folder in
            [try Crasher.run(["append", folder, "9", "8192"])]
        }
    }

    private func sweep(
        _ kind: String, _ calls: [String], _ arguments: [String], _ step: Int,
        prepare: (String) throws -> [Crasher.Run]
    ) throws {
        for call in calls {
            var n = 1
            while try !point(kind, at: n, of: call, arguments, prepare) { n += step }
        }
    }

    /// Prepares a folder, kills the helper at its n-th such call, looks, opens again, looks.
    ///
    /// - Returns: whether the helper ended by itself.
    private func point(
        _ kind: String, at n: Int, of call: String, _ arguments: [String],
        _ prepare: (String) throws -> [Crasher.Run]
    ) throws -> Bool {
        let arena = try Arena()
        defer { arena.remove() }
        var runs = try prepare(arena.log)
        let killed = try Crasher.killed(
            at: n, of: call, [arguments[0], arena.log] + arguments[1...])
        runs.append(killed)
        if !killed.isDone { tally.injected(kind) }
        let what = "\(kind) at \(call) \(n)"
        if FileAccess.exists("\(arena.log)/MANIFEST") || !runs.flatMap(\.acknowledged).isEmpty {
            try expectKept(runs, arena.log, what)
        }
        let again = try Crasher.run(["open", arena.log])
        if !again.isDone || again.lines.first?.hasSuffix("lost 0") != true {
            tally.broke("\(what): \(again.lines)")
        }
        try expectKept(runs, arena.log, "\(what), opened again")
        return killed.isDone
    }

    /// Every acknowledged record, byte for byte, and no false alarm.
    private func expectKept(_ runs: [Crasher.Run], _ folder: String, _ what: String) throws {
        Acknowledgements.compare(runs.flatMap(\.acknowledged), folder, what, tally)
    }

    // MARK: Recovering

    /// Kills while damage is recovered; the next recovery ends as if the first had run through.
    public func recovering() throws {
        for call in Crasher.writeCalls {
            var n = 1
            while try !recovery(at: n, of: call) { n += step }
        }
    }

    private func recovery(at n: Int, of call: String) throws -> Bool {
        let arena = try Arena()
        defer { arena.remove() }
        let what = "kill while recovering at \(call) \(n)"
        let run = try Crasher.run(["work", arena.log, "12", "8192"])
        let segment = "segment-000001.log"
        var bytes = try FileAccess.read("\(arena.log)/\(segment)")
        bytes[4096 + 300] ^= 0x40
        try arena.write(bytes, to: segment)
        let lost = try LogReader.verify(at: arena.log).damagedLSNs
        let killed = try Crasher.killed(at: n, of: call, ["recover", arena.log])
        if !killed.isDone { tally.injected("kill while recovering") }
        let again = try Crasher.run(["recover", arena.log])
        let contents = try LogReader.records(at: arena.log)
        let found = Set(contents.records.map(\.lsn))
        let isWhole = run.acknowledged.allSatisfy {
            lost.contains($0.lsn) || found.contains($0.lsn)
        }
        if lost.count != 1 || !again.isDone || contents.report.verdicts != [.ok] || !isWhole
            || contents.report.acceptedLosses != lost
        {
            tally.broke("\(what): \(again.lines) \(contents.report.verdicts)")
        }
        if try FileAccess.read("\(arena.log)/\(segment)") != bytes {
            tally.broke("\(what): the segment changed")
        }
        return killed.isDone
    }

    // MARK: Resetting

    /// Kills while a log is reset; there is a whole log under its name at every moment.
    public func resetting() throws {
        for call in Crasher.writeCalls {
            var n = 1
            while try !reset(at: n, of: call) { n += step }
        }
    }

    private func reset(at n: Int, of call: String) throws -> Bool {
        let arena = try Arena()
        defer { arena.remove() }
        let what = "kill while resetting at \(call) \(n)"
        let run = try Crasher.run(["work", arena.log, "4", "8192"])
        let old = try LogReader.verify(at: arena.log).logID
        let killed = try Crasher.killed(at: n, of: call, ["reset", arena.log])
        if !killed.isDone { tally.injected("kill while resetting") }
        let now = try LogReader.verify(at: arena.log)
        let again = try Crasher.run(["open", arena.log])
        if now.verdicts != [.ok] || !again.isDone { tally.broke("\(what): \(now.verdicts)") }
        let kept = try FileAccess.names(in: arena.path).map { "\(arena.path)/\($0)" }.first {
            path in
            guard FileAccess.exists("\(path)/MANIFEST") else { return false }
            return try LogReader.verify(at: path).logID == old
        }
        if let kept {
            try expectKept([run], kept, what)
        } else {
            tally.broke("\(what): the old log is gone")
        }
        return killed.isDone
    }
}

/// What a process was promised, compared with what a log still has.
enum Acknowledgements {
    static func compare(
        _ acknowledged: [Crasher.Acknowledged], _ folder: String, _ what: String, _ tally: Tally,
        witness: ExternalWitness = .nothingKnown
    ) {
        do throws(LogFailure) {
            let contents = try LogReader.records(at: folder, witness: witness)
            if !contents.report.isSound || !contents.report.damagedLSNs.isEmpty {
                tally.broke("\(what): \(contents.report.verdicts)")
            }
            for verdict in contents.report.verdicts { tally.saw(verdict.name) }
            var found: [LSN: Record] = [:]
            for record in contents.records { found[record.lsn] = record }
            if found.count != contents.records.count { tally.broke("\(what): a position twice") }
            for promised in acknowledged {
                let record = found[promised.lsn]
                if record?.metadata != promised.metadata || record?.body != promised.body {
                    tally.broke("\(what): record \(promised.lsn)")
                    tally.add(1, "acknowledged records lost")
                }
            }
            tally.add(acknowledged.count, "acknowledged records compared")
        } catch {
            tally.broke("\(what): \(error)")
        }
    }
}
