// What was received, stands in no file yet, and is held by nothing that anybody is told of.

import LiveProtocol
import SourceAnalysis
import Support

extension PeerCore {
    /// Received changes without a failure, without a conflict, and into a file that can be read; of each
    /// file the oldest. While others are applied they wait for their turn, so they wait since the
    /// newest one that was.
    public func unexplainedWaits() -> [WALStatus.FailedApply] {
        guard state.lifecycle == .active else { return [] }
        var oldest: [String: Timestamp] = [:]
        for entry in state.inbound where entry.setAside == nil {
            for pending in entry.changes where isUnexplained(pending) {
                let path = site(of: pending)
                oldest[path] = min(oldest[path] ?? entry.receivedAt, entry.receivedAt)
            }
        }
        return oldest.sorted { $0.key < $1.key }.map { path, receivedAt in
            WALStatus.FailedApply(
                path: path, reason: WALStatus.FailedApply.withoutReason,
                at: max(receivedAt, lastAppliedAt ?? receivedAt))
        }
    }

    private func isUnexplained(_ pending: PendingChange) -> Bool {
        let change = pending.change
        let isDisputed = [change.function, change.placement.parent].compactMap(\.self).contains {
            state.blockingConflict(of: $0) != nil
        }
        // What was pushed waits for its answer, which has a limit of its own.
        guard pending.failure == nil, !isDisputed, state.inFlight(change.function) == nil else {
            return false
        }
        return [site(of: pending), change.path, pending.leaves].compactMap(\.self).allSatisfy {
            let file = index.files[$0]
            return file?.hasContainerError != true
                && file?.units.contains(where: \.isHeldBack) != true
        }
    }
}
