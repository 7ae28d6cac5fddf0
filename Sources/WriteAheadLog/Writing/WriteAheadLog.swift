// The log as its owner holds it: append, sync, seal, read back, retire, close.
//
//     let (log, report) = try WriteAheadLog.open(at: ".aura/live/wal")
//     let lsns = try await log.append([RecordDraft(type: .outboundEnqueued, metadata: meta)])
//     // durable from here on
//
// One writer at a time: opening takes a lock that ends with its process. Appends return once their
// records are on the disk; while one sync runs, the next group collects. Where a sync is as quick as the
// switch to another thread, a caller that is alone does it itself.

import Dispatch
import Glibc
import Support
import Synchronization

/// A log that one process has open for writing. Safe to call from any thread.
public final class WriteAheadLog: Sendable {
    public let folder: String
    public let logID: LogID
    private let options: LogOptions
    private let queue: CommitQueue
    private let seat: WriterSeat
    private let places: [PlaceConcern]
    private let disk: any LogDisk

    init(
        folder: String, logID: LogID, options: LogOptions, queue: CommitQueue, seat: WriterSeat,
        places: [PlaceConcern], disk: any LogDisk
    ) {
        (self.folder, self.logID, self.options) = (folder, logID, options)
        (self.queue, self.seat, self.places, self.disk) = (queue, seat, places, disk)
    }

    deinit {
        // Without a close the lock still has to go; the next opening finds a crash's end.
        // A refusal means that the log is closed already.
        _ = try? queue.submit(isEnd: true) { _ in [.abandon({})] }
    }

    /// Opens the log for writing, and makes it when there is none.
    ///
    /// Damage does not keep it from opening: it is in the report, the readable records are there,
    /// and new ones go on behind everything ever known.
    ///
    /// - Throws: ``LogFailure/locked(folder:holder:)``, ``LogFailure/tooNew(file:major:)``,
    ///   ``LogFailure/refusedPlace(folder:fileSystem:)``, or the system call that failed.
    public static func open(
        at folder: String, options: LogOptions = LogOptions(), clock: any Clock = SystemClock(),
        witness: ExternalWitness = .nothingKnown
    ) throws(LogFailure) -> (log: WriteAheadLog, report: OpenReport) {
        try open(at: folder, options: options, clock: clock, witness: witness, on: KernelDisk())
    }

    /// The same on any disk.
    package static func open(
        at folder: String, options: LogOptions, clock: any Clock, witness: ExternalWitness,
        on disk: any LogDisk
    ) throws(LogFailure) -> (log: WriteAheadLog, report: OpenReport) {
        try LogOpening.open(
            at: folder, options: options, clock: clock, witness: witness, on: disk)
    }

    // MARK: Writing

