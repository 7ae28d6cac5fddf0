// Tokens in the two stores: the same answers, whole after a reopen, and an older file is taken over.

import Foundation
import GRDB
import LedgerModel
import LiveProtocol
import Support
import Testing

@testable import Mothership

@Suite struct TokenStoreTests {
    enum Kind: CaseIterable { case sqlite, memory }

    let folder: TemporaryFolder
    let ada: TestDevice
    let ben: TestDevice

    init() throws {
        folder = try TemporaryFolder()
        ada = try TestDevice(1)
        ben = try TestDevice(2)
    }

    func store(_ kind: Kind) throws -> any LedgerStore {
        switch kind {
        case .sqlite: try SQLiteLedger(path: folder.path + "/hub.db", newEpoch: "e")
        case .memory: MemoryLedger(epoch: "e")
        }
    }

    func token(
        _ id: String, _ device: TestDevice, room: String = repository, parent: String? = nil,
        at seconds: Int64 = 0
    ) -> TokenRecord {
        TokenRecord(
            id: id, subject: device.user, room: room, device: device.id,
            scopes: ["room.contribute", "room.admin"], issuedAt: now + .seconds(seconds),
            expiresAt: now + .seconds(9), parent: parent)
    }

    func join(_ id: String, once: Bool = true, at seconds: Int64 = 0) -> JoinTokenRecord {
        JoinTokenRecord(
            id: id, digest: .of(id.utf8), room: repository, role: .reader, name: "for \(id)",
            once: once, createdAt: now + .seconds(seconds), expiresAt: now + .seconds(60))
    }

    func use(_ device: TestDevice, at seconds: Int64 = 1) -> JoinTokenRecord.Use {
        .init(device: device.id, user: device.user, at: now + .seconds(seconds))
    }

    @Test(arguments: Kind.allCases) func aTokenIsReadAsItWasStored(_ kind: Kind) throws {
        let store = try store(kind)
        let (first, second) = (token("t1", ada), token("t2", ben, parent: "j1", at: 1))
        #expect(try store.remember(first) && store.remember(second))
        #expect(try store.tokens() == [second, first])
        #expect(try store.token("t1") == first)
        #expect(try store.token("t3") == nil)
    }

    @Test(arguments: Kind.allCases) func aDeviceLosesAllItsTokensForTheRoom(_ kind: Kind) throws {
        let store = try store(kind)
        for record in [
            token("old", ada), token("new", ada, at: 1), token("other", ada, room: "repo-2"),
            token("bens", ben),
        ] { try store.remember(record) }
        #expect(try store.revoke(token: "none", at: now) == nil)
        #expect(try store.revoke(token: "new", at: now) == ["old", "new"])
        #expect(try store.revokedTokens() == ["old", "new"])
        // A second revocation keeps the first time.
        _ = try store.revoke(token: "old", at: now + .seconds(5))
        #expect(try store.token("new")?.revokedAt == now)
    }

    @Test(arguments: Kind.allCases) func ofTwoDevicesTheFirstGetsIn(_ kind: Kind) throws {
        let store = try store(kind)
        try store.remember(join("j1"))
        let digest = ContentDigest.of("j1".utf8)
        #expect(
            try store.use(joinToken: "j2", digest: digest, use(ada)) == .unknown)
        #expect(
            try store.use(joinToken: "j1", digest: .of("other".utf8), use(ada)) == .unknown)
        #expect(try store.use(joinToken: "j1", digest: digest, use(ada)) == .accepted)
        #expect(try store.use(joinToken: "j1", digest: digest, use(ben)) == .used(by: use(ada)))
        #expect(try store.use(joinToken: "j1", digest: digest, use(ada, at: 2)) == .accepted)
        var expected = join("j1")
        expected.uses = [use(ada)]
        #expect(try store.joinTokens() == [expected])
    }

    /// Only a join token that was made after that lets it in again.
    @Test(arguments: Kind.allCases)
    func aDeviceThatWasSentAwayNeedsANewerJoinToken(_ kind: Kind) throws {
        let store = try store(kind)
        try store.remember(join("j1", once: false))
        let (first, second) = (ContentDigest.of("j1".utf8), ContentDigest.of("j2".utf8))
        #expect(try store.use(joinToken: "j1", digest: first, use(ada)) == .accepted)
        try store.remember(token("t1", ada, parent: "j1"))
        #expect(try store.revoke(token: "t1", at: now + .seconds(3)) == ["t1"])

        #expect(try store.use(joinToken: "j1", digest: first, use(ada, at: 4)) == .revoked)
        #expect(try store.use(joinToken: "j1", digest: first, use(ben, at: 4)) == .accepted)
        try store.remember(join("j2", at: 5))
        #expect(try store.use(joinToken: "j2", digest: second, use(ada, at: 6)) == .accepted)
    }

    @Test(arguments: Kind.allCases)
    func whatGoesBackToARevokedTokenIsBornRevoked(_ kind: Kind) throws {
        let store = try store(kind)
        try store.remember(join("j1"))
        try store.remember(token("t1", ada, parent: "j1"))
        #expect(try store.revoke(joinToken: "j2", at: now) == nil)
        #expect(try store.revoke(joinToken: "j1", at: now) == ["t1"])
        #expect(
            try store.use(joinToken: "j1", digest: .of("j1".utf8), use(ben)) == .revoked)
        #expect(try store.remember(token("t2", ben, parent: "j1")) == false)
        try store.remember(token("t3", ben))
        _ = try store.revoke(token: "t3", at: now)
        #expect(try store.remember(token("t4", ben), replacing: "t3") == false)
        #expect(try store.remember(token("t5", ada), replacing: nil))
        #expect(try store.revokedTokens() == ["t1", "t2", "t3", "t4"])
    }

    @Test func anOlderFileKeepsItsTokens() throws {
        let path = folder.path + "/hub.db"
        do {
            let pool = try DatabasePool(path: path)
            try SQLiteSchema.migrator.migrate(pool, upTo: "1-ledger")
            try pool.write {
                try $0.execute(
                    sql: """
                        INSERT INTO tokens (id, subject, room, scopes, issued_at, expires_at)
                        VALUES ('t1', 'ada', 'repo-1', 'room.contribute', 1, 2)
                        """)
            }
        }
        let store = try SQLiteLedger(path: path, newEpoch: "e")
        #expect(try store.token("t1")?.subject == "ada")
        #expect(try store.joinTokens().isEmpty)
        #expect(try store.writerPragma("user_version") == "3")
    }
}
