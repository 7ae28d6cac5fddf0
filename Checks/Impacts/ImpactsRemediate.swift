// Closes alerts: those that nothing here calls for any more, or all that a person has looked at.

import Diagnostics
import LiveSync

extension ImpactsCheck {
    public func remediate(
        _ finding: Finding<ImpactsFinding>, seenIn snapshot: ImpactsSnapshot
    ) -> [LiveStep] {
        switch finding.kind {
        case .stale: closing(snapshot.impacts.filter(\.isStale))
        case .unresolved: closing(snapshot.impacts)
        // The caller has to be adapted; closing the alert would only hide that.
        case .targetDeleted: []
        }
    }

    private func closing(_ rows: [ImpactRow]) -> [LiveStep] {
        rows.sorted { $0.id < $1.id }.map {
            .ask(.resolveImpact(id: $0.id, function: $0.function))
        }
    }
}
