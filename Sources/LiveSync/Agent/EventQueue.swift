// A mailbox with one reader that takes everything waiting at once, so that what arrives together
// is made durable together.

import Synchronization

/// Events from many threads for one task.
final class EventQueue<Event: Sendable>: Sendable {
    private struct State {
        var waiting: [Event] = []
        var reader: UnsafeContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func post(_ event: Event) {
        let reader = state.withLock { state in
            state.waiting.append(event)
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume()
    }

    /// Everything posted since the last call, in order; waits until there is something.
    func next() async -> [Event] {
        while true {
            let taken = state.withLock { state in
                defer { state.waiting = [] }
                return state.waiting
            }
            if !taken.isEmpty { return taken }
            await withUnsafeContinuation { continuation in
                let resumeNow = state.withLock { state in
                    if !state.waiting.isEmpty { return true }
                    state.reader = continuation
                    return false
                }
                if resumeNow { continuation.resume() }
            }
        }
    }
}
