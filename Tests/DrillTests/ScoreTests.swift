// The two score cards count what they should: what was not run or not repaired is never passed, and
// a wrong answer is charged to the right code.

import Diagnostics
import Support
import Testing

@testable import Drills

@Suite struct ScoreTests {
    private func row(
        _ code: String, _ outcome: DrillRow.Outcome, _ change: (inout DrillRow) -> Void = { _ in }
    ) throws -> DrillRow {
        let drill = try #require(try Drill.all().first { $0.code == code })
        var row = DrillRow(drill, outcome)
        change(&row)
        return row
    }

    @Test func whatWasNotRunIsNotPassed() throws {
        let card = ScoreCard(
            rows: [
                try row("agent.down", .passed) {
                    ($0.detected, $0.named, $0.repaired, $0.undone) = (.yes, .yes, .yes, .yes)
                    $0.bundles = 1
                },
                try row("wal.torn-tail", .passed) {
                    ($0.detected, $0.named) = (.yes, .yes)
                    $0.heal("it was gone")
                },
                try row("host.disk-low", .notRun),
            ], milliseconds: 1200)

        #expect(card.totals.passed == 1)
        #expect(card.totals.notRun == 1)
        #expect(card.totals.repaired == 1 && card.totals.diagnosed == 1)
        #expect(card.rows[1].cells.contains("diagnosed only"))
        #expect(card.rows[1].cells.contains("heals itself"))
        #expect(card.exitStatus == 0)
        #expect(card.summary.contains("1 bundles told the same"))
        #expect(card.summary.contains("3 codes, 1 passed, 1 diagnosed only, 0 failed, 1 not run"))
    }

    @Test func oneFailureFailsTheRunAndKeepsItsFirstReason() throws {
        var failed = try row("agent.down", .passed)
        failed.fail("first")
        failed.fail("second")
        let card = ScoreCard(rows: [failed], milliseconds: 0)

        #expect(card.exitStatus == 1)
        #expect(card.rows[0].reason == "first")
        #expect(card.rows[0].cells.contains("failed"))
    }

    @Test func theCardIsReadBackAsItWasWritten() throws {
        let card = ScoreCard(rows: [try row("agent.down", .notRun)], milliseconds: 5)

        let text = try JSONText.encode(card)
        let again = try JSONText.decode(ScoreCard.self, from: text)

        #expect(again.rows.map(\.code) == ["agent.down"])
        #expect(again.schema == "aura.drills" && again.schemaVersion == 1)
        #expect(text.contains("\"not_run\":1"))
    }

    private func mutation(_ answers: [String]) -> Mutation {
        Mutation(.log, "something", answers) { _ in }
    }

    @Test func aRightAnswerIsAHitAndAStrangeOneAFalseAlarm() {
        var card = MutationCard(seed: 1)
        card.note(mutation(["wal.a", "wal.b"]), roots: ["wal.b", "wal.c"])

        #expect(card.scores.map(\.code) == ["wal.b", "wal.c"])
        #expect(card.scores[0].hits == 1 && card.scores[0].precision == 1)
        #expect(card.scores[1].falseAlarms == 1 && card.scores[1].precision == 0)
        #expect(card.exitStatus == 1)
    }

    @Test func silenceIsAMissOfTheFirstAnswer() {
        var card = MutationCard(seed: 1)
        card.note(mutation(["wal.a", "wal.b"]), roots: [])
        card.note(mutation(["wal.a"]), roots: ["wal.a"])

        #expect(card.scores.map(\.code) == ["wal.a"])
        #expect(card.scores[0].recall == 0.5 && card.scores[0].misses == 1)
        #expect(card.wrong.count == 1)
    }

    @Test func aHarmlessChangeMayRaiseNothing() {
        var card = MutationCard(seed: 1)
        card.note(mutation([]), roots: [])
        #expect(card.exitStatus == 0 && card.harmless == 1 && card.harmlessRaised == 0)

        card.note(mutation([]), roots: ["wal.a"])
        #expect(card.exitStatus == 1 && card.harmlessRaised == 1)
    }
}
