// What travels: one save of one file is one change set, signed by the device that made it.

import Support

/// A number a unit's versions are counted by in the ledger, per branch; 0 is "never in the ledger".
public typealias RevisionNumber = UInt64

/// Identity of a change set; a repeated push of the same one is acknowledged, not applied again.
public struct ChangeSetID: FixedBytes {
    public static let byteCount = 16
    public let bytes: [UInt8]

    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = Array(bytes)
    }

    public static func random(using generator: inout some RandomNumberGenerator) -> ChangeSetID {
        ChangeSetID(
            drawn: (0..<byteCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }

    private init(drawn bytes: [UInt8]) { self.bytes = bytes }
}

/// The source text of a unit. A type is one unit with a hole: its head, and what follows the last
/// member. Every other unit has a head alone. Raw bytes: source files need not be UTF-8.
public struct UnitText: Hashable, Sendable, Codable {
    public var head: [UInt8]
    public var tail: [UInt8]?

    public init(head: [UInt8], tail: [UInt8]? = nil) {
        self.head = head
        self.tail = tail
    }

    public var byteCount: Int { head.count + (tail?.count ?? 0) }

    /// Head and tail in one piece; what stands between them is other units' text.
    public var bytes: [UInt8] { head + (tail ?? []) }

    /// Digest of the exact bytes, comments and layout included.
    public var digest: ContentDigest {
        var hasher = ContentHasher()
        hasher.update(head)
        if let tail {
            hasher.update([0])
            hasher.update(tail)
        }
        return hasher.finish()
    }
}

/// Where a unit stands: inside which type, between which neighbours. Both neighbours travel, so
/// that one of them may be unknown to the receiver.
public struct Placement: Hashable, Sendable, Codable {
    public var parent: FunctionID?
    public var previous: FunctionID?
    public var next: FunctionID?

    public init(
        parent: FunctionID? = nil, previous: FunctionID? = nil, next: FunctionID? = nil
    ) {
        self.parent = parent
        self.previous = previous
        self.next = next
    }
}

/// What a change does to its unit.
public enum ChangeKind: String, Codable, CaseIterable, Sendable {
    /// New text, for a new or a known unit.
    case put
    /// The unit is gone; the ledger keeps a tombstone.
    case delete
    /// Another name in the same file; the text comes with it.
    case rename
    /// Another file, or another enclosing type; the text comes with it.
    case move

    /// False for a deletion alone.
    public var carriesText: Bool { self != .delete }
}

/// One change of one unit.
public struct UnitChange: Hashable, Sendable, Codable {
    public var function: FunctionID
    public var kind: ChangeKind
    public var unit: UnitKind
    /// Relative to the root of the repository, forward slashes.
    public var path: String
    public var qualifiedName: String
    /// Counts equal (kind, qualified name) pairs of a file from 0.
    public var ordinal: UInt64
    public var baseRevision: RevisionNumber
    /// The version this change was made against; nil for a unit that is new.
    public var baseAuraID: AuraID?
    /// Nil for a deletion.
    public var auraID: AuraID?
    /// Nil for a deletion.
    public var text: UnitText?
    public var placement: Placement

    public init(
        function: FunctionID, kind: ChangeKind, unit: UnitKind, path: String,
        qualifiedName: String, ordinal: UInt64, baseRevision: RevisionNumber, baseAuraID: AuraID?,
        auraID: AuraID?, text: UnitText?, placement: Placement
    ) {
        self.function = function
        self.kind = kind
        self.unit = unit
        self.path = path
        self.qualifiedName = qualifiedName
        self.ordinal = ordinal
        self.baseRevision = baseRevision
        self.baseAuraID = baseAuraID
        self.auraID = auraID
        self.text = text
        self.placement = placement
    }
}

/// Which grammar produced the ids of a change set; peers with another one are told apart.
public struct GrammarStamp: Hashable, Sendable, Codable {
    public var language: String
    public var digest: ContentDigest

    public init(language: String, digest: ContentDigest) {
        self.language = language
        self.digest = digest
    }
}

/// One save of one file: pushed as one, applied as one.
public struct ChangeSet: Hashable, Sendable, Codable {
    public var id: ChangeSetID
    public var repository: String
    public var branch: String
    /// The commit the author's branch was at, 40 or 64 hexadecimal digits; empty when that holds
    /// nothing of what the set is about, so that no pull is to be waited for.
    public var commit: String
    public var grammar: GrammarStamp
    /// The author's wall clock; information, never an order.
    public var madeAt: Timestamp
    public var changes: [UnitChange]

    public init(
        id: ChangeSetID, repository: String, branch: String, commit: String,
        grammar: GrammarStamp, madeAt: Timestamp, changes: [UnitChange]
    ) {
        self.id = id
        self.repository = repository
        self.branch = branch
        self.commit = commit
        self.grammar = grammar
        self.madeAt = madeAt
        self.changes = changes
    }
}

/// A change set as its author signed it. The bytes are kept as they came, because a signature is
/// over bytes, not over a value.
public struct SignedChangeSet: Hashable, Sendable {
    public let payload: [UInt8]
    /// Ed25519, 64 bytes, over ``signingContext`` and the payload.
    public let signature: [UInt8]
    public let device: DeviceID

    public static let signingContext = Array("aura-change-set/1".utf8)

    public init(payload: [UInt8], signature: [UInt8], device: DeviceID) {
        self.payload = payload
        self.signature = signature
        self.device = device
    }

    /// Decodes the payload; the signature is not looked at.
    public func changeSet() throws(PostcardFailure) -> ChangeSet {
        try ChangeSet(postcard: payload)
    }
}

/// The place the ledger gave to one accepted change.
public struct LedgerPlace: Hashable, Sendable, Codable {
    /// Index into the change set's `changes`.
    public var index: Int
    /// Dense per room, from 1.
    public var sequence: UInt64
    public var revision: RevisionNumber

    public init(index: Int, sequence: UInt64, revision: RevisionNumber) {
        self.index = index
        self.sequence = sequence
        self.revision = revision
    }
}

/// An accepted change set on its way from the ledger to a peer.
public struct DeliveredChangeSet: Hashable, Sendable {
    public let signed: SignedChangeSet
    /// The accepted changes only, ascending by sequence.
    public let places: [LedgerPlace]
    /// The Mothership's clock when it accepted the set.
    public let receivedAt: Timestamp

    public init(signed: SignedChangeSet, places: [LedgerPlace], receivedAt: Timestamp) {
        self.signed = signed
        self.places = places
        self.receivedAt = receivedAt
    }
}

/// A page of the ledger: every accepted change in `(after, through]` that the peer has to know.
public struct Delivery: Hashable, Sendable {
    public let after: UInt64
    public let through: UInt64
    public let sets: [DeliveredChangeSet]

    public init(after: UInt64, through: UInt64, sets: [DeliveredChangeSet]) {
        self.after = after
        self.through = through
        self.sets = sets
    }
}
