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
        let damaged = try DamagedLog(in: arena)
        let killed = try Crasher.killed(at: n, of: call, ["recover", arena.log])
        if !killed.isDone { tally.injected("kill while recovering") }
        try damaged.expectRecovered("kill while recovering at \(call) \(n)", tally)
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
        let old = try OldLog(in: arena)
        let killed = try Crasher.killed(at: n, of: call, ["reset", arena.log])
        if !killed.isDone { tally.injected("kill while resetting") }
        try old.expectKept("kill while resetting at \(call) \(n)", tally)
        return killed.isDone
    }
}
