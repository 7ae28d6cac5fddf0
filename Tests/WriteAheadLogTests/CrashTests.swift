// A process killed at every system call that writes, and a disk that fails or fills: whatever was
// acknowledged is there afterwards, byte for byte.

import Foundation
import Glibc
import Support
import Testing

@testable import WriteAheadLog

/// The helper executable, run alone or under strace.
enum Crasher {
    static let path: String = {
        let test = CommandLine.arguments.first.flatMap { PathName.resolved($0) } ?? ""
        let beside =
            [
                PathName.parent(of: test), Bundle.main.bundlePath,
                PathName.parent(of: Bundle.main.bundlePath),
            ]
            + Bundle.allBundles.map { PathName.parent(of: $0.bundlePath) }
        return beside.map { "\($0)/walcrash" }.first { FileAccess.exists($0) } ?? ""
    }()

    static let strace =
        ["/usr/bin/strace", "/bin/strace", "/usr/local/bin/strace"]
        .first { FileAccess.exists($0) } ?? ""

    /// Whether a process may be traced here and the helper was built.
    static let canTrace: Bool = {
        guard !path.isEmpty, !strace.isEmpty else { return false }
        // Whatever keeps strace from running keeps these tests from running.
        let probe = try? Self.run(strace, ["-f", "-qq", "-e", "trace=none", "/bin/true"])
        return probe?.status == 0
    }()

    struct Run {
        var status: Int32
        var lines: [String]
        var isDone: Bool { lines.last?.hasPrefix("done") ?? false }
        /// Acknowledged positions, with the metadata and body they must have.
        var acknowledged: [(lsn: LSN, tag: String, index: Int)] {
            lines.compactMap { line in
                let parts = line.split(separator: " ")
                guard parts.count == 4, parts[0] == "ack", let lsn = UInt64(parts[1]),
                    let index = Int(parts[3])
                else { return nil }
                return (LSN(lsn), String(parts[2]), index)
            }
        }
    }

    static func run(_ executable: String, _ arguments: [String]) throws -> Run {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        return Run(status: process.terminationStatus, lines: lines)
    }

    /// The calls that change files. strace counts each of them for itself, in each thread.
    static let writeCalls = [
        "write", "pwrite64", "fsync", "fdatasync", "rename", "renameat", "renameat2", "link",
        "linkat", "unlink", "unlinkat", "ftruncate", "fallocate", "fchmod", "mkdir", "mkdirat",
    ]

    /// Runs the helper and kills it at the n-th of the given calls.
    static func killed(at n: Int, of calls: String, _ arguments: [String]) throws -> Run {
        try run(
            strace,
            [
                "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(calls)",
                "-e", "inject=\(calls):signal=SIGKILL:when=\(n)", path,
            ] + arguments)
    }
}

