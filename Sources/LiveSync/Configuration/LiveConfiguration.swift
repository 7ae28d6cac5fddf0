// The settings of one working copy, `.aura/live.toml`, as typed values.
//
// Reading is strict: a key that nobody reads is a typing error somebody will spend an evening on,
// so it is refused with the line and the key that was probably meant.

import Support

/// The settings of a working copy. Every value has a default, so an empty file is complete.
public struct LiveConfiguration: Hashable, Sendable {
    /// `[live] mothership`, default `ws://mothership.local:7070`.
    public var mothership = MothershipAddress(isEncrypted: false, host: "mothership.local")
    /// `[live] room`; nil means the repository id.
    public var room: String?
    /// `[live] branch_policy`, default `pause`.
    public var branchPolicy = BranchPolicy.pause
    public var selective = Selective()
    public var debug = Debug()
    public var scan = Scan()
    public var wal = WAL()
    public var presence = Presence()
    /// Tables that other parts of the program read, by their dotted name.
    public var guests: [String: GuestTable] = [:]
    /// The digest of the text these settings were read from.
    public var digest = ContentDigest.of([])

    public init() {}

    /// What to do when the working copy leaves the branch it was bound to.
    public enum BranchPolicy: String, CaseIterable, Sendable { case pause }

    /// `[live.selective]`: which files take part.
    public struct Selective: Hashable, Sendable {
        /// Globs of files that take part; nil means all code.
        public var include: [WrittenGlob]?
        /// Globs of files that do not, beside the built-in ones.
        public var exclude: [WrittenGlob] = []
        /// Globs of files without a grammar that travel whole.
        public var wholeFiles: [WrittenGlob] = []

        public init() {}
    }

    /// A glob and the line it was written on.
    public struct WrittenGlob: Hashable, Sendable {
        public let pattern: String
        public let line: Int

        public init(pattern: String, line: Int) {
            self.pattern = pattern
            self.line = line
        }
    }

    /// `[live.debug]`: how much is logged and how long it is kept.
    public struct Debug: Hashable, Sendable {
        /// Adds detail to the log, never source text. Default false.
        public var verboseLogs = false
        /// Default `info`.
        public var logLevel = LogLevel.info
        /// Days; default 7.
        public var retainLogDays = 7

        public init() {}
    }

    /// `[live.debug] log_level`, default info.
    public enum LogLevel: String, CaseIterable, Sendable { case trace, debug, info, warn, error }

    /// `[live.scan]`: the safety net under file-system events.
    public struct Scan: Hashable, Sendable {
        /// `tick_ms`, default 5000.
        public var tick = Duration.milliseconds(5000)
        /// Ticks from one verify pass over all files to the next; default 60.
        public var fullEvery = 60

        public init() {}
    }

    /// `[live.wal]`: how the log is written.
    public struct WAL: Hashable, Sendable {
        /// Bytes; default 8 MiB.
        public var segmentBytes = 8 << 20
        /// Default ``Fsync/always``.
        public var fsync = Fsync.always

        public init() {}
    }

    /// When a record counts as durable.
    public enum Fsync: Hashable, Sendable {
        /// Each group of records is synced before anyone is told.
        case always
        /// Records are synced together after this time; up to that much may be lost.
        case batch(Duration)
    }

    /// `[live.presence]`: signs of life.
    public struct Presence: Hashable, Sendable {
        /// `heartbeat_s`, default 30.
        public var heartbeat = Duration.seconds(30)
        /// `window_s`, default 90; at least three heartbeats, so that two may be lost.
        public var window = Duration.seconds(90)
        /// `ping_s`, default 10.
        public var ping = Duration.seconds(10)

        public init() {}
    }
}

extension LiveConfiguration {
    /// Reads and checks a settings file.
    ///
    /// - Parameter guestTables: dotted names of tables that other parts of the program read; they
    ///   are kept in ``guests`` unchecked. Any other unknown key is a defect.
    public static func load(
        _ file: String, guestTables: Set<String>
    ) throws(ConfigurationFailure) -> LiveConfiguration {
        let bytes: [UInt8]
        do throws(SystemFailure) {
            // A settings file longer than 1 MiB is not one a person wrote.
            bytes = try FileAccess.read(file, limit: 1 << 20)
        } catch {
            throw .unreadable(error)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .notText(file: file)
        }
        return try parse(text, file: file, guestTables: guestTables)
    }

    /// Checks the text of a settings file; `file` is for messages.
    public static func parse(
        _ text: String, file: String, guestTables: Set<String>
    ) throws(ConfigurationFailure) -> LiveConfiguration {
        var reader = try ConfigurationReader(text: text, file: file)
        var configuration = LiveConfiguration()
        configuration.digest = ContentDigest.of(text.utf8)
        configuration.readLive(from: &reader)
        configuration.readSelective(from: &reader)
        configuration.readEngine(from: &reader)
        configuration.guests = reader.takeGuests(guestTables)
        try reader.finish()
        return configuration
    }

    private mutating func readLive(from reader: inout ConfigurationReader) {
        mothership = reader.address("live.mothership") ?? mothership
        room = reader.name("live.room")
        branchPolicy = reader.choice("live.branch_policy") ?? branchPolicy
        debug.verboseLogs = reader.boolean("live.debug.verbose_logs") ?? debug.verboseLogs
        debug.logLevel = reader.choice("live.debug.log_level") ?? debug.logLevel
        debug.retainLogDays =
            reader.integer("live.debug.retain_log_days", 1...3650) ?? debug.retainLogDays
    }

    private mutating func readSelective(from reader: inout ConfigurationReader) {
        selective.include = reader.globs("live.selective.include", mayBeEmpty: false)
        selective.exclude = reader.globs("live.selective.exclude") ?? []
        selective.wholeFiles = reader.globs("live.selective.whole_files") ?? []
    }

    private mutating func readEngine(from reader: inout ConfigurationReader) {
        // Below 100 ms the pass over a large tree would never end; above 10 minutes it is no net.
        scan.tick =
            reader.integer("live.scan.tick_ms", 100...600_000).map { .milliseconds($0) }
            ?? scan.tick
        scan.fullEvery = reader.integer("live.scan.full_every", 1...100_000) ?? scan.fullEvery
        wal.segmentBytes =
            reader.integer("live.wal.segment_bytes", (1 << 20)...(64 << 20)) ?? wal.segmentBytes
        wal.fsync = reader.fsync("live.wal.fsync") ?? wal.fsync
        presence.heartbeat = reader.seconds("live.presence.heartbeat_s") ?? presence.heartbeat
        presence.window = reader.seconds("live.presence.window_s") ?? presence.window
        presence.ping = reader.seconds("live.presence.ping_s") ?? presence.ping
        if presence.window < presence.heartbeat * 3 {
            reader.refuse(
                "live.presence.window_s", shown: "\(presence.window.components.seconds)",
                rule: "must be at least 3 x heartbeat_s"
                    + " (\(presence.heartbeat.components.seconds * 3))")
        }
    }
}
