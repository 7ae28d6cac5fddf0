// The way out: what is queued for a file follows from how the file stands, then it is sent.
//
// Unsent changes of a file are one set, computed anew whenever the file, a base or a conflict
// changes. So a newer save replaces an unsent one, and a save that goes back to the ledger's
// version takes the unsent change away.

import LiveProtocol
import Support

extension PeerCore {
    /// In the order of their names. A start touches every file: the smallest of all is not searched for
    /// each of them, only among what is touched on the way.
    mutating func refreshTouched() {
        var waiting = touchedPaths.sorted()[...]
        touchedPaths = []
        while let path = [waiting.first, touchedPaths.min()].compactMap({ $0 }).min() {
            if waiting.first == path { waiting.removeFirst() }
            touchedPaths.remove(path)
            refreshQueue(path)
        }
    }

    private mutating func refreshQueue(_ path: String) {
        guard state.lifecycle != .off, observedPaths.contains(path),
            let file = index.files[path], let (wanted, moot) = wantedChanges(at: path, file: file)
        else { return }
        for function in moot
        where state.inFlight(function) == nil && !wantedTexts.contains(function) {
            dirtyTexts[function] = nil
        }
        let queued = state.outbound.entries(at: path).filter(\.isQueued)
        let changes = queued.flatMap(\.set.changes)
        if changes.map(\.comparable) != wanted.map(\.comparable) {
            enqueue(wanted, path: path, grammar: file.grammar, supersedes: queued)
        }
        let stale =
            moot.filter { state.quarantined($0) != nil || state.queued($0) != nil }
            + refusedAndGone(at: path)
        if !stale.isEmpty { record(.stateChanged(.withdrawn(functions: stale))) }
    }

    /// Refused units that the ledger never had and nobody has any more.
    private func refusedAndGone(at path: String) -> [FunctionID] {
        state.outbound.entries(at: path).filter { !$0.isQueued && !$0.isSent }
            .flatMap(\.set.changes)
            .filter {
                $0.kind == .put && index.places[$0.function] == nil
                    && state.bases[$0.function] == nil
            }.map(\.function)
    }

    private mutating func enqueue(
        _ changes: [UnitChange], path: String, grammar: GrammarStamp, supersedes: [OutboundEntry]
    ) {
        var replaced = supersedes.map(\.id)
        for part in split(changes) {
            let set = ChangeSet(
                id: .random(using: &generator), repository: identity.repository,
                branch: identity.branch,
                commit: index.headHolds(anyOf: part) ? identity.commit : "",
                grammar: grammar, madeAt: now, changes: part)
            record(.enqueued(set, path: path, supersedes: replaced, at: now))
            replaced = []
        }
        if changes.isEmpty {
            withdraw(supersedes.flatMap(\.set.changes).map(\.function), from: path)
        }
    }

    /// Takes all unsent changes of these functions back. What moved from here to another file, or
    /// has left this one too, is queued there as well: that file is looked at again.
    private mutating func withdraw(_ functions: [FunctionID], from path: String) {
        let others = functions.flatMap(state.outbound.entries(of:)).filter(\.isQueued)
        let paths = others.map(\.path) + functions.compactMap { index.places[$0] }
        record(.stateChanged(.withdrawn(functions: functions)))
        touchedPaths.formUnion(paths.filter { $0 != path })
    }

    /// One save is one set, as far as one frame can carry it.
    private func split(_ changes: [UnitChange]) -> [[UnitChange]] {
        let limits = limits ?? ServerLimits()
        var parts: [[UnitChange]] = []
        var bytes = 0
        for change in changes {
            let size = SendingPace.frameBytes(of: change)
            let isFull = parts.last.map { $0.count >= limits.changesPerPack } ?? true
            if isFull || bytes + size > limits.frameBytes {
                parts.append([])
                bytes = 0
            }
            parts[parts.count - 1].append(change)
            bytes += size
        }
        return parts
    }

    // MARK: What differs

