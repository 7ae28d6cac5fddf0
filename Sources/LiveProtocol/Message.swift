// The envelopes: JSON text frames `{v, type, id, ...}`, one Codable value per type.

import Support

/// The protocol version both sides name in their first frame.
public let protocolVersion = 1

/// The largest frame a peer takes from a Mothership, in bytes.
public let deliveredFrameBytesMax = 16 << 20

/// How far a peer has read a room's ledger.
public struct Frontier: Codable, Hashable, Sendable {
    /// Names one incarnation of the ledger; a restored or wiped one has another.
    public var epoch: String
    /// The highest sequence whose change is durable on the peer.
    public var sequence: UInt64

    public init(epoch: String, sequence: UInt64) {
        self.epoch = epoch
        self.sequence = sequence
    }
}

/// A place in a ledger that stays the same place for ever: sequences alone are given out again by a
/// Mothership that was put back from an older copy of its home.
public struct LedgerPosition: Codable, Hashable, Sendable {
    /// The run of the Mothership in which the ledger was seen.
    public var run: String
    /// The highest sequence that was seen in it.
    public var sequence: UInt64

    public init(run: String, sequence: UInt64) {
        self.run = run
        self.sequence = sequence
    }
}

/// The limits a Mothership keeps, announced so that a peer can split before it trips.
public struct ServerLimits: Codable, Hashable, Sendable {
    public var frameBytes: Int
    /// Most bytes of one unit's text.
    public var bodyBytes: Int
    public var changesPerPack: Int
    public var changesPerSecond: Int
    public var bytesPerSecond: Int
    public var presenceWindowSeconds: Int

    public init(
        frameBytes: Int = 8 << 20, bodyBytes: Int = 4 << 20, changesPerPack: Int = 4096,
        changesPerSecond: Int = 2000, bytesPerSecond: Int = 16 << 20,
        presenceWindowSeconds: Int = 90
    ) {
        self.frameBytes = frameBytes
        self.bodyBytes = bodyBytes
        self.changesPerPack = changesPerPack
        self.changesPerSecond = changesPerSecond
        self.bytesPerSecond = bytesPerSecond
        self.presenceWindowSeconds = presenceWindowSeconds
    }
}

/// The first frame of a peer.
public struct Hello: Codable, Hashable, Sendable {
    public var version: Int
    public var device: DeviceID
    /// A name for people: `user@host`.
    public var user: String
    /// The repository id.
    public var room: String
    public var branch: String
    public var commit: String
    public var frontier: Frontier?
    /// A device that reads the ledger again gets its own sets too, up to this sequence.
    public var ownThrough: UInt64?
    /// The furthest place that the device knows of the ledger; nil when it never met one that tells.
    public var position: LedgerPosition?
    public var filterDigest: ContentDigest
    public var token: String?
    public var agentVersion: String

    public init(
        version: Int = protocolVersion, device: DeviceID, user: String, room: String,
        branch: String, commit: String, frontier: Frontier?, ownThrough: UInt64? = nil,
        position: LedgerPosition? = nil, filterDigest: ContentDigest, token: String?,
        agentVersion: String
    ) {
        self.version = version
        self.device = device
        self.user = user
        self.room = room
        self.branch = branch
        self.commit = commit
        self.frontier = frontier
        self.ownThrough = ownThrough
        self.position = position
        self.filterDigest = filterDigest
        self.token = token
        self.agentVersion = agentVersion
    }
}

/// The Mothership's answer to a good hello.
public struct Welcome: Codable, Hashable, Sendable {
    public var instance: String
    public var epoch: String
    /// The highest sequence of the room.
    public var head: UInt64
    public var limits: ServerLimits
    public var serverTime: Timestamp
    public var durable: Bool
    public var peers: Int
    public var serverVersion: String
    /// The run of the Mothership over this ledger; nil when it could not be written down.
    public var run: String?
    /// True when this ledger does not have the position that the hello names: it is an older copy of
    /// the one that the device knows, and is read from its start. Left out otherwise.
    public var wentBack: Bool?

    public init(
        instance: String, epoch: String, head: UInt64, limits: ServerLimits,
        serverTime: Timestamp, durable: Bool, peers: Int, serverVersion: String,
        run: String? = nil, wentBack: Bool? = nil
    ) {
        self.instance = instance
        self.epoch = epoch
        self.head = head
        self.limits = limits
        self.serverTime = serverTime
        self.durable = durable
        self.peers = peers
        self.serverVersion = serverVersion
        self.run = run
        self.wentBack = wentBack
    }
}

/// A refusal of one message; `closing` says whether the socket ends after it.
public struct ErrorNotice: Codable, Hashable, Sendable {
    public var reject: RejectClass
    public var message: String
    /// The `id` of the envelope this answers.
    public var reference: UInt64?
    public var retryAfterMilliseconds: Int64?
    public var closing: Bool

