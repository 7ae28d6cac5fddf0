// The durable half of the peer: a fold over its records, and nothing that is not in them.

import LiveProtocol
import Support
import WriteAheadLog

/// Totals since the log began.
public struct PeerCounters: Hashable, Codable, Sendable {
    public var setsSent: UInt64 = 0
    public var changesAcknowledged: UInt64 = 0
    /// The highest place the ledger gave to a change of ours.
    public var acknowledgedSequence: UInt64 = 0
    public var changesRefused: UInt64 = 0
    public var changesReceived: UInt64 = 0
    public var changesApplied: UInt64 = 0
    public var changesSettled: UInt64 = 0
    public var appliesFailed: UInt64 = 0
    public var appliesSkipped: UInt64 = 0
    /// Delivered changes whose path may not be written.
    public var pathsRefused: UInt64 = 0
    public var conflictsOpened: UInt64 = 0
    public var conflictsClosed: UInt64 = 0

    public init() {}
}

/// What a ledger that went back had said before, and where it ended when that was noticed.
public struct LedgerSetback: Codable, Hashable, Sendable {
    /// The highest sequence that was known of it.
    public var known: UInt64
    public var head: UInt64

    public init(known: UInt64, head: UInt64) {
        self.known = known
        self.head = head
    }
}

/// Everything the peer knows after reading its log.
public struct PeerState: Sendable, Equatable {
    /// Settled conflicts kept for people; open and dismissed ones are all kept.
    public static let resolvedConflictsMax = 100
    /// Resolved impacts kept, so that the same notice does not open them again.
    public static let resolvedImpactsMax = 1000

    public internal(set) var lifecycle = Lifecycle.off
    public internal(set) var bases = BaseTable()
    /// In the order in which they were saved.
    public internal(set) var outbound = ChangeQueue<OutboundEntry>()
    /// In the ledger's order.
    public internal(set) var inbound = ChangeQueue<InboundEntry>()
    public internal(set) var conflicts: [Conflict] = []
    public internal(set) var impacts: [Impact] = []
    /// How far the ledger was read; nil before the first welcome.
    public internal(set) var frontier: Frontier?
    /// The furthest place that is known of the ledger, from reading it and from its answers; nil while
    /// a Mothership does not name its runs.
    public internal(set) var position: LedgerPosition?
    /// The ledger came back without what it had said; told until a person has it compared.
    public internal(set) var setback: LedgerSetback?
    /// Set while the ledger is read again: up to here our own sets are wanted too.
    public internal(set) var rereadThrough: UInt64?
    /// The ledger is another one, or was put back: until it was read from its start, the bases may
    /// be versions that it does not have.
    public internal(set) var isUnverified = false
    /// Functions whose push found a newer version in the ledger, and which revision that was.
    public internal(set) var staleHeads: [FunctionID: RevisionNumber] = [:]
    /// Identities given up for the ledger's.
    public internal(set) var adopted: [FunctionID: FunctionID] = [:]
    /// A file change that was begun and has no end yet.
    public internal(set) var applying: ApplyBegin?
    public internal(set) var counters = PeerCounters()
    public internal(set) var lastPushAt: Timestamp?
    public internal(set) var lastPullAt: Timestamp?
    /// Parts of a checkpoint whose last part was not read yet.
    var checkpointParts: [CheckpointPart] = []

    public init() {}

    /// The conflict that holds this function back, if there is one.
    public func blockingConflict(of function: FunctionID) -> Conflict? {
        conflicts.first { $0.function == function && $0.isBlocking }
    }

    /// The change of this function that is on its way and has no answer yet.
    public func inFlight(_ function: FunctionID) -> UnitChange? {
        change(of: function) { $0.isSent }
    }

    func quarantined(_ function: FunctionID) -> UnitChange? {
        change(of: function) { !$0.isSent && !$0.isQueued }
    }

    func queued(_ function: FunctionID) -> UnitChange? { change(of: function) { $0.isQueued } }

