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
    /// The listener's certificate; nil for cleartext.
    public let tls: TLSMaterial?
    private let credentialRate: Mutex<RateBucket>
    private let registered: Mutex<Set<String>>
    private let revoked: Mutex<Set<String>>
    let ledgerCheck: LedgerCheck

    /// - Parameter clock: judges tokens and deadlines.
    public init(
        configuration: MothershipConfiguration, store: any LedgerStore, tokens: RoomTokens,
        version: String, logger: Logger, clock: any Clock, tls: TLSMaterial? = nil,
        timings: SessionTimings = SessionTimings()
    ) throws(LedgerFailure) {
        self.configuration = configuration
        self.tls = tls
        credentialRate = Mutex(
            RateBucket(
                perSecond: Self.credentialsPerSecond, burst: Self.credentialsPerSecond * 4,
                at: clock.uptime))
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
        ledgerCheck = LedgerCheck(store: store, logger: logger)
        registered = Mutex(Set(try store.rooms().map(\.repository)))
        revoked = Mutex(try store.revokedTokens())
        metrics.set(.rooms, to: registered.withLock { $0.count })
    }

    public var instance: String { tokens.instance }
    var store: any LedgerStore { services.store }
    var clock: any Clock { services.clock }
    var logger: Logger { services.logger }
    var revokedTokens: Set<String> { revoked.withLock { $0 } }

    var registeredCount: Int { registered.withLock { $0.count } }

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
        let issued = try await issueToken(
            room: room, device: device, user: user, scopes: TokenRole.contributor.scopes)
        return try issued.unwrapped()
    }

    /// A token as ``issueToken`` made it.
    struct Issued {
        let token: String
        let record: TokenRecord
        /// False when what it goes back to was revoked while it was made.
        let isGood: Bool

        func unwrapped() throws -> (token: String, record: TokenRecord) {
            guard isGood else {
                throw LedgerFailure(
                    "token", "was revoked while it was made", nextStep: "ask again")
            }
            return (token, record)
        }
    }

    /// Gives out a device's token.
    ///
    /// - Parameters:
    ///   - parent: the join token it goes back to.
    ///   - old: the token it replaces.
    func issueToken(
        room: String, device: DeviceID, user: String, scopes: [TokenScope],
        parent: String? = nil, replacing old: String? = nil
    ) async throws -> Issued {
        let issued = try await tokens.issue(
            subject: user, room: room, device: device, scopes: scopes,
            lifetime: configuration.tokenLifetime, parent: parent, now: clock.now)
        let isGood = try store.remember(issued.record, replacing: old)
        return Issued(token: issued.token, record: issued.record, isGood: isGood)
    }

    /// Makes a device's tokens for a room useless from now on and ends its connections.
    ///
    /// - Parameter id: of one of them.
    /// - Returns: how many tokens and connections; nil when no such token was given out.
    public func revoke(
        token id: String
    ) throws(LedgerFailure) -> (tokens: Int, sessions: Int)? {
        guard let ids = try store.revoke(token: id, at: clock.now) else { return nil }
        return (ids.count, endSessions(of: ids))
    }

    /// The same for a join token and every device's token that goes back to it.
    public func revoke(
        joinToken id: String
    ) throws(LedgerFailure) -> (tokens: Int, sessions: Int)? {
        guard let children = try store.revoke(joinToken: id, at: clock.now) else { return nil }
        return (children.count, endSessions(of: children))
    }

    private func endSessions(of ids: Set<String>) -> Int {
        revoked.withLock { $0.formUnion(ids) }
        let ended = sessions.all.filter { outlet in outlet.tokenID.map(ids.contains) ?? false }
        for outlet in ended {
            outlet.close(.unauthorized, .tokenRevoked, "the token was revoked")
        }
        return ended.count
    }

    /// Requests of the credential routes that are looked at in a second, over all callers: each
    /// costs two signatures and a write.
    private static let credentialsPerSecond = 50

    /// True when another one may be looked at now.
    func admitsCredentialRequest() -> Bool {
        credentialRate.withLock { $0.take(1, at: clock.uptime) == nil }
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
