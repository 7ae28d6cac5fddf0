// When a repair is judged: once what it was to clear is gone as well, and what only came and went.

import Diagnostics
import Glibc
import RepairFixture
import Support
import Testing

@Suite struct SettlingTests {
    /// A report of the shelf in which these codes are found.
    private func report(_ room: ShelfRoom, _ jars: [String: String]) async throws -> Report {
        for name in try FileAccess.names(in: room.shelf.jars) where name != "sound" {
            try retrying("unlink", name) { unlink(room.shelf.jar(name)) }
        }
        for (name, text) in jars { try room.shelf.fill(name, with: text) }
        return await room.ground.examine().report
    }

    /// Answers with one report after the other; the last one stays.
    private actor Answers {
        private var reports: [Report]
        private(set) var given = 0

        init(_ reports: [Report]) { self.reports = reports }

        func next() -> Report {
            given += 1
            return reports.count > 1 ? reports.removeFirst() : reports[0]
        }
    }

    @Test func aVerdictWaitsForWhatTheRepairClearsAndForWhatComesAndGoes() async throws {
        let room = try ShelfRoom()
        // The keeper asleep explains the dust, which is to go with him.
        try retrying("unlink", "awake") { unlink(room.shelf.awake) }
        _ = try await report(room, ["a": "dusty"])
        let plan = try await room.engine.plan(RepairPolicy()).plan
        #expect(plan.repairs.map(\.clears) == [["shelf.dusty"]])
        try FileAccess.replace(room.shelf.awake, with: "awake".utf8)
        let dusty = try await report(room, ["a": "dusty"])
        let stale = try await report(room, ["a": "stale"])
        let clean = try await report(room, [:])
        let answers = Answers([dusty, stale, clean])
        let verifier = ReportVerifier(settle: .seconds(60), clock: SystemClock()) {
            await answers.next()
        }

        // A run needs a name; which one does not matter here.
        var chance = SystemRandomNumberGenerator()
        let verdict = try await verifier.verify(
            RunID(at: SystemClock().now, using: &chance), of: plan)

        #expect(verdict.codes.isEmpty && verdict.exitCode == 0)
        #expect(await answers.given == 3)
    }
}
