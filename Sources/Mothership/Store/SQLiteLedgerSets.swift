// Change sets into the ledger and out of it again. Every ledger row carries a digest over itself
// and the row before it: a flipped bit or a removed row shows when the chain is read (SQLite's own
// integrity check misses most flipped bits in text).

import Foundation
import GRDB
import LiveProtocol
import Support

extension SQLiteLedger {
    public func state(of repository: String) throws(LedgerFailure) -> RoomState {
        try reading { database in
            try Self.requireRoom(repository, database)
            var heads: [HeadKey: Head] = [:]
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT h.*, coalesce(l.path, '') AS path FROM heads h LEFT JOIN ledger l
                    ON l.repository = h.repository AND l.sequence = h.sequence
                    WHERE h.repository = ?
                    """,
                arguments: [repository])
            while let row = try rows.next() {
                let function = try Self.value(
                    FunctionID(bytes: row["function"] as Data), "function")
                heads[HeadKey(branch: row["branch"], function: function)] = Head(
                    revision: UInt64(bitPattern: row["revision"]),
                    auraID: (row["aura_id"] as Data?).flatMap { AuraID(bytes: $0) },
                    sequence: UInt64(bitPattern: row["sequence"]), path: row["path"])
            }
            return RoomState(
                repository: repository, epoch: epoch,
                headSequence: try Self.lastRow(of: repository, database).sequence, heads: heads,
                runs: try Self.runs(of: repository, database))
        }
    }

    private static func runs(of repository: String, _ database: Database) throws -> [LedgerRun] {
        try Row.fetchAll(
            database, sql: "SELECT id, after FROM runs WHERE repository = ? ORDER BY number",
            arguments: [repository]
        ).map { LedgerRun(id: $0["id"], after: UInt64(bitPattern: $0["after"])) }
    }

    public func begin(_ run: String, of repository: String) throws(LedgerFailure) {
        try writing { database in
            try Self.requireRoom(repository, database)
            let head = try Self.lastRow(of: repository, database).sequence
            try database.execute(
                sql: "INSERT INTO runs (repository, id, after) VALUES (?, ?, ?)",
                arguments: [repository, run, Int64(bitPattern: head)])
        }
    }

    public func result(
        of changeSet: ChangeSetID, device: DeviceID, in repository: String
    ) throws(LedgerFailure) -> PushResult? {
        try reading { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT result FROM change_sets
                    WHERE repository = ? AND device = ? AND id = ?
                    """)
            return try String.fetchOne(
                statement,
                arguments: [repository, Data(device.bytes), Data(changeSet.bytes)]
            ).map { try JSONText.decode(PushResult.self, from: $0) }
        }
    }

    public func commit(_ batches: [CommitBatch]) throws(LedgerFailure) {
        try writing { database in
            for batch in batches {
                try Self.requireRoom(batch.repository, database)
                var last = try Self.lastRow(of: batch.repository, database)
                for set in batch.sets { try Self.insert(set, of: batch, after: &last, database) }
                for cursor in batch.cursors { try Self.move(cursor, of: batch, database) }
            }
        }
    }

    private static func insert(
        _ set: DecidedSet, of batch: CommitBatch, after last: inout LastRow, _ database: Database
    ) throws {
        let isNew = !set.rows.isEmpty
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO change_sets (repository, device, id, branch, user, received_at,
                result, first_sequence, last_sequence, payload, signature)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        try statement.execute(arguments: [
            batch.repository, Data(set.signed.device.bytes), Data(set.result.changeSet.bytes),
            set.branch, set.user, set.receivedAt.rawValue, try JSONText.encode(set.result),
            set.rows.first.map { Int64(bitPattern: $0.place.sequence) },
            set.rows.last.map { Int64(bitPattern: $0.place.sequence) },
            isNew ? Data(set.signed.payload) : nil, isNew ? Data(set.signed.signature) : nil,
        ])
        let number = database.lastInsertedRowID
        for row in set.rows {
            guard row.place.sequence == last.sequence + 1 else {
                throw LedgerFailure(
                    "room \(batch.repository)",
                    "sequence \(row.place.sequence) does not follow \(last.sequence)",
                    nextStep: "report this defect")
            }
            last = LastRow(
                sequence: row.place.sequence,
                digest: LedgerChain.digest(
                    after: last.digest, repository: batch.repository, set: set, row: row))
            try insert(row, of: set, number: number, digest: last.digest, batch, database)
        }
    }

    private static func insert(
        _ row: LedgerRow, of set: DecidedSet, number: Int64, digest: ContentDigest,
        _ batch: CommitBatch, _ database: Database
    ) throws {
        let sequence = Int64(bitPattern: row.place.sequence)
        let revision = Int64(bitPattern: row.place.revision)
        let auraID = row.auraID.map { Data($0.bytes) }
        try database.cachedStatement(
            sql: "INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        ).execute(arguments: [
            batch.repository, sequence, Data(row.function.bytes), set.branch, revision,
            Int64(bitPattern: row.baseRevision), row.kind.rawValue, auraID, row.path,
            Data(set.signed.device.bytes), number, row.place.index, Data(digest.bytes),
        ])
        try database.cachedStatement(
            sql: "INSERT OR REPLACE INTO heads VALUES (?, ?, ?, ?, ?, ?)"
        ).execute(arguments: [
            batch.repository, set.branch, Data(row.function.bytes), revision, auraID, sequence,
        ])
    }

    private static func move(
        _ cursor: DeviceCursor, of batch: CommitBatch, _ database: Database
    ) throws {
        try database.cachedStatement(
            sql: "INSERT OR REPLACE INTO cursors VALUES (?, ?, ?, ?, ?, ?)"
        ).execute(arguments: [
            batch.repository, Data(cursor.device.bytes), cursor.branch, cursor.user,
            Int64(bitPattern: cursor.sequence), cursor.at.rawValue,
        ])
    }

    /// How far each device has acknowledged, by device; for tests.
    func cursors(of repository: String) throws(LedgerFailure) -> [DeviceCursor] {
        try reading { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM cursors WHERE repository = ? ORDER BY device, branch",
                arguments: [repository]
            ).map { row in
                DeviceCursor(
                    device: try Self.value(DeviceID(bytes: row["device"] as Data), "device"),
                    branch: row["branch"], user: row["user"],
                    sequence: UInt64(bitPattern: row["sequence"]),
                    at: Timestamp(rawValue: row["at"]))
            }
        }
    }

    public func page(
        of repository: String, branch: String, skipping: DeviceID?, after: UInt64,
        through: UInt64, limit: PageLimit
    ) throws(LedgerFailure) -> LedgerPage {
        try reading { database in
            var page = PageBuilder(after: after, through: through, limit: limit)
            let statement = try database.cachedStatement(
                sql: """
                    SELECT \(Self.setColumns) FROM change_sets
                    WHERE repository = ? AND branch = ? AND last_sequence > ?
                    ORDER BY last_sequence
                    """)
            let rows = try Row.fetchCursor(
                statement, arguments: [repository, branch, Int64(bitPattern: after)])
            var places = PlaceReader(repository, database)
            while let row = try rows.next() {
                let device = try Self.device(of: row)
                if device == skipping { continue }
                guard page.add(try Self.delivered(row, device, &places)) else { break }
            }
            return page.page
        }
    }

    public func elsewhere(
        than branch: String, skipping: DeviceID, of repository: String, after: UInt64,
        through: UInt64, limit: PageLimit
    ) throws(LedgerFailure) -> [AuthoredSet] {
        try reading { database in
            let cursor = try Row.fetchCursor(
                database,
                sql: """
                    SELECT \(Self.setColumns), branch, user FROM change_sets
                    WHERE repository = ? AND branch <> ? AND device <> ? AND last_sequence > ?
                    AND last_sequence <= ? ORDER BY last_sequence DESC LIMIT ?
                    """,
                arguments: [
                    repository, branch, Data(skipping.bytes), Int64(bitPattern: after),
                    Int64(bitPattern: through), limit.sets,
                ])
            var rows: [Row] = []
            var bytes = 0
            while bytes < limit.bytes, let row = try cursor.next() {
                rows.append(row.copy())
                bytes += (row["payload"] as Data).count
            }
            var places = PlaceReader(repository, database)
            return try rows.reversed().map { row in
                AuthoredSet(
                    branch: row["branch"], user: row["user"],
                    delivered: try Self.delivered(row, try Self.device(of: row), &places))
            }
        }
    }

    /// Read by their number: a page has hundreds of rows, and a name is searched in each of them.
    private static let setColumns =
        "device, received_at, first_sequence, last_sequence, payload, signature"

    private static func device(of row: Row) throws -> DeviceID {
        try value(
            try row.withUnsafeData(atIndex: 0) { $0.flatMap { DeviceID(bytes: $0) } }, "device")
    }

    private static func delivered(
        _ row: Row, _ device: DeviceID, _ places: inout PlaceReader
    ) throws -> DeliveredChangeSet {
        let signed = SignedChangeSet(
            payload: try row.withUnsafeData(atIndex: 4) { [UInt8]($0 ?? Data()) },
            signature: try row.withUnsafeData(atIndex: 5) { [UInt8]($0 ?? Data()) },
            device: device)
        return DeliveredChangeSet(
            signed: signed, places: try places.read(from: row[2], through: row[3]),
            receivedAt: Timestamp(rawValue: row[1]))
    }

    /// Where the changes of sets stand, read along with the sets: both are in the order of their
    /// sequences, so one walk serves a whole page. The stored result says it too, beside changes that
    /// were already there; as JSON, which for ten thousand small sets is most of the reading.
    private struct PlaceReader {
        private let repository: String
        private let database: Database
        private var rows: RowCursor?
        private var ahead: LedgerPlace?

        /// Rows that are passed over sooner than a new search is begun.
        private static let strideMax: Int64 = 64

        init(_ repository: String, _ database: Database) {
            (self.repository, self.database) = (repository, database)
        }

        mutating func read(from first: Int64, through last: Int64) throws -> [LedgerPlace] {
            let isFar = (ahead?.sequence).map { Int64(bitPattern: $0) + Self.strideMax < first }
            if rows == nil || isFar == true { try begin(at: first) }
            var places: [LedgerPlace] = []
            while let place = ahead, Int64(bitPattern: place.sequence) <= last {
                if Int64(bitPattern: place.sequence) >= first { places.append(place) }
                try move()
            }
            return places
        }

        private mutating func begin(at first: Int64) throws {
            let statement = try database.cachedStatement(
                sql: """
                    SELECT position, sequence, revision FROM ledger
                    WHERE repository = ? AND sequence >= ? ORDER BY sequence
                    """)
            rows = try Row.fetchCursor(statement, arguments: [repository, first])
            try move()
        }

        private mutating func move() throws {
            ahead = try rows?.next().map { row in
                LedgerPlace(
                    index: row[0], sequence: UInt64(bitPattern: row[1]),
                    revision: UInt64(bitPattern: row[2]))
            }
        }
    }

    private struct LastRow {
        let sequence: UInt64
        let digest: ContentDigest
    }

    private static func lastRow(of repository: String, _ database: Database) throws -> LastRow {
        let statement = try database.cachedStatement(
            sql: """
                SELECT sequence, digest FROM ledger WHERE repository = ?
                ORDER BY sequence DESC LIMIT 1
                """)
        guard let row = try Row.fetchOne(statement, arguments: [repository]) else {
            return LastRow(sequence: 0, digest: LedgerChain.start)
        }
        return LastRow(
            sequence: UInt64(bitPattern: row["sequence"]),
            digest: try value(ContentDigest(bytes: row["digest"] as Data), "digest"))
    }

    private static func requireRoom(_ repository: String, _ database: Database) throws {
        let statement = try database.cachedStatement(
            sql: "SELECT EXISTS (SELECT 1 FROM rooms WHERE repository = ?)")
        guard try Bool.fetchOne(statement, arguments: [repository]) == true else {
            throw LedgerFailure.unknownRoom(repository)
        }
    }

    private static func value<Value>(_ value: Value?, _ field: String) throws -> Value {
        guard let value else {
            throw LedgerFailure(
                "hub.db", "holds an invalid \(field)",
                nextStep: "stop the Mothership and restore a backup")
        }
        return value
    }
}
