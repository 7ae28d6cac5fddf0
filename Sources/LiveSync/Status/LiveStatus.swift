// The one snapshot behind `status`, `wal status`, `presence`, `conflicts list` and the checks.
//
// The four commands of the field manual must never contradict each other, so there is one value,
// taken at one instant, and each command shows a part of it.

import LiveProtocol
import Support

/// Everything the peer side knows of itself at one instant. Sections come with their own times.
public struct LiveStatus: Codable, Sendable {
    /// Who answered: the running agent, or the files it left behind.
    public enum Source: String, Codable, Sendable { case agent, files }

    /// OFF, ACTIVE or PAUSED; only causes pause.
    public enum Lifecycle: String, Codable, Sendable { case off, active, paused }

    public var source: Source
    public var takenAt: Timestamp
    /// True when the user has enabled sync for this working copy.
    public var enabled: Bool
    public var lifecycle: Lifecycle
    /// Why sync is paused, in words; empty unless paused.
    public var causes: [String]
    public var root: String
    public var repository: String
    public var branch: String
    public var endpoint: String
    public var device: DeviceID
    public var user: String
    public var version: String
    /// The home of the Mothership the agent would ask for tokens; nil when none runs.
    public var mothershipHome: String?
    /// The digest of the settings the agent runs with; nil when none runs.
    public var settingsDigest: ContentDigest?
    /// The agent's pid; nil when none runs.
    public var pid: Int32?
    public var lastPush: Movement?
    public var lastPull: Movement?
    public var scanner: ScannerStatus?
    public var link: LinkStatus
    public var wal: WALStatus
    public var conflicts: [ConflictRow]
    /// Conflicts put aside without a decision; each still holds its function back.
    public var dismissed: [ConflictRow] = []
    public var impacts: [ImpactRow]
    /// Delivered changes of paths that this working copy's filter leaves out.
    public var leftOut: [LeftOutRow] = []
    /// Deliveries that were not taken: since the agent started, or while they wait.
    public var refusedDeliveries: [RefusedDelivery] = []
    /// Records of impacts and conflicts the fold has seen, the witness of an empty list.
    public var recordsFolded: UInt64
    /// Totals since the log began.
    public var counters: PeerCounters
    public var presence: PresenceStatus
    /// True when records of the log could not be read, so that its lists may lack something.
    public var lacksRecords: Bool?

    /// A push or a pull.
    public struct Movement: Codable, Hashable, Sendable {
        public var at: Timestamp
        public var count: Int

        public init(at: Timestamp, count: Int) {
            self.at = at
            self.count = count
        }
    }
}

/// The scanner's side of a snapshot. Absent when no agent runs.
public struct ScannerStatus: Codable, Sendable {
    public var lastTickAt: Timestamp?
    /// Milliseconds of the newest tick and of the newest full pass.
    public var lastTickMilliseconds: Double
    public var fullScanMilliseconds: Double
    /// 95th percentile of the newest 12 ticks.
    public var tickMillisecondsP95: Double
    public var ticks: Int
    /// Files changed since their last push.
    public var dirty: Int
    public var files: Int
    public var functions: Int
    /// Paths with units held back by a parse error, and for how many ticks.
    public var heldBack: [HeldBack]
    public var watching: Bool
    public var watches: Int
    public var overflows: Int
    /// When the kernel last dropped events; nil while it never did.
    public var lastOverflowAt: Timestamp?
    /// Why events do not arrive, when they do not.
    public var watchProblem: String?
    /// The newest canaries, newest last: true when seen in time.
    public var canaries: [Bool]
    public var canaryFolderMissing: Bool
    /// Files whose cached analysis served, and files parsed, since the agent started.
    public var cacheHits: Int
    public var parsed: Int
    /// Files that differ from their shared version and still have nothing to push.
    public var unpushed: [UnpushedFile] = []
    /// The newest saves that no event told of, since the agent started, newest last. Nil in a
    /// recording of an earlier release.
    public var missed: [MissedSave]?

    /// A file with units that do not parse, how many, and since how many ticks.
    public struct HeldBack: Codable, Hashable, Sendable {
        public var path: String
        public var count: Int
        public var ticks: Int

        public init(path: String, count: Int, ticks: Int) {
            self.path = path
            self.count = count
            self.ticks = ticks
        }
    }
}

/// The link's side of a snapshot.
public struct LinkStatus: Codable, Sendable {
    /// `degraded` is a link that is up and slow.
    public enum State: String, Codable, Sendable { case online, degraded, offline }

