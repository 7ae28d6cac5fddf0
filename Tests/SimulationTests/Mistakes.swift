// What the invariants remember of each peer: what its user typed, what its disk has, which files
// it wrote. From it follows what a peer may push, acknowledge and count as applied.

import LiveProtocol
import LiveSync
import Mothership
import Support

/// The memory of one peer that its crashes do not touch.
struct PeerMemory {
    /// Versions its user made by hand.
    var typed: Set<AuraID> = []
    var pushed: Set<ChangeSetID> = []
    /// The frontier on the disk.
    var frontier: UInt64 = 0
    /// File changes that were really made, or found made.
    var written: Set<ApplyID> = []
    var applied: Set<Applied> = []
    var begun: [ApplyID: String] = [:]
    var texts: [ApplyID: [FunctionID: AuraID]] = [:]

    struct Applied: Hashable {
        let set: ChangeSetID
        let function: FunctionID
        /// A move is applied to the file it comes into and to the one it leaves.
        let path: String?
        /// What came into the file; other than delivered when an edit follows a move.
        let text: AuraID?
    }
}

extension Invariants {
    /// What is new in a file after its user saved it. A unit that was moved into another type is.
    mutating func noteSave(
        from old: [ObservedUnit], to new: [ObservedUnit], of peer: Int
    ) {
        struct Place: Hashable {
            let auraID: AuraID?
            let type: String?
        }
        func places(_ units: [ObservedUnit]) -> [Place] {
            units.map { unit in
                Place(auraID: unit.auraID, type: unit.parent.map { units[$0].qualifiedName })
            }
        }
        var before = places(old)
        for place in places(new) {
            if let index = before.firstIndex(of: place) {
                before.remove(at: index)
            } else if let auraID = place.auraID {
                memory[peer].typed.insert(auraID)
            }
        }
    }

    /// The user keeps what stands there.
    mutating func noteKept(_ auraID: AuraID?, of peer: Int) {
        if let auraID { memory[peer].typed.insert(auraID) }
    }

    /// A peer pushes an older version only when its user went back to it: one that comes back by
    /// itself, because it merely lies in a file, undoes the work of somebody else.
    mutating func checkPush(_ set: ChangeSet, of peer: Int, _ state: SimulatedPeer) throws {
        // The same set again is answered as it was then; a log that lost the answer asks again.
        guard memory[peer].pushed.insert(set.id).inserted else { return }
        if let stray = set.changes.first(where: { $0.auraID.map(foreign.contains) ?? false }) {
            throw SimulationFailure(
                "peer \(peer) pushes \(stray.qualifiedName) of another branch")
        }
        for change in set.changes where change.kind.carriesText {
            // Lines are merged, and a comment changes hands when what follows it goes.
            guard change.unit != .imports, change.unit != .opaque, let auraID = change.auraID,
                let versions = history[change.function], versions.last != auraID
            else { continue }
            let isOld = committed.contains(auraID) || versions.contains(auraID)
            // A move brings along the text of the version it was made on.
            if change.kind == .move, change.baseAuraID == auraID { continue }
            // Of two units of one name either may be told for the other when they change places.
            let isWanted =
                change.ordinal > 0 || hasNamesake(change, auraID)
                || memory[peer].typed.contains(auraID) || newestOnce.contains(auraID)
            guard !isOld || isWanted else {
                throw SimulationFailure(
                    "peer \(peer) goes back to an older \(change.qualifiedName) by itself: "
                        + "\(change.kind.rawValue) \(change.path) on \(change.baseRevision); "
                        + "\(history(of: change.function, state)); now \(auraID.short)")
            }
        }
    }

    private func hasNamesake(_ change: UnitChange, _ auraID: AuraID) -> Bool {
        history.contains { $0.key != change.function && $0.value.contains(auraID) }
    }

    /// What came into the ledger.
    mutating func note(_ batch: CommitBatch) throws {
        for set in batch.sets {
            let changes = try set.signed.changeSet().changes
            for row in set.rows {
                history[row.function, default: []].append(row.auraID)
                // What a newer version was made of is in it.
                if let base = changes[row.place.index].baseAuraID {
                    superseded.insert(base)
                    if lost.contains(base) { shared.insert(base) }
                }
                if let auraID = row.auraID { shared.insert(auraID) }
            }
        }
    }

