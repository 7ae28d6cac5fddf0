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
        if let other = file?.unit(change.key), other.id != change.function {
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

    /// Out of the old file, now that the new one has it.
    func leave(_ pending: PendingChange) -> Decision {
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
        else { return .release }
        return decision
    }
}

extension PeerCore {
    /// The file in which a delivered change is decided.
    func site(of pending: PendingChange) -> String {
        if pending.hasArrived, let leaves = pending.leaves { return leaves }
        let change = pending.change
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
