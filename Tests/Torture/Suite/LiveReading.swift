// A reader beside a writer: it verifies the log over and over while records are appended, synced,
// sealed, checkpointed and retired. Whatever it catches half done, it raises no alarm, and what was
// durable before it looked is there.

import Support
import Synchronization
import WriteAheadLog

public struct LiveReading: Sendable {
    private let tally: Tally
    private let seed: UInt64
    private let records: Int

    public init(_ tally: Tally, seed: UInt64, records: Int) {
        (self.tally, self.seed, self.records) = (tally, seed, records)
    }

    public static let written = "records written beside a reader"
    public static let looks = "looks of the reader"

    public func run() async throws {
        let arena = try Arena()
        defer { arena.remove() }
        let options = LogOptions(segmentBytes: 64 << 10)
        let (log, _) = try WriteAheadLog.open(at: arena.log, options: options)
        let end = End()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { end.reach() }
                try await write(to: log)
            }
            group.addTask {
                // Off the pool, whose threads the writer's answers need.
                try await onOwnThread { try read(log, until: end) }
            }
            try await group.waitForAll()
        }
        try log.close()
        let report = try LogReader.verify(at: arena.log, threads: 2, digests: true)
        if report.verdicts != [.ok] { tally.broke("after the close: \(report.verdicts)") }
        if tally.figure(Self.looks) == 0 { tally.broke("the reader never looked") }
    }

    private func write(to log: WriteAheadLog) async throws {
        var random = SeededGenerator(seed: seed)
        var (left, groups) = (records, 0)
        while left > 0 {
            let count = min(left, Int.random(in: 1...100, using: &random))
            let bytes = Int.random(in: 0...300, using: &random)
            let draft = RecordDraft(
                type: .outboundEnqueued, metadata: Array("group \(groups)".utf8),
                body: [UInt8](repeating: UInt8(truncatingIfNeeded: groups), count: bytes))
            _ = try log.enqueue(Array(repeating: draft, count: count))
            try await log.sync()
            tally.add(count, Self.written)
            (left, groups) = (left - count, groups + 1)
            // The log stays as long as a reader needs for one look.
            guard groups.isMultiple(of: 100) else { continue }
            _ = try await log.append([
                RecordDraft(type: .checkpoint, metadata: Array("checkpoint".utf8))
            ])
            tally.add(try await log.retire(below: LSN(UInt64.max)), "segments retired meanwhile")
        }
    }

    private func read(_ log: WriteAheadLog, until end: End) throws {
        var newest = LSN.zero
        while !end.isReached {
            let durable = log.status.durableLSN
            let report = try LogReader.verify(at: log.folder)
            tally.add(1, Self.looks)
            if report.verdicts != [.ok] {
                tally.broke("seed \(seed): an alarm behind \(durable): \(report.verdicts)")
            }
            if report.lastLSN < max(durable, newest) {
                tally.broke("seed \(seed): \(report.lastLSN) is the last; \(durable) was durable")
            }
            newest = report.lastLSN
        }
    }
}

/// Set by the writer when it is through, or failed.
private final class End: Sendable {
    private let state = Mutex(false)
    var isReached: Bool { state.withLock { $0 } }
    func reach() { state.withLock { $0 = true } }
}
