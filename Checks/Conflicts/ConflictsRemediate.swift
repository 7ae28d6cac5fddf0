// A conflict whose sides agree ends by deriving its base anew. Every other one is a decision; where a
// person leaves it to the program, the local text stays, and a deletion never wins over an edit.
// The other side's text stays in the ledger.

import Diagnostics
import LiveSync

extension ConflictsCheck {
    public func remediate(
        _ finding: Finding<ConflictsFinding>, seenIn snapshot: ConflictsSnapshot
    ) -> [LiveStep] {
        switch finding.kind {
        case .ghost:
            snapshot.conflicts.filter(\.isGhost).sorted { $0.id < $1.id }.map {
                .ask(.reconcile(function: "\($0.path)#\($0.function)"))
            }
        case .unresolved, .blockingApply: decisions(snapshot.conflicts)
        case .deleteModify:
            decisions(
                snapshot.conflicts.filter {
                    $0.kind == "modify/delete" || $0.kind == "delete/modify"
                })
        case .dismissedIncoming: decisions(snapshot.dismissed)
        // Why so many arose at once has to be understood before any of them is decided.
        case .storm, .selfConflict, .baseUnresolvable, .markersInSource: []
        }
    }

    private func decisions(_ rows: [ConflictRow]) -> [LiveStep] {
        rows.sorted { ($0.path, $0.id) < ($1.path, $1.id) }.map { row in
            .ask(
                .resolve(
                    id: row.id, taking: row.local == nil ? .remote : .local,
                    function: "\(row.path)#\(row.function)"))
        }
    }
}