    /// Changes that bring the ledger to this file, and functions for which there is nothing to do;
    /// nil when the file has to be read again to say.
    private mutating func wantedChanges(
        at path: String, file: LocalFile
    ) -> (wanted: [UnitChange], moot: [FunctionID])? {
        var wanted: [UnitChange] = []
        var moot: [FunctionID] = []
        let supplanted = supplanted(in: file)
        for unit in file.units {
            guard !unit.isHeldBack, !unit.isLocalOnly, !unit.isLeaving, let auraID = unit.auraID
            else { continue }
            guard !isHeld(unit.id), !waitsForType(unit, in: file) else { continue }
            guard differs(unit, auraID, in: file, besides: supplanted) else {
                if let queued = committed(unit.id), queued.auraID == auraID, queued.path == path {
                    wanted.append(queued)
                } else {
                    moot.append(unit.id)
                }
                continue
            }
            if isQuarantined(unit.id, auraID) { continue }
            guard let text = dirtyTexts[unit.id] else {
                requestObservation(path)
                return nil
            }
            wanted.append(put(unit, auraID, text, at: path, in: file))
        }
        let missing = missing(from: file, at: path)
        for function in missing where !isHeld(function) {
            if isQuarantined(function, nil) { continue }
            if let change = deletion(of: function, at: path, in: file) { wanted.append(change) }
        }
        wanted += committedDeletions(at: path, beyond: missing)
        return (wanted, moot)
    }

    /// The queued change of a function that the ledger has never heard of. It stays queued when
    /// git's HEAD comes to have it: to commit is not to push, and the others still wait for it.
    private func committed(_ function: FunctionID) -> UnitChange? {
        state.bases[function] == nil ? state.queued(function) : nil
    }

    private func committedDeletions(
        at path: String, beyond missing: [FunctionID]
    ) -> [UnitChange] {
        let known = Set(missing)
        return state.outbound.entries(at: path).filter(\.isQueued).flatMap(\.set.changes)
            .filter { change in
                change.kind == .delete && index.places[change.function] == nil
                    && !known.contains(change.function) && committed(change.function) != nil
                    && !isHeld(change.function)
            }
    }

    /// Whether this function waits for a person or for the ledger.
    private func isHeld(_ function: FunctionID) -> Bool {
        reconciling.contains(function) || state.isHeld(function)
    }

    private func isQuarantined(_ function: FunctionID, _ auraID: AuraID?) -> Bool {
        guard let change = state.quarantined(function) else { return false }
        return change.auraID == auraID && (auraID == nil || change.path == index.places[function])
    }

    private func differs(
        _ unit: LocalUnit, _ auraID: AuraID, in file: LocalFile,
        besides supplanted: Set<FunctionID>
    ) -> Bool {
        guard let sent = state.inFlight(unit.id) else {
            return !isShared(unit, auraID, in: file, besides: supplanted)
        }
        return sent.auraID != auraID || sent.path != index.places[unit.id]
            || (sent.placement.parent != unit.parent && !file.hasContainerError)
    }

    /// Whether the others have the unit as it is here: text, type and file.
    ///
    /// - Parameter supplanted: units that the others have as another one.
    func isShared(
        _ unit: LocalUnit, _ auraID: AuraID, in file: LocalFile,
        besides supplanted: Set<FunctionID>
    ) -> Bool {
        sharedVersion(of: unit.id, in: file)?.auraID == auraID && !isMoved(unit, in: file)
            && !isElsewhere(unit.id) && !supplanted.contains(unit.id)
    }

    /// Git's units whose name and number a unit has here that git does not know. The others take
    /// that one for git's, so that these have to be told to them although they are as in git.
    func supplanted(in file: LocalFile) -> Set<FunctionID> {
        guard file.units.contains(where: { $0.ordinal > 0 }) else { return [] }
        let known = Set(file.baseline.map(\.id))
        let taken = Set(file.units.filter { !known.contains($0.id) }.map(\.key))
        guard !taken.isEmpty else { return [] }
        return Set(
            file.baseline.filter { taken.contains($0.key) && state.bases[$0.id] == nil }.map(\.id))
    }

