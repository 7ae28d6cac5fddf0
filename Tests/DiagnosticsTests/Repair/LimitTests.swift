// A step that does not come back: the repair ends all the same and says so, and whoever repairs next
// brings the run to its end.

import Diagnostics
import Glibc
import RepairFixture
import Support
import Testing

@Suite struct LimitTests {
    /// A shelf with a jar whose repair waits for somebody at the other end of a pipe.
    private func bottomless() throws -> ShelfRoom {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "bottomless")
        try retrying("mkfifo", room.shelf.pipe) { mkfifo(room.shelf.pipe, 0o600) }
        return room
    }

    /// Lets the step that waits come back; its thread must not outlive the test's folder.
    private func open(_ room: ShelfRoom) {
        let descriptor = Glibc.open(room.shelf.pipe, O_WRONLY | O_NONBLOCK)
        if descriptor >= 0 { close(descriptor) }
    }

    @Test func aLockWhoseEpochCannotBeRaisedNamesNobody() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "mislabelled")
        let epoch = room.ground.journalFolder + "/epoch"
        try FileAccess.makeFolder(epoch + "/in-the-way")

        await #expect(throws: RepairFailure.self) { try await room.engine.repair(RepairPolicy()) }

        #expect(LockHolder.current(in: room.ground.journalFolder) == nil, "else no agent starts")
        try retrying("rmdir", epoch) { rmdir(epoch + "/in-the-way") == 0 ? rmdir(epoch) : -1 }
        #expect(try await room.engine.repair(RepairPolicy()).run?.outcome == .repaired)
    }

    @Test func aStepThatDoesNotComeBackEndsTheRepairAndIsNamed() async throws {
        let room = try bottomless()
        defer { open(room) }
        let engine = room.ground.engine(limits: StepLimits(patience: .milliseconds(50)))

        let failure = await #expect(throws: RepairFailure.self) {
            try await engine.repair(RepairPolicy())
        }

        #expect(failure?.subject == "reach into a")
        #expect(failure?.reason.contains("was abandoned (doctor.interrupted-run)") == true)
        #expect(failure?.exitStatus == .partlyRepaired)
        let run = try #require(try engine.history.sound().first)
        #expect(!run.isSealed)
        #expect(run.steps[0].failure?.contains("gave no end") == true)
        // What was abandoned may still change things, so nobody else repairs while it can.
        let next = await #expect(throws: RepairFailure.self) {
            try await room.engine.repair(RepairPolicy())
        }
        #expect(next?.exitStatus == .busy)
    }

    @Test func theNextProcessBringsSuchARunToItsEnd() async throws {
        let room = try bottomless()
        let before = try room.picture()
        let ended = try RepairKiller.run(RepairKiller.path, ["wait", room.shelf.root])
        #expect(ended.text.contains("gave no end"), "\(ended.text)")
        #expect(try room.picture() != before)

        let recovered = try await room.engine.recover()

        #expect(recovered.map(\.outcome) == [.recovered])
        #expect(try room.picture() == before)
    }

    @Test func whatIsNeitherFileNorFolderIsLeftOutOfACopy() throws {
        let room = try bottomless()
        let copy = room.shelf.root + "/copy"

        let leftOut = try PathTree.copyState(room.shelf.jars, to: copy)
        #expect(leftOut.isEmpty)
        try retrying("mkfifo", room.shelf.jar("pipe")) { mkfifo(room.shelf.jar("pipe"), 0o600) }
        #expect(
            try PathTree.copyState(room.shelf.jars, to: copy + "2") == [room.shelf.jar("pipe")])
        #expect(try FileAccess.names(in: copy + "2") == ["a", "sound"])
        #expect(throws: SystemFailure.self) {
            try PathTree.copy(room.shelf.jars, to: copy + "3")
        }
    }
}