    public var state: State
    /// Since when the link has been up; nil while it is down.
    public var upSince: Timestamp?
    /// When the Mothership was last heard of.
    public var lastSeen: Timestamp?
    /// Since when the link has been down; nil while it is up.
    public var downSince: Timestamp?
    public var retries: Int
    public var nextTryIn: Duration?
    public var breakerOpen: Bool
    /// Milliseconds; nil until the first ping was answered.
    public var roundTripMilliseconds: Double?
    public var roundTripMillisecondsP95: Double?
    /// The Mothership's clock minus ours, in milliseconds.
    public var clockOffsetMilliseconds: Double?
    public var peers: Int
    public var instance: String?
    public var epoch: String?
    public var serverVersion: String?
    public var lastClose: LinkClose?
    public var tokenExpiresAt: Timestamp?
    /// SHA-256 of the certificate the other side showed last; nil without TLS.
    public var certificateFingerprint: String?
    /// When that certificate ends.
    public var certificateNotAfter: Timestamp?
    /// The server that issued the token.
    public var tokenInstance: String?
    /// Pings without an answer, of the link that is up or was up last.
    public var unansweredPings = 0
    /// How links ended in the last ten minutes, oldest first.
    public var recentCloses: [RecentClose] = []
    /// When links came up in the last ten minutes, oldest first.
    public var recentUps: [Timestamp] = []
    /// The highest sequence that the ledger is known to have; nil while the link is down.
    public var ledgerHead: UInt64?
    /// Answers to pushes that were never made on this link.
    public var strangeAnswers: [LostAnswer] = []
}

/// The log's side of a snapshot.
public struct WALStatus: Codable, Sendable {
    public var records: UInt64
    public var segments: Int
    public var bytes: UInt64
    public var pendingOut: Int
    public var pendingIn: Int
    /// When the oldest waiting push was recorded.
    public var oldestPendingAt: Timestamp?
    public var lastSyncAt: Timestamp?
    public var lastSyncMilliseconds: Double?
    public var durable: UInt64
    /// The highest ledger sequence the Mothership acknowledged to this device.
    public var acknowledged: UInt64
    public var received: UInt64
    /// What a ledger that went back had said before; nil while none did, or since it was compared.
    public var setback: LedgerSetback?
    /// True once a Mothership's welcome stands in this log: from then on the ledger was read from its
    /// start. Nil in a recording of an earlier release.
    public var hasMetLedger: Bool?
    public var syncPolicy: String
    /// Refused pushes set aside, by reason.
    public var refused: [String: Int]
    /// Applies that failed and were not settled since, and changes that wait for no reason known.
    public var failedApplies: [FailedApply]
    /// Why nothing can be written; nil while the log is healthy.
    public var writeProblem: String?
    /// No room is left for the next segment: new work is refused.
    public var isFull = false
    /// Milliseconds of the newest syncs, oldest first; empty when no writer tells.
    public var syncMilliseconds: [Double] = []
    /// Programs that copy files in the folder the log lies in.
    public var syncedBy: [String] = []
    /// Received changes that were not applied because the local text is newer.
    public var skippedApplies: [SkippedApply] = []
    /// Pushes without an answer although a later one has its.
    public var lostAnswers: [LostAnswer] = []
    /// Received changes that the next save here took back, since the agent started, newest last. Nil
    /// in a recording of an earlier release.
    public var reverts: [RevertedApply]?
    /// Received changes made on top of a commit that is not here. Nil in a recording of an earlier
    /// release.
    public var unpulled: [LeftOutRow]?

    /// A change that could not be written, and why, in one word.
    public struct FailedApply: Codable, Hashable, Sendable {
        /// The word where nothing is known that holds the change back.
        public static let withoutReason = "held"

        public var path: String
        public var reason: String
        public var at: Timestamp

        public init(path: String, reason: String, at: Timestamp) {
            self.path = path
            self.reason = reason
            self.at = at
        }
    }
}

/// A staged conflict as lists show it; no bodies.
public struct ConflictRow: Codable, Hashable, Sendable {
    public var id: String
    public var function: String
    public var path: String
    public var kind: String
    public var openedAt: Timestamp
    public var remoteDevice: String
    public var base: String?
    public var local: String?
    public var remote: String?
    /// A newer remote version arrived while this one waited, and took its place.
    public var hasNewer = false
    /// Both sides say the same now.
    public var isGhost = false
}

/// An unresolved cross-branch alert.
public struct ImpactRow: Codable, Hashable, Sendable {
    public var id: String
    public var function: String
    public var caller: String
    public var kind: String
    public var branch: String
    public var user: String
    public var openedAt: Timestamp
    /// Only the name says that the caller means this function.
    public var isSuspected = false
    /// No caller is left here, or the function here says what the notice announced.
    public var isStale = false
}

/// The presence side of a snapshot.
public struct PresenceStatus: Codable, Sendable {
    /// When this peer last sent a beat the link took; nil when it never did.
    public var ownBeatAt: Timestamp?
    public var peers: [Peer]

    /// One peer of the room, this one included.
    public struct Peer: Codable, Hashable, Sendable {
        public var device: DeviceID
        public var user: String
        public var state: Presence.State
        public var branch: String
        public var function: String?
        /// When the Mothership heard this peer last, in its own clock brought to ours.
        public var lastBeatAt: Timestamp
        public var isSelf: Bool
        /// How far the sender's clock was ahead of the Mothership's at its last beat.
        public var aheadMilliseconds = 0.0
    }
}