    /// Functions the ledger or git has in this file and the file has no more.
    func missing(from file: LocalFile, at path: String) -> [FunctionID] {
        guard !file.hasContainerError else { return [] }
        var candidates = file.baseline.filter { $0.auraID != nil && state.bases[$0.id] == nil }
            .map(\.id)
        candidates += state.bases.functions(at: path).filter {
            state.bases[$0]?.isTombstone == false
        }
        for entry in state.outbound.entries(at: path) where entry.isSent {
            candidates += entry.set.changes.filter(\.kind.carriesText).map(\.function)
        }
        var seen: Set<FunctionID> = []
        return candidates.filter { function in
            guard seen.insert(function).inserted, index.places[function] == nil,
                state.bases[function] != nil || !isRenamed(function, at: path)
            else { return false }
            return !file.silenced.contains(function) && state.inFlight(function)?.kind != .delete
        }
    }

    /// Whether the ledger knows the unit that had this identity here as another one. Of one that
    /// stands elsewhere nobody learns that it went from here.
    private func isRenamed(_ function: FunctionID, at path: String) -> Bool {
        let id = state.current(function)
        return id != function && (index.places[id] ?? state.bases[id]?.path ?? path) == path
    }

    // MARK: Changes

    private func put(
        _ unit: LocalUnit, _ auraID: AuraID, _ text: UnitText, at path: String, in file: LocalFile
    ) -> UnitChange {
        let shared = sharedVersion(of: unit.id, in: file)
        return UnitChange(
            function: unit.id, kind: kind(of: unit, at: path, in: file, since: shared),
            unit: unit.kind, path: path, qualifiedName: unit.qualifiedName,
            ordinal: UInt64(unit.ordinal), baseRevision: 0,
            baseAuraID: origin(of: unit.id, since: shared), auraID: auraID, text: text,
            placement: file.placement(of: unit.id))
    }

    /// What the others have of a function before this change: of a text that was committed before
    /// it was pushed, what that one was made of.
    private func origin(of function: FunctionID, since shared: SharedVersion?) -> AuraID? {
        guard let queued = committed(function), queued.auraID == shared?.auraID else {
            return shared?.auraID
        }
        return queued.baseAuraID
    }

    private func kind(
        of unit: LocalUnit, at path: String, in file: LocalFile, since shared: SharedVersion?
    ) -> ChangeKind {
        guard let shared, shared.auraID != nil else { return .put }
        if shared.path != path || isMoved(unit, in: file) { return .move }
        return shared.qualifiedName == unit.qualifiedName ? .put : .rename
    }

    private func deletion(
        of function: FunctionID, at path: String, in file: LocalFile
    ) -> UnitChange? {
        let key: UnitKey
        if let sent = state.inFlight(function) {
            key = sent.key
        } else if let base = state.bases[function] {
            key = base.key
        } else if let unit = file.baselineUnit(function) {
            key = UnitKey(
                kind: unit.kind, qualifiedName: unit.qualifiedName, ordinal: unit.ordinal)
        } else {
            return nil
        }
        return UnitChange(
            function: function, kind: .delete, unit: key.kind, path: path,
            qualifiedName: key.qualifiedName, ordinal: UInt64(key.ordinal), baseRevision: 0,
            baseAuraID: sharedVersion(of: function, in: file)?.auraID, auraID: nil, text: nil,
            placement: Placement())
    }

    // MARK: Sending

    mutating func sendQueued() {
        guard state.lifecycle == .active, let limits, resendUnanswered(),
            let frontier = state.frontier, frontier.sequence >= catchUpTarget,
            !state.isUnverified
        else { return }
        // By slots, because a copy of the queue would be made anew with every set that leaves it.
        let layout = state.outbound.layout
        var next = state.outbound.nextUnmarked()
        while let slot = next, let entry = state.outbound.entry(at: slot) {
            next = state.outbound.nextUnmarked(from: slot + 1)
            guard entry.isQueued, !entry.set.changes.contains(where: waitsForAnswer) else {
                continue
            }
            if let wait = graceLeft(entry) {
                recheck(after: wait)
                continue
            }
            if waitsForMembers(entry) { continue }
            guard isWithinPace(entry.set) else { return }
            send(entry, limits)
            // Entries have other slots now.
            if state.outbound.layout != layout { return sendQueued() }
        }
    }

