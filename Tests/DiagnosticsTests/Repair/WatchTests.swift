// Repairs while nobody looks: safe ones, on probation, and not for ever.

import Diagnostics
import Foundation
import RepairFixture
import Support
import Testing

struct WatchTests {
    @Test func aHealthySystemIsLeftAlone() async throws {
        let room = try ShelfRoom()

        let round = try await RepairWatch(room.engine).round()

        #expect(round.result == nil)
        #expect(round.relapsed.isEmpty)
        #expect(round.report.overall == .ok)
        #expect(!FileAccess.exists(room.ground.journalFolder))
    }

    @Test func aSafeRepairIsMadeAndAConsentOneIsNot() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "mislabelled")
        try room.shelf.fill("b", with: "sealed")

        let round = try await RepairWatch(room.engine).round()

        #expect(round.result?.run?.outcome == .repaired)
        #expect(try room.shelf.text(of: "a") == "jam from a")
        #expect(try room.shelf.text(of: "b") == "sealed")
    }

    @Test func aRepairThatDoesNotHoldIsTakenBack() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "stale")
        let watch = RepairWatch(room.engine)
        let first = try #require(try await watch.round().result?.run)
        // The same fault at the same place: the jar is back, whoever put it there.
        try room.shelf.fill("a", with: "stale")

        let round = try await watch.round()

        #expect(round.relapsed.map(\.run) == [first.id])
        #expect(round.relapsed.map(\.code) == ["shelf.stale"])
        #expect(round.relapsed.map(\.isTakenBack) == [true])
        #expect(round.result == nil)
        #expect(try room.engine.history.run(first.id).outcome == .undone)
    }

    @Test func aRepairWhoseFileWasChangedSinceStays() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "stale")
        let watch = RepairWatch(room.engine)
        let first = try #require(try await watch.round().result?.run)
        try room.shelf.fill("a", with: "stale in another way")

        let round = try await watch.round()

        #expect(round.relapsed.map(\.run) == [first.id])
        #expect(round.relapsed.map(\.code) == ["shelf.stale"])
        #expect(round.relapsed.map(\.isTakenBack) == [false])
        #expect(round.result?.run?.outcome == .repaired)
    }

    @Test func whatLeftNothingBehindIsMadeAgainUntilTheBreakerOpens() async throws {
        let room = try ShelfRoom()
        let watch = RepairWatch(room.engine)
        // All within the probation: a start leaves nothing that could be taken back.
        for _ in 0..<CircuitBreaker.attemptCountMax {
            try FileManager.default.removeItem(atPath: room.shelf.awake)
            let round = try await watch.round()
            #expect(round.relapsed.isEmpty)
            #expect(round.result?.run?.outcome == .repaired)
            #expect(FileAccess.exists(room.shelf.awake))
        }
        try FileManager.default.removeItem(atPath: room.shelf.awake)

        let plan = try await room.engine.plan(.unattended).plan
        let last = try await watch.round()

        #expect(plan.refusal(of: "shelf.asleep") == .breakerOpen)
        #expect(last.result == nil)
        #expect(last.relapsed.isEmpty)
        #expect(!FileAccess.exists(room.shelf.awake))
    }

    @Test func afterTheProbationAFaultIsANewOne() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "mislabelled")
        let watch = RepairWatch(room.engine)
        _ = try await watch.round()
        room.clock.advance(by: RepairWatch<ShelfGround>.probation)
        try room.shelf.fill("a", with: "mislabelled")

        let round = try await watch.round()

        #expect(round.relapsed.isEmpty)
        #expect(round.result?.run?.outcome == .repaired)
    }

    @Test func whatKeepsComingBackIsLeftForAPerson() async throws {
        let room = try ShelfRoom()
        let watch = RepairWatch(room.engine)
        for _ in 0..<CircuitBreaker.attemptCountMax {
            try room.shelf.fill("a", with: "mislabelled")
            #expect(try await watch.round().result?.run?.outcome == .repaired)
            room.clock.advance(by: RepairWatch<ShelfGround>.probation)
        }
        try room.shelf.fill("a", with: "mislabelled")

        let plan = try await room.engine.plan(.unattended).plan

        #expect(plan.refusal(of: "shelf.mislabelled") == .breakerOpen)
        #expect(try await watch.round().result == nil)
    }
}
