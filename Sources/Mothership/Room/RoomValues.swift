// The values a room is made of: who is connected, what it holds, what it is told and what it wants
// done. The room itself does no I/O, so that a simulator can drive the same code.

import LiveProtocol
import Support

/// One connection of one device; numbers are never reused while the process lives.
public struct ConnectionID: RawRepresentable, Hashable, Comparable, Sendable {
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// An instant on both clocks: ``now`` is told to people, ``uptime`` decides what is late.
public struct Moment: Hashable, Sendable {
    public let now: Timestamp
    public let uptime: Duration

    public init(now: Timestamp, uptime: Duration) {
        self.now = now
        self.uptime = uptime
    }

    public init(of clock: any Clock) { self.init(now: clock.now, uptime: clock.uptime) }
}

/// What an accepted hello says of a connection.
public struct RoomPeer: Hashable, Sendable {
    public let device: DeviceID
    public let user: String
    public let branch: String
    public let frontier: Frontier?
    /// Up to here the device wants its own sets as well.
    public let ownThrough: UInt64
    /// The furthest place of the ledger that the device knows.
    public let position: LedgerPosition?

    public init(
        device: DeviceID, user: String, branch: String, frontier: Frontier?,
        ownThrough: UInt64 = 0, position: LedgerPosition? = nil
    ) {
        self.device = device
        self.user = user
        self.branch = branch
        self.frontier = frontier
        self.ownThrough = ownThrough
        self.position = position
    }
}

/// A unit on a branch.
public struct HeadKey: Hashable, Sendable {
    public let branch: String
    public let function: FunctionID

    public init(branch: String, function: FunctionID) {
        self.branch = branch
        self.function = function
    }
}

/// The newest version of a unit on a branch.
public struct Head: Hashable, Sendable {
    public let revision: RevisionNumber
    /// Nil for a tombstone.
    public let auraID: AuraID?
    public let sequence: UInt64
    public let path: String

    public init(revision: RevisionNumber, auraID: AuraID?, sequence: UInt64, path: String) {
        self.revision = revision
        self.auraID = auraID
        self.sequence = sequence
        self.path = path
    }

    public var isTombstone: Bool { auraID == nil }
}

/// One opening of a room over its ledger, by one process. Until the next run begins nothing but this
/// one adds to the ledger, so a run and a sequence name one prefix of it.
public struct LedgerRun: Hashable, Sendable {
    public let id: String
    /// The head of the ledger when the run began.
    public let after: UInt64

    public init(id: String, after: UInt64) {
        self.id = id
        self.after = after
    }
}

/// Everything a store knows of a room that the room needs in memory.
public struct RoomState: Sendable {
    public let repository: String
    /// Names this incarnation of the ledger.
    public let epoch: String
    /// The highest sequence of the room; 0 when it is empty.
    public let headSequence: UInt64
    public let heads: [HeadKey: Head]
    /// Every run that this ledger went through, oldest first.
    public let runs: [LedgerRun]

    public init(
        repository: String, epoch: String, headSequence: UInt64, heads: [HeadKey: Head],
        runs: [LedgerRun] = []
    ) {
        self.repository = repository
        self.epoch = epoch
        self.headSequence = headSequence
        self.heads = heads
        self.runs = runs
    }
}

/// One accepted change on its way into the ledger.
public struct LedgerRow: Hashable, Sendable {
    public let place: LedgerPlace
    public let function: FunctionID
    public let kind: ChangeKind
    public let baseRevision: RevisionNumber
    public let auraID: AuraID?
    public let path: String

    public init(
        place: LedgerPlace, function: FunctionID, kind: ChangeKind, baseRevision: RevisionNumber,
        auraID: AuraID?, path: String
    ) {
        self.place = place
        self.function = function
        self.kind = kind
        self.baseRevision = baseRevision
        self.auraID = auraID
        self.path = path
    }
}

/// A change set with its verdict. `rows` holds what is new; an accepted change that was already
/// there has a place in `result` and no row.
public struct DecidedSet: Hashable, Sendable {
    public let signed: SignedChangeSet
    public let branch: String
    public let user: String
    public let receivedAt: Timestamp
    public let result: PushResult
    public let rows: [LedgerRow]

    public init(
        signed: SignedChangeSet, branch: String, user: String, receivedAt: Timestamp,
        result: PushResult, rows: [LedgerRow]
    ) {
        self.signed = signed
        self.branch = branch
        self.user = user
        self.receivedAt = receivedAt
        self.result = result
        self.rows = rows
    }

