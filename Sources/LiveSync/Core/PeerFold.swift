// The fold: what each record does to the state.

import LiveProtocol
import Support

extension PeerState {
    /// Applies one record.
    public mutating func fold(_ record: PeerRecord) {
        switch record {
        case .enqueued(let set, let path, let supersedes, let at):
            enqueue(set, path: path, supersedes: supersedes, at: at)
        case .sent(let id, let bases, let at): markSent(id, bases, at: at)
        case .acked(let id, let places, let at): acknowledge(id, places, at: at)
        case .failed(let id, let refusals, _): refuse(id, refusals)
        case .received(let delivered, _, _): receive(delivered)
        case .frontier(let frontier, let at):
            self.frontier = frontier
            notePosition(frontier.sequence)
            if frontier.sequence >= rereadThrough ?? 0 { rereadThrough = nil }
            lastPullAt = at
        case .settled(let id, let functions, let reason): settle(id, functions, reason)
        case .applyBegin(let begin, _): applying = begin
        case .applyOK(_, let setID, let functions, _):
            let path = applying?.path
            applying = nil
            for function in functions where !arrive(setID, function, at: path) {
                counters.changesApplied += 1
                takeOver(setID, function)
            }
        case .applyFailed(_, let setID, _, let functions, let reason, _):
            applying = nil
            counters.appliesFailed += 1
            markFailed(setID, functions, reason)
        case .applySkipped: counters.appliesSkipped += 1
        case .conflictOpened(let conflict): open(conflict)
        case .conflictResolved(let id, let choice, let local, let at):
            resolve(id, choice, local, at: at)
        case .conflictDismissed(let id, let at):
            changeConflict(id) {
                $0.state = .dismissed
                $0.choice = .dismiss
                $0.updatedAt = at
            }
            counters.conflictsClosed += 1
        case .conflictReopened(let id, let at):
            changeConflict(id) {
                $0.state = .open
                $0.choice = nil
                $0.updatedAt = at
            }
        case .impactOpened(let impact): impacts.append(impact)
        case .impactResolved(let id, let at): resolveImpact(id, at: at)
        case .stateChanged(let change): fold(change)
        case .checkpoint(let part): fold(part)
        }
    }

    // MARK: Outbound

    private mutating func enqueue(
        _ set: ChangeSet, path: String, supersedes: [ChangeSetID], at: Timestamp
    ) {
        for id in supersedes where outbound[id]?.isQueued == true { outbound.remove(id) }
        dropUnsent(Set(set.changes.map(\.function)), fromQueued: false)
        outbound.append(OutboundEntry(set: set, path: path, state: .queued, enqueuedAt: at))
    }

    /// Removes changes from quarantined sets, and from queued ones when told so.
    private mutating func dropUnsent(_ functions: Set<FunctionID>, fromQueued: Bool) {
        for function in functions {
            outbound.takeAll(function) { entry, _ in
                !entry.isSent && (fromQueued || !entry.isQueued)
            }
        }
    }

    private mutating func markSent(_ id: ChangeSetID, _ bases: [SentBase], at: Timestamp) {
        guard outbound[id] != nil else { return }
        let known = Dictionary(bases.map { ($0.function, $0) }) { $1 }
        outbound.update(id) { entry in
            entry.state = .sent
            // A log that lost records may have kept more in the set than went out.
            entry.set.changes.removeAll { known[$0.function] == nil }
            for index in entry.set.changes.indices {
                guard let base = known[entry.set.changes[index].function] else { continue }
                entry.set.changes[index].baseRevision = base.revision
                entry.set.changes[index].baseAuraID = base.auraID
            }
        }
        counters.setsSent += 1
        lastPushAt = at
    }

    private mutating func acknowledge(
        _ id: ChangeSetID, _ places: [Acceptance], at: Timestamp
    ) {
        for place in places {
            guard let change = outbound.take(place.function, from: id) else { continue }
            advance(to: change, revision: place.revision, sequence: place.sequence)
            counters.changesAcknowledged += 1
            counters.acknowledgedSequence = max(counters.acknowledgedSequence, place.sequence)
            notePosition(place.sequence)
        }
        // The answer is about the whole set: what it refused is queued under another name.
        outbound.remove(id)
        lastPushAt = at
    }

    private mutating func refuse(_ id: ChangeSetID, _ refusals: [Refusal]) {
        counters.changesRefused += UInt64(refusals.count)
        guard outbound[id] != nil else { return }
        let stale = refusals.filter { $0.reject == .baseMismatch }
        for refusal in stale { markStale(refusal) }
        let staleFunctions = Set(stale.map(\.function))
        outbound.update(id) { entry in
            entry.set.changes.removeAll { staleFunctions.contains($0.function) }
            if let other = refusals.first(where: { $0.reject != .baseMismatch }) {
                entry.state = .quarantined(other.reject)
            }
        }
    }

