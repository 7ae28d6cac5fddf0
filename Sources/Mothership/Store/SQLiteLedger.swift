// The ledger in SQLite: WAL mode for readers beside the one writer, and synchronous=FULL, because
// a result is sent only when its change survives a power cut.

import Foundation
import GRDB
import Support

/// The ledger in a SQLite file.
public final class SQLiteLedger: LedgerStore {
    public let path: String
    public let epoch: String
    public let isDurable = true
    private let pool: DatabasePool

    /// Opens the ledger, creating or migrating it.
    ///
    /// - Parameter newEpoch: the epoch a new ledger gets; ignored for an existing one.
    public init(path: String, newEpoch: String) throws(LedgerFailure) {
        self.path = path
        let opened: (DatabasePool, String)
        do { opened = try Self.open(path, newEpoch: newEpoch) } catch {
            throw LedgerFailure.wrapping(error, path)
        }
        (pool, epoch) = opened
    }

    private static func open(_ path: String, newEpoch: String) throws -> (DatabasePool, String) {
        var configuration = Configuration()
        configuration.label = "hub"
        // Another process has no business here; a short wait covers a visitor with a copy open.
        configuration.busyMode = .timeout(5)
        let pool = try DatabasePool(path: path, configuration: configuration)
        try refuseNewer(pool, path)
        try SQLiteSchema.migrator.migrate(pool)
        try pool.writeWithoutTransaction { database in
            // GRDB sets NORMAL when it opens a pool, which may lose the last commits.
            try database.execute(sql: "PRAGMA synchronous = FULL")
            try database.execute(
                sql: "INSERT OR IGNORE INTO meta (key, value) VALUES ('epoch', ?)",
                arguments: [newEpoch])
        }
        let epoch = try pool.read {
            try String.fetchOne($0, sql: "SELECT value FROM meta WHERE key = 'epoch'")
        }
        return (pool, epoch ?? newEpoch)
    }

    private static func refuseNewer(_ pool: DatabasePool, _ path: String) throws {
        let found = try pool.read { try Int32.fetchOne($0, sql: "PRAGMA user_version") ?? 0 }
        guard found <= SQLiteSchema.version else {
            throw LedgerFailure(
                path, "was written by a newer release (format \(found))",
                nextStep: "start that release, or restore an older backup")
        }
    }

    /// Reads in a snapshot of its own.
    func reading<Value>(_ body: (Database) throws -> Value) throws(LedgerFailure) -> Value {
        do { return try pool.read(body) } catch { throw LedgerFailure.wrapping(error, path) }
    }

    /// Writes in one transaction.
    @discardableResult
    func writing<Value>(_ body: (Database) throws -> Value) throws(LedgerFailure) -> Value {
        do { return try pool.write(body) } catch { throw LedgerFailure.wrapping(error, path) }
    }

    public func checkpoint() throws(LedgerFailure) {
        do {
            _ = try pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        } catch { throw LedgerFailure.wrapping(error, path) }
    }

    public func proveWritable() throws(LedgerFailure) {
        try writing {
            // SQLite writes the page, and syncs it, whether or not a value differs.
            try $0.execute(sql: "UPDATE meta SET value = value WHERE key = 'epoch'")
        }
    }

    /// The value of a PRAGMA on the writing connection, for tests and status.
    func writerPragma(_ name: String) throws(LedgerFailure) -> String? {
        do {
            return try pool.writeWithoutTransaction {
                try String.fetchOne($0, sql: "PRAGMA \(name)")
            }
        } catch { throw LedgerFailure.wrapping(error, path) }
    }
}

extension LedgerFailure {
    fileprivate static func wrapping(_ error: any Error, _ path: String) -> LedgerFailure {
        if let failure = error as? LedgerFailure { return failure }
        guard let failure = error as? DatabaseError else {
            return LedgerFailure(path, "\(error)", nextStep: "look into the log")
        }
        let code = failure.resultCode
        let reason = "SQLite \(code.rawValue): \(failure.message ?? "no message")"
        let nextStep =
            switch code {
            case .SQLITE_FULL: "free space on that file system"
            case .SQLITE_NOTADB, .SQLITE_CORRUPT: "stop the Mothership and restore a backup"
            case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM: "check owner and permissions"
            case .SQLITE_BUSY, .SQLITE_LOCKED: "end the other process that has the file open"
            default: "look into the log"
            }
        return LedgerFailure(path, reason, nextStep: nextStep)
    }
}

extension SQLiteLedger {
    public func rooms() throws(LedgerFailure) -> [RoomRecord] {
        try reading { database in
            try Row.fetchAll(database, sql: "SELECT * FROM rooms ORDER BY repository").map {
                RoomRecord(
                    repository: $0["repository"], name: $0["name"],
                    registeredAt: Timestamp(rawValue: $0["registered_at"]))
            }
        }
    }

    public func register(_ room: RoomRecord) throws(LedgerFailure) {
        try writing {
            try $0.execute(
                sql: """
                    INSERT INTO rooms (repository, name, registered_at) VALUES (?, ?, ?)
                    ON CONFLICT (repository) DO UPDATE SET name = excluded.name
                    """,
                arguments: [room.repository, room.name, room.registeredAt.rawValue])
        }
    }

    public func totals() throws(LedgerFailure) -> LedgerTotals {
        try reading { database in
            // Sequences are dense and start at 1, so the highest one of a room is its count.
            let heads = try Int64.fetchAll(
                database,
                sql: """
                    SELECT coalesce((SELECT max(sequence) FROM ledger
                    WHERE ledger.repository = rooms.repository), 0) FROM rooms
                    """)
            return LedgerTotals(
                rooms: heads.count, records: heads.reduce(0) { $0 + UInt64(clamping: $1) },
                lastSequence: UInt64(clamping: heads.max() ?? 0))
        }
    }
}
