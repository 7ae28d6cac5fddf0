// A Mothership and its home: one at a time, files for their owner alone, and no start on a ledger
// that lost records.

import Foundation
import Mothership
import Support
import Testing

@Suite struct InstanceTests {
    /// Why a start in `folder` is refused; nil when it is not.
    func refusal(
        in folder: TemporaryFolder, port: Int = 0
    ) async throws -> PlainFailure? {
        do {
            try await TestMothership.run(in: folder) {
                $0.port = port
            } _: { _ in
            }
            return nil
        } catch let failure as PlainFailure { return failure }
    }

    @Test func aSecondMothershipOfAHomeIsRefusedAsBusy() async throws {
        let folder = try TemporaryFolder()
        try await TestMothership.run(in: folder) { _ in
            let second = try await refusal(in: folder)
            #expect(second?.exitStatus == .busy)
        }
        try await TestMothership.run(in: folder) { ship in #expect(ship.port > 0) }
    }

    /// Whoever tidies a home while it is in use must not let a second one in.
    @Test func whatAHomeIsFoundByComesBackAndNoSecondOneStartsMeanwhile() async throws {
        let folder = try TemporaryFolder()
        let home = MothershipHome(root: folder.path)
        try await TestMothership.run(in: folder) { ship in
            let record = try FileAccess.read(home.pidFile)
            #expect(try ship.instance.tend() == [])
            for path in [home.lock, home.runFolder] {
                try FileManager.default.removeItem(atPath: path)
            }
            #expect(try await refusal(in: folder)?.exitStatus == .busy)

            // A look that missed a file alone is none: somebody may be putting another in its place.
            _ = try ship.instance.tend()
            #expect(try ship.instance.tend() == [home.pidFile, home.socket])

            #expect(try HomeLock.isHeld(home.lock))
            #expect(try FileAccess.read(home.pidFile) == record)
            let answer = try await onOwnThread {
                MothershipProbe.socketSign(home, timeout: .seconds(10))
            }
            guard case .answered = answer else { return #expect(Bool(false), "\(answer)") }
            // What is left of a record names nobody.
            try FileAccess.replace(home.pidFile, with: "{".utf8)
            _ = try ship.instance.tend()
            #expect(try ship.instance.tend() == [home.pidFile])
        }
        #expect(try !HomeLock.isHeld(home.lock))
        #expect(try await refusal(in: folder) == nil)
    }

    @Test func aTakenPortIsRefusedAndGivesTheHomeBack() async throws {
        try await TestMothership.run { ship in
            let folder = try TemporaryFolder()
            #expect(try await refusal(in: folder, port: ship.port)?.exitStatus == .cannotCreate)
            #expect(try await refusal(in: folder) == nil)
        }
    }

    @Test func secretsAreTheirOwnersAlone() async throws {
        let folder = try TemporaryFolder()
        try await TestMothership.run(in: folder) { ship in
            let home = ship.instance.home
            for (path, mode) in [
                (home.store, 0o600), (home.adminToken, 0o600), (home.signingKey, 0o600),
                (home.socket, 0o600), (home.keys, 0o700), (home.root + "/run", 0o700),
                (home.store + "-wal", 0o600), (home.root + "/logs", 0o700),
            ] {
                let found = try FileManager.default.attributesOfItem(atPath: path)
                #expect((found[.posixPermissions] as? NSNumber)?.intValue == mode, "\(path)")
            }
        }
    }

    @Test func aLostKeyIsNotReplacedByAnother() async throws {
        let folder = try TemporaryFolder()
        let home = MothershipHome(root: folder.path)
        try await TestMothership.run(in: folder) { _ in }
        try FileManager.default.removeItem(atPath: home.signingKey)

        let failure = try await refusal(in: folder)
        #expect(failure?.exitStatus == .refused)
        #expect(failure?.subject == home.signingKey)
        #expect(!FileAccess.exists(home.signingKey))
        // The store alone says too that there was a key.
        try FileManager.default.removeItem(atPath: home.adminToken)
        #expect(try await refusal(in: folder)?.subject == home.signingKey)
        #expect(!FileAccess.exists(home.signingKey))
        let asked: (inout MothershipConfiguration) -> Void = { $0.makesAnotherKey = true }
        try await TestMothership.run(in: folder, asked) { _ in }
        #expect(FileAccess.exists(home.signingKey) && FileAccess.exists(home.adminToken))
    }

    /// It would say whether the store has less than it had.
    @Test func aTornRecordOfTheLastStopIsNamedWithANextStep() async throws {
        let folder = try TemporaryFolder()
        let home = MothershipHome(root: folder.path)
        try await TestMothership.run(in: folder) { _ in }
        try FileAccess.replace(home.cleanStop, with: Array("{\"totals\":".utf8))

        let failure = try await refusal(in: folder)
        #expect(failure?.exitStatus == .refused && failure?.subject == home.cleanStop)
        #expect(failure?.nextStep.hasSuffix("then move that file aside") == true)
        try FileManager.default.removeItem(atPath: home.cleanStop)
        try await TestMothership.run(in: folder) { _ in }
    }

    @Test func aLedgerThatLostRecordsIsNotServed() async throws {
        let folder = try TemporaryFolder()
        let home = MothershipHome(root: folder.path)
        let ada = try TestDevice(1)
        try await TestMothership.run(in: folder) { ship in
            var client = try await ship.peer(ada).client
            try client.push(try ada.signed(1, [put(1, "one")]))
            _ = try await client.result()
        }
        let stop = try #require(try CleanStop.load(home.cleanStop))
        #expect(stop.totals == LedgerTotals(rooms: 1, records: 1, lastSequence: 1))
        for suffix in ["", "-wal", "-shm"] where FileAccess.exists(home.store + suffix) {
            try FileManager.default.removeItem(atPath: home.store + suffix)
        }
        let failure = try await refusal(in: folder)
        #expect(failure?.exitStatus == .refused)
        #expect(failure?.reason.contains("held 1 records") == true)
        #expect(!FileAccess.exists(home.store))
        // A Mothership that was killed left no record, but it had made its token.
        try FileManager.default.removeItem(atPath: home.cleanStop)
        let second = try await refusal(in: folder)
        #expect(second?.exitStatus == .refused)
        #expect(second?.nextStep.contains(home.adminToken) == true)
        // Moved aside by a person, it no longer stands in the way.
        try FileManager.default.removeItem(atPath: home.adminToken)
        try await TestMothership.run(in: folder) { ship in
            let health = ship.context.health()
            #expect(health.records == 0 && health.rooms == 1)
        }
    }
}
