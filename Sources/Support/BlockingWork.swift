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