@Suite(.serialized, .enabled(if: Crasher.canTrace, "strace, ptrace or walcrash is missing"))
struct CrashTests {
    /// Every acknowledged record, byte for byte.
    private func expectKept(
        _ runs: [Crasher.Run], _ folder: String, _ what: String,
        _ location: SourceLocation = #_sourceLocation
    ) throws {
        let contents = try LogReader.records(at: folder)
        let isSound = contents.report.isSound && contents.report.damagedLSNs.isEmpty
        #expect(isSound, "\(what): \(contents.report.verdicts)", sourceLocation: location)
        var found: [LSN: Record] = [:]
        for record in contents.records { found[record.lsn] = record }
        #expect(found.count == contents.records.count, "\(what): a position twice")
        for (lsn, tag, index) in runs.flatMap(\.acknowledged) {
            let record = found[lsn]
            let body = (0..<(index * 37 % 700)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ index) }
            let isWhole = record?.metadata == Array("\(tag)-\(index)".utf8) && record?.body == body
            #expect(isWhole, "\(what): record \(lsn)", sourceLocation: location)
        }
    }

    /// For each call and n: prepare a folder, kill the helper at its n-th such call, look, open
    /// again, look.
    ///
    /// - Returns: how many points were tried.
    private func sweep(
        _ calls: [String], _ arguments: [String], every step: Int = 1,
        prepare: (String) throws -> [Crasher.Run]
    ) throws -> Int {
        try calls.reduce(0) { try $0 + sweep($1, arguments, every: step, prepare: prepare) }
    }

    private func sweep(
        _ calls: String, _ arguments: [String], every step: Int,
        prepare: (String) throws -> [Crasher.Run]
    ) throws -> Int {
        var n = 1
        while true {
            let scratch = Scratch()
            var runs = try prepare(scratch.log)
            let killed = try Crasher.killed(
                at: n, of: calls, [arguments[0], scratch.log] + arguments[1...])
            runs.append(killed)
            let what = "\(arguments[0]) killed at \(n) of \(calls.prefix(20))"
            if FileAccess.exists(scratch.file("MANIFEST")) || !runs.flatMap(\.acknowledged).isEmpty
            {
                try expectKept(runs, scratch.log, what)
            }
            let again = try Crasher.run(Crasher.path, ["open", scratch.log])
            #expect(again.isDone && again.lines[0].hasSuffix("lost 0"), "\(what): \(again.lines)")
            try expectKept(runs, scratch.log, "\(what), opened again")
            if killed.isDone { return n }
            n += step
        }
    }

    @Test func killedAtEveryWritingCallOfAWholeLifeNothingAcknowledgedIsLost() throws {
        let points = try sweep(Crasher.writeCalls, ["work", "14", "8192"]) { _ in [] }
        #expect(points > 100, "only \(points) points were tried")
    }

    @Test func killedWhileCreatingFilesNothingAcknowledgedIsLost() throws {
        let points = try sweep(["openat"], ["work", "14", "8192"], every: 2) { _ in [] }
        #expect(points > 20)
    }

    @Test func killedWhileOpeningAfterACrashNothingAcknowledgedIsLost() throws {
        let points = try sweep(Crasher.writeCalls, ["open"]) { folder in
            [try Crasher.run(Crasher.path, ["append", folder, "9", "8192"])]
        }
        #expect(points > 20, "only \(points) points were tried")
    }

    @Test func killedWhileRecoveringTheRestIsKeptAndRecoveryEndsTheSame() throws {
        var points = 0
        for call in Crasher.writeCalls {
            for n in 1... {
                points += 1
                if try recoverKilled(at: n, of: call) { break }
            }
        }
        #expect(points > 35, "only \(points) points were tried")
    }

    /// - Returns: whether recovery ended before it was killed.
    private func recoverKilled(at n: Int, of call: String) throws -> Bool {
        let scratch = Scratch()
        let run = try Crasher.run(Crasher.path, ["work", scratch.log, "12", "8192"])
        var bytes = try scratch.bytes("segment-000001.log")
        bytes[4096 + 300] ^= 0x40
        try scratch.write(bytes, to: "segment-000001.log")
        let lost = try LogReader.verify(at: scratch.log).damagedLSNs
        #expect(!lost.isEmpty && lost.count <= 1)
        let killed = try Crasher.killed(at: n, of: call, ["recover", scratch.log])
        let again = try Crasher.run(Crasher.path, ["recover", scratch.log])
        #expect(again.isDone, "\(n): \(again.lines)")
        let contents = try LogReader.records(at: scratch.log)
        #expect(contents.report.verdicts == [.ok], "\(n): \(contents.report.verdicts)")
        #expect(contents.report.acceptedLosses == lost, "\(n)")
        let found = Set(contents.records.map(\.lsn))
        for (lsn, _, _) in run.acknowledged where !lost.contains(lsn) {
            #expect(found.contains(lsn), "\(n): record \(lsn)")
        }
        #expect(try scratch.bytes("segment-000001.log") == bytes, "\(n): the segment changed")
        return killed.isDone
    }

    @Test func killedWhileResettingThereIsAlwaysAWholeLogOldOrNew() throws {
        for call in Crasher.writeCalls {
            for n in 1... {
                let scratch = Scratch()
                let run = try Crasher.run(Crasher.path, ["work", scratch.log, "4", "8192"])
                let old = try LogReader.verify(at: scratch.log).logID
                let killed = try Crasher.killed(at: n, of: call, ["reset", scratch.log])
                let now = try LogReader.verify(at: scratch.log)
                #expect(now.verdicts == [.ok], "\(call) \(n)")
                let again = try Crasher.run(Crasher.path, ["open", scratch.log])
                #expect(again.isDone, "\(call) \(n): \(again.lines)")
                let folders = try FileAccess.names(in: scratch.path)
                let kept = try folders.first { name in
                    let path = "\(scratch.path)/\(name)"
                    guard FileAccess.exists("\(path)/MANIFEST") else { return false }
                    return try LogReader.verify(at: path).logID == old
                }
                let place = try #require(kept, "\(call) \(n): the old log is gone")
                try expectKept([run], "\(scratch.path)/\(place)", "reset killed at \(call) \(n)")
                if killed.isDone { break }
            }
        }
    }

    // MARK: The disk fails

    @Test(arguments: ["2..9", "3..12", "6..16", "9..20"])
    func aFullDiskStopsNewWorkNotEndingsAndGoesByItself(range: String) throws {
        let scratch = Scratch()
        let (run, _) = try traced(
            "fallocate:error=ENOSPC:when=\(range)", scratch, ["work", scratch.log, "80", "8192"])
        let hadSpaceToOpen = run.lines.contains { $0.hasPrefix("opened") }
        #expect(run.isDone || !hadSpaceToOpen, "\(run.lines.suffix(5))")
        if hadSpaceToOpen {
            #expect(run.lines.contains { $0.hasPrefix("full") }, "\(run.lines.suffix(5))")
            #expect(run.lines.contains("ending 1"))
            #expect(run.acknowledged.count == 81)
            try expectKept([run], scratch.log, "ENOSPC \(range)")
            #expect(try LogReader.verify(at: scratch.log).verdicts == [.ok])
        }
    }

    private func traced(
        _ inject: String, _ scratch: Scratch, _ arguments: [String]
    ) throws -> (run: Crasher.Run, trace: String) {
        let file = "\(scratch.path)/trace"
        let run = try Crasher.run(
            Crasher.strace,
            [
                "-f", "-qq", "-y", "-o", file, "-e", "trace=fdatasync,fsync,pwrite64,fallocate",
                "-e", "inject=\(inject)", Crasher.path,
            ] + arguments)
        return (run, String(decoding: try FileAccess.read(file), as: UTF8.self))
    }

    @Test(arguments: ["fdatasync", "pwrite64"], 1...14)
    func afterAnErrorOfTheDiskTheFileIsLeftAloneAndNothingAcknowledgedIsLost(
        call: String, n: Int
    ) throws {
        let scratch = Scratch()
        let (run, trace) = try traced(
            "\(call):error=EIO:when=\(n)", scratch, ["work", scratch.log, "6", "8192"])
        #expect(run.isDone || run.lines.contains { $0.hasPrefix("failed") }, "\(run.lines)")
        if FileAccess.exists(scratch.file("MANIFEST")) {
            try expectKept([run], scratch.log, "\(call) \(n)")
        }
        let lines = trace.split(separator: "\n").filter { $0.contains("/wal/segment-") }
        guard let failed = lines.firstIndex(where: { $0.contains("EIO") }) else { return }
        let name = try #require(lines[failed].firstRange(of: /segment-\d+\.log/)).lowerBound
        let file = lines[failed][name...].prefix(18)
        let after = lines[(failed + 1)...].filter { $0.contains(file) }
        #expect(after.isEmpty, "touched again: \(after)")
        #expect(run.isDone, "\(run.lines)")
        #expect(run.lines.last == "done 1 closed", "\(run.lines)")
    }

    @Test func aDiskThatFailsForEverLeavesTheLogReadOnlyAndAcknowledgesNothing() throws {
        let scratch = Scratch()
        let (run, _) = try traced(
            "fdatasync,fsync:error=EIO:when=12+", scratch, ["work", scratch.log, "40", "8192"])
        #expect(run.lines.last?.contains("read-only") == true, "\(run.lines)")
        try expectKept([run], scratch.log, "EIO for ever")
        let again = try Crasher.run(Crasher.path, ["open", scratch.log])
        #expect(again.isDone)
        try expectKept([run], scratch.log, "EIO for ever, opened again")
    }
}
