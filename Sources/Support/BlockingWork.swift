// Work that blocks its thread, kept off the cooperative pool: on two cores two blocked tasks would
// stop every other one.

import Foundation

/// Runs `body` on a thread of its own and waits for it without blocking a pool thread.
public func onOwnThread<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
) async throws -> Value {
    try await withUnsafeThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}

/// Runs every job on a new thread, outside the cooperative pool.
///
/// For answers that must come although the pool is busy, and for code that may block. Task-local
/// values stay, and default actors run on it too while such a task calls them.
public final class OwnThreads: TaskExecutor {
    public static let shared = OwnThreads()

    private init() {}

    public func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        Thread.detachNewThread { unowned.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
