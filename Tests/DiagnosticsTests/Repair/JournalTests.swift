// What a journal proves, and what one that was changed does not.

import Diagnostics
import Foundation
import Glibc
import RepairFixture
import Support
import Testing

struct JournalTests {
    private func repairedRoom() async throws -> (ShelfRoom, RunID, path: String) {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "mislabelled")
        let run = try #require(try await room.engine.repair(RepairPolicy()).run).id
        return (room, run, "\(room.ground.journalFolder)/\(run).ndjson")
    }

    @Test func everyFlippedByteBreaksTheChain() async throws {
        let (room, run, path) = try await repairedRoom()
        let sound = try FileAccess.read(path)
        var chance = SeededGenerator(seed: 7)

        for _ in 0..<60 {
            var bytes = sound
            let place = Int.random(in: bytes.indices, using: &chance)
            bytes[place] ^= 1
            // The last newline decides whether there is a last line at all.
            guard place != bytes.count - 1 else { continue }
            try FileAccess.replace(path, with: bytes)
            // The last line has no successor that would name its digest.
            let last = bytes.dropLast().lastIndex(of: 10) ?? 0
            guard place <= last else { continue }
            #expect(throws: RepairFailure.self, "byte \(place)") {
                try room.engine.history.run(run)
            }
        }
    }

    @Test func aBrokenJournalIsReportedAndNothingIsTakenBackFromIt() async throws {
        let (room, run, path) = try await repairedRoom()
        var lines = try FileAccess.read(path).split(separator: 10)
        lines.remove(at: 2)
        try FileAccess.replace(path, with: lines.joined(separator: [10]) + [10])
        let before = try room.picture()

        let failure = await #expect(throws: RepairFailure.self) {
            try await room.engine.undo(run)
        }
        let report = await room.ground.examine().report

        #expect(failure?.kind?.code == "doctor.journal-broken")
        #expect(report.findings.map(\.code) == ["doctor.journal-broken"])
        #expect(try room.picture() == before)
    }

    @Test func aBrokenJournalStopsOtherRepairs() async throws {
        let (room, _, path) = try await repairedRoom()
        try FileAccess.replace(path, with: "{}\n".utf8)
        try room.shelf.fill("b", with: "mislabelled")

        let plan = try await room.engine.plan(RepairPolicy()).plan

        #expect(plan.refusal(of: "shelf.mislabelled") == .dataAtStakeElsewhere)
        #expect(plan.refusal(of: "doctor.journal-broken") == .manual)
    }

    @Test func halfALineAtTheEndCountsForNothing() async throws {
        let (room, run, path) = try await repairedRoom()
        let sound = try FileAccess.read(path)
        try FileAccess.replace(path, with: sound + Array("{\"schema\":\"aura".utf8))

        #expect(try room.engine.history.run(run).outcome == .repaired)
        #expect(try await room.engine.undo(run).count == 1)
        #expect(try room.engine.history.run(run).outcome == .undone)
    }

    @Test(arguments: [0, 40])
    func aJournalThatWasCutToNothingIsNoRunThatHadNotBegun(bytes: Int) async throws {
        let (room, run, path) = try await repairedRoom()
        try FileAccess.replace(path, with: try FileAccess.read(path).prefix(bytes))

        #expect(await room.ground.examine().report.codes == ["doctor.journal-broken"])
        await #expect(throws: RepairFailure.self) { try await room.engine.undo(run) }
        // Without anything set aside it is what a crash before the first line leaves.
        try FileManager.default.removeItem(atPath: room.ground.quarantineFolder)
        #expect(await room.ground.examine().report.codes == [])
        #expect(try room.engine.history.all().isEmpty)
    }

    @Test func eachLineBeginsWithItsSchema() async throws {
        let (room, _, path) = try await repairedRoom()

        let lines = try FileAccess.read(path).split(separator: 10)
        #expect(path.hasPrefix(room.shelf.root))

        #expect(lines.count > 4)
        for line in lines {
            #expect(
                String(decoding: line, as: UTF8.self).hasPrefix(
                    "{\"schema\":\"aura.journal\",\"schema_version\":1,\"run\":"))
        }
    }

    @Test func eachRepairHasAHigherEpoch() async throws {
        let (room, _, _) = try await repairedRoom()
        let first = RepairEpoch.current(in: room.ground.journalFolder)
        try room.shelf.fill("b", with: "mislabelled")

        let run = try await room.engine.repair(RepairPolicy()).run

        #expect(run?.epoch == first + 1)
        #expect(RepairEpoch.current(in: room.ground.journalFolder) == first + 1)
    }

    @Test(arguments: ["", "../x", "a/b", "x y", String(repeating: "a", count: 65)])
    func aRunHasAPlainName(_ text: String) {
        #expect(RunID(rawValue: text) == nil)
    }
}