    private func change(
        of function: FunctionID, _ isWanted: (OutboundEntry) -> Bool
    ) -> UnitChange? {
        outbound.entries(of: function).first(where: isWanted).flatMap {
            outbound.item(of: function, in: $0.id)
        }
    }

    /// Whether a delivered version of this function waits for its result.
    public func hasPendingInbound(_ function: FunctionID) -> Bool {
        inbound.contains(function)
    }

    /// Moves that stand in their new file and have to leave the old one.
    var arrivals: [PendingChange] { inbound.marked.flatMap(\.changes).filter(\.hasArrived) }

    /// Units that stand in `path` only until a move that has arrived elsewhere is finished.
    func leaving(_ path: String) -> Set<FunctionID> {
        Set(arrivals.lazy.filter { $0.leaves == path }.map(\.change.function))
    }

    func isLeaving(_ function: FunctionID, _ path: String) -> Bool {
        arrival(of: function)?.leaves == path
    }

    /// Where a unit was last moved or saved to, as far as that is not settled.
    func queuedPlace(of function: FunctionID) -> String? {
        if let arrival = arrival(of: function) { return arrival.change.path }
        return outbound.entries(of: function).lazy
            .compactMap { outbound.item(of: function, in: $0.id) }
            .last { $0.kind.carriesText }?.path
    }

    private func arrival(of function: FunctionID) -> PendingChange? {
        inbound.entries(of: function).lazy.flatMap(\.changes)
            .last { $0.change.function == function && $0.hasArrived }
    }

    /// Whether nothing of this function may be pushed: it waits for a person, or for the ledger's
    /// newer version.
    func isHeld(_ function: FunctionID) -> Bool {
        staleHeads[function] != nil || inbound.contains(function)
            || blockingConflict(of: function) != nil
    }

    /// The identity the ledger uses for this one. An identity that was given up here and came to
    /// life again elsewhere is itself.
    func current(_ function: FunctionID) -> FunctionID {
        var id = function
        // A chain of adoptions ends: each one drops an identity for good.
        for _ in 0..<adopted.count {
            guard let next = adopted[id], next != function, !isLive(id) else { break }
            id = next
        }
        return id
    }

    /// Whether the ledger has a text of this function.
    func isLive(_ function: FunctionID) -> Bool { bases[function]?.isTombstone == false }

    /// Whether a unit that an index from before knows as `old` at `path` is meant by `new`.
    func isMeant(by new: FunctionID, not old: FunctionID, at path: String) -> Bool {
        guard let base = bases[old], !base.isTombstone else { return true }
        return base.path != path && bases[new]?.path == path
    }

    /// The state after these records, from the latest complete checkpoint among them on.
    ///
    /// - Parameter records: in the order of the log; bodies included.
    /// - Returns: the state, and how many records could not be decoded.
    public static func replay(
        _ records: some Sequence<(type: RecordType, metadata: [UInt8], body: [UInt8])>
    ) -> (state: PeerState, undecodable: Int) {
        var state = PeerState()
        var undecodable = 0
        for record in records {
            do throws(PostcardFailure) {
                try state.fold(
                    type: record.type, metadata: record.metadata, body: record.body)
            } catch {
                undecodable += 1
            }
        }
        return (state, undecodable)
    }

    /// The state that a log folds to: what recovery restored counts where it stood first.
    public static func replay(_ contents: LogContents) -> (state: PeerState, undecodable: Int) {
        let isInOrder = contents.records.allSatisfy { $0.salvagedFrom == nil }
        let records =
            isInOrder ? contents.records : contents.records.sorted { $0.origin < $1.origin }
        let (state, undecodable) = replay(
            records.lazy.compactMap { record in
                record.type.map { ($0, record.summary.metadata, record.body) }
            })
        // Of a type unknown here only what says so itself may be passed over. A log with others is
        // read, and never opened for writing.
        return (state, undecodable + records.count { !$0.summary.isKnown })
    }

    /// Folds one record by its parts.
    public mutating func fold(
        type: RecordType, metadata: [UInt8], body: [UInt8]
    ) throws(PostcardFailure) {
        if let record = try PeerRecord(type: type, metadata: metadata, body: body) { fold(record) }
    }
}
