// Conflicts: opened with both versions, held until a person chooses or both sides say the same.

import LiveProtocol
import Support

/// How an apply ends a conflict.
struct Resolution: Hashable, Sendable {
    let conflict: ConflictID
    let choice: ConflictChoice
}

extension PeerCore {
    /// Files a delivered change as a conflict. A newer version of a conflict that is open already
    /// takes the place of the older one, which the ledger keeps.
    ///
    /// - Parameter reason: why the change is not in its file, for the log.
    mutating func openConflict(
        _ pending: PendingChange, in entry: InboundEntry, reason: String = "local_ahead"
    ) {
        let change = pending.change
        let path = index.places[change.function] ?? change.path
        let unit = index.files[path]?.unit(change.function)
        let earlier = state.blockingConflict(of: change.function)
        let text = dirtyTexts[change.function] ?? earlier?.localText
        if unit != nil && text == nil {
            wantedTexts.insert(change.function)
            requestObservation(path)
            failedPaths.insert(path)
            return
        }
        let shared = sharedVersion(of: change.function, in: index.files[path])
        let conflict = Conflict(
            id: earlier?.id
                ?? ConflictID(
                    function: change.function, base: shared?.auraID, remote: change.auraID),
            kind: kind(of: change, unit, at: path, since: shared), state: .open,
            function: change.function, path: path, qualifiedName: change.qualifiedName,
            baseAuraID: shared?.auraID, localAuraID: unit?.auraID, remote: change,
            remoteRevision: pending.revision, remoteSequence: pending.sequence,
            remoteDevice: entry.device, remoteSet: entry.setID, grammar: entry.grammar,
            localText: unit == nil ? nil : text, openedAt: earlier?.openedAt ?? now,
            updatedAt: now, choice: nil)
        record(
            .applySkipped(
                entry.setID, function: change.function, path: path, reason: reason,
                RecordLabel(names: [change.qualifiedName], auraID: change.auraID, at: now)))
        record(.conflictOpened(conflict))
        wantedTexts.remove(change.function)
        misfits.forget(change.function)
        closeConverged(at: path)
    }

    private func kind(
        of change: UnitChange, _ unit: LocalUnit?, at path: String, since shared: SharedVersion?
    ) -> ConflictKind {
        let base = shared?.auraID == nil ? nil : shared
        return ConflictKind(local(unit, at: path, base), remote(change, base))
    }

    private func local(
        _ unit: LocalUnit?, at path: String, _ base: SharedVersion?
    ) -> ConflictSide {
        guard let unit else { return .delete }
        guard let base else { return .add }
        if path != base.path { return .move }
        return unit.qualifiedName == base.qualifiedName ? .modify : .rename
    }

    private func remote(_ change: UnitChange, _ base: SharedVersion?) -> ConflictSide {
        if change.kind == .delete { return .delete }
        guard let base else { return .add }
        if change.path != base.path { return .move }
        return change.qualifiedName == base.qualifiedName ? .modify : .rename
    }

    // MARK: Ends

    mutating func resolveConflict(_ id: ConflictID, _ choice: ConflictChoice) {
        guard let conflict = state.conflicts.first(where: { $0.id == id && $0.isBlocking }) else {
            return
        }
        switch choice {
        case .dismiss:
            guard conflict.state == .open else { return }
            record(.conflictDismissed(id, at: now))
        case .local, .remote, .both, .file, .converged, .reconciled: close(conflict, choice)
        }
    }

    private mutating func close(_ conflict: Conflict, _ choice: ConflictChoice) {
        let unit = index.locate(conflict.function)?.unit
        record(.conflictResolved(conflict.id, choice: choice, localAuraID: unit?.auraID, at: now))
        touchedPaths.formUnion([conflict.path, conflict.remote.path])
        failedPaths.subtract([conflict.path, conflict.remote.path])
    }

    mutating func reopenConflict(_ id: ConflictID) {
        guard state.conflicts.contains(where: { $0.id == id && $0.state == .dismissed }) else {
            return
        }
        record(.conflictReopened(id, at: now))
    }

