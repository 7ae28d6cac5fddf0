// What the calling thread has used so far.
//
// Measured, not reported by the check: processor time from the thread's clock, bytes from the
// kernel's account of the thread. Wall time would blame a check for its neighbours' load.

import Glibc

struct Usage: Hashable, Sendable {
    let processor: Duration
    /// Nil where the kernel keeps no account (no `CONFIG_TASK_XACCT`).
    let readBytes: Int?

    /// Of the calling thread, since it began.
    static var now: Usage {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Usage(
            processor: .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec)),
            readBytes: readBytes)
    }

    func since(_ earlier: Usage) -> Usage {
        var bytes: Int?
        if let readBytes, let before = earlier.readBytes { bytes = readBytes - before }
        return Usage(processor: processor - earlier.processor, readBytes: bytes)
    }

    /// The same with processor time that was spent elsewhere on its behalf.
    func adding(_ elsewhere: Duration) -> Usage {
        Usage(processor: processor + elsewhere, readBytes: readBytes)
    }

    /// More than twice the declaration: below that it is noise.
    func exceeds(_ cost: Cost) -> Bool {
        processor > cost.processor * 2 || (readBytes ?? 0) > cost.readBytes * 2
    }

    /// The line `rchar:` counts what `read` calls returned, page cache included.
    private static var readBytes: Int? {
        ProcFile.read("/proc/thread-self/io")?.split(separator: "\n")
            .first { $0.hasPrefix("rchar: ") }
            .flatMap { Int($0.dropFirst(7)) }
    }
}
