// Saves come in: identities for the units, and which of them differ from what the ledger has.

import LiveProtocol
import SourceAnalysis
import Support

extension PeerCore {
    mutating func observe(_ observation: FileObservation) {
        let path = observation.path
        guard admits(path) else { return }
        awaitedPaths.remove(path)
        let isRemembered = observedPaths.insert(path).inserted
        dropPlan(for: path)
        let leaving = state.leaving(path)
        failedPaths.remove(path)
        var old = index.files[path]
        if isRemembered { old?.units.removeAll { isDead($0.id) } }
        var file = LocalFile(
            exists: observation.exists, grammar: observation.grammar, units: [],
            baseline: old?.baseline ?? [], hasContainerError: observation.hasContainerError,
            silenced: old?.silenced ?? [])
        let headRows = setBaseline(&file, from: observation, old: old)
        let ids = identities(of: observation, old: old, file: file, headRows: headRows)
        file.units = zip(observation.units, ids).map { unit, id in
            var local = LocalUnit(unit, id: id, parent: unit.parent.map { ids[$0] })
            local.isLeaving = leaving.contains(id)
            return local
        }
        silence(&file, old: old)
        let texts = zip(ids, observation.units).map { ($0, $1.text) }
        index.set(file, at: path)
        noteDepartures(from: old, to: file, at: path)
        keepTexts(texts, of: file, at: path, old: old)
        if observation.isLeftByGit { holdTakenBack(in: file, at: path) }
        // A file as an apply left it is nobody's save: two blocks that it brought together are one.
        if observation.knownIDs == nil { noteReverts(in: file, at: path, old: old) }
        closeConverged(at: path)
        closeAdapted(at: path)
        touchedPaths.insert(path)
    }

    /// Whether the ledger knows that the unit is gone, and nothing here says otherwise: an index
    /// from before the start may still have it, and a unit that stands there now is another one.
    private func isDead(_ id: FunctionID) -> Bool {
        state.bases[id]?.isTombstone == true && !state.outbound.contains(id)
            && state.blockingConflict(of: id) == nil
    }

    /// A plan that is not being written yet was made for another version of the file.
    private mutating func dropPlan(for path: String) {
        guard let running, !running.isCommitting,
            running.plan.path == path || running.sources.contains(path)
        else { return }
        self.running = nil
        effect(.abandonApply(running.plan.id))
    }

    // MARK: Identities

    private mutating func setBaseline(
        _ file: inout LocalFile, from observation: FileObservation, old: LocalFile?
    ) -> [(id: FunctionID, fingerprint: UnitFingerprint)] {
        let units: [ObservedUnit]
        switch observation.head {
        case .asKnown: return []
        case .same: units = observation.units
        case .units(let head): units = head
        }
        // An identity that nobody else has heard of says nothing of what git's HEAD has.
        let derived = Set(units.map { derivedID(of: $0, at: observation.path) })
        func counts(_ id: FunctionID) -> Bool { derived.contains(id) || isPublic(id) }
        var assignment = IdentityAssignment()
        assignment.rows = (old?.units ?? []).filter { counts($0.id) }
            .map { ($0.id, $0.fingerprint) }
        assignment.known = knownIdentities(at: observation.path, file: file)
            .filter { counts($0.id) }
        let known = Dictionary(
            (old?.baseline ?? []).filter { counts($0.id) }.map { ($0.key, $0.id) },
            uniquingKeysWith: { first, _ in first })
        let settled = units.map { known[$0.key] ?? settledID(of: $0, at: observation.path) }
        let ids = freshIDs(
            for: units, assignment, at: observation.path, derives: true, fixed: settled)
        file.baseline = zip(units, ids).map { unit, id in
            BaselineUnit(unit, id: id, parent: unit.parent.map { ids[$0] })
        }
        return zip(ids, units).map { ($0, $1.fingerprint) }
    }

    private mutating func identities(
        of observation: FileObservation, old: LocalFile?, file: LocalFile,
        headRows: [(id: FunctionID, fingerprint: UnitFingerprint)]
    ) -> [FunctionID] {
        if observation.head == .same {
            return file.baseline.map { own($0.id, at: observation.path) }
        }
        var assignment = IdentityAssignment()
        assignment.rows = (old?.units ?? []).map { ($0.id, $0.fingerprint) }
        let have = Set(assignment.rows.map(\.id))
        assignment.rows += headRows.filter {
            !have.contains($0.id) && isOwn($0.id, at: observation.path) && !isDead($0.id)
        }
        assignment.trustsNames = have.isEmpty
        assignment.known = knownIdentities(at: observation.path, file: file)
        return freshIDs(
            for: observation.units, assignment, at: observation.path, derives: false,
            fixed: observation.knownIDs)
    }

