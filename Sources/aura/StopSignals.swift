// SIGINT, SIGTERM and SIGHUP as a value to look at between two acts, so that long work ends in order.

import Glibc
import Synchronization

/// Signals belong to the process as a whole, and so does this number; a handler may do no more
/// than store it.
enum StopSignals {
    static var received: Int32? {
        let number = receivedSignal.load(ordering: .relaxed)
        return number == 0 ? nil : number
    }

    /// From here on a signal does not end the process at once, and neither does a reader who leaves.
    static func listen() {
        receivedSignal.store(0, ordering: .relaxed)
        for number in [SIGINT, SIGTERM] {
            signal(number) { receivedSignal.store($0, ordering: .relaxed) }
        }
        // A terminal that is closed asks for the same as SIGTERM, unless nohup said otherwise.
        if !outlivesTerminal {
            signal(SIGHUP) { _ in receivedSignal.store(SIGTERM, ordering: .relaxed) }
        }
        outliveReaders()
    }

    /// `2>&1 | head -1` closes the pipe in the middle of a repair: that is an error of the write, not the
    /// end of the process. A handler and not SIG_IGN, which programs that are started would inherit.
    static func outliveReaders() { signal(SIGPIPE) { _ in } }

    private static var outlivesTerminal: Bool {
        var action = sigaction()
        guard sigaction(SIGHUP, nil, &action) == 0 else { return false }
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
            == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}

private let receivedSignal = Atomic<Int32>(0)
