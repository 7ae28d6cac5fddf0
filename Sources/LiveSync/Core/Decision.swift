// What to do with one delivered change: a table over base, local and remote version.
//
// A local text is replaced only when it is the base, or a known ancestor, of what was delivered.
// Everything else that differs is the user's and becomes a conflict.

import LiveProtocol
import Support

/// The outcome for one delivered change.
enum Decision: Hashable {
    /// Something that it depends on is still on its way, or the unit cannot be read right now.
    case wait
    case settle(SettleReason)
    case edit(ApplyEdit)
    /// Put into its new file; the old one, named here, is left once that is durable.
    case relocate(ApplyEdit, from: String)
    /// What is left in the old file of a move was changed since: it becomes a unit of its own.
    case release
    case conflict
    /// The ledger knows the unit `old` under the change's identity.
    case adopt(old: FunctionID)
    /// The same new unit twice; `old` gives way to the change's identity.
    case replaceTwin(old: FunctionID)
    /// The change's text and that of `old` would read as one unit: `old` gives way to the change's
    /// identity, and both texts are then versions of one unit.
    case join(old: FunctionID)
}

/// What the changes of one delivered set look at.
struct DecisionScope {
    let core: PeerCore
    let path: String
    /// Functions of the sets before this one that have no result yet.
    let earlier: Set<FunctionID>
    /// All changes of this set.
    let changes: [PendingChange]
    private let byFunction: [FunctionID: PendingChange]
    /// Functions that this set's edits bring in, so far.
    var inserted: Set<FunctionID> = []
    /// Functions that this set's edits take away, so far.
    var deleted: Set<FunctionID> = []
    /// Functions that this set's edits put into another type, so far.
    var movedAway: Set<FunctionID> = []
    /// Functions of this set that have to wait.
    var waiting: Set<FunctionID> = []

    var file: LocalFile? { core.index.files[path] }