    /// Appends records and returns when they are durable.
    ///
    /// CHECKPOINT records of one call are one checkpoint, complete once all are durable.
    ///
    /// - Returns: their positions, in order.
    public func append(_ drafts: [RecordDraft]) async throws(LogFailure) -> [LSN] {
        try await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<[LSN], LogFailure>, Never>) in
            submit(drafts) { continuation.resume(returning: $0) }
        }.get()
    }

    private func submit(
        _ drafts: [RecordDraft], answer: @escaping @Sendable (Result<[LSN], LogFailure>) -> Void
    ) {
        let isAlone = queue.submit(drafts, answer: answer)
        if !isAlone || !seat.lead() { queue.signal() }
    }

    /// Puts records in their place now; they become durable with the next sync, at the latest when
    /// 1 MiB is waiting. For records that are right to lose in a power cut, because doing their
    /// work again changes nothing.
    public func enqueue(_ drafts: [RecordDraft]) throws(LogFailure) -> [LSN] {
        try queue.submit(drafts)
    }

    /// Returns when everything appended so far is durable.
    public func sync() async throws(LogFailure) {
        try await reply { plan, reply in [.reply(reply)] }
    }

    /// Seals the active segment and goes on in the next one.
    public func seal() async throws(LogFailure) {
        try await reply { plan, reply in [.roll(plan.roll()), .reply(reply)] }
    }

    /// Moves segments that lie wholly below `lsn` and below the newest complete checkpoint out of
    /// the log.
    ///
    /// - Returns: how many.
    @discardableResult
    public func retire(below lsn: LSN) async throws(LogFailure) -> Int {
        try await reply { _, reply in [.retire(below: lsn, reply)] }
    }

    // MARK: Waiting for it

    /// Seals the log, says so in the manifest and gives the lock back. Waits for the disk.
    public func close() throws(LogFailure) {
        try waiting { reply in
            ask(isEnd: true, reply) { plan, reply in
                [.close(sealLSN: plan.roll().sealLSN, reply)]
            }
        }
    }

    /// Lets go of the log without closing it, as the end of the process would, and returns when the
    /// lock is free.
    package func abandon() throws(LogFailure) {
        try waiting { (reply: @escaping CommitReply) in
            ask(isEnd: true, reply) { _, reply in [.abandon({ reply(.success(())) })] }
        }
    }

    /// ``append(_:)`` for a caller that has nothing else to do.
    package func appendAndWait(_ drafts: [RecordDraft]) throws(LogFailure) -> [LSN] {
        try waiting { submit(drafts, answer: $0) }
    }

    /// ``seal()`` for a caller that has nothing else to do.
    package func sealAndWait() throws(LogFailure) {
        try waiting { reply in
            ask(reply) { plan, reply in [.roll(plan.roll()), .reply(reply)] }
        }
    }

    /// ``retire(below:)`` for a caller that has nothing else to do.
    package func retireAndWait(below lsn: LSN) throws(LogFailure) -> Int {
        try waiting { reply in ask(reply) { _, reply in [.retire(below: lsn, reply)] } }
    }

    private func waiting<Value: Sendable>(
        _ begin: (@escaping @Sendable (Result<Value, LogFailure>) -> Void) -> Void
    ) throws(LogFailure) -> Value {
        let done = DispatchSemaphore(value: 0)
        let outcome = Outcome<Value>()
        begin {
            outcome.set($0)
            done.signal()
        }
        done.wait()
        return try outcome.get(folder)
    }

    // MARK: Reading

    /// The record at a position, with its body.
    ///
    /// - Throws: ``LogFailure/notFound(_:)`` for a position that was never written or is retired,
    ///   ``LogFailure/lost(_:)`` for one that is damaged.
    public func record(at lsn: LSN) throws(LogFailure) -> Record {
        let records = try readRecords(from: lsn, limit: 1)
        if let record = records.first, record.lsn == lsn { return record }
        let isLost = queue.writerState.catalog.contains { $0.lost.contains(lsn) }
        throw isLost ? .lost(lsn) : .notFound(lsn)
    }

    /// Readable records from a position on, in order, with their bodies, as far as they were
    /// written when the call began.
    public func readRecords(from first: LSN, limit: Int = .max) throws(LogFailure) -> [Record] {
        let handle = try LogFolder(at: folder, on: disk)
        defer { handle.close() }
        var records: [Record] = []
        for segment in queue.writerState.catalog where records.count < limit {
            guard segment.runs.contains(where: { $0.last >= first }) else { continue }
            let file = try wrapping { () throws(SystemFailure) in
                try SegmentLoader.load(segment.number.fileName, in: handle)
            }
            file.bytes.withUnsafeBytes { bytes in
                _ = RecordCursor.forEach(
                    bytes, segment.runs, seed: Checksum.seed(salt: segment.salt), from: first,
                    checkingPayload: true
                ) {
                    records.append($0.record(bytes, in: segment.number, withBody: true))
                    return records.count < limit
                }
            }
        }
        return records
    }

    /// The figures of the log at this moment.
    public var status: LogStatus {
        let state = queue.writerState
        let records = state.catalog.flatMap(\.runs).reduce(UInt64(0)) {
            $0 + ($1.range?.count ?? 0)
        }
        return LogStatus(
            folder: folder, logID: logID, epoch: state.epoch, condition: state.condition,
            records: records, segments: state.catalog.count,
            bytes: state.catalog.reduce(0) { $0 + $1.fileBytes },
            retiredSegments: state.retiredSegments,
            firstLSN: state.catalog.lazy.flatMap(\.runs).first?.first ?? .zero,
            lastLSN: queue.lastLSN, durableLSN: state.durable, syncPolicy: options.syncPolicy,
            lastSync: state.lastSync, lastSyncDuration: state.recentSyncs.last,
            recentSyncDurations: state.recentSyncs, writeCount: state.writeCount,
            syncCount: state.syncCount, replacedSegments: state.replacedSegments,
            lastError: state.lastError, places: places)
    }

    /// The file that takes records, or the one that keeps other writers out, if it is not in the log's
    /// folder any more: then what is written goes nowhere, although every write succeeds, or the next
    /// one who opens the log writes beside us. Nil while both are there.
    public var vanishedFile: String? {
        guard let active = queue.writerState.catalog.last?.number.fileName else { return nil }
        for name in [active, LogLock.fileName] {
            let path = "\(folder)/\(name)"
            // A folder that may not be entered for a while has its files all the same.
            if !disk.exists(path), errno != EACCES { return path }
        }
        return nil
    }

    private func reply<Value: Sendable>(
        _ entries: (
            inout AppendPlan, @escaping @Sendable (Result<Value, LogFailure>) -> Void
        ) -> [CommitEntry]
    ) async throws(LogFailure) -> Value {
        try await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<Value, LogFailure>, Never>) in
            ask({ continuation.resume(returning: $0) }, entries)
        }.get()
    }

    /// Queues what ends in an answer; a log that takes nothing any more answers at once.
    private func ask<Value>(
        isEnd: Bool = false, _ reply: @escaping @Sendable (Result<Value, LogFailure>) -> Void,
        _ entries: (
            inout AppendPlan, @escaping @Sendable (Result<Value, LogFailure>) -> Void
        ) -> [CommitEntry]
    ) {
        do throws(LogFailure) {
            try queue.submit(isEnd: isEnd) { plan in entries(&plan, reply) }
        } catch {
            reply(.failure(error))
        }
    }
}

/// The answer of the writer's thread to a caller that waits for it.
private final class Outcome<Value: Sendable>: Sendable {
    private let value = Mutex<Result<Value, LogFailure>?>(nil)

    func set(_ result: Result<Value, LogFailure>) { value.withLock { $0 = result } }

    func get(_ folder: String) throws(LogFailure) -> Value {
        guard let result = value.withLock({ $0 }) else { throw .closed(folder: folder) }
        return try result.get()
    }
}
