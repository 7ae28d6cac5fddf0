// What a Mothership says of itself is true: a store that cannot be written, one that hangs, and a
// ledger that was changed behind its back.

import Dispatch
import LiveProtocol
import Support
import Synchronization
import Testing

@testable import Mothership

@Suite struct HealthTests {
    private static func store(of ship: TestMothership) throws -> SQLiteLedger {
        try #require(ship.context.store as? SQLiteLedger)
    }

    @Test func aStoreThatTakesNothingIsToldUntilItDoesAgain() async throws {
        try await TestMothership.run { ship in
            let (store, writer) = (try Self.store(of: ship), ship.context.services.writer)
            writer.commit(CommitBatch(repository: "nobody's", sets: [], cursors: [])) { _ in }
            await writer.flush()
            #expect(ship.context.health().status == .ok, "what one room asks for is no trouble")
            try store.writing {
                try $0.execute(
                    sql: """
                        CREATE TRIGGER full BEFORE UPDATE ON meta
                        BEGIN SELECT RAISE(ABORT, 'no room is left'); END
                        """)
            }
            writer.commit(CommitBatch(repository: "nobody's", sets: [], cursors: [])) { _ in }
            await writer.flush()

            let first = try await PlainRequest.get("/health", port: ship.port)
            #expect(first.status == 503 && first.body.contains("no room is left"))
            await writer.flush()
            let second = try await onOwnThread { [port = ship.port] in
                try HealthClient.fetch("127.0.0.1", port: port, timeout: TestMothership.patience)
            }
            #expect(second.status == .failing && second.words.contains("no room is left"))
            #expect(second.records == 0 && second.head == 0)
            let ready = try await PlainRequest.get("/ready", port: ship.port)
            #expect(ready.status == 503 && ready.body.contains("false"))

            await writer.flush()
            try store.writing { try $0.execute(sql: "DROP TRIGGER full") }
            #expect(ship.context.health().status == .failing)
            await writer.flush()
            let health = ship.context.health()
            #expect(health.status == .ok && health.why == nil && health.words == "ok")
        }
    }

    @Test func aWriteThatHangsIsToldByHowLong() async throws {
        try await TestMothership.run { ship in
            let (store, writer) = (try Self.store(of: ship), ship.context.services.writer)
            let gate = Gate()
            let holder = Task {
                try await onOwnThread { try store.writing { _ in gate.holdOnce() } }
            }
            await gate.isHeld()
            writer.commit(CommitBatch(repository: repository, sets: [], cursors: [])) { _ in }
            while ship.context.health().status == .ok {
                ship.clock.advance(.seconds(6))
                await Task.yield()
            }
            #expect(ship.context.health().why?.hasPrefix("a write has not ended for ") == true)

            gate.open()
            _ = try await holder.value
            await writer.flush()
            #expect(ship.context.health().status == .ok)
        }
    }

    @Test func aLedgerThatWasChangedIsNamedAfterTheNextStart() async throws {
        let folder = try TemporaryFolder()
        let ada = try TestDevice(1)
        try await TestMothership.run(in: folder) { ship in
            var client = try await ship.peer(ada).client
            try client.push(try ada.signed(1, [put(1, "one"), put(2, "two")]), count: 2)
            _ = try await client.result()
            #expect(try await Self.verdict(of: ship).damage.isEmpty)
            try Self.store(of: ship).writing {
                try $0.execute(sql: "DROP TRIGGER ledger_is_not_updated")
                try $0.execute(sql: "UPDATE ledger SET path = 'b.swift' WHERE sequence = 2")
            }
        }
        try await TestMothership.run(in: folder) { ship in
            let verdict = try await Self.verdict(of: ship)
            #expect(verdict.records == 2 && !verdict.isComplete)
            #expect(
                verdict.damage
                    == ["room \(repository): record 2 does not follow from the one before it"])
            #expect(ship.context.health().status == .ok, "it serves on")
            let status = await ship.instance.status()
            #expect(status.ledger?.isWhole == false && status.ledger?.words == verdict.words)
            let whole = try await onOwnThread { [home = ship.instance.home] in
                try MothershipControl.verify(home, timeout: TestMothership.patience)
            }
            #expect(whole == LocalMothership.LedgerStatement(isWhole: false, words: verdict.words))
        }
    }

    /// What the walk after the start came to.
    private static func verdict(of ship: TestMothership) async throws -> LedgerVerdict {
        while true {
            if let verdict = ship.context.ledgerCheck.verdict { return verdict }
            await Task.yield()
        }
    }
}

/// Holds the thread that comes first until it is opened.
private final class Gate: Sendable {
    private let held = Mutex(false)
    private let isOpen = DispatchSemaphore(value: 0)

    func holdOnce() {
        held.withLock { $0 = true }
        isOpen.wait()
    }

    func isHeld() async {
        while !held.withLock({ $0 }) { await Task.yield() }
    }

    func open() { isOpen.signal() }
}
