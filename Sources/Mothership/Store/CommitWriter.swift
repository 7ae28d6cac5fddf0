// The one thread that writes. Batches of several rooms that wait at the same time share one
// transaction, and so one sync of the disk.

import Dispatch
import Support
import Synchronization

/// Commits batches in the order they came.
public final class CommitWriter: Sendable {
    public typealias Completion = @Sendable (Result<Void, LedgerFailure>) -> Void

    private struct Job: Sendable {
        let batch: CommitBatch
        let completion: Completion
    }

    private let store: any LedgerStore
    private let metrics: Metrics
    private let clock: any Clock
    private let queue = DispatchQueue(label: "mothership.commit", qos: .userInitiated)
    private let waiting = Mutex<[Job]>([])
    private let condition = Mutex(Condition())

    /// How the writing goes.
    private struct Condition {
        /// Since when the write under way has been running, on the clock of uptime.
        var busySince: Duration?
        /// Of the last proof that the store can be written; nil while none was needed or it succeeded.
        var failure: LedgerFailure?
        var isProving = false
    }

    /// A batch takes milliseconds; after so long the disk hangs.
    private static let writeMax: Duration = .seconds(5)

    public init(store: any LedgerStore, metrics: Metrics, clock: any Clock) {
        self.store = store
        self.metrics = metrics
        self.clock = clock
    }

    /// Calls `completion` on the writing thread when the batch is durable or has failed.
    public func commit(_ batch: CommitBatch, completion: @escaping Completion) {
        waiting.withLock { $0.append(Job(batch: batch, completion: completion)) }
        queue.async { self.drain() }
    }

    /// Returns when everything that was handed over before is done.
    public func flush() async {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume() }
        }
    }

    /// What keeps changes from becoming durable, in one clause; nil when nothing does.
    ///
    /// Waits for nobody. After a failure it has the store written to once more, so that the next
    /// caller learns of an end that no peer's push has shown.
    public var trouble: String? {
        let (condition, proves) = condition.withLock { condition in
            let proves = condition.failure != nil && !condition.isProving
            if proves { condition.isProving = true }
            return (condition, proves)
        }
        if proves { queue.async { self.prove() } }
        if let failure = condition.failure { return "the last write failed: \(failure.reason)" }
        guard let since = condition.busySince, clock.uptime - since > Self.writeMax else {
            return nil
        }
        return "a write has not ended for \((clock.uptime - since).brief)"
    }

    private func prove() {
        let result = timed { () throws(LedgerFailure) in try store.proveWritable() }
        condition.withLock { condition in
            condition.failure = if case .failure(let failure) = result { failure } else { nil }
            condition.isProving = false
        }
    }

    private func drain() {
        let jobs = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        guard !jobs.isEmpty else { return }
        let result = write(jobs.map(\.batch))
        switch result {
        case .failure where jobs.count > 1:
            // One room's defect must not fail its neighbours.
            for job in jobs { job.completion(write([job.batch])) }
        case .success, .failure:
            for job in jobs { job.completion(result) }
        }
    }

    private func write(_ batches: [CommitBatch]) -> Result<Void, LedgerFailure> {
        let start = clock.uptime
        defer { metrics.observe(.persistenceWriteSeconds, clock.uptime - start) }
        let result = timed { () throws(LedgerFailure) in try store.commit(batches) }
        // A batch may be refused for what it says; whether the store can be written it proves itself.
        if case .failure = result { prove() }
        return result
    }

    /// Runs one write on the writing thread and remembers how long it takes.
    private func timed(
        _ write: () throws(LedgerFailure) -> Void
    ) -> Result<Void, LedgerFailure> {
        condition.withLock { $0.busySince = clock.uptime }
        defer { condition.withLock { $0.busySince = nil } }
        return Result { () throws(LedgerFailure) in try write() }
    }
}
