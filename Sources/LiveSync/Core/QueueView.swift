// What the queues say about where units are, looked through once for many observations.

import LiveProtocol
import Support

/// The queues by function.
struct QueueView: Sendable {
    /// Where units were last saved or moved to, as far as that is not settled.
    private(set) var places: [FunctionID: String] = [:]
    /// Every function with a change on its way out, deletions included.
    private(set) var functions: Set<FunctionID> = []
    /// Moves that stand in their new file and have to leave the old one.
    private(set) var arrivals: [PendingChange] = []

    init(_ state: PeerState) {
        for change in state.outbound.flatMap(\.set.changes) {
            functions.insert(change.function)
            if change.kind.carriesText { places[change.function] = change.path }
        }
        for entry in state.inbound {
            for pending in entry.changes where pending.hasArrived {
                arrivals.append(pending)
                places[pending.change.function] = pending.change.path
            }
        }
    }

    /// Units that stand in `path` only until a move that has arrived elsewhere is finished.
    func leaving(_ path: String) -> Set<FunctionID> {
        Set(arrivals.lazy.filter { $0.leaves == path }.map(\.change.function))
    }
}
