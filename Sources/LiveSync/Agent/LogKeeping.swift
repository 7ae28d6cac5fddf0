// What the agent does when somebody takes its log's files away while it writes to them. Every write
// goes on to succeed and nothing of it would be there at the next start; but the whole state is in
// memory, so it is written down again where it can be found.

import Support
import WriteAheadLog

extension PeerAgent {
    /// Goes on in a log that is there, once the file that takes records is gone.
    ///
    /// Not while something is being applied: its end is recorded in a moment, and the next look comes
    /// in a second.
    func keepLog() async {
        guard writeProblem == nil, let path = log.vanishedFile, work.isEmpty,
            core.state.applying == nil, !parts.isDisplaced
        else { return }
        let name = PathName.last(of: path)
        guard FileAccess.exists(parts.workspace.configurationPath) else {
            return stopWriting("the whole working copy was removed while \(name) was written to")
        }
        do throws(LogFailure) {
            try log.abandon()
            log = try parts.openLog(clock: clock).log
        } catch {
            return stopWriting("\(name) was removed while it was written to, and \(error.reason)")
        }
        await feed([.writeCheckpoint])
        compactedSegments = log.status.segments
        parts.logger.error(
            "the log's file was removed while it was written to; the whole state is in a new one",
            metadata: ["file": "\(name)", "records": "\(log.status.records)"])
    }
}

extension AgentParts {
    /// Whether the working copy was made anew, as another device, while this agent ran: then what is
    /// in its folder is not ours.
    var isDisplaced: Bool {
        // A record that is gone or unreadable says nothing of another device.
        (try? DeviceBinding.read(workspace)).map { $0.device != binding.device } ?? false
    }

    /// Opens the log for writing, as the settings have it.
    func openLog(
        clock: any Clock
    ) throws(LogFailure) -> (log: WriteAheadLog, report: OpenReport) {
        let settings = configuration.wal
        let policy: SyncPolicy =
            switch settings.fsync {
            case .always: .always
            case .batch(let delay): .batch(delay)
            }
        return try WriteAheadLog.open(
            at: workspace.walFolder,
            options: LogOptions(segmentBytes: settings.segmentBytes, syncPolicy: policy),
            clock: clock)
    }
}