    /// Sends again what an older link carried and nobody answered.
    ///
    /// - Returns: false while some of it has to wait.
    private mutating func resendUnanswered() -> Bool {
        while let id = unanswered.last {
            if let entry = state.outbound[id], entry.isSent {
                guard isWithinPace(entry.set) else { return false }
                effect(.send(entry.set))
            }
            unanswered.removeLast()
        }
        return true
    }

    /// Whether nothing of this function may leave before an answer came or a person decided.
    private func waitsForAnswer(_ change: UnitChange) -> Bool {
        state.inFlight(change.function) != nil || isHeld(change.function)
    }

    /// Whether the Mothership takes this set now; otherwise it is looked at again when it does.
    private mutating func isWithinPace(_ set: ChangeSet) -> Bool {
        guard let wait = pace?.take(set, at: now) else { return true }
        recheck(after: wait)
        return false
    }

    /// Asks for the time, unless a timer that runs ends as soon: a short wait does not stand behind a
    /// long one.
    mutating func recheck(after wait: Duration) {
        let end = now + wait
        if let recheckAt, recheckAt <= end { return }
        effect(.recheck(after: wait))
        recheckAt = end
    }

    /// How long a set waits for a save that would turn its deletion into a move.
    private func graceLeft(_ entry: OutboundEntry) -> Duration? {
        guard entry.set.changes.contains(where: { departed[$0.function] != nil }) else {
            return nil
        }
        let waited = now.since(entry.enqueuedAt)
        // A clock that was set back would hold the deletion until it has caught up.
        guard waited >= .zero, waited < Self.deletionGrace else { return nil }
        return Self.deletionGrace - waited
    }

    private mutating func send(_ entry: OutboundEntry, _ limits: ServerLimits) {
        let bases = entry.set.changes.map { change in
            let base = state.bases[change.function]
            return SentBase(
                function: change.function, revision: base?.revision ?? 0,
                auraID: base.map(\.auraID) ?? change.baseAuraID)
        }
        let isTooLarge = entry.set.changes.contains {
            ($0.text?.byteCount ?? 0) > limits.bodyBytes
        }
        if isTooLarge {
            isolateLarge(entry, limits)
            return
        }
        noteReverts(in: entry)
        record(.sent(entry.id, bases: bases, at: now))
        if let sent = state.outbound[entry.id] { effect(.send(sent.set)) }
    }

    /// A frame that can only be refused is not sent; what fits goes on its own.
    private mutating func isolateLarge(_ entry: OutboundEntry, _ limits: ServerLimits) {
        let large = entry.set.changes.filter { ($0.text?.byteCount ?? 0) > limits.bodyBytes }
        let rest = entry.set.changes.filter { ($0.text?.byteCount ?? 0) <= limits.bodyBytes }
        var set = entry.set
        set.id = .random(using: &generator)
        set.changes = large
        record(.enqueued(set, path: entry.path, supersedes: [entry.id], at: now))
        record(.failed(set.id, large.map { Refusal($0, .payloadTooLarge) }, at: now))
        guard !rest.isEmpty else { return }
        set.id = .random(using: &generator)
        set.changes = rest
        record(.enqueued(set, path: entry.path, supersedes: [], at: now))
        if let entry = state.outbound[set.id] { send(entry, limits) }
    }
}

extension Refusal {
    init(_ change: UnitChange, _ reject: RejectClass, headRevision: RevisionNumber? = nil) {
        self.init(
            function: change.function, qualifiedName: change.qualifiedName, reject: reject,
            headRevision: headRevision)
    }
}

extension UnitChange {
    /// What makes two unsent changes the same; bases are resolved when they are sent.
    fileprivate var comparable: UnitChange {
        var change = self
        (change.baseRevision, change.baseAuraID) = (0, nil)
        change.placement = Placement(parent: placement.parent)
        return change
    }
}
