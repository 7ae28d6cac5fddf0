// SIGINT and SIGTERM as a value to look at between two acts, so that long work ends in order.

import Glibc
import Synchronization

/// Signals belong to the process as a whole, and so does this number; a handler may do no more
/// than store it.
enum StopSignals {
    static var received: Int32? {
        let number = receivedSignal.load(ordering: .relaxed)
        return number == 0 ? nil : number
    }

    /// From here on a signal does not end the process at once.
    static func listen() {
        receivedSignal.store(0, ordering: .relaxed)
        for number in [SIGINT, SIGTERM] {
            signal(number) { receivedSignal.store($0, ordering: .relaxed) }
        }
    }
}

private let receivedSignal = Atomic<Int32>(0)
