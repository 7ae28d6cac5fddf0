// What a repair did where no undo reaches: said of the run, and an undo of it is refused.

import Diagnostics
import RepairFixture
import Support
import Testing

struct BeyondUndoTests {
    @Test func whatOthersHaveHeardOfIsNotCalledUndone() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "unheard")
        let run = try #require(try await room.engine.repair(RepairPolicy()).run)
        let before = try room.picture()
        #expect(run.outcome == .repaired)
        #expect(RunSummary(run).consequences == ["everybody has heard of it"])
        #expect(!RunSummary(run).canBeTakenBack)

        let expected = RepairFailure.beyondUndo(
            run: run.id, step: 1, title: "announce a", consequence: "everybody has heard of it")
        for isDryRun in [true, false] {
            await #expect(throws: expected) {
                try await room.engine.undo(run.id, isDryRun: isDryRun)
            }
        }

        #expect(expected.exitStatus == .undoRefused)
        #expect(expected.reason == "has no undo: everybody has heard of it (doctor.undo-refused)")
        #expect(await room.engine.obstacleToUndo(of: run.id) == expected)
        #expect(try room.picture() == before)
        #expect(try room.engine.history.run(run.id).outcome == .repaired)
    }

    @Test func whatStaysBesideBytesThatComeBackIsNamed() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "unheard")
        try room.shelf.fill("b", with: "mislabelled")
        let run = try #require(try await room.engine.repair(RepairPolicy()).run)

        let items = try await room.engine.undo(run.id)

        #expect(Set(items.map(\.consequence)) == [nil, "everybody has heard of it"])
        #expect(try room.shelf.text(of: "a") == "jam, announced")
        #expect(try room.shelf.text(of: "b") == "mislabelled")
    }
}
