// Plans and journals hold what their published contracts say, judged by another program.

import Diagnostics
import Foundation
import RepairFixture
import Support
import Testing

@Suite(.enabled(if: Python.hasJSONSchema, "python3 has no jsonschema"))
struct RepairSchemaTests {
    private let agreed = RepairPolicy(
        yes: ["shelf.sealed"], allowLoss: ["shelf.crumbled"], recordsLostMax: 9, filesMax: 9,
        secondsMax: 60)

    @Test func everyKindOfPlanIsValidUnderItsSchema() async throws {
        let room = try ShelfRoom()
        var plans = [try await room.engine.plan(RepairPolicy()).plan.json()]
        try room.shelf.fill("a", with: "crumbled 2")
        try room.shelf.fill("b", with: "dusty")
        try room.shelf.fill("c", with: "sealed")
        plans.append(try await room.engine.plan(RepairPolicy()).plan.json())
        plans.append(try await room.engine.plan(agreed).plan.json())
        plans.append(try await room.engine.plan(.unattended).plan.json())

        let answer = try Python.validate(plans, against: PlanSchema.text)

        #expect(answer == "valid \(plans.count)")
    }

    @Test func everyLineOfAJournalIsValidUnderItsSchema() async throws {
        let room = try ShelfRoom(canBeCopied: false)
        try room.shelf.fill("a", with: "mislabelled")
        try room.shelf.fill("b", with: "stubborn")
        try room.shelf.fill("c", with: "sealed")
        let partly = try #require(try await room.engine.repair(agreed).run).id
        _ = try await room.engine.undo(partly)
        let rehearsed = try ShelfRoom()
        try rehearsed.shelf.fill("a", with: "crumbled 2")
        let run = try #require(try await rehearsed.engine.repair(agreed).run).id
        _ = try await rehearsed.engine.undo(run)

        var lines: [String] = []
        for (room, run) in [(room, partly), (rehearsed, run)] {
            let bytes = try FileAccess.read("\(room.ground.journalFolder)/\(run).ndjson")
            lines += String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        }
        let answer = try Python.validate(lines, against: JournalSchema.text)

        #expect(answer == "valid \(lines.count)")
        let events = [
            "begun", "predicted", "intended", "preserved", "done", "failed", "undone", "kept",
            "verified", "undo_begun", "sealed",
        ]
        for event in events {
            #expect(lines.contains { $0.contains("\"event\":{\"\(event)\"") }, "\(event)")
        }
    }

    @Test func theSchemaRefusesAFieldItDoesNotKnow() async throws {
        let room = try ShelfRoom()
        let plan = try await room.engine.plan(RepairPolicy()).plan.json()

        let answer = try Python.validate(
            [plan.replacingOccurrences(of: "\"interrupted\"", with: "\"cut_off\"")],
            against: PlanSchema.text)

        #expect(answer.hasPrefix("invalid"), "\(answer)")
    }
}
