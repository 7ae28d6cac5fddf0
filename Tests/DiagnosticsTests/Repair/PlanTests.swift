// What a plan takes on, what it leaves alone and why, and when it is stale.

import Diagnostics
import Glibc
import RepairFixture
import Support
import Testing

struct PlanTests {
    @Test func aHealthySystemGivesAnEmptyPlan() async throws {
        let room = try ShelfRoom()

        let plan = try await room.engine.plan(RepairPolicy()).plan

        #expect(plan.isEmpty)
        #expect(plan.notAddressed.isEmpty)
    }

    @Test func planningWritesNothing() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "mislabelled")

        _ = try await room.engine.plan(RepairPolicy())

        #expect(try FileAccess.names(in: room.shelf.root) == ["awake", "jars"])
    }

    @Test func aSafeRepairIsPlannedWithItsUndoAndItsFiles() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "mislabelled")

        let plan = try await room.engine.plan(RepairPolicy()).plan

        let repair = try #require(plan.repairs.first)
        #expect(repair.codes == ["shelf.mislabelled"])
        #expect(repair.fix == .safe)
        let step = try #require(repair.steps.first)
        #expect(step.number == 1)
        #expect(step.title == "write a new label for a")
        #expect(step.isDurable)
        #expect(step.undo == .bytes)
        #expect(step.touches == [Touch(.changes, room.shelf.jar("a"))])
        #expect(step.fileCount == 1)
    }

    @Test func aStepThatLeavesNothingDurableSaysThatItHasNoUndo() async throws {
        let room = try ShelfRoom()
        _ = try FileAccess.replace(room.shelf.root + "/other", with: "".utf8)
        unlinkIfThere(room.shelf.awake)

        let plan = try await room.engine.plan(RepairPolicy()).plan

        #expect(plan.steps.map(\.undo) == [.none])
        #expect(plan.steps.map(\.isDurable) == [false])
    }

    @Test func whoeverIsStartedComesAfterTheRepairOfWhatLiesThere() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "mislabelled")
        unlinkIfThere(room.shelf.awake)

        let plan = try await room.engine.plan(RepairPolicy()).plan

        #expect(plan.repairs.map(\.codes) == [["shelf.mislabelled"], ["shelf.asleep"]])
        #expect(plan.steps.map(\.number) == [1, 2])
    }

    @Test func whatTwoRepairsHaveInCommonIsDoneOnce() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "cracked")
        try room.shelf.fill("b", with: "cracked")

        let plan = try await room.engine.plan(RepairPolicy()).plan

        let titles = plan.repairs.map { $0.steps.map(\.title) }
        #expect(plan.repairs.map(\.codes) == [["shelf.cracked"], ["shelf.cracked"]])
        #expect(titles.flatMap { $0 }.sorted() == ["paint a", "paint b", "paint other"])
        #expect(titles.map(\.count) == [2, 1])
        #expect(plan.steps.map(\.number) == [1, 2, 3])
    }

    @Test func aRepairWhoseStepsAreAmongAnothersIsDoneWithIt() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "daubed")
        try room.shelf.fill("a.2", with: "mislabelled")

        let plan = try await room.engine.plan(RepairPolicy()).plan
        let result = try await room.engine.repair(RepairPolicy())

        #expect(plan.repairs.map(\.codes) == [["shelf.daubed", "shelf.mislabelled"]])
        #expect(
            plan.steps.map(\.title) == [
                "write a new label for a", "write a new label for a.2",
            ])
        #expect(result.run?.outcome == .repaired)
    }

    @Test func aConsentRepairWaitsForItsCode() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "sealed")

        let without = try await room.engine.plan(RepairPolicy()).plan
        let with = try await room.engine.plan(RepairPolicy(yes: ["shelf.sealed"])).plan

        #expect(without.repairs.isEmpty)
        #expect(without.refusal(of: "shelf.sealed") == .consentNotGiven)
        #expect(with.repairs.map(\.codes) == [["shelf.sealed"]])
    }

    @Test func aLossIsNamedAndNeedsItsOwnPermission() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "crumbled 3")

        let without = try await room.engine.plan(RepairPolicy(yes: ["shelf.crumbled"])).plan
        let with = try await room.engine.plan(RepairPolicy(allowLoss: ["shelf.crumbled"])).plan

        #expect(without.refusal(of: "shelf.crumbled") == .lossNotAllowed)
        #expect(without.notAddressed.first?.loss?.names == ["a-0", "a-1", "a-2"])
        #expect(with.loss.records == 3)
    }

    @Test func dataAtStakeStopsEveryOtherRepair() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "crumbled 3")
        try room.shelf.fill("b", with: "mislabelled")

        let plan = try await room.engine.plan(RepairPolicy()).plan
        let agreed = try await room.engine.plan(RepairPolicy(allowLoss: ["shelf.crumbled"])).plan

        #expect(plan.repairs.isEmpty)
        #expect(plan.refusal(of: "shelf.mislabelled") == .dataAtStakeElsewhere)
        #expect(agreed.repairs.map(\.codes) == [["shelf.crumbled"]])
        #expect(agreed.refusal(of: "shelf.mislabelled") == .dataAtStakeElsewhere)
    }

    @Test func aManualFindingAndASymptomAreLeftAloneWithTheReason() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "dusty")

        let alone = try await room.engine.plan(RepairPolicy()).plan
        unlinkIfThere(room.shelf.awake)
        let folded = try await room.engine.plan(RepairPolicy()).plan

        #expect(alone.refusal(of: "shelf.dusty") == .manual)
        #expect(folded.refusal(of: "shelf.dusty") == .followsFrom)
        #expect(folded.repairs.first?.clears == ["shelf.dusty"])
    }

    @Test(arguments: [
        RepairPolicy(allowLoss: ["shelf.crumbled"], recordsLostMax: 2),
        RepairPolicy(allowLoss: ["shelf.crumbled"], filesMax: 1),
        RepairPolicy(allowLoss: ["shelf.crumbled"], secondsMax: 3),
    ])
    func aRepairBeyondTheBudgetIsLeftAlone(_ policy: RepairPolicy) async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "crumbled 3")

        let plan = try await room.engine.plan(policy).plan

        #expect(plan.repairs.isEmpty)
        #expect(plan.refusal(of: "shelf.crumbled") == .budget)
    }

    @Test func nobodyThereMeansSafeRepairsOnly() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "sealed")
        try room.shelf.fill("b", with: "mislabelled")

        let plan = try await room.engine.plan(.unattended).plan

        #expect(plan.repairs.map(\.codes) == [["shelf.mislabelled"]])
        #expect(plan.refusal(of: "shelf.sealed") == .unattended)
    }

    @Test func theDigestBindsTheBytesAndNotTheClock() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "mislabelled")

        let first = try await room.engine.plan(RepairPolicy()).plan
        room.clock.advance(by: .seconds(5))
        let later = try await room.engine.plan(RepairPolicy()).plan
        try room.shelf.fill("a", with: "mislabelled still")
        let changed = try await room.engine.plan(RepairPolicy()).plan

        #expect(first.stateDigest == later.stateDigest)
        #expect(first.stateDigest != changed.stateDigest)
    }

    @Test func aPlanIsReadBackAsItWasWritten() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "crumbled 2")
        let plan = try await room.engine.plan(RepairPolicy(allowLoss: ["shelf.crumbled"])).plan

        let text = try plan.json()

        #expect(text.hasPrefix("{\n  \"schema\": \"aura.plan\",\n  \"schema_version\": 1,"))
        #expect(try Plan(json: Array(text.utf8), named: "plan") == plan)
    }

    @Test func anotherDocumentIsNoPlan() {
        #expect(throws: RepairFailure.self) { try Plan(json: Array("{}".utf8), named: "x") }
    }

    @Test func aStalePlanIsRefusedAndNothingIsChanged() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "mislabelled")
        let plan = try await room.engine.plan(RepairPolicy()).plan
        try room.shelf.fill("a", with: "mislabelled again")
        let before = try room.picture()

        let failure = await #expect(throws: RepairFailure.self) {
            try await room.engine.apply(plan)
        }

        #expect(failure?.kind?.code == "doctor.plan-stale")
        #expect(failure?.exitStatus == .refused)
        #expect(try room.picture() == before)
    }

    @Test func aPlanThatSomebodyEditedIsRefused() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "mislabelled")
        let text = try await room.engine.plan(RepairPolicy()).plan.json()
        let title = try #require(
            try Plan(json: Array(text.utf8), named: "plan").steps.first?.title)
        let edited = text.replacingOccurrences(of: title, with: "look at the jar")
        let plan = try Plan(json: Array(edited.utf8), named: "plan")
        let before = try room.picture()

        let failure = await #expect(throws: RepairFailure.self) {
            try await room.engine.apply(plan)
        }

        #expect(failure?.reason.contains("changed after it was made") == true)
        #expect(try room.picture() == before)
    }

    @Test func whatIsWrongWithADocumentIsSaidInWords() {
        func reason(_ text: String) -> String {
            do throws(RepairFailure) {
                _ = try Plan(json: Array(text.utf8), named: "x")
                return ""
            } catch { return error.reason }
        }

        #expect(reason("no plan") == "is no plan (is not JSON)")
        #expect(reason("{}").hasPrefix("is no plan (lacks field "))
        #expect(
            reason(#"{"schema": 7}"#).hasSuffix("field schema holds something else than it should)")
        )
    }

    @Test func aPlanExpires() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "mislabelled")
        let plan = try await room.engine.plan(RepairPolicy()).plan
        room.clock.advance(by: Plan.lifetime)

        await #expect(throws: RepairFailure.self) { try await room.engine.apply(plan) }
    }
}

/// Sends the keeper to bed.
func unlinkIfThere(_ path: String) { unlink(path) }
