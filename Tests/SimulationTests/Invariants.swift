// What must hold in every run, whatever happens: the promises of the sync core.

import LiveProtocol
import LiveSync
import Support

struct Invariants {
    struct Accepted: Hashable {
        let function: FunctionID
        let revision: RevisionNumber
        let changeSet: ChangeSetID
    }

    /// Versions that are safe elsewhere: in git or in the ledger.
    var shared: Set<AuraID> = []
    /// Versions that a ledger had and its older copy has not.
    var lost: Set<AuraID> = []
    /// Versions that a newer one in some ledger was made of: what was in them is in that one, also
    /// when a ledger that never saw the newer one comes back. A return to such a version is not
    /// told from never having left it once base and ledger are both lost.
    var superseded: Set<AuraID> = []
    /// The newest versions of ledgers that are gone: whoever has one may push it again.
    var newestOnce: Set<AuraID> = []
    /// Versions that stand on other branches only.
    var foreign: Set<AuraID> = []
    /// Versions of git's HEAD.
    var committed: Set<AuraID> = []
    /// The ledger's versions of each function, the newest last; nil for a deletion.
    var history: [FunctionID: [AuraID?]] = [:]
    /// Versions a user gave up by choosing the remote one, by peer.
    var givenUp: [Set<AuraID>]
    private var accepted: Set<LedgerPlaceKey> = []
    var memory: [PeerMemory]

    private struct LedgerPlaceKey: Hashable {
        let sequence: UInt64
        let revision: RevisionNumber
    }

    init(peers: Int) {
        givenUp = Array(repeating: [], count: peers)
        memory = Array(repeating: PeerMemory(), count: peers)
    }

    /// What a peer was told is accepted.
    mutating func note(_ result: PushResult) {
        for place in result.accepted {
            accepted.insert(LedgerPlaceKey(sequence: place.sequence, revision: place.revision))
        }
    }

    /// Forgets acceptances of a ledger that is gone.
    mutating func keepAccepted(in server: SimulatedServer) throws {
        accepted.formIntersection(
            try server.changes().map {
                LedgerPlaceKey(sequence: $0.place.sequence, revision: $0.place.revision)
            })
    }

    /// A version that exists nowhere else is never overwritten.
    func checkWrite(
        _ plan: ApplyPlan, from old: [ObservedUnit], to new: [ObservedUnit],
        elsewhere: Set<AuraID>, of peer: Int
    ) throws {
        var left = new.map(\.auraID)
        for unit in old {
            if let index = left.firstIndex(of: unit.auraID) {
                left.remove(at: index)
                continue
            }
            guard unit.kind != .imports else {
                try checkImports(unit, new, plan)
                continue
            }
            guard let auraID = unit.auraID,
                shared.contains(auraID) || givenUp[peer].contains(auraID)
                    || elsewhere.contains(auraID)
            else {
                throw SimulationFailure(
                    "peer \(peer) overwrote its own \(unit.qualifiedName): "
                        + String(decoding: unit.text.head, as: UTF8.self))
            }
        }
    }

    /// Lines that only this side added stay.
    private func checkImports(
        _ unit: ObservedUnit, _ new: [ObservedUnit], _ plan: ApplyPlan
    ) throws {
        for edit in plan.edits {
            guard case .mergeLines(let base, _) = edit.action else { continue }
            let added = Set(LineMerge.lines(of: unit.text)).subtracting(base)
            let kept = new.filter { $0.kind == .imports }.flatMap { LineMerge.lines(of: $0.text) }
            guard added.isSubset(of: kept) else {
                throw SimulationFailure("an import that was added here is gone")
            }
        }
    }

    // MARK: At rest

    func checkEnd(of world: World) throws {
        try checkLedger(world.server)
        for peer in world.peers { try checkQuiet(peer) }
        try checkEqual(world)
    }

    private func checkLedger(_ server: SimulatedServer) throws {
        let rows = Set(
            try server.changes().map {
                LedgerPlaceKey(sequence: $0.place.sequence, revision: $0.place.revision)
            })
        guard accepted.isSubset(of: rows) else {
            throw SimulationFailure("an acknowledged change is not in the ledger")
        }
        try checkChain(server)
    }

    private func checkQuiet(_ peer: SimulatedPeer) throws {
        guard let state = peer.core?.state else { throw SimulationFailure("\(peer.name) is down") }
        guard state.outbound.isEmpty else {
            throw SimulationFailure(
                "\(peer.name) still has to push "
                    + state.outbound.map { entry in
                        "\(entry.path) \(entry.state) "
                            + entry.set.changes.map { "\($0.qualifiedName) \($0.function.short)" }
                            .joined(separator: " ")
                    }.joined(separator: ", "))
        }
        guard state.inbound.isEmpty else {
            throw SimulationFailure(
                "\(peer.name) still has to apply "
                    + state.inbound.flatMap(\.changes)
                    .map { pending in
                        "\(pending.change.qualifiedName) \(pending.change.function.short) "
                            + "\(pending.change.path) \(pending.revision) \(pending.failure ?? "")"
                    }
                    .joined(separator: ", "))
        }
        guard state.staleHeads.isEmpty, state.applying == nil else {
            throw SimulationFailure(
                "\(peer.name) still waits for "
                    + state.staleHeads.map { "revision \($1) of \($0.short)" }.joined(
                        separator: ", ")
                    + (state.applying.map { " an apply to \($0.path)" } ?? ""))
        }
        guard peer.folded == state else {
            throw SimulationFailure("\(peer.name)'s log folds to another state")
        }
    }