    public init(
        reject: RejectClass, message: String, reference: UInt64?,
        retryAfterMilliseconds: Int64? = nil, closing: Bool
    ) {
        self.reject = reject
        self.message = message
        self.reference = reference
        self.retryAfterMilliseconds = retryAfterMilliseconds
        self.closing = closing
    }
}

/// Packed revisions: postcard bytes as base64, with a digest over the bytes.
public struct Pack: Codable, Hashable, Sendable {
    public var data: String
    public var count: Int
    public var digest: ContentDigest

    public init(data: String, count: Int, digest: ContentDigest) {
        self.data = data
        self.count = count
        self.digest = digest
    }
}

/// A refused change of a push.
public struct RejectedChange: Codable, Hashable, Sendable {
    public var index: Int
    public var reject: RejectClass
    /// What the ledger holds, when the base was stale.
    public var headRevision: RevisionNumber?
    public var message: String

    public init(
        index: Int, reject: RejectClass, headRevision: RevisionNumber?, message: String
    ) {
        self.index = index
        self.reject = reject
        self.headRevision = headRevision
        self.message = message
    }
}

/// The Mothership's answer to a push; every change of the set is in one of the lists.
public struct PushResult: Codable, Hashable, Sendable {
    public var changeSet: ChangeSetID
    public var accepted: [LedgerPlace]
    public var rejected: [RejectedChange]

    public init(changeSet: ChangeSetID, accepted: [LedgerPlace], rejected: [RejectedChange]) {
        self.changeSet = changeSet
        self.accepted = accepted
        self.rejected = rejected
    }
}

/// What a peer says of itself. Relayed and held in memory only: never stored, never replayed.
public struct Presence: Codable, Hashable, Sendable {
    /// What a peer does; `editing` names the unit in ``function``.
    public enum State: String, Codable, Sendable { case online, editing, offline }

    public var device: DeviceID
    public var user: String
    public var branch: String
    public var state: State
    /// Qualified name of the unit being edited.
    public var function: String?
    public var editingSince: Timestamp?
    /// The sender's clock; expiry is judged on receipt time, never on this.
    public var sentAt: Timestamp

    public init(
        device: DeviceID, user: String, branch: String, state: State, function: String?,
        editingSince: Timestamp?, sentAt: Timestamp
    ) {
        self.device = device
        self.user = user
        self.branch = branch
        self.state = state
        self.function = function
        self.editingSince = editingSince
        self.sentAt = sentAt
    }
}

/// One row of the presence list a Mothership holds.
public struct PresenceRow: Codable, Hashable, Sendable {
    public var presence: Presence
    /// The Mothership's clock when the last beat came in.
    public var receivedAt: Timestamp

    public init(presence: Presence, receivedAt: Timestamp) {
        self.presence = presence
        self.receivedAt = receivedAt
    }
}

/// A unit was changed on another branch.
public struct ImpactNotice: Codable, Hashable, Sendable {
    public var function: FunctionID
    public var qualifiedName: String
    public var path: String
    public var kind: ChangeKind
    public var branch: String
    public var user: String
    public var oldAuraID: AuraID?
    public var newAuraID: AuraID?
    public var sequence: UInt64
    public var at: Timestamp

    public init(
        function: FunctionID, qualifiedName: String, path: String, kind: ChangeKind,
        branch: String, user: String, oldAuraID: AuraID?, newAuraID: AuraID?, sequence: UInt64,
        at: Timestamp
    ) {
        self.function = function
        self.qualifiedName = qualifiedName
        self.path = path
        self.kind = kind
        self.branch = branch
        self.user = user
        self.oldAuraID = oldAuraID
        self.newAuraID = newAuraID
        self.sequence = sequence
        self.at = at
    }
}

/// What a peer sends.
public enum PeerMessage: Hashable, Sendable {
    case hello(Hello)
    /// A ``SignedChangeSet``.
    case pack(Pack)
    /// Everything up to here is durable on this device.
    case packAck(through: UInt64)
    case presence(Presence)
    /// Ask everybody for a sign of life; who does not answer in time is demoted.
    case presenceRefresh
    case ping(nonce: UInt64)
    case pong(nonce: UInt64)
    case bye
}

/// What a Mothership sends.
public enum ServerMessage: Hashable, Sendable {
    case welcome(Welcome)
    case error(ErrorNotice)
    /// A ``Delivery``.
    case pack(Pack)
    case packAck(PushResult)
    case presence([PresenceRow])
    case presenceLeave(device: DeviceID, reason: String)
    /// The end of a refresh: who answered within the limit.
    case presenceRefreshed(answered: [DeviceID], demoted: [DeviceID])
    case impact(ImpactNotice)
    case ping(nonce: UInt64)
    case pong(nonce: UInt64, serverTime: Timestamp)
}
