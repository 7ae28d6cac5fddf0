// What a record of the log is about, for traces and for naming what an invariant missed.

import LiveProtocol
import LiveSync
import Support

extension PeerRecord {
    /// The functions a record is about, as far as its metadata says.
    var functions: [FunctionID] {
        switch self {
        case .enqueued(let set, _, _, _): set.changes.map(\.function)
        case .sent(_, let bases, _): bases.map(\.function)
        case .acked(_, let places, _): places.map(\.function)
        case .failed(_, let refusals, _): refusals.map(\.function)
        case .settled(_, let functions, _), .applyOK(_, _, let functions, _),
            .applyFailed(_, _, _, let functions, _, _):
            functions
        case .applyBegin(let begin, _): begin.functions
        case .applySkipped(_, let function, _, _, _): [function]
        case .conflictOpened(let conflict): [conflict.function]
        case .impactOpened(let impact): [impact.notice.function]
        case .received, .frontier, .conflictResolved, .conflictDismissed, .conflictReopened,
            .impactResolved, .stateChanged, .checkpoint:
            []
        }
    }
}
