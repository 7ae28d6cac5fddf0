// Impacts: opened for the functions here that call what changed elsewhere, closed when they have
// been adapted, or by the user.

import LiveProtocol
import Support

extension PeerCore {
    mutating func openImpact(
        _ notice: ImpactNotice, _ callers: [FunctionID], _ certainty: ImpactCertainty
    ) {
        let id = ImpactID(notice)
        guard !callers.isEmpty, !state.impacts.contains(where: { $0.id == id }) else { return }
        let known = callers.map { function in
            let unit = index.locate(function)?.unit
            return ImpactCaller(
                function: function, qualifiedName: unit?.qualifiedName ?? "",
                auraID: unit?.auraID)
        }
        record(
            .impactOpened(
                Impact(
                    id: id, notice: notice, callers: known, certainty: certainty, openedAt: now,
                    resolvedAt: nil)))
    }

    mutating func resolveImpact(_ id: ImpactID) {
        guard state.impacts.contains(where: { $0.id == id && $0.isOpen }) else { return }
        record(.impactResolved(id, at: now))
    }

    /// Ends impacts whose every caller was changed or taken away since, and those whose function
    /// has come here in the version that was announced.
    mutating func closeAdapted(at path: String) {
        guard isScanned, let file = index.files[path] else { return }
        for impact in state.impacts where impact.isOpen {
            let callee = index.locate(impact.notice.function)
            let hasArrived = callee?.path == path && callee?.unit.auraID == impact.notice.newAuraID
            let isNear = impact.callers.contains { caller in
                file.unit(caller.function) != nil || index.places[caller.function] == nil
            }
            guard hasArrived || (isNear && impact.callers.allSatisfy(isAdapted)) else { continue }
            record(.impactResolved(impact.id, at: now))
        }
    }

    private func isAdapted(_ caller: ImpactCaller) -> Bool {
        guard let unit = index.locate(caller.function)?.unit else { return true }
        guard let auraID = unit.auraID else { return false }
        return auraID != caller.auraID
    }
}