    private mutating func freshIDs(
        for units: [ObservedUnit], _ assignment: IdentityAssignment, at path: String,
        derives: Bool, fixed: [FunctionID?]?
    ) -> [FunctionID] {
        var generator = generator
        var made: Set<FunctionID> = []
        let ids = assignment.assign(units, fixed: fixed) { unit, taken in
            let derived = derivedID(of: unit, at: path)
            if derives, !taken.contains(derived), state.adopted[derived] == nil { return derived }
            let id = FunctionID.random(using: &generator)
            if !derives { made.insert(id) }
            return id
        }
        self.generator = generator
        newcomers.formUnion(made)
        return ids
    }

    /// Identities that bases, queued changes and git's HEAD know at this path and no reading of
    /// another file has claimed.
    private func knownIdentities(at path: String, file: LocalFile) -> [KnownIdentity] {
        var known: [KnownIdentity] = []
        for entry in state.outbound.entries(at: path) {
            for change in entry.set.changes where change.kind.carriesText {
                known.append(
                    KnownIdentity(id: change.function, key: change.key, auraID: change.auraID))
            }
        }
        for change in state.arrivals.map(\.change) where change.path == path {
            known.append(
                KnownIdentity(id: change.function, key: change.key, auraID: change.auraID))
        }
        for function in state.bases.functions(at: path) {
            guard let base = state.bases[function], !base.isTombstone else { continue }
            known.append(KnownIdentity(id: function, key: base.key, auraID: base.auraID))
        }
        for conflict in state.conflicts where conflict.isBlocking && conflict.path == path {
            // Whoever writes what is gone here once more has the text of the other side, or another.
            let auraID = conflict.localAuraID ?? conflict.remote.auraID
            known.append(
                KnownIdentity(id: conflict.function, key: conflict.remote.key, auraID: auraID))
        }
        // What the ledger knows goes by the ledger's name, not by the one in git's HEAD.
        for unit in file.baseline where state.bases[unit.id] == nil {
            let key = UnitKey(
                kind: unit.kind, qualifiedName: unit.qualifiedName, ordinal: unit.ordinal)
            known.append(KnownIdentity(id: unit.id, key: key, auraID: unit.auraID))
        }
        return known.filter { isOwn($0.id, at: path) }
    }

    /// The identity of a unit of git's HEAD that has gone its own way since: it stands elsewhere, or
    /// the ledger knows it. A unit of the same name that stands here now is another one.
    private func settledID(of unit: ObservedUnit, at path: String) -> FunctionID? {
        let id = state.current(derivedID(of: unit, at: path))
        return isPublic(id) || !isOwn(id, at: path) ? id : nil
    }

    /// Whether the ledger has this identity, or is about to.
    private func isPublic(_ id: FunctionID) -> Bool {
        state.bases[id] != nil || state.outbound.contains(id) || state.hasPendingInbound(id)
            || state.blockingConflict(of: id) != nil
    }

    /// The identity that every peer gives to a unit of git's HEAD.
    private func derivedID(of unit: ObservedUnit, at path: String) -> FunctionID {
        .derived(
            repository: identity.repository, path: path, kind: unit.kind,
            qualifiedName: unit.qualifiedName, ordinal: unit.ordinal)
    }

    /// The identity, or a new one while another file has the unit that was moved there.
    private mutating func own(_ id: FunctionID, at path: String) -> FunctionID {
        guard !isOwn(id, at: path) else { return id }
        let new = FunctionID.random(using: &generator)
        newcomers.insert(new)
        return new
    }

    /// Whether no other file has this unit, or only the one that a move brought it to.
    private func isOwn(_ id: FunctionID, at path: String) -> Bool {
        guard let home = home(of: id), home != path else { return true }
        return state.isLeaving(id, path)
    }

    /// The file a unit belongs to: where it stands, else where it was last saved or pushed to.
    private func home(of id: FunctionID) -> String? {
        if let place = index.places[id] { return place }
        // It is being put there right now; the reading that shows it is on its way.
        if let begin = state.applying, begin.functions.contains(id) { return begin.path }
        if let place = state.queuedPlace(of: id) { return place }
        if let base = state.bases[id] { return base.isTombstone ? nil : base.path }
        // A base that was forgotten: the conflict remembers where the unit stood.
        let conflict = state.blockingConflict(of: id)
        return conflict?.localAuraID == nil ? nil : conflict?.path
    }

