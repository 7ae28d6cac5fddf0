// Where threads leave their answers, and the one who waits picks them up or gives up.

import Dispatch
import Synchronization

/// A queue between threads with a bounded wait.
final class Mailbox<Message: Sendable>: Sendable {
    private let messages = Mutex<[Message]>([])
    private let arrivals = DispatchSemaphore(value: 0)

    func post(_ message: Message) {
        messages.withLock { $0.append(message) }
        arrivals.signal()
    }

    /// The oldest message; nil when none came within `wait`. Blocks the calling thread.
    func next(within wait: Duration) -> Message? {
        let nanoseconds =
            Int(clamping: wait.components.seconds) * 1_000_000_000
            + Int(wait.components.attoseconds / 1_000_000_000)
        guard arrivals.wait(timeout: .now() + .nanoseconds(nanoseconds)) == .success else {
            return nil
        }
        return messages.withLock { $0.removeFirst() }
    }
}
