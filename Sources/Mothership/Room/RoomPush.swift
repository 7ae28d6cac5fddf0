// Compare and set, change by change: the one place where the ledger's next version is decided.

import LiveProtocol
import Support

extension RoomCore {
    /// A decided set, who waits for its result, and who else is told.
    struct Decision: Sendable {
        let set: DecidedSet
        var waiting: [ConnectionID]
        let impacts: [ImpactNotice]
    }

    mutating func push(
        _ id: ConnectionID, _ admitted: AdmittedChangeSet, prior: PushResult?, at moment: Moment,
        _ effects: inout [RoomEffect]
    ) {
        guard let peer = connections[id]?.peer else { return }
        if let prior {
            effects.append(.send(id, .packAck(prior)))
            return
        }
        if wait(id, for: admitted) { return }
        pending.append(decide(admitted, of: peer, answering: id, at: moment))
        submit(&effects)
    }

    /// The same set is already on its way to the store: its one result answers both.
    private mutating func wait(_ id: ConnectionID, for admitted: AdmittedChangeSet) -> Bool {
        func isSame(_ decision: Decision) -> Bool {
            decision.set.result.changeSet == admitted.set.id
                && decision.set.signed.device == admitted.signed.device
        }
        if let index = inFlight?.firstIndex(where: isSame) {
            inFlight?[index].waiting.append(id)
            return true
        }
        if let index = pending.firstIndex(where: isSame) {
            pending[index].waiting.append(id)
            return true
        }
        return false
    }

    private mutating func decide(
        _ admitted: AdmittedChangeSet, of peer: RoomPeer, answering id: ConnectionID,
        at moment: Moment
    ) -> Decision {
        var result = PushResult(
            changeSet: admitted.set.id, accepted: [], rejected: admitted.refused)
        var rows: [LedgerRow] = []
        var impacts: [ImpactNotice] = []
        let refused = Set(admitted.refused.map(\.index))
        for (index, change) in admitted.set.changes.enumerated() where !refused.contains(index) {
            let key = HeadKey(branch: peer.branch, function: change.function)
            let head = heads[key]
            switch verdict(on: change, head: head) {
            case .stale:
                result.rejected.append(staleBase(index, change, head: head))
            case .alreadyThere(let head):
                result.accepted.append(
                    LedgerPlace(index: index, sequence: head.sequence, revision: head.revision))
            case .next:
                let row = append(change, index: index, key: key, head: head)
                result.accepted.append(row.place)
                rows.append(row)
                impacts.append(impact(of: change, row, head: head, peer: peer, at: moment))
            }
        }
        result.rejected.sort { $0.index < $1.index }
        let set = DecidedSet(
            signed: admitted.signed, branch: peer.branch, user: peer.user,
            receivedAt: moment.now, result: result, rows: rows)
        return Decision(set: set, waiting: [id], impacts: impacts)
    }

    private enum Verdict {
        case next, stale
        case alreadyThere(Head)
    }

    /// Equal edits converge: two peers that made the same change both succeed, whoever was first.
    ///
    /// A ledger that was put back gives its numbers out again: the base is what it says it is only
    /// when both its number and its version are the head's.
    private func verdict(on change: UnitChange, head: Head?) -> Verdict {
        if change.baseRevision == head?.revision ?? 0,
            head == nil || head?.auraID == change.baseAuraID
                || settings.seams.contains(.serverTrustsNumbers)
        {
            return .next
        }
        if settings.seams.contains(.serverTakesAnyBase) { return .next }
        if let head, head.auraID == change.auraID,
            head.path == change.path || head.isTombstone
        {
            return .alreadyThere(head)
        }
        return .stale
    }

    private mutating func append(
        _ change: UnitChange, index: Int, key: HeadKey, head: Head?
    ) -> LedgerRow {
        decidedSequence += 1
        let place = LedgerPlace(
            index: index, sequence: decidedSequence, revision: (head?.revision ?? 0) + 1)
        heads[key] = Head(
            revision: place.revision, auraID: change.auraID, sequence: place.sequence,
            path: change.path)
        if change.kind == .delete, settings.seams.contains(.losesTombstones) { heads[key] = nil }
        return LedgerRow(
            place: place, function: change.function, kind: change.kind,
            baseRevision: change.baseRevision, auraID: change.auraID, path: change.path)
    }

    private func staleBase(_ index: Int, _ change: UnitChange, head: Head?) -> RejectedChange {
        let revision = head?.revision ?? 0
        let isAnother = revision == change.baseRevision
        return RejectedChange(
            index: index, reject: .baseMismatch, headRevision: revision,
            message: isAnother
                ? "based on another version than the ledger's revision \(revision)"
                : "based on revision \(change.baseRevision), the ledger is at \(revision)")
    }

    private func impact(
        of change: UnitChange, _ row: LedgerRow, head: Head?, peer: RoomPeer, at moment: Moment
    ) -> ImpactNotice {
        ImpactNotice(
            function: change.function, qualifiedName: change.qualifiedName, path: change.path,
            kind: change.kind, branch: peer.branch, user: peer.user, oldAuraID: head?.auraID,
            newAuraID: change.auraID, sequence: row.place.sequence, at: moment.now)
    }

    /// Hands the store what has collected, unless it is still busy with the last batch.
    mutating func submit(_ effects: inout [RoomEffect]) {
        guard inFlight == nil, !(pending.isEmpty && cursors.isEmpty) else { return }
        let moved = cursors.values.sorted {
            ($0.device.bytes, $0.branch) < ($1.device.bytes, $1.branch)
        }
        effects.append(
            .commit(
                CommitBatch(repository: repository, sets: pending.map(\.set), cursors: moved)))
        inFlight = pending
        pending = []
        cursors = [:]
    }

    mutating func committed(_ effects: inout [RoomEffect]) {
        guard let durable = inFlight else { return }
        inFlight = nil
        for decision in durable { publish(decision, &effects) }
        // A cursor alone waits for company or for the next tick.
        if !pending.isEmpty { submit(&effects) }
        if !durable.isEmpty {
            for id in connectionOrder { pump(id, &effects) }
        }
    }

    private mutating func publish(_ decision: Decision, _ effects: inout [RoomEffect]) {
        let set = decision.set
        for id in decision.waiting where connections[id] != nil {
            effects.append(.send(id, .packAck(set.result)))
        }
        guard let last = set.rows.last?.place.sequence else { return }
        durableSequence = last
        acceptedCount += UInt64(set.rows.count)
        recent.append(set)
        for id in connectionOrder {
            guard let peer = connections[id]?.peer, peer.branch != set.branch,
                peer.device != set.signed.device
            else { continue }
            effects += decision.impacts.map { .send(id, .impact($0)) }
        }
    }

    mutating func abandon(_ effects: inout [RoomEffect]) {
        needsReload = true
        closeAll(.serverOverload, .serverOverload, "the ledger cannot be written", &effects)
        inFlight = nil
        pending = []
    }
}

private func < (left: ([UInt8], String), right: ([UInt8], String)) -> Bool {
    left.0 == right.0 ? left.1 < right.1 : left.0.lexicographicallyPrecedes(right.0)
}
