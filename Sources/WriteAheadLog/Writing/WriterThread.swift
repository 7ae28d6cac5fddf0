// The loop around the writer: take what is queued, do it, answer, prepare the next segment, wait.

import Foundation
import Support

enum WriterThread {
    /// How soon a full disk is asked again.
    private static let retryPause = Duration.milliseconds(250)

    static func start(_ writer: LogWriter) {
        let thread = Thread {
            var writer = writer
            run(&writer)
        }
        thread.name = "wal-writer"
        thread.start()
    }

    private static func run(_ writer: inout LogWriter) {
        var backlog: [CommitEntry] = []
        var waitsForSpace = prepare(&writer)
        while !writer.isClosed {
            backlog += writer.queue.take(waitingFor: waitsForSpace ? retryPause : nil)
            if case .readOnly(let cause) = writer.queue.writerState.condition {
                writer.refuse(&backlog, .readOnly(folder: writer.folder.path, cause: cause))
                continue
            }
            collect(&backlog, writer)
            let (left, isFull) = work(backlog, with: &writer)
            backlog = left
            if writer.isClosed { break }
            waitsForSpace = isFull || prepare(&writer)
            if isFull, backlog.contains(where: \.endsTheLog) {
                writer.refuse(&backlog, .diskFull(folder: writer.folder.path))
            }
        }
        backlog += writer.queue.takeNow()
        writer.refuse(&backlog, .closed(folder: writer.folder.path))
    }

    /// With a batching policy, waits for company before the sync.
    private static func collect(_ backlog: inout [CommitEntry], _ writer: LogWriter) {
        guard case .batch(let pause) = writer.options.syncPolicy,
            backlog.contains(where: \.isReply), !backlog.contains(where: \.endsTheLog)
        else { return }
        Thread.sleep(forTimeInterval: pause.seconds)
        backlog += writer.queue.takeNow()
    }

    /// - Returns: what could not be done for lack of space.
    private static func work(
        _ backlog: [CommitEntry], with writer: inout LogWriter
    ) -> (left: [CommitEntry], isFull: Bool) {
        var left = backlog
        do throws(LogFailure) {
            try writer.process(&left)
            return (left, false)
        } catch {
            let failure = error
            if failure.isDiskFull {
                writer.queue.publish {
                    $0.condition = .diskFull
                    $0.lastError = failure.description
                }
                return (left, true)
            }
            writer.queue.publish {
                $0.condition = .readOnly(cause: failure.reason)
                $0.lastError = failure.description
            }
            writer.refuse(
                &left, .readOnly(folder: writer.folder.path, cause: failure.reason))
            return (left, false)
        }
    }

    /// Makes the spare; true when there is no space for it.
    private static func prepare(_ writer: inout LogWriter) -> Bool {
        do throws(LogFailure) {
            try writer.makeSpare()
            writer.queue.publish { if $0.condition == .diskFull { $0.condition = .writable } }
            return false
        } catch {
            let failure = error
            writer.queue.publish {
                // Another error of the disk shows itself at the next roll, with its consequences.
                if failure.isDiskFull, $0.condition == .writable { $0.condition = .diskFull }
                $0.lastError = failure.description
            }
            return failure.isDiskFull
        }
    }
}

extension CommitEntry {
    fileprivate var isReply: Bool { if case .reply = self { true } else { false } }

    fileprivate var endsTheLog: Bool {
        switch self {
        case .close, .abandon: true
        case .record, .roll, .reply, .retire: false
        }
    }
}
