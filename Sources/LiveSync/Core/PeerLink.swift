// The link: what a welcome changes, and what the Mothership answers to a push.

import LiveProtocol
import Support

extension PeerCore {
    mutating func linkUp(_ welcome: Welcome) {
        limits = welcome.limits
        pace = SendingPace(welcome.limits, at: now)
        unanswered = state.outbound.marked.reversed().map(\.id)
        adoptLedger(welcome)
        catchUpTarget = welcome.head
        beginVerifying()
        // After all that begins to read anew: the Mothership has said that what is known is its own.
        if state.position?.run != welcome.run { record(.stateChanged(.ledgerRun(welcome.run))) }
    }

    /// Another epoch is another ledger: it is read from its start, and what is known already is
    /// told by its revision. A head behind ours means that its end was lost, which is the same; so
    /// is a ledger that has grown again since, which only its Mothership can tell.
    private mutating func adoptLedger(_ welcome: Welcome) {
        if let frontier = state.frontier, frontier.epoch == welcome.epoch {
            guard welcome.head < frontier.sequence || welcome.wentBack == true else { return }
            let known = max(frontier.sequence, state.position?.sequence ?? 0)
            record(.stateChanged(.wentBack(LedgerSetback(known: known, head: welcome.head))))
        }
        heard = nil
        record(.stateChanged(.frontierReset(Frontier(epoch: welcome.epoch, sequence: 0))))
        touchedPaths.formUnion(index.files.keys)
    }

    mutating func finishPush(_ result: PushResult) {
        guard let entry = state.outbound[result.changeSet], entry.isSent else { return }
        let changes = entry.set.changes
        let accepted = result.accepted.filter { changes.indices.contains($0.index) }.map {
            let function = changes[$0.index].function
            let keeps = seams.contains(.answerKeepsBase)
            return Acceptance(
                function: function, sequence: $0.sequence,
                revision: keeps ? state.bases[function]?.revision ?? 0 : $0.revision)
        }
        let rejected = result.rejected.filter { changes.indices.contains($0.index) }
        let refused = rejected.map {
            Refusal(changes[$0.index], $0.reject, headRevision: $0.headRevision)
        }
        let isBehind = rejected.contains { Self.isBehind($0, changes[$0.index]) }
        for acceptance in accepted {
            departed[acceptance.function] = nil
            newcomers.remove(acceptance.function)
        }
        for place in result.accepted where changes.indices.contains(place.index) {
            hear(changes[place.index], revision: place.revision, sequence: place.sequence)
        }
        settle(entry, accepted, refused)
        touchedPaths.insert(entry.path)
        if isBehind { rereadLedger() }
    }

    /// Whether the ledger did not have the base of a change when it refused it, or had another
    /// version under its number: it was put back from an older copy, and what it has now is only
    /// known by reading it.
    private static func isBehind(_ rejected: RejectedChange, _ change: UnitChange) -> Bool {
        rejected.reject == .baseMismatch && change.baseRevision > 0
            && rejected.headRevision ?? 0 <= change.baseRevision
    }

    /// Logs an answer. A set is answered by the places of its changes, so it must never go out
    /// again with only some of them: what was refused becomes a set of its own before the
    /// acceptance ends this one, and a crash between the two asks for the same answer again.
    private mutating func settle(
        _ entry: OutboundEntry, _ accepted: [Acceptance], _ refused: [Refusal]
    ) {
        guard !accepted.isEmpty else {
            if !refused.isEmpty { record(.failed(entry.id, refused, at: now)) }
            return
        }
        if !refused.isEmpty {
            let functions = Set(refused.map(\.function))
            var rest = entry.set
            rest.id = .random(using: &generator)
            rest.changes.removeAll { !functions.contains($0.function) }
            record(.enqueued(rest, path: entry.path, supersedes: [], at: now))
            record(.failed(rest.id, refused, at: now))
        }
        record(.acked(entry.id, accepted, at: now))
    }

    mutating func refusePush(_ id: ChangeSetID, _ reject: RejectClass) {
        guard let entry = state.outbound[id], entry.isSent else { return }
        switch reject.retry {
        case .afterBackoff, .afterRefresh, .afterFetch: effect(.delayPush(id, reject))
        case .afterNewCredential, .afterNewPayload, .never:
            record(.failed(id, entry.set.changes.map { Refusal($0, reject) }, at: now))
            touchedPaths.insert(entry.path)
        }
    }

    mutating func resend(_ id: ChangeSetID) {
        // The next link carries whatever has no answer.
        guard limits != nil else { return }
        guard state.lifecycle == .active else {
            // It goes out with the rest once that is possible again.
            unanswered.insert(id, at: 0)
            return
        }
        guard let entry = state.outbound[id], entry.isSent else { return }
        effect(.send(entry.set))
    }

    /// A refused set goes out as a new one: the Mothership would repeat its answer to the old.
    mutating func retryRefused(_ reject: RejectClass?) {
        for entry in state.outbound {
            guard case .quarantined(let own) = entry.state, reject == nil || own == reject else {
                continue
            }
            record(.stateChanged(.withdrawn(functions: entry.set.changes.map(\.function))))
            var set = entry.set
            set.id = .random(using: &generator)
            record(.enqueued(set, path: entry.path, supersedes: [], at: now))
            touchedPaths.insert(entry.path)
        }
    }
}
