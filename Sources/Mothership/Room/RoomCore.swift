// A room as a state machine: events in, effects out, time as an argument, no await and no I/O.
//
// Decisions are made at once against the heads in memory and become visible only when the store
// says that they are durable. While one batch is being committed, the next one collects; that is
// the group commit. When a commit fails, everything decided since is void, and the room says so by
// closing every connection and asking to be loaded again.

import LiveProtocol
import Support

/// One room: a repository's ledger, the connections that read it, and who is present.
public struct RoomCore: Sendable {
    public let repository: String
    public let epoch: String
    public let settings: RoomSettings
    /// This room's own run; nil when it could not be written down.
    let run: String?
    /// The runs of the ledger, oldest first; the own one is the last.
    let runs: [LedgerRun]

    /// Highest sequence handed out, durable or not.
    var decidedSequence: UInt64
    /// Highest durable sequence; what welcome announces and pages reach to.
    public internal(set) var durableSequence: UInt64
    var heads: [HeadKey: Head]
    var connections: [ConnectionID: Connection] = [:]
    var recent: RecentSets
    /// Decided, and waiting for the batch under way.
    var pending: [Decision] = []
    /// The batch under way.
    var inFlight: [Decision]?
    var cursors: [CursorKey: DeviceCursor] = [:]
    var presences = PresenceTable()
    var refreshes: [Refresh] = []
    var nextNonce: UInt64 = 1
    /// True when a commit failed: load the room from the store again.
    public internal(set) var needsReload = false
    /// Batches that are durable, for metrics.
    public internal(set) var acceptedCount: UInt64 = 0

    /// A connection is a cursor over the ledger, never a queue.
    struct Connection: Sendable {
        let peer: RoomPeer
        /// Own sets are skipped only beyond this: a device that lost its state needs them again.
        let ownSetsFrom: UInt64
        var sentThrough: UInt64
        var ackedThrough: UInt64
        /// Every page on its way, oldest first.
        var pagesUnacked: [PageSent] = []
        /// A page is being read from the store.
        var isReading = false
        var heardAt: Duration
        var pingedAt: Duration
    }

    struct CursorKey: Hashable, Sendable {
        let device: DeviceID
        let branch: String
    }

    public init(state: RoomState, settings: RoomSettings, run: String? = nil) {
        repository = state.repository
        epoch = state.epoch
        self.run = run
        runs = state.runs
        self.settings = settings
        decidedSequence = state.headSequence
        durableSequence = state.headSequence
        heads = state.heads
        recent = RecentSets(
            after: state.headSequence, setsMax: settings.ringSetsMax,
            bytesMax: settings.ringBytesMax)
    }

    /// Takes one event and says what has to be done about it, in this order.
    public mutating func handle(_ event: RoomEvent, at moment: Moment) -> [RoomEffect] {
        var effects: [RoomEffect] = []
        guard !needsReload else { return effects }
        hear(event, at: moment)
        switch event {
        case .join(let connection, let peer): join(connection, peer, at: moment, &effects)
        case .push(let connection, let admitted, let prior):
            push(connection, admitted, prior: prior, at: moment, &effects)
        case .acknowledge(let connection, let through):
            acknowledge(connection, through, at: moment, &effects)
        case .presence(let connection, let presence):
            announce(connection, presence, at: moment, &effects)
        case .refresh(let connection): refresh(connection, at: moment, &effects)
        case .ping(let connection, let nonce):
            effects.append(.send(connection, .pong(nonce: nonce, serverTime: moment.now)))
        case .pong(let connection, let nonce): answer(connection, nonce, &effects)
        case .leave(let connection): leave(connection, &effects)
        case .tick: tick(at: moment, &effects)
        case .committed: committed(&effects)
        case .commitFailed: abandon(&effects)
        case .page(let connection, let page): turn(connection, page, &effects)
        case .pageFailed(let connection): skipPage(connection, &effects)
        case .missed(let connection, let notices):
            guard connections[connection] != nil else { break }
            effects += notices.map { .send(connection, .impact($0)) }
        case .drain: drain(&effects)
        }
        return effects
    }

    /// Connections in a fixed order, so that equal runs have equal effects.
    var connectionOrder: [ConnectionID] { connections.keys.sorted() }

