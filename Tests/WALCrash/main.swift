// A process that works on a log and can be killed at any system call, for the crash tests. It
// prints each position only after the log has acknowledged it.
//
//     walcrash append|work|lead|open|recover|reset|verify FOLDER [COUNT] [SEGMENT-BYTES]
//     walcrash fill FOLDER COUNT             so many records of 256 bytes, then killed
//     walcrash load FOLDER COUNT WRITERS     so many at a time, and how fast it went
//     walcrash cut FOLDER FILE               the folder's ext4 loses its disk, as in a power cut;
//                                            says how many bytes FILE had the moment before
//
// strace counts calls for each thread, so all of a run's calls come from one: the log's own for
// `work`, the main one for `lead`, where the caller writes by itself.

import CTorture
import Glibc
import Support
import WriteAheadLog

/// One line with one write, so that a kill never loses an acknowledgement half.
func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = bytes.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
}

/// Appends one record; on a full disk says so and tries again, as the owner of a log does.
@MainActor
func append(_ draft: RecordDraft, to log: WriteAheadLog) async throws -> LSN {
    for _ in 0..<200 {
        do throws(LogFailure) {
            return try await log.append([draft])[0]
        } catch LogFailure.diskFull {
            say("full \(log.status.condition)")
            let ending = try log.enqueue([RecordDraft(type: .outboundAcked, metadata: [1])])
            say("ending \(ending.count)")
            pause(milliseconds: 20)
        }
    }
    throw LogFailure.diskFull(folder: log.folder)
}

/// The metadata and body that belong to the record with this number of its run.
func draft(_ index: Int, tag: String) -> RecordDraft {
    RecordDraft(
        type: index.isMultiple(of: 3) ? .inboundReceived : .outboundEnqueued,
        metadata: Array("\(tag)-\(index)".utf8),
        body: (0..<(index * 37 % 700)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ index) })
}

/// A record of 256 bytes of payload.
let plain = RecordDraft(
    type: .outboundEnqueued, metadata: [UInt8](repeating: 7, count: 16),
    body: [UInt8](repeating: 9, count: 232))

/// Tasks that append one record after the other; says how many a second became durable.
func load(_ log: WriteAheadLog, count: Int, writers: Int) async throws {
    let clock = SystemClock()
    let start = clock.uptime
    try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<writers {
            group.addTask {
                for _ in 0..<count / writers { _ = try await log.append([plain]) }
            }
        }
        try await group.waitForAll()
    }
    say("rate \(Double(count / writers * writers) / (clock.uptime - start).seconds)")
}

/// Appends, and acknowledges each on the output; `work` and `lead` also seal and close.
@MainActor
func appendRecords(
    _ verb: String, at folder: String, _ options: LogOptions, count: Int
) async throws {
    var options = options
    if verb != "lead" { options.syncPolicy = .batch(.zero) }
    let tag = "p\(getpid())"
    let (log, report) = try WriteAheadLog.open(at: folder, options: options)
    say(opened: report)
    for index in 0..<count {
        let lsn = try await append(draft(index, tag: tag), to: log)
        say("ack \(lsn) \(tag) \(index)")
    }
    _ = try log.enqueue([draft(count, tag: tag)])
    try await log.sync()
    if verb != "append" {
        try await log.seal()
        let lsn = try await append(draft(count + 1, tag: tag), to: log)
        say("ack \(lsn) \(tag) \(count + 1)")
        try log.close()
    }
    say("done \(log.status.replacedSegments) \(log.status.condition)")
}

/// Fills a log in groups and dies without closing it.
@MainActor
func fill(at folder: String, count: Int) async throws {
    let (log, _) = try WriteAheadLog.open(at: folder)
    var left = count
    while left > 0 {
        let group = (0..<min(left, 500)).map { _ in plain }
        _ = try await log.append(group)
        left -= group.count
    }
    say("filled")
    kill(getpid(), SIGKILL)
}

/// Cuts the file system that a folder lies on off from its disk.
///
/// - Returns: the size of a file at the last moment before.
func cutPower(of path: String, afterLookingAt other: String) throws -> Int {
    let folder = try retrying("open", path) { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    defer { close(folder) }
    let answers = try retrying("open", other) { open(other, O_RDONLY | O_CLOEXEC) }
    defer { close(answers) }
    let size = try retrying("lseek", other) { lseek(answers, 0, SEEK_END) }
    try retrying("shut down the file system of", path) { torture_cut_power(folder) }
    return size
}

func say(opened report: OpenReport) {
    let verdicts = report.verdicts.map(\.name).joined(separator: ",")
    say("opened \(verdicts) lost \(report.lostLSNs.count)")
}

@MainActor
func run(_ arguments: [String]) async throws {
    let (verb, folder) = (arguments[1], arguments[2])
    let count = arguments.count > 3 ? Int(arguments[3]) ?? 8 : 8
    let options = LogOptions(segmentBytes: arguments.count > 4 ? Int(arguments[4]) ?? 16384 : 16384)
    switch verb {
    case "append", "work", "lead":
        try await appendRecords(verb, at: folder, options, count: count)
    case "fill": try await fill(at: folder, count: count)
    case "load":
        let (log, _) = try WriteAheadLog.open(at: folder)
        try await load(log, count: count, writers: Int(arguments[4]) ?? 1)
        try log.close()
        say("done")
    case "open":
        let (log, report) = try WriteAheadLog.open(at: folder, options: options)
        say(opened: report)
        try log.close()
        say("done")
    case "cut":
        say("cut \(try cutPower(of: folder, afterLookingAt: arguments[3]))")
    case "reset":
        let report = try LogRecovery.reset(at: folder, options: options)
        say("moved \(PathName.last(of: report.movedTo))")
        say("done")
    case "recover":
        let report = try LogRecovery.recover(at: folder, options: options)
        say("recovered \(report.changed) lost \(report.lostLSNs.count)")
        say("done")
    default:
        let report = try LogReader.verify(at: folder)
        say("verified \(report.verdicts.map(\.name).joined(separator: ","))")
        say("done")
    }
}

guard CommandLine.arguments.count > 2 else {
    say("usage: walcrash append|work|open|recover|cut|verify FOLDER [COUNT] [SEGMENT-BYTES]")
    exit(64)
}
do {
    try await run(CommandLine.arguments)
} catch {
    say("failed \(error)")
    exit(1)
}
