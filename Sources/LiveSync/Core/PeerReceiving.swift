// The way in: pages of the ledger are logged, acknowledged, and then decided change by change.

import LiveProtocol
import Support

extension PeerCore {
    mutating func receive(_ delivery: Delivery) {
        // What the old link still brings was cut for where we stood before: it may lack our own
        // sets, which a reading from the start has to see.
        if isRereading { return }
        guard let frontier = state.frontier else {
            effect(.reconnect(.gap(received: 0, after: delivery.after)))
            return
        }
        guard delivery.after <= frontier.sequence else {
            effect(.reconnect(.gap(received: frontier.sequence, after: delivery.after)))
            return
        }
        guard delivery.through > frontier.sequence || seams.contains(.appliesTwice) else {
            effect(.ackDelivery(through: frontier.sequence))
            return
        }
        var changes: [[UnitChange]] = []
        for (position, delivered) in delivery.sets.enumerated() {
            guard let set = try? delivered.signed.changeSet() else {  // the effect says which one
                effect(.reconnect(.undecodable(position)))
                return
            }
            changes.append(set.changes)
        }
        for (delivered, changes) in zip(delivery.sets, changes) {
            take(delivered, changes, after: frontier)
        }
        record(
            .frontier(Frontier(epoch: frontier.epoch, sequence: delivery.through), at: now))
        effect(.ackDelivery(through: delivery.through))
    }

    private mutating func take(
        _ delivered: DeliveredChangeSet, _ changes: [UnitChange], after frontier: Frontier
    ) {
        for place in delivered.places where changes.indices.contains(place.index) {
            hear(changes[place.index], revision: place.revision, sequence: place.sequence)
        }
        let places = delivered.places.filter { place in
            if seams.contains(.appliesTwice) { return true }
            guard place.sequence > frontier.sequence, changes.indices.contains(place.index) else {
                return false
            }
            if contradicts(changes[place.index], revision: place.revision) { return true }
            let base = state.bases[changes[place.index].function]
            return base.map { $0.revision < place.revision } ?? true
        }
        guard !places.isEmpty else { return }
        let fresh = DeliveredChangeSet(
            signed: delivered.signed, places: places, receivedAt: delivered.receivedAt)
        record(.received(fresh, epoch: frontier.epoch, RecordLabel(fresh, changes)))
    }

    // MARK: Deciding

    /// Decides delivered sets in order until one of them changes a file: the rest waits for that.
    mutating func decideInbound() {
        guard state.lifecycle == .active, isScanned, state.applying == nil, isCaughtUp,
            !state.isUnverified
        else { return }
        var recordsBefore = -1
        while running == nil, recordsBefore != recordCount {
            recordsBefore = recordCount
            decideInOrder()
        }
    }

    /// While the link is up, what it brings is waited for: of many versions only the newest counts.
    var isCaughtUp: Bool { limits == nil || state.frontier?.sequence ?? 0 >= catchUpTarget }

    /// One pass over the queue. Where entries change their places, or one comes in front, the pass
    /// ends; another one follows, since that was recorded.
    private mutating func decideInOrder() {
        var earlier: Set<FunctionID> = []
        var slot = state.inbound.startIndex
        let layout = state.inbound.layout
        while slot < state.inbound.endIndex, running == nil {
            let entry = state.inbound[slot]
            let isChanged = decide(entry, earlier: earlier)
            guard state.inbound.layout == layout else { return }
            if let left = state.inbound.entry(at: slot) {
                if isChanged && left.changes.count < entry.changes.count { continue }
                if left.setAside == nil { earlier.formUnion(left.changes.map(\.change.function)) }
            }
            slot = state.inbound.index(after: slot)
        }
    }

    /// One round over a set.
    ///
    /// - Returns: true when it was changed and another round may find more.
    private mutating func decide(_ entry: InboundEntry, earlier: Set<FunctionID>) -> Bool {
        if let reason = setAsideReason(entry) {
            if entry.setAside != reason { record(.stateChanged(.setAside(entry.setID, reason))) }
            return false
        }
        if entry.setAside == .unpulled { record(.stateChanged(.setAside(entry.setID, nil))) }
        guard entry.setAside == nil || entry.setAside == .unpulled else { return false }
        var isChanged = refusePaths(entry)
        for path in Set(entry.changes.map(site)).sorted() where running == nil {
            guard !failedPaths.contains(path), isKnown(path) else { continue }
            // Each change gives up an identity once; what is left then waits for the next round.
            for _ in entry.changes {
                guard let pending = adopt(in: entry, path, earlier) else { break }
                settleIdentity(pending.decision, of: pending.change, in: entry)
            }
            isChanged = decide(entry, at: path, earlier) || isChanged
        }
        return isChanged
    }

