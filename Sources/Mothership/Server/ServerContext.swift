// Everything a connection needs to know of the Mothership it reached.

import Dispatch
import LiveProtocol
import Logging
import Support
import Synchronization

/// The state of one running Mothership, shared by its connections.
public final class ServerContext: Sendable {
    public let configuration: MothershipConfiguration
    public let version: String
    public let startedAt: Timestamp
    public let metrics = Metrics()
    let timings: SessionTimings
    let tokens: RoomTokens
    let services: Services
    let rooms: RoomDirectory
    let sessions = SessionTable()
    private let registered: Mutex<Set<String>>
    private let revoked: Mutex<Set<String>>

    /// - Parameter clock: judges tokens and deadlines.
    public init(
        configuration: MothershipConfiguration, store: any LedgerStore, tokens: RoomTokens,
        version: String, logger: Logger, clock: any Clock,
        timings: SessionTimings = SessionTimings()
    ) throws(LedgerFailure) {
        self.configuration = configuration
        self.version = version
        self.tokens = tokens
        self.timings = timings
        startedAt = clock.now
        services = Services(
            store: store, writer: CommitWriter(store: store, metrics: metrics, clock: clock),
            reading: DispatchQueue(label: "mothership.read", qos: .userInitiated),
            metrics: metrics, logger: logger, clock: clock)
        rooms = RoomDirectory(
            services: services,
            settings: RoomSettings(
                limits: configuration.limits, instance: tokens.instance, serverVersion: version,
                durable: store.isDurable))
        registered = Mutex(Set(try store.rooms().map(\.repository)))
        revoked = Mutex(try store.revokedTokens())
        metrics.set(.rooms, to: registered.withLock { $0.count })
    }

    public var instance: String { tokens.instance }
    var store: any LedgerStore { services.store }
    var clock: any Clock { services.clock }
    var logger: Logger { services.logger }
    var revokedTokens: Set<String> { revoked.withLock { $0 } }

    func isRegistered(_ repository: String) -> Bool {
        registered.withLock { $0.contains(repository) }
    }

    /// Makes a repository known.
    ///
    /// - Returns: false when it was known before.
    public func register(_ repository: String, name: String) throws(LedgerFailure) -> Bool {
        try store.register(
            RoomRecord(repository: repository, name: name, registeredAt: clock.now))
        return registered.withLock { registered in
            let isNew = registered.insert(repository).inserted
            metrics.set(.rooms, to: registered.count)
            return isNew
        }
    }

    /// Gives out a token that lets one device contribute to one room.
    public func issueContributorToken(
        room: String, device: DeviceID, user: String
    ) async throws -> (token: String, record: TokenRecord) {
        let issued = try await tokens.issue(
            subject: user, room: room, device: device, scopes: [.contribute],
            lifetime: configuration.tokenLifetime, now: clock.now)
        try store.remember(issued.record)
        return issued
    }

    /// Makes a token useless from now on.
    ///
    /// - Returns: false when no such token was given out.
    public func revoke(token id: String) throws(LedgerFailure) -> Bool {
        guard try store.revoke(token: id, at: clock.now) else { return false }
        revoked.withLock { _ = $0.insert(id) }
        return true
    }

    func watchSessions() {
        let moment = Moment(of: clock)
        for outlet in sessions.all {
            switch outlet.watch(at: moment, timings) {
            case .none, .helloMissing: break
            case .tokenEnded: metrics.add(.tokenExpiredDisconnects)
            case .stalled:
                metrics.add(.sendTimeout)
                logger.warning("a peer was given up: it could not be written to")
            }
        }
    }
}

/// What `/health` answers.
public struct Health: Codable, Hashable, Sendable {
    public let status: String
    public let version: String
    public let instance: String
    public let epoch: String
    public let rooms: Int
    /// Rows of the ledger over all rooms.
    public let records: UInt64
    public let durable: Bool
    public let uptimeSeconds: Int64
}

extension ServerContext {
    public func health() throws(LedgerFailure) -> Health {
        let totals = try store.totals()
        return Health(
            status: "ok", version: version, instance: instance, epoch: store.epoch,
            rooms: totals.rooms, records: totals.records, durable: store.isDurable,
            uptimeSeconds: clock.now.since(startedAt).components.seconds)
    }
}