    /// As it goes to other peers.
    package var delivered: DeliveredChangeSet {
        DeliveredChangeSet(signed: signed, places: rows.map(\.place), receivedAt: receivedAt)
    }
}

/// How far a device has durably received a branch.
public struct DeviceCursor: Hashable, Sendable {
    public let device: DeviceID
    public let branch: String
    public let user: String
    /// Moves only on the device's own acknowledgement.
    public let sequence: UInt64
    public let at: Timestamp

    public init(
        device: DeviceID, branch: String, user: String, sequence: UInt64, at: Timestamp
    ) {
        self.device = device
        self.branch = branch
        self.user = user
        self.sequence = sequence
        self.at = at
    }
}

/// What a store makes durable in one transaction.
public struct CommitBatch: Hashable, Sendable {
    public let repository: String
    public let sets: [DecidedSet]
    public let cursors: [DeviceCursor]

    public init(repository: String, sets: [DecidedSet], cursors: [DeviceCursor]) {
        self.repository = repository
        self.sets = sets
        self.cursors = cursors
    }
}

/// A stretch of the ledger for one branch.
public struct LedgerPage: Hashable, Sendable {
    /// Everything up to here was looked at.
    public let through: UInt64
    public let sets: [DeliveredChangeSet]

    public init(through: UInt64, sets: [DeliveredChangeSet]) {
        self.through = through
        self.sets = sets
    }
}

/// What happens to a room.
public enum RoomEvent: Sendable {
    /// A hello was accepted.
    case join(ConnectionID, RoomPeer)
    /// `prior` is the stored result of the same change set, when the ledger has one.
    case push(ConnectionID, AdmittedChangeSet, prior: PushResult?)
    case acknowledge(ConnectionID, through: UInt64)
    case presence(ConnectionID, Presence)
    case refresh(ConnectionID)
    case ping(ConnectionID, nonce: UInt64)
    case pong(ConnectionID, nonce: UInt64)
    case leave(ConnectionID)
    /// Time passed; wanted about twice a second.
    case tick
    /// The batch of the last `commit` effect is durable.
    case committed
    /// It is not, and what was decided since is void: the room has to be loaded again.
    case commitFailed
    /// The answer to `readPage`.
    case page(ConnectionID, LedgerPage)
    /// Nothing could be read for it.
    case pageFailed(ConnectionID)
    /// The answer to `readElsewhere`.
    case missed(ConnectionID, [ImpactNotice])
    /// The Mothership stops: everybody is sent away.
    case drain
}

/// What a room wants done.
public enum RoomEffect: Hashable, Sendable {
    /// Make durable, then answer with `committed`; at most one is under way.
    case commit(CommitBatch)
    case send(ConnectionID, ServerMessage)
    /// Send a page of the ledger.
    case deliver(ConnectionID, Delivery)
    /// Read `(after, through]` of a branch from the store, then answer with `page`.
    case readPage(ConnectionID, branch: String, skipping: DeviceID?, after: UInt64, through: UInt64)
    /// Read what other branches and devices pushed in `(after, through]`, then answer with
    /// `missed`.
    case readElsewhere(
        ConnectionID, branch: String, skipping: DeviceID, after: UInt64, through: UInt64)
    /// Send the notice, then close.
    case close(ConnectionID, CloseCode, ErrorNotice)
}

/// The numbers a room works by.
public struct RoomSettings: Hashable, Sendable {
    public var limits: ServerLimits
    public var instance: String
    public var serverVersion: String
    /// False when the ledger lives in memory only.
    public var durable: Bool
    /// Pages a peer may have unacknowledged; bounds what a slow peer costs.
    public var pagesUnackedMax = 4
    /// Beyond this many, a page that is not full waits for an acknowledgement and grows: else a busy
    /// author makes a page of every change for everybody. Two let a change that closely follows
    /// another go out without a round trip.
    public var smallPagesUnackedMax = 2
    public var pageSetsMax = 256
    public var pageBytesMax = 1 << 20
    /// Recent change sets held in memory, so that peers who keep up cost no reads.
    public var ringSetsMax = 512
    public var ringBytesMax = 16 << 20
    /// Mistakes a test plants; none in a product.
    public var seams: Set<Seam> = []
    /// How long a refresh waits for signs of life.
    public var refreshWait: Duration = .seconds(10)
    public var pingInterval: Duration = .seconds(30)
    /// A peer silent for this long has lost two pings: its socket is half open.
    public var silenceMax: Duration = .seconds(75)

    public init(
        limits: ServerLimits = ServerLimits(), instance: String, serverVersion: String,
        durable: Bool = true
    ) {
        self.limits = limits
        self.instance = instance
        self.serverVersion = serverVersion
        self.durable = durable
    }

    /// Presence is dropped this long after the last beat came in.
    public var presenceWindow: Duration { .seconds(limits.presenceWindowSeconds) }
}