    /// A path that leaves the tree or leads into git's folder is never written, whoever sent it.
    private mutating func refusePaths(_ entry: InboundEntry) -> Bool {
        let refused = entry.changes.map(\.change).filter {
            TreePath.brokenRule($0.path) != nil
        }
        guard !refused.isEmpty else { return false }
        record(
            .settled(entry.setID, functions: refused.map(\.function), reason: .pathRefused))
        return true
    }

    /// Whether the index tells how this file stands, or that it does not exist.
    private func isKnown(_ path: String) -> Bool {
        if awaitedPaths.contains(path) { return false }
        return index.files[path] == nil || observedPaths.contains(path)
    }

    private func setAsideReason(_ entry: InboundEntry) -> SetAsideReason? {
        let plain = entry.changes.map(\.change).filter { TreePath.brokenRule($0.path) == nil }
        guard !plain.isEmpty else { return nil }
        // A move that could not leave its old file would stand in both.
        let sites = plain.map(\.path) + plain.compactMap { index.places[$0.function] }
        if !sites.allSatisfy(admits) { return .excluded }
        let own = identity.grammars[entry.grammar.language]
        if own != entry.grammar.digest { return .grammarMismatch }
        return entry.changes.contains(where: isUnpulled) ? .unpulled : nil
    }

    /// Whether a change was made on top of a commit that brings its file, and has not come here yet.
    /// What was moved into a file does not come with that file, what was refused here for its base has
    /// been here, and a file that git's HEAD has was removed by somebody.
    private func isUnpulled(_ pending: PendingChange) -> Bool {
        let change = pending.change
        return change.kind.carriesText && change.kind != .move
            && change.baseRevision == 0 && change.baseAuraID != nil && pending.replaces == nil
            && state.bases[change.function] == nil && state.adopted[change.function] == nil
            && state.staleHeads[change.function] == nil
            && index.places[change.function] == nil && index.headPlaces[change.function] == nil
            && index.files[change.path]?.exists != true
            && index.files[change.path]?.baseline.isEmpty != false
    }

    private mutating func decide(
        _ entry: InboundEntry, at path: String, _ earlier: Set<FunctionID>
    ) -> Bool {
        let (edits, sources, results) = decisions(for: entry, at: path, earlier)
        if entry.changes.contains(where: { isDeparting($0.change.function) }) {
            recheck(after: Self.deletionGrace)
        }
        let isBlockWaiting = entry.changes.contains {
            $0.change.unit == .opaque && mayBeGivenUp($0) && site(of: $0) == path
        }
        if isBlockWaiting { recheck(after: Self.joinGrace) }
        for (pending, decision) in results { settle(pending, decision, in: entry) }
        guard !edits.isEmpty && !failedPaths.contains(path) else { return !results.isEmpty }
        for (function, source) in sources.sorted(by: { $0.key < $1.key }) {
            let pending = entry.changes.first { $0.change.function == function }
            if pending?.leaves != source {
                record(.stateChanged(.departing(entry.setID, function, from: source)))
            }
        }
        startApply(entry.setID, path, edits, from: Set(sources.values))
        return !results.isEmpty
    }

    private func decisions(
        for entry: InboundEntry, at path: String, _ earlier: Set<FunctionID>
    ) -> (
        edits: [ApplyEdit], sources: [FunctionID: String], results: [(PendingChange, Decision)]
    ) {
        var scope = DecisionScope(
            core: self, path: path, changes: entry.changes, earlier: earlier)
        var edits: [ApplyEdit] = []
        var sources: [FunctionID: String] = [:]
        var results: [(PendingChange, Decision)] = []
        let most = misfits.editsAtOnce(of: entry.setID, at: path)
        for pending in ordered(entry.changes, at: path) {
            let decision = scope.decide(pending)
            let isRefused = misfits.holds(pending) && !pending.hasArrived
            switch decision {
            case .edit where isRefused, .relocate where isRefused:
                results.append((pending, .conflict))
            case .edit where edits.count >= most, .relocate where edits.count >= most:
                scope.waiting.insert(pending.change.function)
            case .edit(let edit):
                edits.append(edit)
                scope.note(edit)
            case .relocate(let edit, let source):
                edits.append(edit)
                scope.note(edit)
                sources[edit.function] = source
            case .wait: scope.waiting.insert(pending.change.function)
            case .settle, .conflict, .adopt, .replaceTwin, .join, .release:
                results.append((pending, decision))
            }
        }
        return (edits, sources, results)
    }

