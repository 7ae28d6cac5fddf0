// A conflict whose sides agree ends by deriving its base anew. Every other one is a decision.

import Diagnostics
import LiveSync

extension ConflictsCheck {
    public func remediate(
        _ finding: Finding<ConflictsFinding>, seenIn snapshot: ConflictsSnapshot
    ) -> [LiveStep] {
        guard finding.kind == .ghost else { return [] }
        return snapshot.conflicts.filter(\.isGhost).sorted { $0.id < $1.id }.map {
            .ask(.reconcile(function: "\($0.path)#\($0.function)"))
        }
    }
}
