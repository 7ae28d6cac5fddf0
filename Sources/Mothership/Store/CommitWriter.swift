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
        do throws(LedgerFailure) {
            try store.commit(batches)
            return .success(())
        } catch { return .failure(error) }
    }
}
