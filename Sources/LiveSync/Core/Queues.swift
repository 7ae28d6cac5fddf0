// Work that is not settled yet: change sets on their way out, and delivered ones on their way in.

import LiveProtocol
import Support

/// How far a change set of ours has come.
public enum PushState: Hashable, Sendable {
    case queued
    /// Handed to the link; no answer yet.
    case sent
    /// Refused; kept, and sent again only on request.
    case quarantined(RejectClass)
}

/// A change set of ours that the ledger has not settled.
public struct OutboundEntry: Hashable, Sendable {
    public var set: ChangeSet
    public var path: String
    public var state: PushState
    public var enqueuedAt: Timestamp

    public var id: ChangeSetID { self.set.id }
    public var isQueued: Bool { state == .queued }
    public var isSent: Bool { state == .sent }
}

/// Why a delivered change set is not applied here at all.
public enum SetAsideReason: String, Sendable, CaseIterable {
    /// Its author parses this language with another grammar.
    case grammarMismatch = "grammar_mismatch"
    /// The selective filter leaves its path out.
    case excluded
    /// It changes a text of git's in a file that this working copy's commit does not have: alone it
    /// would be a piece of that file, and in the way of the pull that brings it.
    case unpulled
}

/// A delivered change that has no result yet.
public struct PendingChange: Hashable, Sendable {
    public var change: UnitChange
    public var sequence: UInt64
    public var revision: RevisionNumber
    /// The user chose this version over the local one with this hash (nil: over its absence).
    public var replaces: ReplacedLocal?
    /// The word of the last failed attempt.
    public var failure: String?
    /// Older versions that this one took the place of before they were decided, and what the oldest
    /// of them was made of.
    public var ancestors: [AuraID] = []
    /// Of a move between files: the file that the unit has to leave here.
    public var leaves: String?
    /// Of a move between files: the unit is in its new file, and in the old one still.
    public var hasArrived = false
}

extension PendingChange {
    /// A change as it was delivered. What no commit of its author holds and the ledger has no version
    /// of was made of a version that the ledger has lost: to whoever has that one it is the next, and
    /// to all others a unit that is new, which no pull will bring.
    init(_ change: UnitChange, of set: ChangeSet, sequence: UInt64, revision: RevisionNumber) {
        self.init(change: change, sequence: sequence, revision: revision)
        guard set.commit.isEmpty, change.baseRevision == 0, let lost = change.baseAuraID else {
            return
        }
        ancestors = [lost]
        self.change.baseAuraID = nil
    }
}

/// The local version that a resolution gives up.
public struct ReplacedLocal: Hashable, Sendable {
    public var auraID: AuraID?
    /// The conflict this resolution belongs to.
    public var conflict: ConflictID
}

/// A delivered change set with the changes that have no result yet.
public struct InboundEntry: Hashable, Sendable {
    public var setID: ChangeSetID
    public var device: DeviceID
    public var grammar: GrammarStamp
    public var receivedAt: Timestamp
    public var changes: [PendingChange]
    public var setAside: SetAsideReason?
}

extension Placement {
    mutating func rename(_ old: FunctionID, _ new: FunctionID) {
        if parent == old { parent = new }
        if previous == old { previous = new }
        if next == old { next = new }
    }
}

extension PushState: PostcardCodable {
    public func encode(into writer: inout PostcardWriter) {
        switch self {
        case .queued: writer.write(UInt64(0))
        case .sent: writer.write(UInt64(1))
        case .quarantined(let reject):
            writer.write(UInt64(2))
            writer.write(reject.rawValue)
        }
    }

    public init(from reader: inout PostcardReader) throws(PostcardFailure) {
        let start = reader.offset
        switch try reader.readUnsigned("push state") {
        case 0: self = .queued
        case 1: self = .sent
        case 2: self = .quarantined(try reader.readRaw(RejectClass.self, "class"))
        default: throw .invalid(field: "push state", offset: start)
        }
    }
}

extension OutboundEntry: PostcardCodable {
    public func encode(into writer: inout PostcardWriter) {
        writer.write(set)
        writer.write(path)
        writer.write(state)
        writer.write(enqueuedAt)
    }

    public init(from reader: inout PostcardReader) throws(PostcardFailure) {
        set = try ChangeSet(from: &reader)
        path = try reader.readString("path")
        state = try PushState(from: &reader)
        enqueuedAt = try Timestamp(from: &reader)
    }
}

extension ReplacedLocal: PostcardCodable {
    public func encode(into writer: inout PostcardWriter) {
        writer.writeOptional(auraID)
        writer.write(conflict)
    }

    public init(from reader: inout PostcardReader) throws(PostcardFailure) {
        auraID = try reader.readOptional(AuraID.self, "aura id")
        conflict = try ConflictID(from: &reader)
    }
}

extension PendingChange: PostcardCodable {
    public func encode(into writer: inout PostcardWriter) {
        writer.write(change)
        writer.write(sequence)
        writer.write(revision)
        writer.writeOptional(replaces)
        writer.writeOptional(failure)
        writer.write(ancestors)
        writer.writeOptional(leaves)
        writer.write(hasArrived)
    }

    public init(from reader: inout PostcardReader) throws(PostcardFailure) {
        change = try UnitChange(from: &reader)
        sequence = try reader.readUnsigned("sequence")
        revision = try reader.readUnsigned("revision")
        replaces = try reader.readOptional(ReplacedLocal.self, "replaced version")
        failure = try reader.readOptionalString("failure")
        ancestors = try reader.readArray(AuraID.self, "ancestors")
        leaves = try reader.readOptionalString("left path")
        hasArrived = try reader.readBool("has arrived")
    }
}

extension InboundEntry: PostcardCodable {
    public func encode(into writer: inout PostcardWriter) {
        writer.write(setID)
        writer.write(device)
        writer.write(grammar.language)
        writer.write(grammar.digest)
        writer.write(receivedAt)
        writer.write(changes)
        writer.writeOptional(setAside?.rawValue)
    }

    public init(from reader: inout PostcardReader) throws(PostcardFailure) {
        setID = try ChangeSetID(from: &reader)
        device = try DeviceID(from: &reader)
        let language = try reader.readString("language")
        grammar = GrammarStamp(language: language, digest: try ContentDigest(from: &reader))
        receivedAt = try Timestamp(from: &reader)
        changes = try reader.readArray(PendingChange.self, "changes")
        setAside = try reader.readOptional("set aside") { (reader) throws(PostcardFailure) in
            try reader.readRaw(SetAsideReason.self, "set aside")
        }
    }
}
