// The ledger in SQLite, in a folder of its own: append only, whole after a reopen, and the same as
// the ledger in memory.

import Foundation
import GRDB
import LedgerModel
import LiveProtocol
import Support
import Testing

@testable import Mothership

/// A folder that goes when its last reference does.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/aura-\(UUID().uuidString.prefix(13))"
        try FileAccess.makeFolder(path, mode: 0o700)
    }

    /// Removes it, also while a database that is being closed removes its own files in it.
    func remove() {
        for _ in 0..<100 where FileAccess.exists(path) {
            // Another attempt follows, and what stays after the last one is seen by the caller.
            try? FileManager.default.removeItem(atPath: path)
        }
    }

    deinit { remove() }
}

@Suite struct LedgerTests {
    let folder: TemporaryFolder
    let ada: TestDevice
    let bob: TestDevice
    var file: String { folder.path + "/hub.db" }

    init() throws {
        folder = try TemporaryFolder()
        ada = try TestDevice(1)
        bob = try TestDevice(2)
    }

    func open(epoch: String = "epoch-1") throws -> SQLiteLedger {
        let ledger = try SQLiteLedger(path: file, newEpoch: epoch)
        if try ledger.rooms().isEmpty {
            try ledger.register(
                RoomRecord(repository: repository, name: "a name", registeredAt: now))
        }
        return ledger
    }

    /// What a room wants committed when Ada and Bob push a little of everything.
    func batches() throws -> [CommitBatch] {
        var room = try RoomDriver()
        try room.join(1, ada)
        try room.join(2, bob)
        try room.push(1, ada.admitted(1, [put(1, "one"), put(2, "two")]))
        try room.push(2, bob.admitted(1, [put(1, "one"), put(2, "stale"), put(3, "three")]))
        try room.push(1, ada.admitted(2, [deletion(2, base: 1, on: "two")]))
        try room.push(2, bob.admitted(2, [put(1, "stale")]))
        try room.take(.acknowledge(connection(2), through: 2))
        try room.take(.tick)
        return room.batches
    }

