// A Mothership from its lock to its clean stop. The order of the start is the order in which a
// second one must fail: lock, keys, store, port, socket, pid record.

import Foundation
import Glibc
import LiveProtocol
import Logging
import Support

/// A running Mothership of one home.
public final class MothershipInstance: Sendable {
    public let home: MothershipHome
    public let context: ServerContext
    public let port: Int
    private let lock: HomeLock
    private let store: SQLiteLedger
    private let server: MothershipServer
    private let files: RunFiles

    /// The admin token of a home ends after this; it is made anew when its file is missing.
    private static let adminTokenLifetime: Duration = .seconds(365 * 86_400)

    /// Starts the Mothership of a home.
    ///
    /// - Throws: a ``Failure`` when the home is taken, the store holds less than at the last clean
    ///   stop, or the port is busy.
    public static func start(
        home: MothershipHome, configuration: MothershipConfiguration, logger: Logger,
        version: String = Release.version, clock: any Clock = SystemClock(),
        timings: SessionTimings = SessionTimings()
    ) async throws -> MothershipInstance {
        try home.make()
        guard let lock = try HomeLock.take(home.lock) else {
            throw PlainFailure(
                home.root, "is in use by another Mothership",
                nextStep: "stop it with aura mothership stop, or use another AURA_HOME",
                exitStatus: .busy)
        }
        do {
            return try await start(
                home, configuration, logger, version: version, clock: clock, timings: timings,
                lock: lock)
        } catch {
            lock.release()
            throw error
        }
    }

    private static func start(
        _ home: MothershipHome, _ configuration: MothershipConfiguration, _ logger: Logger,
        version: String, clock: any Clock, timings: SessionTimings, lock: HomeLock
    ) async throws -> MothershipInstance {
        let (tokens, keyIsNew) = try await RoomTokens.open(
            home, makesAnother: configuration.makesAnotherKey)
        let tls = try TLSMaterial.load(configuration, home: home, now: clock.now)
        let store = try openStore(home)
        try await makeAdminToken(home, tokens, store, keyIsNew: keyIsNew, now: clock.now)
        let context = try ServerContext(
            configuration: configuration, store: store, tokens: tokens, version: version,
            logger: logger, clock: clock, tls: tls, timings: timings)
        let server = try await MothershipServer.start(context)
        do {
            let commands = AdminCommands(context: context, home: home, port: server.port)
            let record = PidRecord(
                process: try .current(), root: home.root, port: server.port,
                instance: tokens.instance, version: version, startedAt: context.startedAt)
            let files = try RunFiles(
                record: record, at: home.pidFile, socket: home.socket, ground: home.root
            ) { await commands.answer($0) }
            context.ledgerCheck.start()
            logger.info("started", metadata: ["port": "\(server.port)", "version": "\(version)"])
            return MothershipInstance(
                home: home, context: context, lock: lock, store: store, server: server,
                files: files)
        } catch {
            await server.stop()
            throw error
        }
    }

    private init(
        home: MothershipHome, context: ServerContext, lock: HomeLock, store: SQLiteLedger,
        server: MothershipServer, files: RunFiles
    ) {
        self.home = home
        self.context = context
        self.lock = lock
        self.store = store
        self.server = server
        self.files = files
        port = server.port
    }

    /// What the admin socket answers to `status`.
    public func status() async -> LocalMothership.Status {
        await AdminCommands(context: context, home: home, port: port).status()
    }

    /// Looks at what others find it by, its lock, its record and its socket, and puts back what is gone.
    ///
    /// - Returns: the paths that were put back.
    public func tend() throws -> [String] {
        let locked = try lock.tend() ? [home.lock] : []
        return locked + (try files.tend())
    }

    /// Sends the peers away, folds the store's log, leaves the clean-stop record, gives the home
    /// back.
    public func stop() async throws {
        files.stop()
        context.ledgerCheck.stop()
        await server.stop()
        defer {
            files.removeRecord()
            lock.release()
            files.finish(within: .seconds(2))
        }
        try store.checkpoint()
        try CleanStop(
            totals: try store.totals(), epoch: store.epoch, version: context.version,
            at: context.clock.now
        ).save(home.cleanStop)
        context.logger.info("stopped")
    }

    /// Opens the store and refuses one that lost records since it was last closed: the usual cause
    /// is a file that was deleted or restored from an old copy, and peers would take the loss for
    /// the truth.
    private static func openStore(_ home: MothershipHome) throws -> SQLiteLedger {
        let last = try CleanStop.load(home.cleanStop)
        // The token is made once the store is there: with it and without the store, that was lost.
        let traces = [home.cleanStop, home.adminToken].filter(FileAccess.exists)
        if !FileAccess.exists(home.store), !traces.isEmpty {
            let held = last.map { "it held \($0.totals.records) records" }
            throw shrunk(
                home, "is missing, " + (held ?? "and this Mothership has run before"),
                aside: traces)
        }
        // SQLite gives the files it makes beside a store the store's own permissions.
        if !FileAccess.exists(home.store) { try FileAccess.replace(home.store, with: []) }
        let store = try SQLiteLedger(path: home.store, newEpoch: RandomBytes.name())
        try retrying("chmod", home.store) { chmod(home.store, 0o600) }
        let totals = try store.totals()
        if let last, last.epoch != store.epoch || totals.records < last.totals.records {
            throw shrunk(
                home,
                "holds \(totals.records) records, at the last stop "
                    + "\(last.at.iso8601) it held \(last.totals.records)",
                aside: [home.cleanStop])
        }
        return store
    }

    /// - Parameter aside: the files that say that there was more.
    private static func shrunk(
        _ home: MothershipHome, _ reason: String, aside: [String]
    ) -> PlainFailure {
        PlainFailure(
            home.store, reason,
            nextStep: "restore it from a backup; to go on with what is there, move "
                + "\(aside.joined(separator: " and ")) aside",
            exitStatus: .refused)
    }

    private static func makeAdminToken(
        _ home: MothershipHome, _ tokens: RoomTokens, _ store: SQLiteLedger, keyIsNew: Bool,
        now: Timestamp
    ) async throws {
        guard keyIsNew || !FileAccess.exists(home.adminToken) else { return }
        let issued = try await tokens.issue(
            subject: "admin", room: nil, device: nil, scopes: [.admin, .metrics],
            lifetime: adminTokenLifetime, now: now)
        try store.remember(issued.record)
        try FileAccess.replace(
            home.adminToken, with: Array((issued.token + "\n").utf8), mode: 0o600)
    }
}