    private struct Version: Hashable {
        let path: String
        let auraID: AuraID?
    }

    /// All replicas say the same of every function, unless a conflict holds both sides of it.
    private func checkEqual(_ world: World) throws {
        var versions: [[FunctionID: Version]] = []
        var held: Set<FunctionID> = []
        for peer in world.peers {
            guard let core = peer.core else { continue }
            for conflict in core.state.conflicts where conflict.isBlocking {
                held.insert(conflict.function)
                guard conflict.remote.kind == .delete || conflict.remote.text != nil,
                    conflict.localAuraID == nil || conflict.localText != nil
                else { throw SimulationFailure("a conflict does not hold both sides") }
            }
            var own: [FunctionID: Version] = [:]
            for (path, file) in core.index.files {
                let lines = peer.files[path].map { $0.filter { !$0.hasPrefix("#") } } ?? []
                guard file.exists == (peer.files[path] != nil) || lines.isEmpty else {
                    throw SimulationFailure("\(peer.name)'s index is not its files")
                }
                for unit in file.units {
                    let version = Version(path: path, auraID: unit.auraID)
                    guard own.updateValue(version, forKey: unit.id) == nil else {
                        throw SimulationFailure(
                            "\(unit.qualifiedName) is here twice at \(peer.name), in \(path) too: "
                                + history(of: unit.id, peer))
                    }
                }
            }
            versions.append(own)
        }
        let functions = versions.reduce(into: Set<FunctionID>()) { $0.formUnion($1.keys) }
        for function in functions.subtracting(held).sorted() {
            let all = versions.map { $0[function] }
            guard Set(all).count == 1 else {
                let rows = try world.server.changes().filter { $0.change.function == function }
                    .map { "\($0.change.kind.rawValue) \($0.change.path) \($0.place.revision)" }
                throw SimulationFailure(
                    "\(function.short) differs: \(describe(function, world)); "
                        + "ledger: \(rows.joined(separator: ", "))")
            }
        }
        try checkAgainstLedger(world, versions[0], held)
    }

    private func checkAgainstLedger(
        _ world: World, _ versions: [FunctionID: Version], _ held: Set<FunctionID>
    ) throws {
        var heads: [FunctionID: UnitChange] = [:]
        for row in try world.server.changes() { heads[row.change.function] = row.change }
        for (function, head) in heads where !held.contains(function) {
            let path = head.auraID == nil ? nil : head.path
            guard versions[function]?.auraID == head.auraID, versions[function]?.path == path
            else {
                throw SimulationFailure("\(head.qualifiedName) is not what the ledger has")
            }
        }
    }

    /// What the peer's log says of a function.
    func history(of function: FunctionID, _ peer: SimulatedPeer) -> String {
        peer.log.entries.map(\.draft).compactMap { draft -> String? in
            guard
                let record = try? PeerRecord(  // read back before
                    type: draft.type, metadata: draft.metadata, body: draft.body)
            else { return nil }
            switch record {
            case .enqueued(let set, let path, _, _):
                return set.changes.first { $0.function == function }
                    .map { "enqueued \($0.kind.rawValue) \(path)" }
            case .received(let delivered, _, _):
                // Decoded before it was recorded.
                guard let set = try? delivered.signed.changeSet() else { return nil }
                return delivered.places.first { set.changes[$0.index].function == function }.map {
                    let change = set.changes[$0.index]
                    return "received \($0.revision) \(change.kind.rawValue) \(change.path) "
                        + (change.auraID?.short ?? "-")
                }
            case .settled(_, let functions, let reason):
                return functions.contains(function) ? "settled \(reason.rawValue)" : nil
            case .applyBegin(let begin, _):
                return begin.functions.contains(function) ? "apply \(begin.path)" : nil
            case .stateChanged(.departing(_, let departing, let path)):
                return departing == function ? "departing \(path)" : nil
            case .stateChanged(.withdrawn(let functions)):
                return functions.contains(function) ? "withdrawn" : nil
            case .stateChanged(.adopted(let old, let new)):
                return [old, new].contains(function) ? "adopted \(old.short) \(new.short)" : nil
            default: return record.functions.contains(function) ? record.type.name : nil
            }
        }.joined(separator: ", ")
    }

    private func describe(_ function: FunctionID, _ world: World) -> String {
        world.peers.map { peer in
            let history = history(of: function, peer)
            guard let found = peer.core?.index.locate(function) else {
                return "\(peer.name): none, \(history)"
            }
            return "\(peer.name): \(found.path) \(found.unit.qualifiedName) "
                + (found.unit.auraID?.short ?? "held")
                + " base \(peer.core?.state.bases[function].map { "\($0.revision)" } ?? "none"), \(history)"
        }.joined(separator: "; ")
    }
}