    /// Writes a text made from both sides, or the remote text beside the local one, and ends the
    /// conflict when the file has it.
    mutating func mergeConflict(_ id: ConflictID, _ text: UnitText?) {
        guard state.lifecycle == .active, state.applying == nil, running?.isCommitting != true,
            let conflict = state.conflicts.first(where: { $0.id == id && $0.isBlocking })
        else { return }
        if let running { effect(.abandonApply(running.plan.id)) }
        running = nil
        let path = index.places[conflict.function] ?? conflict.path
        let unit = index.files[path]?.unit(conflict.function)
        // What somebody is in the middle of typing is no version that the person chose against.
        guard text == nil || unit?.isHeldBack != true else { return requestObservation(path) }
        let edit: ApplyEdit
        let choice: ConflictChoice
        if let text {
            let action: ApplyAction = unit == nil ? .insert(text) : .replace(text)
            (edit, choice) = (merged(conflict, action, unit), .file)
        } else if let unit, let remote = conflict.remote.text {
            (edit, choice) = (both(unit, remote, conflict), .both)
        } else {
            // One side has no text: keeping both is keeping the other.
            close(conflict, unit == nil ? .remote : .local)
            return
        }
        startApply(
            conflict.remoteSet, path, [edit], resolving: Resolution(conflict: id, choice: choice))
    }

    private func merged(
        _ conflict: Conflict, _ action: ApplyAction, _ unit: LocalUnit?
    ) -> ApplyEdit {
        ApplyEdit(
            conflict.remote, action: action, expected: unit?.auraID, announced: nil)
    }

    /// Imports in one block, any other text beside the local one.
    private mutating func both(
        _ unit: LocalUnit, _ text: UnitText, _ conflict: Conflict
    ) -> ApplyEdit {
        unit.kind == .imports && conflict.remote.unit == .imports
            ? merged(conflict, .mergeLines(base: [], remote: text), unit)
            : beside(unit, text, conflict)
    }

    private mutating func beside(
        _ unit: LocalUnit, _ text: UnitText, _ conflict: Conflict
    ) -> ApplyEdit {
        var copy = conflict.remote
        copy.function = .random(using: &generator)
        copy.placement = Placement(parent: unit.parent, previous: unit.id, next: nil)
        newcomers.insert(copy.function)
        // In another type than its author had it in, the text is another unit.
        let isSame = unit.parent == conflict.remote.placement.parent
        return ApplyEdit(
            copy, action: .insert(text), expected: nil,
            announced: isSame ? conflict.remote.auraID : nil)
    }

    /// The file has the text that ends a conflict.
    mutating func finish(_ resolution: Resolution) {
        guard
            let conflict = state.conflicts.first(where: {
                $0.id == resolution.conflict && $0.isBlocking
            })
        else { return }
        close(conflict, resolution.choice)
    }

    // MARK: A base derived anew

    /// Forgets the base of a function and reads the ledger again: its newest version is decided
    /// with every older one known as an ancestor.
    mutating func reconcile(_ function: FunctionID) {
        if let conflict = state.blockingConflict(of: function) { close(conflict, .reconciled) }
        record(.stateChanged(.baselineReset([function])))
        reconciling.insert(function)
        readAgain()
    }

    /// Reads the ledger from its start. What the bases say is known is not applied again.
    mutating func rereadLedger() {
        guard let frontier = state.frontier else { return }
        record(.stateChanged(.frontierReset(Frontier(epoch: frontier.epoch, sequence: 0))))
        heard = [:]
        retrySetAside()
        failedPaths = []
        readAgain()
    }

    /// What was to be derived anew is known again, once the ledger was read.
    mutating func endReconciling() {
        guard limits != nil, isCaughtUp, !reconciling.isEmpty else { return }
        touchedPaths.formUnion(reconciling.compactMap { index.places[$0] })
        reconciling = []
    }

    /// Between the decision to read the ledger again and the link over which it is read.
    var isRereading: Bool { catchUpTarget == .max }

    mutating func readAgain() {
        // Nothing is pushed before the next welcome says how far there is to read.
        catchUpTarget = .max
        effect(.reconnect(.reread))
    }
}
