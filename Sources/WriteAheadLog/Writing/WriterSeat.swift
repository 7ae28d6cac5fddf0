// Who writes at this moment. A log has a thread for it; but on a disk whose syncs take as long as
// waking that thread and being woken by it, a caller that finds nobody at work writes itself. On
// slower disks, and when others wait, the thread does, so that no caller's thread is held for long.

import Foundation
import Synchronization

final class WriterSeat: Sendable {
    /// Two switches between threads take 20 to 60 µs on a busy machine; a caller's thread may be one
    /// of a pool of two, so it is not lent for more than a little longer than that.
    static let quickSyncMax = Duration.microseconds(500)

    private let writer: Mutex<LogWriter>
    private let queue: CommitQueue

    init(_ writer: LogWriter, queue: CommitQueue) {
        self.writer = Mutex(writer)
        self.queue = queue
    }

    /// Does what is queued on the caller's thread if the disk is quick and nobody is at it.
    ///
    /// - Returns: whether it did; else the thread has to be woken.
    func lead() -> Bool {
        let needsThread = writer.withLockIfAvailable { writer -> Bool? in
            guard writer.options.syncPolicy == .always, writer.lastSync <= Self.quickSyncMax,
                writer.backlog.isEmpty, !writer.waitsForSpace, !writer.isClosed
            else { return nil }
            WriterRound.run(&writer)
            return writer.needsAttention
        }
        guard let needsThread, let needsThread else { return false }
        if needsThread { queue.signal() }
        return true
    }

    // MARK: The thread

    func startThread() {
        let thread = Thread { self.runThread() }
        thread.name = "wal-writer"
        thread.start()
    }

    private func runThread() {
        var waitsForSpace = writer.withLock { writer in
            WriterRound.prepare(&writer)
            return writer.waitsForSpace
        }
        while true {
            queue.wait(atMost: waitsForSpace ? WriterRound.retryPause : nil)
            let isClosed = writer.withLock { writer in
                if !writer.isClosed {
                    WriterRound.run(&writer)
                    if !writer.isClosed { WriterRound.prepare(&writer) }
                }
                waitsForSpace = writer.waitsForSpace
                return writer.isClosed
            }
            if isClosed { break }
        }
        writer.withLock { WriterRound.end(&$0) }
    }
}
