// A unit that another peer moved to another file: first it comes into the new file, then it leaves
// the old one. Between the two it stands twice, never nowhere, and the log knows how far it is.

import LiveProtocol
import Support

extension DecisionScope {
    /// Into the new file, from the one it is in here.
    ///
    /// Text and place are two properties: who changed only one of them does not disagree with who
    /// changed only the other.
    func relocate(_ pending: PendingChange, from place: String) -> Decision {
        let change = pending.change
        let source = core.index.files[place]
        guard let unit = source?.unit(change.function), let auraID = unit.auraID else {
            return .wait
        }
        if file?.hasContainerError == true || source?.hasContainerError == true { return .wait }
        let shared = core.sharedVersion(of: change.function, in: source)
        if pending.replaces == nil, let shared, shared.path != place { return .conflict }
        if let decision = needsParent(change) { return decision }
        if let other = file?.unit(change.key), other.id != change.function, !isOlder(other, pending)
        {
            let isBusy = core.state.inFlight(other.id) != nil || earlier.contains(other.id)
            return isBusy ? .wait : .conflict
        }
        let isFree =
            pending.replaces.map { $0.auraID == auraID } ?? isAncestor(unit, of: pending, shared)
        if isFree, let text = change.text {
            return .relocate(ApplyEdit(change, action: .insert(text), expected: nil), from: place)
        }
        // In another type the same text is another unit.
        guard shared?.auraID == change.auraID, unit.kind == change.unit, unit.parent == nil,
            change.placement.parent == nil, let text = core.dirtyTexts[change.function]
        else {
            return .conflict
        }
        return .relocate(
            ApplyEdit(
                change, action: .insert(text), expected: nil, announced: auraID),
            from: place)
    }

    /// Whether git or the ledger had a unit before the change: its author put the text beside it,
    /// as with overloads, and the two have one name and number only until the text is in.
    private func isOlder(_ other: LocalUnit, _ pending: PendingChange) -> Bool {
        guard let base = core.state.bases[other.id] else {
            return file?.baselineUnit(other.id) != nil
        }
        return base.firstSequence < pending.sequence
    }

    /// What follows in either file on the arrival in the new one.
    func endMove(_ pending: PendingChange) -> Decision {
        guard path != pending.leaves else { return leave(pending) }
        guard let (text, auraID) = core.leftover(of: pending),
            core.state.inFlight(pending.change.function) == nil
        else { return .wait }
        return .edit(
            ApplyEdit(
                pending.change, action: .replace(text), expected: pending.change.auraID,
                announced: auraID))
    }

    /// Out of the old file, now that the new one has it.
    private func leave(_ pending: PendingChange) -> Decision {
        // What was excluded since is not touched: the old file keeps its copy.
        if !core.admits(path) { return .settle(.equal) }
        let change = pending.change
        guard let unit = file?.unit(change.function), unit.isLeaving else {
            return file?.hasContainerError == true ? .wait : .settle(.equal)
        }
        guard let auraID = unit.auraID else { return .wait }
        let shared = core.sharedVersion(of: change.function, in: file)
        let arrived = core.index.locate(change.function)?.unit.auraID
        guard
            auraID == shared?.auraID || auraID == arrived || auraID == change.auraID
                || auraID == pending.replaces?.auraID,
            let decision = takeOut(unit, change)
        else { return core.mayFollow(pending) ? .wait : .release }
        return decision
    }
}

extension PeerCore {
    /// The file in which a delivered change is decided.
    func site(of pending: PendingChange) -> String {
        let change = pending.change
        if pending.hasArrived, let leaves = pending.leaves {
            return leftover(of: pending) == nil ? leaves : change.path
        }
        guard let place = index.places[change.function], place != change.path else {
            return change.path
        }
        // Moved here and not there: the text changes where it stands.
        let shared = sharedVersion(of: change.function, in: index.files[place])
        if shared?.path == change.path { return place }
        // A deletion that came along with the move before it finds the unit where it was.
        return !change.kind.carriesText && shared?.path == place ? place : change.path
    }

    /// Marks what an apply has just brought into its new file as leaving the old one.
    mutating func markLeaving(_ setID: ChangeSetID) {
        guard let entry = state.inbound[setID] else { return }
        for pending in entry.changes where pending.hasArrived {
            guard let path = pending.leaves else { continue }
            index.markLeaving(pending.change.function, at: path)
            touchedPaths.insert(path)
        }
    }

    /// Reads again what was saved in an old file while its move arrived: that text was not kept as
    /// one of the old file.
    mutating func readLeftovers(_ setID: ChangeSetID) {
        for pending in state.inbound[setID]?.changes ?? [] where mayFollow(pending) {
            let function = pending.change.function
            guard let path = pending.leaves, leftTexts[function] == nil,
                index.files[path]?.unit(function)?.auraID != pending.change.auraID
            else { continue }
            requestObservation(path)
        }
    }

    /// The text that was saved in the old file after a move had arrived in the new one, and that
    /// follows it there: the author of the move left the text alone.
    func leftover(of pending: PendingChange) -> (text: UnitText, auraID: AuraID)? {
        let function = pending.change.function
        guard mayFollow(pending), let text = leftTexts[function], let leaves = pending.leaves,
            let auraID = index.files[leaves]?.unit(function)?.auraID,
            auraID != pending.change.auraID
        else { return nil }
        return (text, auraID)
    }

    /// Whether what was saved in the old file may follow the move as soon as its text is read.
    func mayFollow(_ pending: PendingChange) -> Bool {
        let change = pending.change
        guard pending.hasArrived, pending.replaces == nil, let leaves = pending.leaves,
            let left = index.files[leaves]?.unit(change.function), left.isLeaving,
            left.kind == change.unit, left.parent == nil, change.placement.parent == nil,
            let arrived = index.files[change.path]?.unit(change.function)
        else { return false }
        let shared = sharedVersion(of: change.function, in: index.files[leaves])
        return arrived.auraID == change.auraID && shared?.auraID == change.auraID
    }

    /// Lets the rest of a move go its own way as a new unit.
    mutating func release(_ pending: PendingChange, in entry: InboundEntry) {
        letGo(pending)
        record(
            .settled(entry.setID, functions: [pending.change.function], reason: .equal))
        touchedPaths.insert(pending.change.path)
    }

    /// What a half made move left in the old file becomes a unit of its own.
    mutating func letGo(_ pending: PendingChange) {
        guard let path = pending.leaves else { return }
        let id = FunctionID.random(using: &generator)
        index.release(pending.change.function, as: id, at: path)
        requestObservation(path)
        touchedPaths.insert(path)
    }
}
