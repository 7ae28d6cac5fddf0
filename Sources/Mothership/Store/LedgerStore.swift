// What the Mothership needs of a database, so that SQLite, a model in memory and later PostgreSQL
// can serve.
//
// Every call blocks its thread: a store is a file or a socket, and pretending otherwise hides where
// the time goes. Commits run on a queue of their own (see CommitWriter).

import LiveProtocol
import Support

/// Why a ledger could not be read or written.
public struct LedgerFailure: Failure, Equatable {
    public let subject: String
    public let reason: String
    public let nextStep: String

    public init(_ subject: String, _ reason: String, nextStep: String) {
        self.subject = subject
        self.reason = reason
        self.nextStep = nextStep
    }

    package static func unknownRoom(_ repository: String) -> LedgerFailure {
        LedgerFailure(
            "room \(repository)", "is not registered",
            nextStep: "run aura mothership register in the repository")
    }
}

/// A registered repository.
public struct RoomRecord: Codable, Hashable, Sendable {
    public let repository: String
    /// A name for people.
    public let name: String
    public let registeredAt: Timestamp

    public init(repository: String, name: String, registeredAt: Timestamp) {
        self.repository = repository
        self.name = name
        self.registeredAt = registeredAt
    }
}

/// How much a ledger holds.
public struct LedgerTotals: Codable, Hashable, Sendable {
    public let rooms: Int
    /// Rows of the ledger, over all rooms.
    public let records: UInt64
    /// The highest sequence of any room.
    public let lastSequence: UInt64

    public init(rooms: Int, records: UInt64, lastSequence: UInt64) {
        self.rooms = rooms
        self.records = records
        self.lastSequence = lastSequence
    }
}

/// What a page may hold at most.
public struct PageLimit: Hashable, Sendable {
    public let sets: Int
    public let bytes: Int

    public init(sets: Int, bytes: Int) {
        self.sets = sets
        self.bytes = bytes
    }
}

/// The append-only ledger of all rooms. Safe to call from any thread.
public protocol LedgerStore: TokenStore {
    /// Names this incarnation of the ledger; made with it, never changed.
    var epoch: String { get }
    /// False when nothing survives the process.
    var isDurable: Bool { get }

    func rooms() throws(LedgerFailure) -> [RoomRecord]
    /// Registers a repository; one that is registered already keeps its date and takes the name.
    func register(_ room: RoomRecord) throws(LedgerFailure)
    func state(of repository: String) throws(LedgerFailure) -> RoomState
    /// Notes durably that a run begins at the head of the room.
    func begin(_ run: String, of repository: String) throws(LedgerFailure)
    /// The stored result of a change set; nil when the ledger never took it.
    func result(
        of changeSet: ChangeSetID, device: DeviceID, in repository: String
    ) throws(LedgerFailure) -> PushResult?
    /// Makes all batches durable, or none.
    func commit(_ batches: [CommitBatch]) throws(LedgerFailure)
    /// The change sets of a branch in `(after, through]`, oldest first.
    func page(
        of repository: String, branch: String, skipping: DeviceID?, after: UInt64,
        through: UInt64, limit: PageLimit
    ) throws(LedgerFailure) -> LedgerPage
    /// The newest change sets of all other branches and devices in `(after, through]`, oldest
    /// first; those that make the limit full included.
    func elsewhere(
        than branch: String, skipping: DeviceID, of repository: String, after: UInt64,
        through: UInt64, limit: PageLimit
    ) throws(LedgerFailure) -> [AuthoredSet]
    func totals() throws(LedgerFailure) -> LedgerTotals
    /// Writes as a commit does and changes nothing.
    func proveWritable() throws(LedgerFailure)
    /// Follows the chain of every room.
    ///
    /// - Parameters:
    ///   - newest: how many rows of each room, from its end; nil for all.
    ///   - goesOn: asked now and then; false ends the walk, whose verdict covers what was read.
    func verify(
        newest: UInt64?, while goesOn: () -> Bool
    ) throws(LedgerFailure) -> LedgerVerdict
    /// Folds a write-ahead log into the main file, where there is one.
    func checkpoint() throws(LedgerFailure)
}