    @Test func aReopenedLedgerHasTheSameHeadsResultsCursorsAndEpoch() throws {
        let memory = MemoryLedger(epoch: "epoch-1")
        try memory.register(RoomRecord(repository: repository, name: "a name", registeredAt: now))
        let batches = try batches()
        do {
            let ledger = try open()
            for (number, batch) in batches.enumerated() {
                for store in [ledger, memory] as [any LedgerStore] {
                    try store.begin("run \(number)", of: repository)
                    try store.commit([batch])
                }
            }
        }
        let ledger = try open(epoch: "epoch-2")
        #expect(ledger.epoch == "epoch-1")
        let (state, expected) = (
            try ledger.state(of: repository), try memory.state(of: repository)
        )
        #expect(state.heads == expected.heads && state.heads.count == 3)
        #expect(state.headSequence == 4)
        #expect(state.runs == expected.runs && state.runs.count == batches.count)
        #expect(state.runs.first?.after == 0 && state.runs.last?.after ?? 0 > 0)
        #expect(state.heads[HeadKey(branch: "main", function: function(2))]?.isTombstone == true)
        for set in batches.flatMap(\.sets) {
            let stored = try ledger.result(
                of: set.result.changeSet, device: set.signed.device, in: repository)
            #expect(stored == set.result)
        }
        let cursor = try #require(
            try ledger.cursors(of: repository).first { $0.device == bob.id })
        #expect(cursor.sequence == 2)
        #expect(try ledger.totals() == LedgerTotals(rooms: 1, records: 4, lastSequence: 4))
        #expect(try ledger.verify(repository).isWhole)
        let room = RoomCore(
            state: state, settings: RoomSettings(instance: "i", serverVersion: "1"))
        #expect(room.head(function(3), on: "main")?.sequence == 3)
    }

    @Test func pagesAreTheSameAsFromMemory() throws {
        let memory = MemoryLedger(epoch: "epoch-1")
        try memory.register(RoomRecord(repository: repository, name: "a name", registeredAt: now))
        let ledger = try open()
        for batch in try batches() {
            try ledger.commit([batch])
            try memory.commit([batch])
        }
        for after: UInt64 in 0...4 {
            for skipping in [nil, ada.id, bob.id] {
                for sets in 1...3 {
                    func page(_ store: any LedgerStore) throws -> LedgerPage {
                        try store.page(
                            of: repository, branch: "main", skipping: skipping, after: after,
                            through: 4, limit: PageLimit(sets: sets, bytes: 1 << 20))
                    }
                    #expect(try page(ledger) == page(memory), "after \(after), \(sets) sets")
                }
            }
        }
        let whole = try ledger.page(
            of: repository, branch: "main", skipping: nil, after: 0, through: 4,
            limit: PageLimit(sets: 9, bytes: 1 << 20))
        #expect(whole.sets.flatMap(\.places).map(\.sequence) == [1, 2, 3, 4])
        #expect(whole.sets.filter { !$0.signed.isAuthentic }.isEmpty)
    }

    @Test(arguments: [
        "UPDATE ledger SET path = 'b.swift' WHERE sequence = 1",
        "DELETE FROM ledger WHERE sequence = 1", "DELETE FROM ledger",
        "UPDATE change_sets SET result = '{}'", "DELETE FROM change_sets",
    ])
    func historyRefusesToBeRewritten(_ statement: String) throws {
        let ledger = try open()
        for batch in try batches() { try ledger.commit([batch]) }
        let failure = #expect(throws: LedgerFailure.self) {
            try ledger.writing { try $0.execute(sql: statement) }
        }
        #expect(failure?.reason.contains("append-only") == true)
        #expect(try ledger.verify(repository).isWhole)
        #expect(try ledger.totals().records == 4)
    }

    @Test func aRepeatedCommitIsRefusedAndChangesNothing() throws {
        let ledger = try open()
        let batches = try batches()
        for batch in batches { try ledger.commit([batch]) }
        let first = try #require(batches.first { !$0.sets.isEmpty })
        #expect(throws: LedgerFailure.self) { try ledger.commit([first]) }
        #expect(try ledger.totals().records == 4)
        #expect(try ledger.verify(repository).isWhole)
    }

    @Test func batchesThatFailTogetherLeaveNothing() throws {
        let ledger = try open()
        let good = try #require(try batches().first { !$0.sets.isEmpty })
        let lost = CommitBatch(repository: "repo-2", sets: good.sets, cursors: [])
        #expect(throws: LedgerFailure.self) { try ledger.commit([good, lost]) }
        #expect(try ledger.totals().records == 0)
        try ledger.commit([good])
        #expect(try ledger.totals().records == 2)
    }

    @Test func aGapInTheSequenceIsRefused() throws {
        let ledger = try open()
        let later = try #require(try batches().last { $0.sets.contains { !$0.rows.isEmpty } })
        let failure = #expect(throws: LedgerFailure.self) { try ledger.commit([later]) }
        #expect(failure?.reason.contains("does not follow 0") == true)
        #expect(try ledger.totals().records == 0)
    }

    @Test func theChainNamesARowThatWasChangedBehindTheTriggers() throws {
        let ledger = try open()
        for batch in try batches() { try ledger.commit([batch]) }
        try ledger.writing {
            try $0.execute(sql: "DROP TRIGGER ledger_is_not_updated")
            try $0.execute(sql: "UPDATE ledger SET path = 'b.swift' WHERE sequence = 2")
        }
        let report = try ledger.verify(repository)
        #expect(report.broken == [2] && report.gapsAfter.isEmpty && report.records == 4)
        let newest = try ledger.verify(repository, newest: 2)
        #expect(newest.isWhole && newest.records == 2)
        #expect(try ledger.verify(repository, newest: 3).broken == [2])
        #expect(try ledger.verify(newest: nil) { true }.damage.count == 1)
        #expect(try ledger.verify(newest: nil) { false }.isComplete == false)
        try ledger.writing {
            try $0.execute(sql: "DROP TRIGGER ledger_is_not_deleted")
            try $0.execute(sql: "DELETE FROM ledger WHERE sequence = 3")
        }
        #expect(try ledger.verify(repository).gapsAfter == [2])
    }

    @Test func commitsAreSyncedAndTheFileIsMarked() throws {
        let ledger = try open()
        #expect(try ledger.writerPragma("synchronous") == "2")
        #expect(try ledger.writerPragma("journal_mode") == "wal")
        #expect(try ledger.writerPragma("application_id") == "\(0x6175_7261)")
        #expect(try ledger.writerPragma("user_version") == "3")
    }

    @Test func aLedgerOfANewerReleaseIsRefused() throws {
        do {
            let ledger = try open()
            try ledger.writing { try $0.execute(sql: "PRAGMA user_version = 4") }
        }
        let failure = #expect(throws: LedgerFailure.self) { _ = try open() }
        #expect(failure?.reason.contains("newer release") == true)
    }

    @Test func registeringAgainKeepsTheDateAndTakesTheName() throws {
        let ledger = try open()
        try ledger.register(
            RoomRecord(repository: repository, name: "new", registeredAt: now + .seconds(5)))
        #expect(
            try ledger.rooms()
                == [RoomRecord(repository: repository, name: "new", registeredAt: now)])
        #expect(throws: LedgerFailure.self) { _ = try ledger.state(of: "repo-2") }
    }

    @Test func aRevokedTokenStaysRevoked() throws {
        do {
            let ledger = try open()
            try ledger.remember(
                TokenRecord(
                    id: "t1", subject: "ada", room: repository, device: ada.id,
                    scopes: ["room.contribute"], issuedAt: now, expiresAt: now + .seconds(9)))
            #expect(try ledger.revoke(token: "t2", at: now) == nil)
            #expect(try ledger.revoke(token: "t1", at: now) == ["t1"])
        }
        #expect(try open().revokedTokens() == ["t1"])
    }
}
