// The token tables of the SQLite ledger.

import Foundation
import GRDB
import LiveProtocol
import Support

extension SQLiteLedger {
    public func remember(
        _ token: TokenRecord, replacing old: String?
    ) throws(LedgerFailure) -> Bool {
        try writing {
            try $0.execute(
                sql: """
                    INSERT INTO tokens
                    (id, subject, room, device, scopes, issued_at, expires_at, parent, revoked_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, coalesce(
                        (SELECT revoked_at FROM join_tokens WHERE id = ?),
                        (SELECT revoked_at FROM tokens WHERE id = ?)))
                    """,
                arguments: [
                    token.id, token.subject, token.room, token.device.map { Data($0.bytes) },
                    token.scopes.joined(separator: " "), token.issuedAt.rawValue,
                    token.expiresAt.rawValue, token.parent, token.parent, old,
                ])
            return try Bool.fetchOne(
                $0, sql: "SELECT revoked_at IS NULL FROM tokens WHERE id = ?",
                arguments: [token.id]) ?? false
        }
    }

    public func token(_ id: String) throws(LedgerFailure) -> TokenRecord? {
        try reading {
            try Row.fetchOne($0, sql: "SELECT * FROM tokens WHERE id = ?", arguments: [id])
                .map(Self.token)
        }
    }

    public func tokens() throws(LedgerFailure) -> [TokenRecord] {
        try reading {
            try Row.fetchAll($0, sql: "SELECT * FROM tokens ORDER BY issued_at DESC, id")
                .map(Self.token)
        }
    }

    public func revoke(
        token id: String, at time: Timestamp
    ) throws(LedgerFailure) -> Set<String>? {
        try writing { database in
            let ids = try String.fetchSet(
                database,
                sql: """
                    SELECT other.id FROM tokens AS one JOIN tokens AS other
                    ON other.id = one.id
                    OR (other.device = one.device AND other.room = one.room)
                    WHERE one.id = ?
                    """,
                arguments: [id])
            for id in ids {
                try database.execute(
                    sql: "UPDATE tokens SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?",
                    arguments: [time.rawValue, id])
            }
            return ids.isEmpty ? nil : ids
        }
    }

    public func revokedTokens() throws(LedgerFailure) -> Set<String> {
        try reading {
            try String.fetchSet($0, sql: "SELECT id FROM tokens WHERE revoked_at IS NOT NULL")
        }
    }

    public func remember(_ token: JoinTokenRecord) throws(LedgerFailure) {
        try writing {
            try $0.execute(
                sql: """
                    INSERT INTO join_tokens
                    (id, digest, room, role, name, once, created_at, expires_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    token.id, Data(token.digest.bytes), token.room, token.role.rawValue,
                    token.name, token.once, token.createdAt.rawValue, token.expiresAt.rawValue,
                ])
        }
    }

    public func joinTokens() throws(LedgerFailure) -> [JoinTokenRecord] {
        try reading { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM join_tokens ORDER BY created_at DESC, id"
            ).map { try Self.joinToken($0, database) }
        }
    }

    public func use(
        joinToken id: String, digest: ContentDigest, _ use: JoinTokenRecord.Use
    ) throws(LedgerFailure) -> JoinOutcome {
        try writing { database in
            guard let row = try Self.joinRow(id, database) else { return .unknown }
            let record = try Self.joinToken(row, database)
            let sentAwayAt = try Int64.fetchOne(
                database,
                sql: "SELECT max(revoked_at) FROM tokens WHERE device = ? AND room = ?",
                arguments: [Data(use.device.bytes), record.room])
            let outcome = record.outcome(
                digest: digest, of: use, sentAwayAt: sentAwayAt.map(Timestamp.init(rawValue:)))
            if outcome == .accepted {
                try database.execute(
                    sql: """
                        INSERT OR IGNORE INTO join_uses (token, device, user, at)
                        VALUES (?, ?, ?, ?)
                        """,
                    arguments: [id, Data(use.device.bytes), use.user, use.at.rawValue])
            }
            return outcome
        }
    }

    public func revoke(
        joinToken id: String, at time: Timestamp
    ) throws(LedgerFailure) -> Set<String>? {
        try writing { database in
            guard try Self.joinRow(id, database) != nil else { return nil }
            for (table, column) in [("join_tokens", "id"), ("tokens", "parent")] {
                try database.execute(
                    sql: """
                        UPDATE \(table) SET revoked_at = coalesce(revoked_at, ?)
                        WHERE \(column) = ?
                        """,
                    arguments: [time.rawValue, id])
            }
            return try String.fetchSet(
                database, sql: "SELECT id FROM tokens WHERE parent = ?", arguments: [id])
        }
    }

    private static func joinRow(_ id: String, _ database: Database) throws -> Row? {
        try Row.fetchOne(
            database, sql: "SELECT * FROM join_tokens WHERE id = ?", arguments: [id])
    }

    private static func token(_ row: Row) throws -> TokenRecord {
        let scopes: String = row["scopes"]
        return TokenRecord(
            id: row["id"], subject: row["subject"], room: row["room"],
            device: (row["device"] as Data?).flatMap { DeviceID(bytes: $0) },
            scopes: scopes.split(separator: " ").map(String.init),
            issuedAt: Timestamp(rawValue: row["issued_at"]),
            expiresAt: Timestamp(rawValue: row["expires_at"]), parent: row["parent"],
            revokedAt: (row["revoked_at"] as Int64?).map(Timestamp.init(rawValue:)))
    }

    private static func joinToken(_ row: Row, _ database: Database) throws -> JoinTokenRecord {
        let id: String = row["id"]
        guard let digest = ContentDigest(bytes: row["digest"] as Data),
            let role = TokenRole(rawValue: row["role"])
        else {
            throw LedgerFailure(
                "join token \(id)", "is stored with a role or digest this release cannot read",
                nextStep: "start the release that wrote it, or restore a backup")
        }
        let uses = try Row.fetchAll(
            database, sql: "SELECT * FROM join_uses WHERE token = ? ORDER BY at, device",
            arguments: [id]
        ).compactMap { use in
            DeviceID(bytes: use["device"] as Data).map {
                JoinTokenRecord.Use(
                    device: $0, user: use["user"], at: Timestamp(rawValue: use["at"]))
            }
        }
        return JoinTokenRecord(
            id: id, digest: digest, room: row["room"], role: role, name: row["name"],
            once: row["once"], createdAt: Timestamp(rawValue: row["created_at"]),
            expiresAt: Timestamp(rawValue: row["expires_at"]),
            revokedAt: (row["revoked_at"] as Int64?).map(Timestamp.init(rawValue:)), uses: uses)
    }
}
