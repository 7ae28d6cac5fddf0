// Work that blocks its thread, kept off the cooperative pool: on two cores two blocked tasks would
// stop every other one.

import Foundation
import Synchronization

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

/// Work that another thread does while the caller goes on.
///
/// Example:
///
///     let names = Meanwhile { () throws(SystemFailure) in try FileAccess.names(in: folder) }
///     …
///     use(try names.value())
public final class Meanwhile<Value: Sendable, Problem: Error>: Sendable {
    private let result = Mutex<Result<Value, Problem>?>(nil)
    private let isDone = DispatchSemaphore(value: 0)

    public init(_ body: @escaping @Sendable () throws(Problem) -> Value) {
        Thread.detachNewThread { [self] in
            let outcome = Result { () throws(Problem) in try body() }
            result.withLock { $0 = outcome }
            isDone.signal()
        }
    }

    /// Waits for the result; blocks its thread.
    public func value() throws(Problem) -> Value {
        isDone.wait()
        isDone.signal()  // for whoever asks next
        return try result.withLock { $0! }.get()  // set before the signal
    }
}