    /// Text before removals, and members before the type they are removed with.
    private func ordered(_ changes: [PendingChange], at path: String) -> [PendingChange] {
        let own = changes.filter { site(of: $0) == path }
        let deletions = own.filter { $0.change.kind == .delete || $0.hasArrived }
        let order = Dictionary(
            (index.files[path]?.units ?? []).enumerated().map { ($1.id, $0) },
            uniquingKeysWith: { $1 })
        return own.filter { $0.change.kind != .delete && !$0.hasArrived }
            + deletions.sorted {
                (order[$0.change.function] ?? 0) > (order[$1.change.function] ?? 0)
            }
    }

    private mutating func settle(
        _ pending: PendingChange, _ decision: Decision, in entry: InboundEntry
    ) {
        let function = pending.change.function
        touchedPaths.insert(pending.change.path)
        touchedPaths.insert(index.places[function] ?? pending.change.path)
        switch decision {
        case .settle(let reason):
            record(.settled(entry.setID, functions: [function], reason: reason))
        case .conflict: openConflict(pending, in: entry)
        case .release: release(pending, in: entry)
        case .wait, .edit, .relocate, .adopt, .replaceTwin, .join: break
        }
    }

    // MARK: Identities that meet

    /// How long the author of a block may take to give its identity up for an earlier one. Who has
    /// both apart in a file of another order never does: then the text goes where it stands alone.
    private static let joinGrace = Duration.seconds(10)

    /// Whether the author of a change may still give its identity up.
    func mayBeGivenUp(_ pending: PendingChange) -> Bool {
        let entry = state.inbound.entries(of: pending.change.function).last
        return entry.map { now.since($0.receivedAt) < Self.joinGrace } ?? true
    }

    /// The first change of the set that meets a unit under another identity.
    private func adopt(
        in entry: InboundEntry, _ path: String, _ earlier: Set<FunctionID>
    ) -> (change: PendingChange, decision: Decision)? {
        let current = state.inbound[entry.setID]?.changes ?? []
        let scope = DecisionScope(core: self, path: path, changes: current, earlier: earlier)
        for pending in current where site(of: pending) == path {
            let decision = scope.decide(pending)
            switch decision {
            case .adopt, .replaceTwin, .join: return (pending, decision)
            case .wait, .settle, .edit, .relocate, .release, .conflict: continue
            }
        }
        return nil
    }

    private mutating func settleIdentity(
        _ decision: Decision, of pending: PendingChange, in entry: InboundEntry
    ) {
        let (function, path) = (pending.change.function, pending.change.path)
        switch decision {
        case .adopt(let old):
            if index.places[function] == path {
                // Git's HEAD gave this identity to a unit that the ledger knows as another one.
                relabel(function, as: .random(using: &generator), at: path)
                record(.stateChanged(.withdrawn(functions: [function])))
            }
            relabel(old, as: function, at: path)
            record(.stateChanged(.adopted(old: old, new: function)))
        case .replaceTwin(let old):
            // Of two identities the one that the ledger saw first stays; the other is deleted by
            // whoever notices, which is a change like any other.
            let isOlder = (state.bases[old]?.firstSequence ?? 0) < pending.sequence
            record(.settled(entry.setID, functions: [function], reason: .twin))
            if !isOlder { relabel(old, as: function, at: path) }
        case .join(let old): relabel(old, as: function, at: path)
        case .wait, .settle, .edit, .relocate, .release, .conflict: break
        }
        touchedPaths.insert(path)
    }

    mutating func relabel(_ old: FunctionID, as new: FunctionID, at path: String) {
        // What came from another file by a move is only gone from there now.
        if let head = index.headPlaces[old] { touchedPaths.insert(head) }
        index.relabel(old, as: new, at: path)
        // What was kept for the new identity was another text.
        dirtyTexts[new] = dirtyTexts.removeValue(forKey: old)
    }

    mutating func retrySetAside() {
        for entry in state.inbound where entry.setAside != nil && setAsideReason(entry) == nil {
            record(.stateChanged(.setAside(entry.setID, nil)))
        }
    }
}
