// Conflicts: opened with both versions, held until a person chooses or both sides say the same.

import LiveProtocol
import Support

extension PeerCore {
    /// Files a delivered change as a conflict. A newer version of a conflict that is open already
    /// takes the place of the older one, which the ledger keeps.
    mutating func openConflict(
        _ pending: PendingChange, _ kind: ConflictKind, in entry: InboundEntry
    ) {
        let change = pending.change
        let unit = index.files[change.path]?.unit(change.function)
        let earlier = state.blockingConflict(of: change.function)
        let text = dirtyTexts[change.function] ?? earlier?.localText
        if unit != nil && text == nil {
            wantedTexts.insert(change.function)
            requestObservation(change.path)
            failedPaths.insert(change.path)
            return
        }
        let base = sharedVersion(of: change.function, in: index.files[change.path])?.auraID
        let conflict = Conflict(
            id: earlier?.id
                ?? ConflictID(function: change.function, base: base, remote: change.auraID),
            kind: Self.kind(of: change, unit, kind), state: .open, function: change.function,
            path: change.path,
            qualifiedName: change.qualifiedName, baseAuraID: base, localAuraID: unit?.auraID,
            remote: change, remoteRevision: pending.revision, remoteSequence: pending.sequence,
            remoteDevice: entry.device, remoteSet: entry.setID, grammar: entry.grammar,
            localText: unit == nil ? nil : text, openedAt: earlier?.openedAt ?? now,
            updatedAt: now, choice: nil)
        record(
            .applySkipped(
                entry.setID, function: change.function, path: change.path, reason: "local_ahead"))
        record(.conflictOpened(conflict))
        wantedTexts.remove(change.function)
        closeConverged(at: change.path)
    }

    private static func kind(
        of change: UnitChange, _ unit: LocalUnit?, _ decided: ConflictKind
    ) -> ConflictKind {
        if change.kind == .delete { return .modifyDelete }
        if unit == nil { return .deleteModify }
        return decided == .addAdd ? .addAdd : .modifyModify
    }

    mutating func resolveConflict(_ id: ConflictID, _ choice: ConflictChoice) {
        guard let conflict = state.conflicts.first(where: { $0.id == id && $0.isBlocking }) else {
            return
        }
        let unit = index.locate(conflict.function)?.unit
        switch choice {
        case .dismiss:
            guard conflict.state == .open else { return }
            record(.conflictDismissed(id, at: now))
        case .local, .remote, .converged:
            record(.conflictResolved(id, choice: choice, localAuraID: unit?.auraID, at: now))
        }
        touchedPaths.insert(conflict.path)
        failedPaths.remove(conflict.path)
    }

    mutating func reopenConflict(_ id: ConflictID) {
        guard state.conflicts.contains(where: { $0.id == id && $0.state == .dismissed }) else {
            return
        }
        record(.conflictReopened(id, at: now))
    }
}
