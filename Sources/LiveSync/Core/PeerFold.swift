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
        let replaced = Set(supersedes)
        outbound.removeAll { $0.isQueued && replaced.contains($0.id) }
        dropUnsent(Set(set.changes.map(\.function)), fromQueued: false)
        outbound.append(OutboundEntry(set: set, path: path, state: .queued, enqueuedAt: at))
    }

    /// Removes changes from quarantined sets, and from queued ones when told so.
    private mutating func dropUnsent(_ functions: Set<FunctionID>, fromQueued: Bool) {
        for index in outbound.indices {
            let entry = outbound[index]
            guard !entry.isSent, fromQueued || !entry.isQueued else { continue }
            outbound[index].set.changes.removeAll { functions.contains($0.function) }
        }
        outbound.removeAll { $0.set.changes.isEmpty }
    }

    private mutating func markSent(_ id: ChangeSetID, _ bases: [SentBase], at: Timestamp) {
        guard let index = outbound.firstIndex(where: { $0.id == id }) else { return }
        outbound[index].state = .sent
        for base in bases {
            for change in outbound[index].set.changes.indices
            where outbound[index].set.changes[change].function == base.function {
                outbound[index].set.changes[change].baseRevision = base.revision
                outbound[index].set.changes[change].baseAuraID = base.auraID
            }
        }
        counters.setsSent += 1
        lastPushAt = at
    }

    private mutating func acknowledge(
        _ id: ChangeSetID, _ places: [Acceptance], at: Timestamp
    ) {
        for place in places {
            // Advancing may take other entries out, so the place is looked up each time.
            guard let index = outbound.firstIndex(where: { $0.id == id }),
                let position = outbound[index].set.changes.firstIndex(where: {
                    $0.function == place.function
                })
            else { continue }
            let change = outbound[index].set.changes.remove(at: position)
            advance(to: change, revision: place.revision, sequence: place.sequence)
            counters.changesAcknowledged += 1
            counters.acknowledgedSequence = max(counters.acknowledgedSequence, place.sequence)
        }
        outbound.removeAll { $0.set.changes.isEmpty }
        lastPushAt = at
    }

    private mutating func refuse(_ id: ChangeSetID, _ refusals: [Refusal]) {
        counters.changesRefused += UInt64(refusals.count)
        guard let index = outbound.firstIndex(where: { $0.id == id }) else { return }
        let stale = refusals.filter { $0.reject == .baseMismatch }
        for refusal in stale { markStale(refusal) }
        let staleFunctions = Set(stale.map(\.function))
        outbound[index].set.changes.removeAll { staleFunctions.contains($0.function) }
        if let other = refusals.first(where: { $0.reject != .baseMismatch }) {
            outbound[index].state = .quarantined(other.reject)
        }
        outbound.removeAll { $0.set.changes.isEmpty }
    }

    /// The ledger moved on: wait for its version. A ledger that is *behind* our base was restored
    /// from an older copy; then its revision is the one the next push has to name.
    private mutating func markStale(_ refusal: Refusal) {
        let head = refusal.headRevision ?? 0
        let own = bases[refusal.function]?.revision ?? 0
        if head > own {
            staleHeads[refusal.function] = head
        } else if head < own {
            bases[refusal.function]?.revision = head
        }
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
        for index in outbound.indices where outbound[index].isQueued {
            outbound[index].set.changes.removeAll {
                $0.function == change.function && $0.hasSameResult(as: change)
            }
        }
        outbound.removeAll { $0.set.changes.isEmpty }
        for index in inbound.indices where inbound[index].setAside != nil {
            inbound[index].changes.removeAll {
                $0.change.function == change.function && $0.revision <= revision
            }
        }
        inbound.removeAll { $0.changes.isEmpty }
    }

    // MARK: Inbound

    private mutating func receive(_ delivered: DeliveredChangeSet) {
        // The bytes were decoded before the record was written; a damaged body has no record.
        guard let set = try? delivered.signed.changeSet() else { return }
        let known = Set(
            inbound.first { $0.setID == set.id }?.changes.map(\.change.function) ?? [])
        let changes = delivered.places.compactMap { place -> PendingChange? in
            guard set.changes.indices.contains(place.index) else { return nil }
            let change = set.changes[place.index]
            guard !known.contains(change.function) else { return nil }
            return superseding(
                PendingChange(change: change, sequence: place.sequence, revision: place.revision))
        }
        counters.changesReceived += UInt64(changes.count)
        if let index = inbound.firstIndex(where: { $0.setID == set.id }) {
            inbound[index].changes += changes
        } else if !changes.isEmpty {
            inbound.append(
                InboundEntry(
                    setID: set.id, device: delivered.signed.device, grammar: set.grammar,
                    receivedAt: delivered.receivedAt, changes: changes))
        }
    }

    /// A newer version takes the place of one that waits, and remembers it: only the newest has to
    /// be decided, however long this peer was away.
    private mutating func superseding(_ newer: PendingChange) -> PendingChange {
        var newer = newer
        let function = newer.change.function
        for entry in inbound where entry.setAside == nil {
            guard applying?.setID != entry.setID,
                let older = entry.changes.first(where: { $0.change.function == function }),
                older.revision < newer.revision, !older.hasArrived
            else { continue }
            newer.ancestors += older.ancestors + (older.change.auraID.map { [$0] } ?? [])
            newer.replaces = newer.replaces ?? older.replaces
            removePending(entry.setID, function)
            counters.changesSettled += 1
        }
        return newer
    }

    /// Notes that a moved unit stands in its new file; the old one comes next.
    private mutating func arrive(
        _ id: ChangeSetID, _ function: FunctionID, at path: String?
    ) -> Bool {
        guard let index = inbound.firstIndex(where: { $0.setID == id }),
            let change = inbound[index].changes.firstIndex(where: {
                $0.change.function == function && $0.leaves != nil && !$0.hasArrived
                    && $0.change.path == path
            })
        else { return false }
        inbound[index].changes[change].hasArrived = true
        return true
    }

    private mutating func settle(
        _ id: ChangeSetID, _ functions: [FunctionID], _ reason: SettleReason
    ) {
        counters.changesSettled += UInt64(functions.count)
        for function in functions {
            switch reason {
            case .duplicate: removePending(id, function)
            case .pathRefused:
                removePending(id, function)
                counters.pathsRefused += 1
            case .equal, .remoteUnchanged, .twin: takeOver(id, function)
            }
        }
    }

    /// Ends a delivered change with its version as the base.
    private mutating func takeOver(_ id: ChangeSetID, _ function: FunctionID) {
        guard let pending = removePending(id, function) else { return }
        advance(to: pending.change, revision: pending.revision, sequence: pending.sequence)
    }

    @discardableResult
    private mutating func removePending(
        _ id: ChangeSetID, _ function: FunctionID
    ) -> PendingChange? {
        guard let index = inbound.firstIndex(where: { $0.setID == id }),
            let change = inbound[index].changes.firstIndex(where: {
                $0.change.function == function
            })
        else { return nil }
        let pending = inbound[index].changes.remove(at: change)
        if inbound[index].changes.isEmpty { inbound.remove(at: index) }
        return pending
    }

    private mutating func markFailed(
        _ id: ChangeSetID, _ functions: [FunctionID], _ reason: String
    ) {
        guard let index = inbound.firstIndex(where: { $0.setID == id }) else { return }
        for change in inbound[index].changes.indices
        where functions.contains(inbound[index].changes[change].change.function) {
            inbound[index].changes[change].failure = reason
        }
    }

    // MARK: Conflicts

    private mutating func open(_ conflict: Conflict) {
        removePending(conflict.remoteSet, conflict.function)
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
        if let index = inbound.firstIndex(where: { $0.setID == conflict.remoteSet }) {
            inbound[index].changes.append(pending)
        } else {
            inbound.insert(
                InboundEntry(
                    setID: conflict.remoteSet, device: conflict.remoteDevice,
                    grammar: conflict.grammar, receivedAt: conflict.updatedAt,
                    changes: [pending]), at: 0)
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
            }
            self.frontier = frontier
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
            frontier?.sequence = 0
            staleHeads = [:]
        case .departing(let set, let function, let path):
            for entry in inbound.indices where inbound[entry].setID == set {
                for change in inbound[entry].changes.indices
                where inbound[entry].changes[change].change.function == function {
                    inbound[entry].changes[change].leaves = path
                }
            }
        case .setAside(let set, let reason):
            for index in inbound.indices where inbound[index].setID == set {
                inbound[index].setAside = reason
            }
        }
    }

    private mutating func noteReread(from sequence: UInt64) {
        guard let own = frontier?.sequence, own > sequence else { return }
        rereadThrough = max(rereadThrough ?? 0, own)
    }

    /// Unsent changes name their neighbours: those follow the new identity.
    private mutating func renameInQueue(_ old: FunctionID, _ new: FunctionID) {
        for index in outbound.indices where !outbound[index].isSent {
            for change in outbound[index].set.changes.indices {
                outbound[index].set.changes[change].placement.rename(old, new)
            }
        }
    }
}

extension Placement {
    mutating func rename(_ old: FunctionID, _ new: FunctionID) {
        if parent == old { parent = new }
        if previous == old { previous = new }
        if next == old { next = new }
    }
}