    /// The ledger is an older one. What it lost is safe nowhere but in the working copies that have
    /// it, and whoever has it may push it again.
    mutating func noteRestore(of server: SimulatedServer, _ versions: [[AuraID]]) throws {
        let newest = Set(history.values.compactMap { $0.last ?? nil })
        history = [:]
        var kept = committed
        let batches = server.batches
        for row in batches.flatMap(\.sets).flatMap(\.rows) {
            history[row.function, default: []].append(row.auraID)
            if let auraID = row.auraID { kept.insert(auraID) }
        }
        newestOnce.formUnion(newest)
        let gone = newest.subtracting(kept).subtracting(superseded)
        lost.formUnion(gone)
        shared.subtract(gone)
        try keepAccepted(in: server)
        for peer in memory.indices {
            memory[peer].typed.formUnion(versions[peer])
            memory[peer].applied = []
        }
    }

    /// What a damaged log said is read again, from the ledger and from the files.
    mutating func noteDamage(of peer: Int) {
        memory[peer].frontier = 0
        memory[peer].applied = []
    }

    /// Only what is on the disk is acknowledged.
    func checkAcknowledgement(_ through: UInt64, of peer: Int) throws {
        guard through <= memory[peer].frontier else {
            throw SimulationFailure(
                "peer \(peer) acknowledges \(through), its disk has \(memory[peer].frontier)")
        }
    }

    mutating func noteWrite(_ plan: ApplyPlan, of peer: Int) {
        memory[peer].written.insert(plan.id)
        for edit in plan.edits {
            memory[peer].texts[plan.id, default: [:]][edit.function] = edit.announcedAuraID
        }
    }

    /// A file that is what an interrupted apply would have made of it counts as written.
    mutating func noteInspection(_ begin: ApplyBegin, _ digest: ContentDigest?, of peer: Int) {
        if digest == begin.postDigest {
            memory[peer].written.insert(begin.id)
        } else {
            memory[peer].written.remove(begin.id)
        }
    }

    /// What came onto the disk: nothing is applied twice, or before the file says so.
    mutating func note(_ records: [PeerRecord], of peer: Int) throws {
        for record in records {
            switch record {
            case .applyBegin(let begin, _): memory[peer].begun[begin.id] = begin.path
            case .applyOK(let id, let set, let functions, _):
                guard memory[peer].written.contains(id) else {
                    throw SimulationFailure(
                        "peer \(peer) counts an apply as done that its file does not have")
                }
                for function in functions {
                    let applied = PeerMemory.Applied(
                        set: set, function: function, path: memory[peer].begun[id],
                        text: memory[peer].texts[id]?[function])
                    guard memory[peer].applied.insert(applied).inserted else {
                        throw SimulationFailure(
                            "peer \(peer) applied \(function.short) twice to "
                                + (applied.path ?? "-"))
                    }
                }
            case .frontier(let frontier, _), .stateChanged(.frontierReset(let frontier)):
                memory[peer].frontier = frontier.sequence
            case .stateChanged(.baselineReset(let functions)):
                memory[peer].frontier = 0
                // What is derived anew may be applied again.
                memory[peer].applied = memory[peer].applied.filter {
                    functions?.contains($0.function) == false
                }
            case .stateChanged(.verified(let bases)):
                // The ledger had lost these versions; it may get and deliver them once more.
                let given = Set(bases.map(\.function))
                memory[peer].applied = memory[peer].applied.filter {
                    !given.contains($0.function)
                }
            default: continue
            }
        }
    }

    /// Every version in the ledger was made against the one before it, deletions included.
    func checkChain(_ server: SimulatedServer) throws {
        var heads: [FunctionID: RevisionNumber] = [:]
        for (change, place) in try server.changes() {
            let head = heads[change.function] ?? 0
            guard change.baseRevision == head, place.revision == head + 1 else {
                throw SimulationFailure(
                    "the ledger took revision \(place.revision) of \(change.qualifiedName), made "
                        + "against \(change.baseRevision), on top of \(head)")
            }
            heads[change.function] = place.revision
        }
    }
}
