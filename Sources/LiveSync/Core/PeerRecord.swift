// What the peer writes into its log, and how it is read back.
//
// A record is metadata, which never holds code, and a body, which may: change sets, both sides of
// a conflict, the replaced text of an apply. The state is a fold over these records and nothing
// else, so everything a restart needs is in one of them.

import LiveProtocol
import Support
import WriteAheadLog

/// Names one attempt to change a file.
public struct ApplyID: Hashable, Codable, Sendable, CustomStringConvertible {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    public var description: String { ConflictID(rawValue: rawValue).description }
}

/// A file change that was begun: what the file was and what it will be.
public struct ApplyBegin: Hashable, Sendable {
    public var id: ApplyID
    public var setID: ChangeSetID
    public var path: String
    public var functions: [FunctionID]
    /// Of the whole file; nil when there is none.
    public var preDigest: ContentDigest?
    public var postDigest: ContentDigest?

    public init(
        id: ApplyID, setID: ChangeSetID, path: String, functions: [FunctionID],
        preDigest: ContentDigest?, postDigest: ContentDigest?
    ) {
        self.id = id
        self.setID = setID
        self.path = path
        self.functions = functions
        self.preDigest = preDigest
        self.postDigest = postDigest
    }
}

/// Why a delivered change needs no file change.
public enum SettleReason: String, CaseIterable, Sendable {
    /// The local text says the same.
    case equal
    /// Known already.
    case duplicate
    /// The remote side stayed at our base; the local edit goes on top.
    case remoteUnchanged = "remote_unchanged"
    /// The same new unit under another identity; one of the two goes.
    case twin
    /// Its path may not be written.
    case pathRefused = "path_refused"
}

/// A base that a change set was sent with.
public struct SentBase: Hashable, Sendable {
    public var function: FunctionID
    public var revision: RevisionNumber
    public var auraID: AuraID?
}

/// One refused change.
public struct Refusal: Hashable, Sendable {
    public var function: FunctionID
    public var qualifiedName: String
    public var reject: RejectClass
    /// What the ledger holds, when the base was stale.
    public var headRevision: RevisionNumber?
}

/// One accepted change.
public struct Acceptance: Hashable, Sendable {
    public var function: FunctionID
    public var sequence: UInt64
    public var revision: RevisionNumber
}

/// A change of the peer's own condition.
public enum StateChange: Hashable, Sendable {
    case lifecycle(Lifecycle)
    /// The ledger is another one, or was read from another point: reading starts again here.
    case frontierReset(Frontier)
    /// These functions say again what the ledger says; nothing is left to push.
    case withdrawn(functions: [FunctionID])
    /// The ledger knows this unit under another identity.
    case adopted(old: FunctionID, new: FunctionID)
    /// The log was damaged: these bases are unknown again; nil means all.
    case baselineReset([FunctionID]?)
    /// The ledger was read from its start; these bases were others.
    case verified([VerifiedBase])
    /// A delivered move is about to be made, out of this file.
    case departing(ChangeSetID, FunctionID, from: String)
    /// A delivered set is left aside, or taken up again.
    case setAside(ChangeSetID, SetAsideReason?)
    /// What is known of the ledger from here on is of this run of its Mothership; nil when that one
    /// does not name it.
    case ledgerRun(String?)
    /// The ledger is an older copy of the one that was known.
    case wentBack(LedgerSetback)
}

/// What a person wants to see of a record that names functions by identity alone.
public struct RecordLabel: Hashable, Sendable {
    public var names: [String]
    /// The version that was not put in; of several the first.
    public var auraID: AuraID?
    public var at: Timestamp

    public init(names: [String], auraID: AuraID?, at: Timestamp) {
        (self.names, self.auraID, self.at) = (names, auraID, at)
    }
}

/// A record of the peer.
public enum PeerRecord: Hashable, Sendable {
    case enqueued(ChangeSet, path: String, supersedes: [ChangeSetID], at: Timestamp)
    case sent(ChangeSetID, bases: [SentBase], at: Timestamp)
    case acked(ChangeSetID, [Acceptance], at: Timestamp)
    case failed(ChangeSetID, [Refusal], at: Timestamp)
    case received(DeliveredChangeSet, epoch: String, RecordLabel)
    case frontier(Frontier, at: Timestamp)
    case settled(ChangeSetID, functions: [FunctionID], reason: SettleReason)
    case applyBegin(ApplyBegin, preImage: [UInt8])
    case applyOK(ApplyID, setID: ChangeSetID, functions: [FunctionID], at: Timestamp)
    case applyFailed(
        ApplyID, setID: ChangeSetID, path: String, functions: [FunctionID], reason: String,
        RecordLabel)
    case applySkipped(
        ChangeSetID, function: FunctionID, path: String, reason: String, RecordLabel)
    case conflictOpened(Conflict)
    case conflictResolved(
        ConflictID, choice: ConflictChoice, localAuraID: AuraID?, at: Timestamp)
    case conflictDismissed(ConflictID, at: Timestamp)
    case conflictReopened(ConflictID, at: Timestamp)
    case impactOpened(Impact)
    case impactResolved(ImpactID, at: Timestamp)
    case stateChanged(StateChange)
    case checkpoint(CheckpointPart)

    public var type: RecordType {
        switch self {
        case .enqueued: .outboundEnqueued
        case .sent: .outboundSent
        case .acked: .outboundAcked
        case .failed: .outboundFailed
        case .received: .inboundReceived
        case .frontier, .settled: .baselineAdvanced
        case .applyBegin: .applyBegin
        case .applyOK: .applyOK
        case .applyFailed: .applyFailed
        case .applySkipped: .applySkipped
        case .conflictOpened: .conflictOpened
        case .conflictResolved: .conflictResolved
        case .conflictDismissed: .conflictDismissed
        case .conflictReopened: .conflictReopened
        case .impactOpened: .impactOpened
        case .impactResolved: .impactResolved
        case .stateChanged: .stateChanged
        case .checkpoint: .checkpoint
        }
    }
}
