// One turn of the writer: take what is queued, do it, answer; and, for its thread, prepare the next
// segment.

import Foundation
import Support

enum WriterRound {
    /// How soon a full disk is asked again.
    static let retryPause = Duration.milliseconds(250)

    /// A disk so slow that a tenth of its sync is more than this has worse troubles.
    private static let companyMax = Duration.milliseconds(2)

    static func run(_ writer: inout LogWriter) {
        writer.backlog += writer.queue.takeNow()
        if case .readOnly(let cause) = writer.queue.writerState.condition {
            refuseAll(&writer, .readOnly(folder: writer.folder.path, cause: cause))
            return
        }
        collect(&writer)
        let isFull = work(&writer)
        writer.waitsForSpace = isFull
        if isFull, writer.backlog.contains(where: \.endsTheLog) {
            refuseAll(&writer, .diskFull(folder: writer.folder.path))
        }
    }

    /// Answers whoever came too late.
    static func end(_ writer: inout LogWriter) {
        writer.backlog += writer.queue.takeNow()
        refuseAll(&writer, .closed(folder: writer.folder.path))
    }

    private static func refuseAll(_ writer: inout LogWriter, _ failure: LogFailure) {
        var backlog = writer.backlog
        writer.backlog = []
        writer.refuse(&backlog, failure)
    }

    /// Waits for company before the sync: as long as a batching policy says, or, on a slow disk, a
    /// tenth of a sync for those whom the last one answered. Without that they would miss this one
    /// by the moment they need to come back, and every second sync would serve half of them.
    private static func collect(_ writer: inout LogWriter) {
        let pause: Duration
        switch writer.options.syncPolicy {
        case .batch(let configured): pause = configured
        case .always:
            guard writer.lastAnswered > 1, writer.lastSync > WriterSeat.quickSyncMax else { return }
            awaitCompany(&writer, atMost: min(writer.lastSync / 10, companyMax))
            return
        }
        guard writer.backlog.contains(where: \.isReply),
            !writer.backlog.contains(where: \.endsTheLog)
        else { return }
        Thread.sleep(forTimeInterval: pause.seconds)
        writer.backlog += writer.queue.takeNow()
    }

    /// Looks every little while whether all who were answered last have come back.
    private static func awaitCompany(_ writer: inout LogWriter, atMost limit: Duration) {
        let start = writer.clock.uptime
        while writer.backlog.count(where: \.isReply) < writer.lastAnswered,
            writer.clock.uptime - start < limit, !writer.backlog.contains(where: \.endsTheLog)
        {
            Thread.sleep(forTimeInterval: 0.000_1)
            writer.backlog += writer.queue.takeNow()
        }
    }

    /// - Returns: whether something could not be done for lack of space.
    private static func work(_ writer: inout LogWriter) -> Bool {
        var backlog = writer.backlog
        writer.backlog = []
        do throws(LogFailure) {
            try writer.process(&backlog)
            writer.backlog = backlog
            return false
        } catch {
            let failure = error
            if failure.isDiskFull {
                writer.backlog = backlog
                writer.queue.publish {
                    $0.condition = .diskFull
                    $0.lastError = failure.description
                }
                return true
            }
            writer.queue.publish {
                $0.condition = .readOnly(cause: failure.reason)
                $0.lastError = failure.description
            }
            writer.refuse(
                &backlog, .readOnly(folder: writer.folder.path, cause: failure.reason))
            return false
        }
    }

    /// Makes the spare; notes when there is no space for it.
    static func prepare(_ writer: inout LogWriter) {
        guard !writer.waitsForSpace || writer.backlog.isEmpty else { return }
        do throws(LogFailure) {
            try writer.makeSpare()
            writer.queue.publish { if $0.condition == .diskFull { $0.condition = .writable } }
            writer.waitsForSpace = false
        } catch {
            let failure = error
            writer.queue.publish {
                // Another error of the disk shows itself at the next roll, with its consequences.
                if failure.isDiskFull, $0.condition == .writable { $0.condition = .diskFull }
                $0.lastError = failure.description
            }
            writer.waitsForSpace = failure.isDiskFull
        }
    }
}

extension LogWriter {
    /// Whether the thread has to finish what a caller began.
    var needsAttention: Bool {
        isClosed || waitsForSpace || !backlog.isEmpty || options.spare && !spareIsReady
    }
}

extension CommitEntry {
    fileprivate var isReply: Bool { if case .reply = self { true } else { false } }

    fileprivate var endsTheLog: Bool {
        switch self {
        case .close, .abandon: true
        case .records, .roll, .reply, .retire: false
        }
    }
}
