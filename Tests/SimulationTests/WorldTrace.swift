// What a peer's log says, in the words of the trace: for the one schedule somebody looks at.

import LiveProtocol
import LiveSync
import Support
import WriteAheadLog

extension World {
    /// Names what comes onto a peer's disk.
    mutating func tell(_ records: [PeerRecord], of peer: Int) {
        for record in records { trace.append("    \(peers[peer].name): \(words(of: record))") }
    }

    private func words(of record: PeerRecord) -> String {
        switch record {
        case .enqueued(let set, let path, _, _):
            "queues \(set.id.short) of \(path): "
                + set.changes.map { change in
                    "\(change.kind.rawValue) \(name(change)) \(change.auraID?.short ?? "-")"
                }.joined(separator: ", ")
        case .sent(let id, let bases, _):
            "sends \(id.short): "
                + bases.map { "\($0.function.short) on \($0.revision)" }.joined(separator: ", ")
        case .acked(let id, let places, _):
            "acked \(id.short): "
                + places.map { "\($0.function.short) is \($0.revision)" }.joined(separator: ", ")
        case .failed(let id, let refusals, _):
            "refused \(id.short): "
                + refusals.map {
                    "\($0.function.short) \($0.reject.word) head \($0.headRevision ?? 0)"
                }.joined(separator: ", ")
        case .received(let delivered, _, _): "receives \(words(of: delivered))"
        case .frontier(let frontier, _): "has read to \(frontier.sequence)"
        case .settled(let id, let functions, let reason):
            "settles \(reason.rawValue) \(id.short): \(shorts(functions))"
        case .applyBegin(let begin, _):
            "begins \(begin.setID.short) in \(begin.path): \(shorts(begin.functions))"
        case .applyOK(_, let id, let functions, _): "applied \(id.short): \(shorts(functions))"
        case .applyFailed(_, let id, let path, let functions, let reason, _):
            "failed \(reason) \(id.short) in \(path): \(shorts(functions))"
        case .conflictOpened(let conflict):
            "opens \(conflict.id.short) \(conflict.kind.rawValue) \(conflict.function.short) in "
                + "\(conflict.path), remote \(conflict.remote.path) \(conflict.remoteRevision) of "
                + "\(conflict.remoteSet.short), here \(conflict.localAuraID?.short ?? "-")"
        case .conflictResolved(let id, let choice, _, _): "closes \(id.short) \(choice.rawValue)"
        case .stateChanged(.departing(let id, let function, let path)):
            "departs \(id.short): \(function.short) from \(path)"
        case .stateChanged(.withdrawn(let functions)): "withdraws \(shorts(functions))"
        case .stateChanged(.adopted(let old, let new)): "adopts \(new.short) for \(old.short)"
        case .stateChanged(.baselineReset(let functions)):
            "forgets \(functions.map(shorts) ?? "all bases")"
        case .stateChanged(.frontierReset(let frontier)): "reads from \(frontier.sequence)"
        default: "\(record.type.name) \(shorts(record.functions))"
        }
    }

    private func words(of delivered: DeliveredChangeSet) -> String {
        // Decoded before it was recorded.
        guard let set = try? delivered.signed.changeSet() else { return "" }
        return "\(set.id.short): "
            + delivered.places.map { place in
                let change = set.changes[place.index]
                return "\(change.kind.rawValue) \(change.path) \(name(change)) "
                    + "\(place.revision) \(change.auraID?.short ?? "-")"
            }.joined(separator: ", ")
    }

    private func name(_ change: UnitChange) -> String {
        "\(change.qualifiedName)(\(change.function.short))"
    }

    private func shorts(_ functions: [FunctionID]) -> String {
        functions.map(\.short).joined(separator: " ")
    }
}
