// What happens to the peer.

import LiveProtocol
import Support

/// How an apply ended.
public enum ApplyOutcome: Hashable, Sendable {
    /// The file holds the new bytes; the observation is of those, read after the change.
    case applied(FileObservation)
    /// Nothing was changed; the word names why (`permission`, `locked`, `parse_error`, …).
    case failed(reason: String)
    /// The file, or the expected version of a unit in it, was another one, and nothing was
    /// changed; this is how it stands.
    case changedUnderneath(FileObservation)
}

/// The words of applies whose result was not what was announced.
public enum ApplyMisfit: String, Sendable {
    /// Other units came out than should have.
    case unitsShifted = "units_shifted"
    case parseError = "parse_error"
    case hashDiffers = "hash_differs"
}

/// An input of ``PeerCore``. Events come one at a time, in the order in which they happened.
public enum PeerEvent: Sendable {
    /// The engine is up and the log is folded; comes first and once.
    case started
    /// A file was read. See ``FileObservation`` for the order that must hold.
    case observed(FileObservation)
    /// Files that were saved together: a unit that left one of them may be in another.
    case observedTogether([FileObservation])
    /// The answer to ``PeerEffect/observe(path:)`` for a file that takes no part, or takes none
    /// any more.
    case unobservable(path: String)
    /// The answer to ``PeerEffect/recheck(after:)``.
    case timePassed
    /// Every admitted file was observed once: what is not in the index does not exist.
    case scanCompleted
    case linkUp(Welcome)
    case linkDown
    case pushResult(PushResult)
    /// A push was refused as a whole.
    case pushRefused(ChangeSetID, RejectClass)
    /// The delay that ``PeerEffect/delayPush(_:_:)`` asked for is over.
    case pushDue(ChangeSetID)
    /// Send refused change sets again: all, or those of one class.
    case retryRefused(RejectClass?)
    /// A page of the ledger whose signatures were verified.
    case delivery(Delivery)
    /// The new bytes of an apply are ready and checked; nothing is written yet.
    ///
    /// - Parameter preImage: the replaced spans, kept in the log.
    case applyPrepared(ApplyBegin, preImage: [UInt8])
    case applyFinished(ApplyID, ApplyOutcome)
    /// The answer to ``PeerEffect/inspectApply(_:)``: the file's digest, nil when it is gone.
    case applyInspected(ApplyID, ContentDigest?)
    /// Try again what could not be applied, here or everywhere.
    case retryApplies(path: String?)
    /// Look again at sets that were left aside, after a change of filter or grammars.
    case retrySetAside
    case enable
    case disable
    case pause(causes: [String])
    case resume
    case headMoved(commit: String)
    case resolveConflict(ConflictID, ConflictChoice)
    case reopenConflict(ConflictID)
    /// Ends a conflict with a text made from both sides; nil puts the remote version beside the
    /// local one.
    case mergeConflict(ConflictID, UnitText?)
    /// Derive the base of this function anew from the ledger.
    case reconcile(FunctionID)
    /// Read the ledger again from its start; what is known already stays as it is.
    case rereadLedger
    /// A change on another branch, and the functions here that call it.
    case impact(ImpactNotice, callers: [FunctionID], ImpactCertainty)
    case resolveImpact(ImpactID)
    /// The log lost records: these bases are unknown again; nil means all of them.
    case forgetLost([FunctionID]?)
    case writeCheckpoint
}
