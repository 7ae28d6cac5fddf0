// A repair from its first line in the journal to its last, and back again.

import Diagnostics
import Dispatch
import Foundation
import Glibc
import RepairFixture
import Support
import Synchronization
import Testing

struct ApplyTests {
    private let agreed = RepairPolicy(yes: ["shelf.sealed"], allowLoss: ["shelf.crumbled"])

    @Test func aRepairIsConfirmedByASecondExamination() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "mislabelled")

        let result = try await room.engine.repair(RepairPolicy())

        #expect(result.run?.outcome == .repaired)
        #expect(result.run?.verdict?.isHealthy == true)
        #expect(result.exitStatus == .success)
        #expect(try room.shelf.text(of: "a") == "jam from a")
        #expect(await room.ground.examine().report.overall == .ok)
    }

    @Test func aSecondRepairDoesNothing() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "mislabelled")
        _ = try await room.engine.repair(RepairPolicy())
        let journals = try FileAccess.names(in: room.ground.journalFolder)

        let second = try await room.engine.repair(RepairPolicy())

        #expect(second.run == nil)
        #expect(second.plan.isEmpty)
        #expect(try FileAccess.names(in: room.ground.journalFolder) == journals)
    }

    @Test func everyStepHasItsIntentBeforeItsDeed() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "crumbled 2")

        let result = try await room.engine.repair(agreed)

        let run = try #require(result.run)
        let text = String(
            decoding: try FileAccess.read("\(room.ground.journalFolder)/\(run.id).ndjson"),
            as: UTF8.self)
        let events = text.split(separator: "\n").compactMap { line in
            ["begun", "predicted", "intended", "preserved", "done", "verified", "sealed"].first {
                line.contains("\"event\":{\"\($0)\"")
            }
        }
        let step = ["intended", "preserved", "done"]
        #expect(
            events == ["begun", "predicted"] + step + step + step + step + ["verified", "sealed"])
    }

    @Test func whatWasReplacedLiesInQuarantine() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "mislabelled")
        try room.shelf.fill("b", with: "stale")

        let result = try await room.engine.repair(RepairPolicy())

        let folder = "\(room.ground.quarantineFolder)/\(try #require(result.run).id)"
        #expect(try FileAccess.names(in: folder) == ["1-0-a", "2-0-b"])
        #expect(try FileAccess.read("\(folder)/1-0-a") == Array("mislabelled".utf8))
        #expect(try FileAccess.read("\(folder)/2-0-b") == Array("stale".utf8))
    }

    @Test func anUndoBringsEveryByteBack() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "mislabelled")
        try room.shelf.fill("b", with: "stale")
        try room.shelf.fill("c", with: "crumbled 4")
        let before = try room.picture()
        var runs: [RunID] = []
        for _ in 0..<2 {
            runs.append(try #require(try await room.engine.repair(agreed).run).id)
        }
        #expect(try room.picture() != before)

        for run in runs.reversed() { #expect(try await !room.engine.undo(run).isEmpty) }

        #expect(try room.picture() == before)
        #expect(try room.engine.history.run(runs[0]).outcome == .undone)
        #expect(try await room.engine.undo(runs[0]).isEmpty)
    }

    @Test func oneStepCanBeTakenBackAlone() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "mislabelled")
        try room.shelf.fill("b", with: "mislabelled")
        let run = try #require(try await room.engine.repair(RepairPolicy()).run)

        let items = try await room.engine.undo(run.id, step: 2)

        #expect(items.map(\.step) == [2])
        #expect(try room.shelf.text(of: "a") == "jam from a")
        #expect(try room.shelf.text(of: "b") == "mislabelled")
        #expect(try room.engine.history.run(run.id).outcome == .undonePartly)
    }

    @Test func aRunThatChangedNothingDurableIsNotCalledUndone() async throws {
        let room = try ShelfRoom()
        try FileManager.default.removeItem(atPath: room.shelf.awake)
        let run = try #require(try await room.engine.repair(agreed).run)
        #expect(!run.canBeTakenBack && run.outcome == .repaired)

        #expect(try await room.engine.undo(run.id).isEmpty)

        #expect(try room.engine.history.run(run.id).outcome == .repaired)
    }

    @Test func aDryUndoSaysWhatItWouldDoAndChangesNothing() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "mislabelled")
        let run = try #require(try await room.engine.repair(RepairPolicy()).run)
        let before = try room.picture()

        let items = try await room.engine.undo(run.id, isDryRun: true)

        #expect(items.map(\.paths) == [[room.shelf.jar("a")]])
        #expect(try room.picture() == before)
        #expect(try room.engine.history.run(run.id).outcome == .repaired)
    }

    @Test func anUndoIsRefusedWhereTheFileWasChangedSince() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "mislabelled")
        try room.shelf.fill("b", with: "mislabelled")
        let run = try #require(try await room.engine.repair(RepairPolicy()).run)
        try room.shelf.fill("a", with: "jam, and my own note")
        let before = try room.picture()
        let obstacle = await room.engine.obstacleToUndo(of: run.id)
        #expect(obstacle?.exitStatus == .undoRefused, "it is known before it is tried")

        let failure = await #expect(throws: RepairFailure.self) {
            try await room.engine.undo(run.id)
        }

        #expect(failure?.kind?.code == "doctor.undo-refused")
        #expect(failure?.exitStatus == .undoRefused)
        #expect(try room.picture() == before)
        // What it says to do brings back the bytes of before the repair.
        let words = try #require(failure?.nextStep.split(separator: "'").map(String.init))
        #expect(words[0] == "get what was there with cp -a ", "\(words)")
        #expect(try FileAccess.read(words[1]) == Array("mislabelled".utf8))
        #expect(words[3].hasSuffix("/a.before"))
    }

    @Test func aRepairThatDoesNotHelpIsTakenBack() async throws {
        let room = try ShelfRoom(canBeCopied: false)
        try room.shelf.fill("a", with: "stubborn")
        let before = try room.picture()

        let result = try await room.engine.repair(RepairPolicy())

        #expect(result.run?.outcome == .rolledBack)
        #expect(result.exitStatus == .rolledBack)
        #expect(try room.picture() == before)
        let report = await room.ground.examine().report
        #expect(report.findings.contains { $0.code == "doctor.verify-failed" })
    }

    @Test func aFailedRepairIsARemarkOnceItsFaultIsGone() async throws {
        let room = try ShelfRoom(canBeCopied: false)
        try room.shelf.fill("a", with: "stubborn")
        _ = try await room.engine.repair(RepairPolicy())
        let ill = await room.ground.examine().report

        try retrying("unlink", "a") { unlink(room.shelf.jar("a")) }
        let mended = await room.ground.examine().report

        func failure(in report: Report) -> AnyFinding? {
            report.findings.first { $0.code == "doctor.verify-failed" }
        }
        #expect(failure(in: ill)?.severity == .fail)
        #expect(failure(in: mended)?.severity == .info)
        #expect(failure(in: mended)?.symptom.hasSuffix("nothing of it is found now") == true)
        #expect(failure(in: mended)?.nextStep == "nothing to do")
        #expect(mended.exitStatus == .success)
    }

    @Test func aRepairThatFailsOnACopyIsNotBegun() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "stubborn")
        let before = try room.picture()

        await #expect(throws: RepairFailure.self) { try await room.engine.repair(RepairPolicy()) }

        #expect(try room.picture() == before)
        #expect(try room.engine.history.all().isEmpty)
        #expect(!FileAccess.exists("\(room.ground.journalFolder)/shadow"))
    }

    @Test func aStepThatFailsHalfWayIsTakenBackWithThoseBeforeIt() async throws {
        let room = try ShelfRoom(canBeCopied: false)
        try room.shelf.fill("a", with: "sealed")
        let before = try room.picture()

        let result = try await room.engine.repair(agreed)

        #expect(result.run?.outcome == .rolledBack)
        #expect(result.run?.steps.map(\.progress) == [.undone, .undone])
        #expect(try room.picture() == before)
    }

    @Test func whatWorkedStaysWhenSomethingElseDidNot() async throws {
        let room = try ShelfRoom(canBeCopied: false)
        try room.shelf.fill("a", with: "mislabelled")
        try room.shelf.fill("b", with: "stubborn")

        let result = try await room.engine.repair(RepairPolicy())

        #expect(result.run?.outcome == .partly)
        #expect(result.exitStatus == .partlyRepaired)
        #expect(try room.shelf.text(of: "a") == "jam from a")
        #expect(try room.shelf.text(of: "b") == "stubborn")
    }

    @Test func aRepairThatBreaksSomethingElseIsTakenBack() async throws {
        let room = try ShelfRoom(canBeCopied: false)
        try room.shelf.fill("a", with: "cracked")
        let before = try room.picture()

        let result = try await room.engine.repair(RepairPolicy())

        #expect(result.run?.verdict?.new == ["shelf.crumbled"])
        #expect(result.run?.outcome == .rolledBack)
        #expect(try room.picture() == before)
    }

    @Test func aLossStaysInTheLedger() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "crumbled 5")

        let run = try #require(try await room.engine.repair(agreed).run)

        let entries = try LossLedger(folder: room.ground.journalFolder).entries()
        #expect(entries.map(\.run) == [run.id])
        #expect(entries.map(\.codes) == [["shelf.crumbled"]])
        #expect(entries.map(\.loss.records) == [5])
        // Its journal tells it too, so that a ledger that was cut or removed makes nothing good.
        unlink("\(room.ground.journalFolder)/losses.ndjson")
        let known = try LossLedger(folder: room.ground.journalFolder).known()
        #expect(known.map(\.run) == [run.id] && known.map(\.loss.records) == [5])
    }

    @Test func whatCameBackIsNoLossAnyMore() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "crumbled 5")
        let ledger = LossLedger(folder: room.ground.journalFolder)
        let first = try #require(try await room.engine.repair(agreed).run)

        #expect(try await !room.engine.undo(first.id).isEmpty)
        #expect(try ledger.entries().isEmpty)

        let second = try #require(try await room.engine.repair(agreed).run)
        #expect(second.outcome == .repaired)
        #expect(try ledger.entries().map(\.run) == [second.id])
    }

    /// What somebody changed since is not put back over; what it gave up stays given up.
    @Test func aLossThatCouldNotBeTakenBackIsWrittenDown() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "crumbled 5")
        let asked = Counter()

        let result = try await room.ground.engine { [shelf = room.shelf] in
            guard asked.next() > 2 else { return false }
            #expect(throws: Never.self) { try shelf.fill("a", with: "somebody's own") }
            return true
        }.repair(agreed)

        let run = try #require(result.run)
        #expect(run.outcome == .undonePartly)
        let entries = try LossLedger(folder: room.ground.journalFolder).entries()
        #expect(entries.map(\.run) == [run.id])
        #expect(entries.first?.loss.records == 5)
    }

    @Test func aDamagedLineOfTheLedgerIsNamedAndHalfALineAtItsEndIsNot() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "crumbled 5")
        _ = try #require(try await room.engine.repair(agreed).run)
        let ledger = LossLedger(folder: room.ground.journalFolder)
        let path = "\(room.ground.journalFolder)/losses.ndjson"
        let whole = try FileAccess.read(path)

        try FileAccess.replace(path, with: whole + Array("{\"run\":".utf8))
        #expect(try ledger.entries().count == 1)

        try FileAccess.replace(path, with: whole + Array("{\"run\": 7}\n".utf8))
        #expect(
            throws: RepairFailure.unreadable(subject: path, reason: "line 2 does not parse")
        ) { try ledger.entries() }
    }

    @Test func aSignalBetweenTwoStepsTakesEverythingBack() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "crumbled 5")
        let before = try room.picture()
        let asked = Counter()

        let result = try await room.ground.engine { asked.next() > 2 }.repair(agreed)

        #expect(result.run?.outcome == .interrupted)
        #expect(result.exitStatus == .interrupted)
        #expect(try room.picture() == before)
    }

    @Test func thereIsOneRepairAtATimeAndTheSecondIsToldWhoHoldsTheLock() async throws {
        let room = try ShelfRoom()
        try room.shelf.fill("a", with: "mislabelled")
        let other = room.engine
        let second = Box<RepairFailure>()

        _ = try await room.ground.engine {
            let done = DispatchSemaphore(value: 0)
            Task.detached {
                do throws(RepairFailure) { _ = try await other.repair(RepairPolicy()) } catch {
                    second.put(error)
                }
                done.signal()
            }
            done.wait()
            return false
        }.repair(RepairPolicy())

        let failure = try #require(second.value)
        #expect(failure.kind?.code == "doctor.lock-busy")
        #expect(failure.exitStatus == .busy)
        #expect(failure.reason.contains("pid \(getpid()), shelf fix"))
    }

    @Test func theBreakerOpensAfterThreeAttemptsAndClosesWithTime() async throws {
        let room = try ShelfRoom()
        for _ in 0..<3 {
            try room.shelf.fill("a", with: "mislabelled")
            #expect(try await room.engine.repair(.unattended).run?.outcome == .repaired)
        }
        try room.shelf.fill("a", with: "mislabelled")

        let open = try await room.engine.repair(.unattended)
        room.clock.advance(by: CircuitBreaker.window + .seconds(1))
        let closed = try await room.engine.repair(.unattended)

        #expect(open.run == nil)
        #expect(open.plan.refusal(of: "shelf.mislabelled") == .breakerOpen)
        #expect(closed.run?.outcome == .repaired)
    }
}

/// Counts how often it is asked.
final class Counter: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock {
            $0 += 1
            return $0
        }
    }
}

/// Holds what another task found.
final class Box<Value: Sendable>: Sendable {
    private let held = Mutex<Value?>(nil)

    var value: Value? { held.withLock { $0 } }
    func put(_ value: Value) { held.withLock { $0 = value } }
}
