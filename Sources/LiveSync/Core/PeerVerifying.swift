// A ledger that was put back from an older copy lacks versions that this peer knows to be in it,
// and may have others under their numbers. It is read again from its start, and every base is held
// against it: what the ledger lost is pushed again, what went another way there is decided anew.

import LiveProtocol
import Support

/// What the ledger said of one function while it was read from its start.
struct HeardHistory: Sendable {
    struct Version: Hashable, Sendable {
        let auraID: AuraID?
        let path: String
    }

    private(set) var newest: Base
    private var versions: [RevisionNumber: Version] = [:]

    init(_ change: UnitChange, revision: RevisionNumber, sequence: UInt64) {
        newest = Base(change, revision: revision, firstSequence: sequence)
        versions[revision] = Self.version(of: newest)
    }

    mutating func add(_ change: UnitChange, revision: RevisionNumber) {
        let base = Base(change, revision: revision, firstSequence: newest.firstSequence)
        versions[revision] = Self.version(of: base)
        if revision >= newest.revision { newest = base }
    }

    func contains(_ base: Base) -> Bool { versions[base.revision] == Self.version(of: base) }

    func contains(_ change: UnitChange, revision: RevisionNumber) -> Bool {
        contains(Base(change, revision: revision, firstSequence: 0))
    }

    private static func version(of base: Base) -> Version {
        Version(auraID: base.auraID, path: base.path)
    }
}

extension PeerCore {
    /// Begins to hold the bases against the ledger; a reading that a restart interrupted says
    /// nothing of its first part and begins again.
    mutating func beginVerifying() {
        guard state.isUnverified else {
            heard = nil
            return
        }
        guard heard == nil, let frontier = state.frontier else { return }
        if frontier.sequence > 0 {
            record(.stateChanged(.frontierReset(Frontier(epoch: frontier.epoch, sequence: 0))))
        }
        heard = [:]
    }

    /// Notes a version of the ledger, while it is read from its start.
    mutating func hear(_ change: UnitChange, revision: RevisionNumber, sequence: UInt64) {
        guard heard != nil else { return }
        let fresh = HeardHistory(change, revision: revision, sequence: sequence)
        heard?[change.function, default: fresh].add(change, revision: revision)
    }

    /// Whether the ledger has another version under the number of our base.
    func contradicts(_ change: UnitChange, revision: RevisionNumber) -> Bool {
        guard heard != nil, let base = state.bases[change.function] else { return false }
        return base.revision == revision
            && (base.auraID != change.auraID || base.path != change.path)
    }

    /// The ledger was read: bases that it does not have are given up for what it has.
    mutating func endVerifying() {
        guard let heard, state.isUnverified, limits != nil, state.applying == nil,
            running?.isCommitting != true, let frontier = state.frontier,
            frontier.sequence >= catchUpTarget
        else { return }
        if let running { effect(.abandonApply(running.plan.id)) }
        running = nil
        dropUnheard(heard)
        var bases: [VerifiedBase] = []
        for (function, base) in state.bases.byFunction.sorted(by: { $0.key < $1.key }) {
            let history = heard[function]
            if history?.contains(base) == true { continue }
            // What waits is decided without a base: neither side may overwrite the other.
            let newest = state.hasPendingInbound(function) ? nil : history?.newest
            bases.append(VerifiedBase(function: function, base: newest))
        }
        let adopted = state.adopted
        record(.stateChanged(.verified(bases)))
        for (old, new) in adopted.sorted(by: { $0.key < $1.key }) where state.adopted[old] == nil {
            if let path = index.headPlaces[new] { requestObservation(path) }
        }
        self.heard = nil
        touchedPaths.formUnion(index.files.keys)
    }

    /// Takes back what an older ledger had delivered and this one does not have.
    private mutating func dropUnheard(_ heard: [FunctionID: HeardHistory]) {
        for entry in state.inbound {
            let lost = entry.changes.filter { pending in
                let history = heard[pending.change.function]
                return history?.contains(pending.change, revision: pending.revision) != true
            }
            for pending in lost where pending.hasArrived { letGo(pending) }
            guard !lost.isEmpty else { continue }
            record(
                .settled(
                    entry.setID, functions: lost.map(\.change.function), reason: .duplicate))
        }
        for conflict in state.conflicts where conflict.isBlocking {
            let history = heard[conflict.function]
            if history?.contains(conflict.remote, revision: conflict.remoteRevision) == true {
                continue
            }
            record(
                .conflictResolved(
                    conflict.id, choice: .reconciled,
                    localAuraID: index.locate(conflict.function)?.unit.auraID, at: now))
        }
    }
}
