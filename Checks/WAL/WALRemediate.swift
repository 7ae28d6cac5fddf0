// A gap in the log is listed and left behind; what waits in its queues is sent, or tried, again.

import Diagnostics
import LiveSync

extension WALCheck {
    public func remediate(
        _ finding: Finding<WALFinding>, seenIn snapshot: WALSnapshot
    ) -> [LiveStep] {
        switch finding.kind {
        case .indexDamaged where snapshot.isManifestNoFile == true: []
        case .segmentGap, .indexDamaged: recovery(snapshot)
        case .segmentMisnamed:
            [
                .stopAgent, .edit(.giveBackNames(snapshot.report?.misnamed ?? [])),
                snapshot.isAgentUp == true ? .startAgent : .resumeAgent,
            ]
        // What has no answer goes out again on the next link, and on this one not for a while.
        case .queueStalled, .ackLost: [.ask(.reconnect), .ask(.push(retry: false))]
        case .rejectSignature: [.act(.renewToken), .ask(.push(retry: true))]
        case .rejectRepoNotRegistered: [.act(.register), .ask(.push(retry: true))]
        // A new start writes what was not durable again into a new segment, and shortens a log
        // that has grown.
        case .fsyncFailed, .oversized: [.stopAgent, .resumeAgent]
        // The next start goes on behind it; where sync is off, that is when somebody turns it on.
        case .tornTail: snapshot.lifecycle == .off ? [] : [.resumeAgent]
        // Reading the ledger again tries every change that is not in its file; what is, stays.
        case .applyFailedLocked, .applyMismatch, .inboundStalled: [.ask(.pull(isFull: true))]
        case .resetUnsafe:
            (snapshot.reset.map { [.act(.exportUnsent(log: $0.folder))] } ?? [])
                + rereading(snapshot)
        case .resetResidue: rereading(snapshot)
        // Each of these needs a look at what stands in the way first.
        case .diskFull, .linkedFolder, .foreignWriter, .newerFormat, .rejectPayloadTooLarge,
            .rejectOther, .applyFailedPermission, .applyNeedsPull, .inCloudFolder:
            []
        // Nothing to do: the link comes back by itself, and what was left out has its conflict.
        // And whether a save was meant, only a person knows.
        case .backlogOffline, .applySkipped, .applyReverted: []
        }
    }

    /// Of what is there; where nothing is, a new log is begun.
    private func recovery(_ snapshot: WALSnapshot) -> [LiveStep] {
        let known = snapshot.status?.durable
        guard let report = snapshot.report else {
            // A peer that is off has no log to miss.
            let isOn = snapshot.lifecycle != .off
            guard let known, known > 0 else {
                // With its owner gone too, nobody knows what was in it.
                let all = "all records, how many is not known"
                return .recovery(losing: Loss(records: 0, names: [all], hasMore: true), isOn: isOn)
            }
            return .recovery(losing: .records(1, through: known), isOn: isOn)
        }
        return report.recovery(isOn: snapshot.isAgentUp == true, durable: known)
    }

    /// Sync on, then everything of the ledger; the start itself reads every file.
    private func rereading(_ snapshot: WALSnapshot) -> [LiveStep] {
        (snapshot.lifecycle == .off ? [.startAgent] : []) + [.ask(.pull(isFull: true))]
    }
}