    /// The ledger moved on: wait for its version.
    private mutating func markStale(_ refusal: Refusal) {
        let head = refusal.headRevision ?? 0
        // A conflict that holds this version back has it already.
        let known = max(
            bases[refusal.function]?.revision ?? 0,
            blockingConflict(of: refusal.function)?.remoteRevision ?? 0)
        if head > known { staleHeads[refusal.function] = head }
    }

    /// The ledger and this working copy share this version now.
    private mutating func advance(
        to change: UnitChange, revision: RevisionNumber, sequence: UInt64
    ) {
        let old = bases[change.function]
        if (old?.revision ?? 0) <= revision {
            bases[change.function] = Base(
                change, revision: revision, firstSequence: old?.firstSequence ?? sequence)
        }
        if let stale = staleHeads[change.function], stale <= revision {
            staleHeads[change.function] = nil
        }
        outbound.takeAll(change.function) { entry, queued in
            entry.isQueued && queued.hasSameResult(as: change)
        }
        inbound.takeAll(change.function) { entry, pending in
            entry.setAside != nil && pending.revision <= revision
        }
    }

    // MARK: Inbound

    private mutating func receive(_ delivered: DeliveredChangeSet) {
        // The bytes were decoded before the record was written; a damaged body has no record.
        guard let set = try? delivered.signed.changeSet() else { return }
        let known = Set(inbound[set.id]?.changes.map(\.change.function) ?? [])
        let changes = delivered.places.compactMap { place -> PendingChange? in
            guard set.changes.indices.contains(place.index) else { return nil }
            let change = set.changes[place.index]
            guard !known.contains(change.function) else { return nil }
            return superseding(
                PendingChange(
                    change, of: set, sequence: place.sequence, revision: place.revision))
        }
        counters.changesReceived += UInt64(changes.count)
        if inbound[set.id] != nil {
            inbound.update(set.id) { $0.changes += changes }
        } else {
            inbound.append(
                InboundEntry(
                    setID: set.id, device: delivered.signed.device, grammar: set.grammar,
                    receivedAt: delivered.receivedAt, changes: changes))
        }
    }

    /// A newer version takes the place of one that waits, and remembers it: only the newest has to
    /// be decided, however long this peer was away. Both are one change then, made of what the older
    /// one was made of.
    private mutating func superseding(_ newer: PendingChange) -> PendingChange {
        var newer = newer
        let function = newer.change.function
        for entry in inbound.entries(of: function)
        where entry.setAside == nil || entry.setAside == .unpulled {
            guard applying?.setID != entry.setID,
                let older = entry.changes.first(where: { $0.change.function == function }),
                older.revision < newer.revision, !older.hasArrived
            else { continue }
            newer.ancestors +=
                older.ancestors + [older.change.baseAuraID, older.change.auraID].compactMap(\.self)
            newer.change.baseRevision = older.change.baseRevision
            newer.change.baseAuraID = older.change.baseAuraID
            newer.replaces = newer.replaces ?? older.replaces
            inbound.take(function, from: entry.setID)
            counters.changesSettled += 1
        }
        return newer
    }

    /// Notes that a moved unit stands in its new file, or that what was saved in the old one since
    /// has followed it; the old one comes next.
    private mutating func arrive(
        _ id: ChangeSetID, _ function: FunctionID, at path: String?
    ) -> Bool {
        guard let pending = inbound.item(of: function, in: id), pending.leaves != nil,
            pending.change.path == path
        else { return false }
        changePending(id, [function]) { $0.hasArrived = true }
        return true
    }

    private mutating func settle(
        _ id: ChangeSetID, _ functions: [FunctionID], _ reason: SettleReason
    ) {
        counters.changesSettled += UInt64(functions.count)
        for function in functions {
            switch reason {
            case .duplicate: inbound.take(function, from: id)
            case .pathRefused:
                inbound.take(function, from: id)
                counters.pathsRefused += 1
            case .equal, .remoteUnchanged, .twin: takeOver(id, function)
            }
        }
    }

    /// Ends a delivered change with its version as the base.
    private mutating func takeOver(_ id: ChangeSetID, _ function: FunctionID) {
        guard let pending = inbound.take(function, from: id) else { return }
        advance(to: pending.change, revision: pending.revision, sequence: pending.sequence)
    }

    private mutating func changePending(
        _ id: ChangeSetID, _ functions: Set<FunctionID>, _ body: (inout PendingChange) -> Void
    ) {
        inbound.update(id) { entry in
            for index in entry.changes.indices
            where functions.contains(entry.changes[index].change.function) {
                body(&entry.changes[index])
            }
        }
    }

    private mutating func markFailed(
        _ id: ChangeSetID, _ functions: [FunctionID], _ reason: String
    ) {
        changePending(id, Set(functions)) { $0.failure = reason }
    }

    // MARK: Conflicts

    private mutating func open(_ conflict: Conflict) {
        inbound.take(conflict.function, from: conflict.remoteSet)
        dropUnsent([conflict.function], fromQueued: true)
        staleHeads[conflict.function] = nil
        if let index = conflicts.firstIndex(where: { $0.id == conflict.id }) {
            conflicts[index] = conflict
        } else {
            conflicts.append(conflict)
            counters.conflictsOpened += 1
        }
    }