    private mutating func join(
        _ id: ConnectionID, _ peer: RoomPeer, at moment: Moment, _ effects: inout [RoomEffect]
    ) {
        // A frontier of another epoch, or beyond our head, is of a ledger that is no longer ours.
        let known = peer.frontier.flatMap { $0.epoch == epoch ? $0.sequence : nil }
        // So is a position that this ledger did not go through, whatever numbers it has by now.
        let hasGoneBack = known != nil && !contains(peer.position)
        let start = hasGoneBack ? 0 : min(known ?? 0, durableSequence)
        connections[id] = Connection(
            peer: peer,
            ownSetsFrom: start == 0
                ? durableSequence : max(start, min(peer.ownThrough, durableSequence)),
            sentThrough: start,
            ackedThrough: start, heardAt: moment.uptime, pingedAt: moment.uptime)
        note(id, at: moment)
        let welcome = Welcome(
            instance: settings.instance, epoch: epoch, head: durableSequence,
            limits: settings.limits, serverTime: moment.now, durable: settings.durable,
            peers: connections.count, serverVersion: settings.serverVersion, run: run,
            wentBack: hasGoneBack ? true : nil)
        effects.append(.send(id, .welcome(welcome)))
        effects.append(.send(id, .presence(presences.rows)))
        if start > 0, start < durableSequence {
            effects.append(
                .readElsewhere(
                    id, branch: peer.branch, skipping: peer.device, after: start,
                    through: durableSequence))
        }
        pump(id, &effects)
    }

    /// Whether the ledger went through this place. A run ends where the next one began.
    private func contains(_ position: LedgerPosition?) -> Bool {
        guard let position, !settings.seams.contains(.serverTrustsNumbers) else { return true }
        guard let index = runs.lastIndex(where: { $0.id == position.run }) else { return false }
        let end = index + 1 < runs.count ? runs[index + 1].after : durableSequence
        return position.sequence <= end
    }

    mutating func leave(_ id: ConnectionID, _ effects: inout [RoomEffect]) {
        guard let connection = connections.removeValue(forKey: id) else { return }
        dropPresence(of: connection.peer.device, ownedBy: id, &effects)
        forgetInRefreshes(id, &effects)
    }

    private mutating func tick(at moment: Moment, _ effects: inout [RoomEffect]) {
        expirePresence(at: moment, &effects)
        expireRefreshes(at: moment, &effects)
        for id in connectionOrder { lookAfter(id, at: moment, &effects) }
        submit(&effects)
    }

    /// Pings a quiet peer, gives up on a silent one.
    private mutating func lookAfter(
        _ id: ConnectionID, at moment: Moment, _ effects: inout [RoomEffect]
    ) {
        guard let connection = connections[id] else { return }
        if moment.uptime - connection.heardAt >= settings.silenceMax {
            let notice = ErrorNotice(
                reject: .resyncRequired,
                message: "no sign of life for \(settings.silenceMax.brief)", reference: nil,
                closing: true)
            effects.append(.close(id, .resyncRequired, notice))
            leave(id, &effects)
        } else if moment.uptime - connection.pingedAt >= settings.pingInterval {
            connections[id]?.pingedAt = moment.uptime
            effects.append(.send(id, .ping(nonce: takeNonce())))
        }
    }

    /// Everything a peer sends is a sign of life.
    private mutating func hear(_ event: RoomEvent, at moment: Moment) {
        switch event {
        case .push(let id, _, _), .acknowledge(let id, _), .presence(let id, _), .refresh(let id),
            .ping(let id, _), .pong(let id, _):
            connections[id]?.heardAt = moment.uptime
        case .join, .leave, .tick, .committed, .commitFailed, .page, .pageFailed, .missed, .drain:
            break
        }
    }

    private mutating func drain(_ effects: inout [RoomEffect]) {
        closeAll(.serviceRestart, .serviceRestart, "the Mothership stops", &effects)
        submit(&effects)
    }

    mutating func closeAll(
        _ code: CloseCode, _ reject: RejectClass, _ message: String,
        _ effects: inout [RoomEffect]
    ) {
        let notice = ErrorNotice(
            reject: reject, message: message, reference: nil, closing: true)
        for id in connectionOrder { effects.append(.close(id, code, notice)) }
        connections = [:]
        presences = PresenceTable()
        refreshes = []
    }

    mutating func takeNonce() -> UInt64 {
        defer { nextNonce += 1 }
        return nextNonce
    }
}

extension RoomCore {
    /// Who is connected, for status and metrics.
    public var peers: [RoomPeer] { connectionOrder.compactMap { connections[$0]?.peer } }

    public var presenceRows: [PresenceRow] { presences.rows }

    /// The newest version of a unit, decided or durable.
    public func head(_ function: FunctionID, on branch: String) -> Head? {
        heads[HeadKey(branch: branch, function: function)]
    }
}
