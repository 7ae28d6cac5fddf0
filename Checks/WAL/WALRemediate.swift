// A gap in the log is listed and left behind; what waits in its queues is sent again.

import Diagnostics
import LiveSync

extension WALCheck {
    public func remediate(
        _ finding: Finding<WALFinding>, seenIn snapshot: WALSnapshot
    ) -> [LiveStep] {
        switch finding.kind {
        case .segmentGap, .indexDamaged: snapshot.report?.recovery ?? []
        case .queueStalled: [.ask(.push(retry: false))]
        case .ackLost: [.ask(.push(retry: true))]
        // Each of these needs a look at what stands in the way first.
        case .fsyncFailed, .diskFull, .foreignWriter, .newerFormat, .rejectPayloadTooLarge,
            .rejectSignature, .rejectRepoNotRegistered, .rejectOther, .applyFailedPermission,
            .applyFailedLocked, .applyMismatch, .inCloudFolder, .resetUnsafe, .resetResidue,
            .oversized:
            []
        // Nothing to do: the next start goes on behind it, the link comes back by itself.
        case .tornTail, .backlogOffline, .applySkipped, .inboundStalled: []
        }
    }
}
