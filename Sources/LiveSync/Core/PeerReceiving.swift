// The way in: pages of the ledger are logged, acknowledged, and then decided change by change.

import LiveProtocol
import Support

extension PeerCore {
    mutating func receive(_ delivery: Delivery) {
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
        for (position, delivered) in delivery.sets.enumerated() {
            guard (try? delivered.signed.changeSet()) != nil else {  // the effect says which one
                effect(.reconnect(.undecodable(position)))
                return
            }
        }
        for delivered in delivery.sets { take(delivered, after: frontier) }
        record(
            .frontier(Frontier(epoch: frontier.epoch, sequence: delivery.through), at: now))
        effect(.ackDelivery(through: delivery.through))
    }

    private mutating func take(_ delivered: DeliveredChangeSet, after frontier: Frontier) {
        let places = delivered.places.filter {
            $0.sequence > frontier.sequence || seams.contains(.appliesTwice)
        }
        guard !places.isEmpty else { return }
        let fresh = DeliveredChangeSet(
            signed: delivered.signed, places: places, receivedAt: delivered.receivedAt)
        record(.received(fresh, epoch: frontier.epoch))
    }

    // MARK: Deciding

    /// Decides delivered sets in order until one of them changes a file: the rest waits for that.
    mutating func decideInbound() {
        guard state.lifecycle == .active, isScanned, state.applying == nil else { return }
        var recordsBefore = -1
        while running == nil, recordsBefore != recordCount {
            recordsBefore = recordCount
            decideInOrder()
        }
    }

    private mutating func decideInOrder() {
        var earlier: Set<FunctionID> = []
        var position = 0
        while position < state.inbound.count, running == nil {
            let id = state.inbound[position].setID
            let before = state.inbound[position].changes.count
            let isChanged = decide(state.inbound[position], earlier: earlier)
            if position < state.inbound.count, state.inbound[position].setID == id {
                if isChanged && state.inbound[position].changes.count < before { continue }
                if state.inbound[position].setAside == nil {
                    earlier.formUnion(state.inbound[position].changes.map(\.change.function))
                }
                position += 1
            }
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
        guard entry.setAside == nil else { return false }
        var isChanged = false
        for path in Set(entry.changes.map(\.change.path)).sorted() where running == nil {
            guard !failedPaths.contains(path), isKnown(path) else { continue }
            while let pending = adopt(in: entry, path, earlier) {
                settleIdentity(pending.decision, of: pending.change, in: entry)
            }
            isChanged = decide(entry, at: path, earlier) || isChanged
        }
        return isChanged
    }

    /// Whether the index tells how this file stands, or that it does not exist.
    private func isKnown(_ path: String) -> Bool {
        if awaitedPaths.contains(path) { return false }
        return index.files[path] == nil || observedPaths.contains(path)
    }

    private func setAsideReason(_ entry: InboundEntry) -> SetAsideReason? {
        guard let change = entry.changes.first?.change else { return nil }
        if !admits(change.path) { return .excluded }
        let own = identity.grammars[entry.grammar.language]
        return own == entry.grammar.digest ? nil : .grammarMismatch
    }

    private mutating func decide(
        _ entry: InboundEntry, at path: String, _ earlier: Set<FunctionID>
    ) -> Bool {
        let (edits, results) = decisions(for: entry, at: path, earlier)
        for (pending, decision) in results { settle(pending, decision, in: entry) }
        if !edits.isEmpty && !failedPaths.contains(path) { startApply(entry.setID, path, edits) }
        return !results.isEmpty
    }

    private func decisions(
        for entry: InboundEntry, at path: String, _ earlier: Set<FunctionID>
    ) -> (edits: [ApplyEdit], results: [(PendingChange, Decision)]) {
        var scope = DecisionScope(core: self, path: path, earlier: earlier)
        var edits: [ApplyEdit] = []
        var results: [(PendingChange, Decision)] = []
        for pending in Self.ordered(entry.changes, at: path, in: index.files[path]) {
            let decision = scope.decide(pending)
            switch decision {
            case .edit(let edit):
                edits.append(edit)
                if case .insert = edit.action { scope.inserted.insert(edit.function) }
                if edit.action == .delete { scope.deleted.insert(edit.function) }
            case .wait: scope.waiting.insert(pending.change.function)
            case .settle, .conflict, .setAside, .adopt, .replaceTwin:
                results.append((pending, decision))
            }
        }
        return (edits, results)
    }

    /// Text before deletions, and members before the type they are deleted with.
    private static func ordered(
        _ changes: [PendingChange], at path: String, in file: LocalFile?
    ) -> [PendingChange] {
        let own = changes.filter { $0.change.path == path }
        let deletions = own.filter { $0.change.kind == .delete }
        let order = Dictionary(
            (file?.units ?? []).enumerated().map { ($1.id, $0) }, uniquingKeysWith: { $1 })
        return own.filter { $0.change.kind == .put }
            + deletions.sorted {
                (order[$0.change.function] ?? 0) > (order[$1.change.function] ?? 0)
            }
    }

    private mutating func settle(
        _ pending: PendingChange, _ decision: Decision, in entry: InboundEntry
    ) {
        let function = pending.change.function
        touchedPaths.insert(pending.change.path)
        switch decision {
        case .settle(let reason):
            record(.settled(entry.setID, functions: [function], reason: reason))
        case .conflict(let kind): openConflict(pending, kind, in: entry)
        case .setAside(let reason): record(.stateChanged(.setAside(entry.setID, reason)))
        case .wait, .edit, .adopt, .replaceTwin: break
        }
    }

    // MARK: Identities that meet

    /// The first change of the set that meets a unit under another identity.
    private func adopt(
        in entry: InboundEntry, _ path: String, _ earlier: Set<FunctionID>
    ) -> (change: PendingChange, decision: Decision)? {
        let scope = DecisionScope(core: self, path: path, earlier: earlier)
        let current = state.inbound.first { $0.setID == entry.setID }?.changes ?? []
        for pending in current where pending.change.path == path {
            let decision = scope.decide(pending)
            switch decision {
            case .adopt, .replaceTwin: return (pending, decision)
            case .wait, .settle, .edit, .conflict, .setAside: continue
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
        case .wait, .settle, .edit, .conflict, .setAside: break
        }
        touchedPaths.insert(path)
    }

    private mutating func relabel(_ old: FunctionID, as new: FunctionID, at path: String) {
        index.relabel(old, as: new, at: path)
        if let text = dirtyTexts.removeValue(forKey: old) { dirtyTexts[new] = text }
    }

    mutating func retrySetAside() {
        for entry in state.inbound where entry.setAside != nil && setAsideReason(entry) == nil {
            record(.stateChanged(.setAside(entry.setID, nil)))
        }
    }
}