    private mutating func changeConflict(_ id: ConflictID, _ body: (inout Conflict) -> Void) {
        guard let index = conflicts.firstIndex(where: { $0.id == id }) else { return }
        body(&conflicts[index])
    }

    private mutating func resolve(
        _ id: ConflictID, _ choice: ConflictChoice, _ local: AuraID?, at: Timestamp
    ) {
        guard let conflict = conflicts.first(where: { $0.id == id && $0.isBlocking }) else {
            return
        }
        changeConflict(id) {
            $0.state = .resolved
            $0.choice = choice
            $0.updatedAt = at
        }
        counters.conflictsClosed += 1
        switch choice {
        case .local, .converged, .both, .file:
            advance(
                to: conflict.remote, revision: conflict.remoteRevision,
                sequence: conflict.remoteSequence)
        case .remote: takeUp(conflict, over: local)
        case .dismiss, .reconciled: break
        }
        trimResolvedConflicts()
    }

    /// Puts the remote version of a conflict back into the inbound queue, before whatever came
    /// after it, to be applied over the local version the user gave up.
    private mutating func takeUp(_ conflict: Conflict, over local: AuraID?) {
        let pending = PendingChange(
            change: conflict.remote, sequence: conflict.remoteSequence,
            revision: conflict.remoteRevision,
            replaces: ReplacedLocal(auraID: local, conflict: conflict.id))
        if inbound[conflict.remoteSet] != nil {
            inbound.update(conflict.remoteSet) { entry in
                // A ledger that was read again may have delivered it once more.
                entry.changes.removeAll { $0.change.function == conflict.function }
                entry.changes.append(pending)
            }
        } else {
            inbound.prepend(
                InboundEntry(
                    setID: conflict.remoteSet, device: conflict.remoteDevice,
                    grammar: conflict.grammar, receivedAt: conflict.updatedAt,
                    changes: [pending]))
        }
    }

    private mutating func trimResolvedConflicts() {
        let resolved = conflicts.filter { !$0.isBlocking }
        guard resolved.count > Self.resolvedConflictsMax else { return }
        let oldest = Set(resolved.prefix(resolved.count - Self.resolvedConflictsMax).map(\.id))
        conflicts.removeAll { !$0.isBlocking && oldest.contains($0.id) }
    }

    private mutating func resolveImpact(_ id: ImpactID, at: Timestamp) {
        for index in impacts.indices where impacts[index].id == id && impacts[index].isOpen {
            impacts[index].resolvedAt = at
        }
        let resolved = impacts.filter { !$0.isOpen }
        guard resolved.count > Self.resolvedImpactsMax else { return }
        let oldest = Set(resolved.prefix(resolved.count - Self.resolvedImpactsMax).map(\.id))
        impacts.removeAll { !$0.isOpen && oldest.contains($0.id) }
    }

    // MARK: Condition

    private mutating func fold(_ change: StateChange) {
        switch change {
        case .lifecycle(let lifecycle): self.lifecycle = lifecycle
        case .frontierReset(let frontier):
            noteReread(from: frontier.sequence)
            // Places of another ledger say nothing about this one.
            if let before = self.frontier, before.epoch != frontier.epoch {
                counters.acknowledgedSequence = 0
                (position, setback) = (nil, nil)
            }
            self.frontier = frontier
            if frontier.sequence == 0, hasLedgerVersions { isUnverified = true }
            // A revision of another ledger would be waited for in vain.
            staleHeads = [:]
        case .withdrawn(let functions): dropUnsent(Set(functions), fromQueued: true)
        case .adopted(let old, let new):
            adopted[old] = new
            dropUnsent([old], fromQueued: true)
            renameInQueue(old, new)
        case .baselineReset(let functions):
            for function in functions ?? Array(bases.byFunction.keys) { bases[function] = nil }
            noteReread(from: 0)
            if functions == nil { distrust() }
            frontier?.sequence = 0
            staleHeads = [:]
        case .verified(let verified):
            isUnverified = false
            rereadThrough = nil
            for entry in verified { bases[entry.function] = entry.base }
            // Nobody knows a unit any more under an identity that went with its ledger.
            adopted = adopted.filter { bases[$0.value] != nil }
        case .departing(let set, let function, let path):
            changePending(set, [function]) { $0.leaves = path }
        case .setAside(let set, let reason): inbound.update(set) { $0.setAside = reason }
        case .ledgerRun(let run): enter(run)
        case .wentBack(let setback): (position, self.setback) = (nil, setback)
        }
    }

    /// Unsent changes name their neighbours: those follow the new identity.
    private mutating func renameInQueue(_ old: FunctionID, _ new: FunctionID) {
        for entry in outbound where !entry.isSent {
            outbound.update(entry.id) { entry in
                for index in entry.set.changes.indices {
                    entry.set.changes[index].placement.rename(old, new)
                }
            }
        }
    }
}
