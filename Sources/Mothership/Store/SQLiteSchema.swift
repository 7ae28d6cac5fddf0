// The tables of hub.db, one migration per released version; a migration that was released is never
// edited. The ledger and the change sets refuse UPDATE and DELETE, so that no defect of ours can
// rewrite history.

import GRDB

enum SQLiteSchema {
    /// `PRAGMA application_id`: "aura" in ASCII, so that `file` and we can tell the file.
    static let applicationID: Int32 = 0x6175_7261
    /// `PRAGMA user_version` of this release.
    static let version: Int32 = 3

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1-ledger") { database in
            try database.execute(sql: ledgerTables)
            try database.execute(sql: accessTables)
            try database.execute(sql: "PRAGMA application_id = \(applicationID)")
            try database.execute(sql: "PRAGMA user_version = 1")
        }
        migrator.registerMigration("2-join-tokens") { database in
            try database.execute(sql: joinTables)
            try database.execute(sql: "PRAGMA user_version = 2")
        }
        migrator.registerMigration("3-runs") { database in
            try database.execute(sql: runTables)
            try database.execute(sql: "PRAGMA user_version = 3")
        }
        return migrator
    }

    private static let ledgerTables = """
        CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

        CREATE TABLE rooms (
            repository TEXT PRIMARY KEY, name TEXT NOT NULL, registered_at INTEGER NOT NULL
        ) WITHOUT ROWID;

        -- A set none of whose changes was new has a result and neither payload nor sequences.
        CREATE TABLE change_sets (
            number INTEGER PRIMARY KEY,
            repository TEXT NOT NULL REFERENCES rooms (repository),
            device BLOB NOT NULL, id BLOB NOT NULL, branch TEXT NOT NULL, user TEXT NOT NULL,
            received_at INTEGER NOT NULL, result TEXT NOT NULL,
            first_sequence INTEGER, last_sequence INTEGER, payload BLOB, signature BLOB,
            UNIQUE (repository, device, id)
        );
        CREATE INDEX change_sets_by_sequence
            ON change_sets (repository, branch, last_sequence) WHERE last_sequence IS NOT NULL;

        CREATE TABLE ledger (
            repository TEXT NOT NULL REFERENCES rooms (repository),
            sequence INTEGER NOT NULL, function BLOB NOT NULL, branch TEXT NOT NULL,
            revision INTEGER NOT NULL, base_revision INTEGER NOT NULL, kind TEXT NOT NULL,
            aura_id BLOB, path TEXT NOT NULL, device BLOB NOT NULL,
            change_set INTEGER NOT NULL REFERENCES change_sets (number),
            position INTEGER NOT NULL, digest BLOB NOT NULL,
            PRIMARY KEY (repository, sequence),
            UNIQUE (repository, branch, function, revision)
        ) WITHOUT ROWID;

        CREATE TABLE heads (
            repository TEXT NOT NULL REFERENCES rooms (repository),
            branch TEXT NOT NULL, function BLOB NOT NULL, revision INTEGER NOT NULL,
            aura_id BLOB, sequence INTEGER NOT NULL,
            PRIMARY KEY (repository, branch, function)
        ) WITHOUT ROWID;

        CREATE TRIGGER ledger_is_not_updated BEFORE UPDATE ON ledger
            BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
        CREATE TRIGGER ledger_is_not_deleted BEFORE DELETE ON ledger
            BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
        CREATE TRIGGER change_sets_are_not_updated BEFORE UPDATE ON change_sets
            BEGIN SELECT RAISE(ABORT, 'change sets are append-only'); END;
        CREATE TRIGGER change_sets_are_not_deleted BEFORE DELETE ON change_sets
            BEGIN SELECT RAISE(ABORT, 'change sets are append-only'); END;
        """

    private static let accessTables = """
        CREATE TABLE cursors (
            repository TEXT NOT NULL REFERENCES rooms (repository),
            device BLOB NOT NULL, branch TEXT NOT NULL, user TEXT NOT NULL,
            sequence INTEGER NOT NULL, at INTEGER NOT NULL,
            PRIMARY KEY (repository, device, branch)
        ) WITHOUT ROWID;

        CREATE TABLE tokens (
            id TEXT PRIMARY KEY, subject TEXT NOT NULL, room TEXT, device BLOB,
            scopes TEXT NOT NULL, issued_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
            revoked_at INTEGER
        ) WITHOUT ROWID;
        """

    // An older copy of the file lacks the runs that began since, by which peers tell it from what they
    // know.
    private static let runTables = """
        CREATE TABLE runs (
            number INTEGER PRIMARY KEY,
            repository TEXT NOT NULL REFERENCES rooms (repository),
            id TEXT NOT NULL, after INTEGER NOT NULL,
            UNIQUE (repository, id)
        );
        """

    private static let joinTables = """
        ALTER TABLE tokens ADD COLUMN parent TEXT;
        CREATE INDEX tokens_by_parent ON tokens (parent) WHERE parent IS NOT NULL;

        CREATE TABLE join_tokens (
            id TEXT PRIMARY KEY, digest BLOB NOT NULL, room TEXT NOT NULL, role TEXT NOT NULL,
            name TEXT, once INTEGER NOT NULL, created_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL, revoked_at INTEGER
        ) WITHOUT ROWID;

        CREATE TABLE join_uses (
            token TEXT NOT NULL REFERENCES join_tokens (id),
            device BLOB NOT NULL, user TEXT NOT NULL, at INTEGER NOT NULL,
            PRIMARY KEY (token, device)
        ) WITHOUT ROWID;
        """
}