    private func silence(_ file: inout LocalFile, old: LocalFile?) {
        let present = Set(file.units.map(\.id))
        let tagged = (old?.units ?? []).filter(\.isLocalOnly).map(\.id)
        file.silenced = file.silenced.union(tagged).subtracting(present)
    }

    // MARK: Texts

    private mutating func keepTexts(
        _ texts: [(FunctionID, UnitText)], of file: LocalFile, at path: String, old: LocalFile?
    ) {
        // What is on its way out of this file has its text in the file it came to.
        for unit in old?.units ?? [] where index.places[unit.id] ?? path == path {
            if isOwn(unit.id, at: path) { dirtyTexts[unit.id] = nil }
        }
        for unit in old?.units ?? [] where unit.isLeaving { leftTexts[unit.id] = nil }
        let units = Dictionary(file.units.map { ($0.id, $0) }) { first, _ in first }
        let supplanted = supplanted(in: file)
        for (id, text) in texts {
            guard let unit = units[id], let auraID = unit.auraID else { continue }
            if unit.isLeaving {
                leftTexts[id] = text
                continue
            }
            let isClean =
                state.inFlight(id) == nil
                && isShared(unit, auraID, in: file, besides: supplanted)
            if !isClean || wantedTexts.contains(id) { dirtyTexts[id] = text }
        }
    }

    // MARK: What the ledger has

    /// The version this working copy shares with others: the ledger's, else git's.
    struct SharedVersion {
        var auraID: AuraID?
        var path: String
        var qualifiedName: String
        var parent: FunctionID?
        var importLines: [[UInt8]]?
        var isFromLedger: Bool
    }

    func sharedVersion(of function: FunctionID, in file: LocalFile?) -> SharedVersion? {
        if let base = state.bases[function] {
            return SharedVersion(
                auraID: base.auraID, path: base.path, qualifiedName: base.qualifiedName,
                parent: base.parent, importLines: base.importLines, isFromLedger: true)
        }
        guard let path = index.headPlaces[function],
            let unit = index.files[path]?.baselineUnit(function) ?? file?.baselineUnit(function),
            let auraID = unit.auraID
        else { return nil }
        return SharedVersion(
            auraID: auraID, path: path, qualifiedName: unit.qualifiedName, parent: unit.parent,
            importLines: unit.importLines, isFromLedger: false)
    }

    /// Whether the unit stands in another file than the shared version.
    func isElsewhere(_ function: FunctionID) -> Bool {
        guard let place = index.places[function],
            let shared = sharedVersion(of: function, in: index.files[place]), shared.auraID != nil
        else { return false }
        return shared.path != place
    }

    /// Whether the unit stands in another type than the shared version did. A parent that is gone
    /// says nothing: then the type itself changed its identity.
    func isMoved(_ unit: LocalUnit, in file: LocalFile) -> Bool {
        guard !file.hasContainerError, let shared = sharedVersion(of: unit.id, in: file),
            shared.auraID != nil, shared.parent != unit.parent
        else { return false }
        guard let parent = shared.parent else { return true }
        return file.unit(parent) != nil
    }

    /// Whether a type around this unit cannot be read yet and nobody else has heard of it: who
    /// types a class saves its first methods before its last brace, and they have no place
    /// without it.
    func waitsForType(_ unit: LocalUnit, in file: LocalFile) -> Bool {
        var unit = unit
        while let parent = unit.parent.flatMap(file.unit) {
            if parent.isHeldBack, state.inFlight(parent.id) == nil,
                sharedVersion(of: parent.id, in: file)?.auraID == nil
            {
                return true
            }
            unit = parent
        }
        return false
    }

    // MARK: Conflicts that ended by themselves

    /// A user who typed what the other side has, or took the own change back, has decided.
    mutating func closeConverged(at path: String) {
        guard let file = index.files[path] else { return }
        for conflict in state.conflicts where conflict.path == path && conflict.state == .open {
            let unit = file.unit(conflict.function)
            if let unit, unit.auraID == nil { continue }
            let isText = conflict.remote.kind.carriesText
            if unit == nil && (file.hasContainerError || isText) { continue }
            if unit?.auraID == conflict.remote.auraID,
                !isText || conflict.remote.path == path
            {
                record(
                    .conflictResolved(
                        conflict.id, choice: .converged, localAuraID: unit?.auraID, at: now))
            } else if let shared = sharedVersion(of: conflict.function, in: file)?.auraID,
                unit?.auraID == shared, conflict.localAuraID != shared
            {
                record(
                    .conflictResolved(
                        conflict.id, choice: .remote, localAuraID: unit?.auraID, at: now))
            }
        }
    }
}