    init(core: PeerCore, path: String, changes: [PendingChange], earlier: Set<FunctionID>) {
        self.core = core
        self.path = path
        self.earlier = earlier
        self.changes = changes
        byFunction = Dictionary(
            changes.map { ($0.change.function, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Remembers what an edit of this set brings in or takes away.
    mutating func note(_ edit: ApplyEdit) {
        if case .insert = edit.action { inserted.insert(edit.function) }
        if edit.action == .delete { deleted.insert(edit.function) }
        if case .move = edit.action, file?.unit(edit.target)?.parent != edit.placement.parent {
            movedAway.insert(edit.target)
        }
    }

    func decide(_ pending: PendingChange) -> Decision {
        // A move that is half made is finished, whatever else is known by now.
        if pending.hasArrived { return endMove(pending) }
        let change = pending.change
        let base = core.state.bases[change.function]
        if let base, pending.revision <= base.revision, !core.seams.contains(.appliesTwice) {
            return .settle(.duplicate)
        }
        if core.state.inFlight(change.function) != nil || earlier.contains(change.function) {
            return .wait
        }
        if let conflict = core.state.blockingConflict(of: change.function) {
            return pending.revision <= conflict.remoteRevision ? .settle(.duplicate) : .conflict
        }
        if let place = core.index.places[change.function], place != path {
            return relocate(pending, from: place)
        }
        let unit = file?.unit(change.function)
        if let unit, unit.auraID == nil { return .wait }
        if let unit, base == nil, let decision = meetMisnamed(unit, pending) { return decision }
        switch (change.kind.carriesText, unit) {
        case (true, let unit?): return replace(pending, unit)
        case (true, nil): return insert(pending)
        case (false, let unit?): return delete(pending, unit)
        case (false, nil):
            return file?.hasContainerError == true ? .wait : .settle(.equal)
        }
    }

    // MARK: New text for a unit that is here

    private func replace(_ pending: PendingChange, _ unit: LocalUnit) -> Decision {
        let change = pending.change
        let moves = isMove(pending, unit)
        if unit.auraID == change.auraID && !moves { return .settle(.equal) }
        if !moves && change.unit != unit.kind { return crossMove(change) }
        if let replaces = pending.replaces, replaces.auraID == unit.auraID {
            return edit(change, unit, moves)
        }
        let shared = core.sharedVersion(of: change.function, in: file)
        if isAncestor(unit, of: pending, shared) { return edit(change, unit, moves) }
        if let shared, shared.isFromLedger, shared.auraID == change.auraID, !moves {
            return .settle(.remoteUnchanged)
        }
        if change.unit == .imports && unit.kind == .imports {
            return merge(pending, unit, base: shared?.importLines ?? [])
        }
        return .conflict
    }

    /// Whether the local text is one that the change was made on top of. With a ledger's base only
    /// that counts: a user may have gone back to an older text on purpose. Git's HEAD is no such
    /// base: what was committed here may be newer than what the author had.
    func isAncestor(
        _ unit: LocalUnit, of pending: PendingChange, _ shared: PeerCore.SharedVersion?
    ) -> Bool {
        guard let auraID = unit.auraID else { return false }
        if core.seams.contains(.peerTakesAnyBase) { return true }
        if let shared, shared.isFromLedger { return shared.auraID == auraID }
        return wasMade(pending, of: auraID)
    }

    /// Whether a version is among those that the change goes back to.
    private func wasMade(_ pending: PendingChange, of auraID: AuraID) -> Bool {
        pending.change.baseAuraID == auraID || pending.ancestors.contains(auraID)
    }

    /// Whether the author moved the unit into another type that is known here, and nobody moved it
    /// here, or gave that up.
    private func isMove(_ pending: PendingChange, _ unit: LocalUnit) -> Bool {
        let target = pending.change.placement.parent
        guard target != unit.parent, let file, !file.hasContainerError,
            pending.replaces != nil || !core.isMoved(unit, in: file)
        else { return false }
        guard let target else { return unit.parent != nil }
        return file.unit(target) != nil || inserted.contains(target)
    }

    /// A function became a method, or the reverse, and its type is not here or it was moved here
    /// as well: in its present place the new text would be another unit.
    private func crossMove(_ change: UnitChange) -> Decision {
        guard let parent = change.placement.parent else { return .conflict }
        let comes = earlier.contains(parent) || waiting.contains(parent)
        return comes ? .wait : .conflict
    }

    private func edit(_ change: UnitChange, _ unit: LocalUnit, _ moves: Bool) -> Decision {
        guard let text = change.text else { return .settle(.equal) }
        return .edit(
            ApplyEdit(change, action: moves ? .move(text) : .replace(text), expected: unit.auraID))
    }

    private func merge(
        _ pending: PendingChange, _ unit: LocalUnit, base: [[UInt8]]
    ) -> Decision {
        let change = pending.change
        guard let text = change.text else { return .settle(.equal) }
        let isRefused = core.misfits.holds(pending)
        // The older identity is here: whoever has the younger one gives it up.
        if isRefused, unit.id != change.function { return .wait }
        let isRewritten = core.dirtyTexts[unit.id].map {
            LineMerge.isRewrittenTwice(base: base, local: $0, remote: text)
        }
        if isRefused || isRewritten == true { return .conflict }
        return .edit(
            ApplyEdit(
                change, action: .mergeLines(base: base, remote: text), in: unit.id,
                expected: unit.auraID, announced: nil))
    }

    // MARK: A unit that is not here

    private func insert(_ pending: PendingChange) -> Decision {
        let change = pending.change
        if file?.hasContainerError == true { return .wait }
        if pending.replaces == nil {
            if let other = block(beside: change), let decision = join(other, pending) {
                return decision
            }
            if let other = file?.unit(change.key), let decision = meet(other, pending) {
                return decision
            }
            if core.isDeparting(change.function) { return .wait }
            if isDeletedHere(change.function) { return .conflict }
        } else if pending.replaces?.auraID != nil && isDeletedHere(change.function) {
            return .conflict
        }
        if let decision = needsParent(change) { return decision }
        guard let text = change.text else { return .settle(.equal) }
        return .edit(ApplyEdit(change, action: .insert(text), expected: nil))
    }

    /// The unit that the text would stand right beside and be read together with: two blocks of
    /// imports, or of statements, are one.
    private func block(beside change: UnitChange) -> LocalUnit? {
        guard change.unit.isProloguePart, let file else { return nil }
        let siblings = file.units.filter { $0.parent == change.placement.parent }
        let members = siblings.map { ($0.id, $0.kind) }
        // Of those that come with this set some may stay out: it goes to one place or to the other.
        let positions = [change.placement, change.placement.before(settledNeighbour(of: change))]
            .map { $0.position(among: members, of: change.unit) }
        let isFreeAbove = !isBroughtIn(change.placement.previous)
        let isFreeBelow = !isBroughtIn(change.placement.next, behind: change.function)
        let beside = positions.flatMap { position in
            [
                isFreeAbove ? siblings[..<position].last { !isTakenOut($0) } : nil,
                isFreeBelow ? siblings[position...].first { !isTakenOut($0) } : nil,
            ]
        }
        // What its author has right beside it is read apart from it, like a comment that ends the
        // file; who has git's statements and made others meant two.
        let apart = [change.placement.previous, change.placement.next].compactMap(\.self)
        return beside.compactMap(\.self).first {
            $0.kind == change.unit && !apart.contains($0.id)
                && ($0.kind == .imports || file.baselineUnit($0.id) == nil)
        }
    }

    /// The next neighbour that does not come with this set.
    private func settledNeighbour(of change: UnitChange) -> FunctionID? {
        var next = change.placement.next
        var seen: Set<FunctionID> = []
        while let neighbour = next, seen.insert(neighbour).inserted, file?.unit(neighbour) == nil,
            let other = byFunction[neighbour]?.change, other.kind.carriesText
        {
            next = other.placement.next
        }
        return next
    }

    /// Whether this set puts a unit of its own beside the text.
    ///
    /// - Parameter behind: the unit that the neighbour has to name as its previous one, or it may be
    ///   put elsewhere.
    private func isBroughtIn(
        _ neighbour: FunctionID?, behind unit: FunctionID? = nil
    ) -> Bool {
        guard let neighbour, file?.unit(neighbour) == nil, !waiting.contains(neighbour) else {
            return false
        }
        guard let pending = byFunction[neighbour], pending.change.kind.carriesText,
            unit == nil || pending.change.placement.previous == unit
        else { return false }
        // Two that ask for each other would ask for ever.
        if pending.change.unit.isProloguePart { return true }
        guard case .edit(let edit) = decide(pending), case .insert = edit.action else {
            return false
        }
        return true
    }

    /// Whether this set takes a unit away, and may.
    private func isTakenOut(_ unit: LocalUnit) -> Bool {
        changes.contains { pending in
            guard pending.change.function == unit.id, pending.change.kind == .delete,
                case .edit = decide(pending)
            else { return false }
            return true
        }
    }

    /// Two people wrote the first block of a file apart. Of the two identities the one that the
    /// ledger saw first stays. Imports are merged by whoever has both; for statements the one whose
    /// identity goes decides, and the others wait a while for that.
    private func join(_ other: LocalUnit, _ pending: PendingChange) -> Decision? {
        // A block that gets a new text from this set takes in another one when it has it.
        if isBusy(other) || byFunction[other.id]?.change.kind.carriesText == true { return .wait }
        let change = pending.change
        let sequence = core.state.bases[change.function]?.firstSequence ?? pending.sequence
        guard let base = core.state.bases[other.id], !base.isTombstone,
            base.firstSequence < sequence
        else { return .join(old: other.id) }
        guard change.unit == .imports else { return core.mayBeGivenUp(pending) ? .wait : nil }
        return merge(pending, other, base: [])
    }

    /// Whether it is not yet known what becomes of a unit here.
    private func isBusy(_ unit: LocalUnit) -> Bool {
        core.state.inFlight(unit.id) != nil || unit.auraID == nil || earlier.contains(unit.id)
    }

    /// What to do while the type that the unit belongs to is not here; nil when it is.
    func needsParent(_ change: UnitChange) -> Decision? {
        guard let parent = change.placement.parent, file?.unit(parent) == nil,
            !inserted.contains(parent)
        else { return nil }
        return earlier.contains(parent) || waiting.contains(parent) ? .wait : .conflict
    }

    /// Another identity has the name of a unit that is new here.
    private func meet(_ other: LocalUnit, _ pending: PendingChange) -> Decision? {
        let change = pending.change
        guard let base = core.state.bases[other.id], !base.isTombstone else {
            guard isSame(other, pending) else { return nil }
            return isBusy(other) ? .wait : .adopt(old: other.id)
        }
        if isBusy(other) { return .wait }
        if other.auraID == change.auraID, base.auraID == change.auraID {
            return .replaceTwin(old: other.id)
        }
        return isMadeApart(base, pending) ? .join(old: other.id) : nil
    }

    /// Whether two people wrote a unit of one name at once: the ledger had theirs before ours, so
    /// that ours was made without it. Whoever had both would have given one another number.
    private func isMadeApart(_ base: Base, _ pending: PendingChange) -> Bool {
        let change = pending.change
        // Members name their type by its identity, and statements have one name for all of them.
        return change.unit != .type && !change.unit.isProloguePart
            && change.baseAuraID == nil && pending.ancestors.isEmpty
            && base.firstSequence > pending.sequence
            && file?.units.filter { $0.key.isNamed(like: change.key) }.count == 1
    }

    /// Whether a unit that the ledger has never heard of is the one that a change is about. Its
    /// text says so; its name only where it names one: with overloads, cases of a condition or
    /// blocks of imports a name and a number mean another unit as soon as one is put before it.
    private func isSame(_ other: LocalUnit, _ pending: PendingChange) -> Bool {
        let change = pending.change
        guard let auraID = other.auraID else { return true }
        if auraID == change.auraID || wasMade(pending, of: auraID) { return true }
        // Who has git's unit and made this one beside it meant two.
        if change.baseAuraID == nil, file?.baselineUnit(other.id) != nil { return false }
        return file?.units.filter { $0.key.isNamed(like: change.key) }.count == 1
    }

    /// The identity was derived here for a unit of git's HEAD, but the ledger uses it for the unit
    /// that the change names: that one was renamed before this working copy was made. A unit that
    /// was moved here has other neighbours than its author saw; their names say nothing.
    private func meetMisnamed(_ unit: LocalUnit, _ pending: PendingChange) -> Decision? {
        let change = pending.change
        guard change.kind.carriesText, path == change.path, !unit.key.isNamed(like: change.key),
            unit.auraID.map({ $0 != change.auraID && !wasMade(pending, of: $0) }) ?? true,
            let other = file?.unit(change.key), core.state.bases[other.id] == nil
        else { return nil }
        return isBusy(other) ? .wait : .adopt(old: other.id)
    }

    private func isDeletedHere(_ function: FunctionID) -> Bool {
        if let base = core.state.bases[function] { return !base.isTombstone }
        return file?.baselineUnit(function)?.auraID != nil
    }

    // MARK: Deletion

    private func delete(_ pending: PendingChange, _ unit: LocalUnit) -> Decision {
        let change = pending.change
        let shared = core.sharedVersion(of: change.function, in: file)
        let isFree =
            pending.replaces.map { $0.auraID == unit.auraID }
            ?? (isAncestor(unit, of: pending, shared)
                && (path == change.path || path == shared?.path))
        guard isFree else { return .conflict }
        return takeOut(unit, change) ?? .conflict
    }

    /// The removal of a unit, members first; nil when a member that only this side has keeps its
    /// type.
    func takeOut(_ unit: LocalUnit, _ change: UnitChange) -> Decision? {
        let members = (file?.units ?? []).filter { $0.parent == unit.id }.map(\.id)
        if members.contains(where: { waiting.contains($0) || earlier.contains($0) }) {
            return .wait
        }
        guard members.allSatisfy({ deleted.contains($0) || movedAway.contains($0) }) else {
            return nil
        }
        return .edit(
            ApplyEdit(change, action: .delete, expected: unit.auraID, announced: nil))
    }
}

extension ApplyEdit {
    init(_ change: UnitChange, action: ApplyAction, expected: AuraID?) {
        self.init(change, action: action, expected: expected, announced: change.auraID)
    }

    init(
        _ change: UnitChange, action: ApplyAction, in target: FunctionID? = nil,
        expected: AuraID?, announced: AuraID?
    ) {
        self.init(
            function: change.function, target: target ?? change.function, action: action,
            unit: change.unit,
            qualifiedName: change.qualifiedName, placement: change.placement,
            expectedAuraID: expected, announcedAuraID: announced)
    }
}
