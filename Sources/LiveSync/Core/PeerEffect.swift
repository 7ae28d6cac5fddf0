// What the peer wants done. The driver performs effects in order; what follows an `append` is
// performed only once those records are durable.

import LiveProtocol
import Support
import WriteAheadLog

/// Why the link has to start over.
public enum ReconnectReason: Hashable, Sendable {
    /// A page began after what was received.
    case gap(received: UInt64, after: UInt64)
    /// A delivered change set cannot be decoded.
    case undecodable(ChangeSetIndex)
    /// The ledger has to be read again from its start.
    case reread

    /// Position of a set within a delivery.
    public typealias ChangeSetIndex = Int
}

/// What happens to one unit of a file.
public enum ApplyAction: Hashable, Sendable {
    case replace(UnitText)
    case insert(UnitText)
    /// New text, and another enclosing type.
    case move(UnitText)
    /// See ``LineMerge``.
    case mergeLines(base: [[UInt8]], remote: UnitText)
    case delete
}

/// One edit of an apply.
public struct ApplyEdit: Hashable, Sendable {
    /// The function that was delivered.
    public var function: FunctionID
    /// The unit that is edited: the delivered one, but for imports that go into the block here.
    public var target: FunctionID
    public var action: ApplyAction
    public var unit: UnitKind
    public var qualifiedName: String
    public var placement: Placement
    /// What the unit must be in the file right before the change; nil: it must not be there.
    public var expectedAuraID: AuraID?
    /// What the unit must be after it; nil where the result is not known before (a merge) or the
    /// unit is deleted.
    public var announcedAuraID: AuraID?
}

/// All edits that one delivered change set makes to one file.
public struct ApplyPlan: Hashable, Sendable {
    public var id: ApplyID
    public var setID: ChangeSetID
    public var path: String
    public var edits: [ApplyEdit]
    /// No unit stays; the file itself may go.
    public var leavesNoUnits: Bool
    /// Files that hold what is taken out of this one, as ends of moves; they must be as last read.
    public var holders: Set<String> = []
}

/// An output of ``PeerCore``.
public enum PeerEffect: Hashable, Sendable {
    case append([RecordDraft])
    /// Sign and send.
    case send(ChangeSet)
    /// Everything up to here is durable on this device.
    case ackDelivery(through: UInt64)
    /// Send again later, by ``PeerEvent/pushDue(_:)``; the class says which delay fits.
    case delayPush(ChangeSetID, RejectClass)
    /// Send ``PeerEvent/timePassed`` after this time.
    case recheck(after: Duration)
    /// Splice, check the result, and answer with ``PeerEvent/applyPrepared(_:preImage:)`` or a
    /// failed ``PeerEvent/applyFinished(_:_:)``.
    case apply(ApplyPlan)
    /// Write the prepared bytes now.
    case commitApply(ApplyID)
    /// Drop the prepared bytes.
    case abandonApply(ApplyID)
    /// Say what the file of an interrupted apply is now.
    case inspectApply(ApplyBegin)
    /// Read this file again and send an observation.
    case observe(path: String)
    case reconnect(ReconnectReason)
}
