// Why an agent does not run or answer, and what was moved away under one that does.

import Diagnostics
import Glibc
import LiveProtocol
import Support
import Testing

@testable import Checks
@testable import LiveSync

@Suite struct AgentTests {
    private let check = AgentCheck()

    private func snapshot(_ answer: AgentSnapshot.Answer) throws -> AgentSnapshot {
        let record = RecordedProcess(
            record: try Samples.record(.current()), isAlive: answer != .refused)
        return AgentSnapshot(
            answer: answer, enabled: true, record: answer == .refused ? nil : record, version: nil,
            takenAt: now)
    }

    // MARK: Stopped

    @Test func anAgentThatASignalStoppedIsNoHungOne() throws {
        var stopped = try snapshot(.silent)
        stopped.isStopped = true
        let process = try #require(stopped.record?.record.process)

        let finding = try #require(check.diagnose(stopped).first)

        #expect(finding.code == "agent.command-hang")
        #expect(finding.symptom == "the agent (pid \(process.pid)) is stopped")
        #expect(finding.cause?.hasPrefix("a signal keeps it from running") == true)
        #expect(
            finding.nextStep == "run kill -CONT \(process.pid), if nobody holds it on purpose")
        #expect(finding.evidence.contains { $0.label == "stopped" && $0.value == .flag(true) })
        #expect(
            check.remediate(finding, seenIn: stopped) == [.act(.continueAgent(process))],
            "it is not killed for that")
    }

    @Test func theStateOfTheProcessIsReadFromTheKernel() async throws {
        let copy = try WorkingCopy()
        let (over, end) = AsyncStream.makeStream(of: Never.self)
        try copy.runSilentAgent(until: over)

        let running = try check.probe(
            copy.host(controlTimeout: .milliseconds(50)),
            until: Deadline(after: .seconds(50), clock: SystemClock()))
        end.finish()

        #expect(running.answer == .silent)
        #expect(running.isStopped == false)
        #expect(check.diagnose(running).first?.nextStep == AgentFinding.commandHang.nextStep)
    }

    // MARK: Kept from starting

    /// Its repair would be the start that cannot be.
    @Test func anAgentWithoutItsDeviceIsNotStarted() throws {
        var down = try snapshot(.refused)
        down.isDeviceGone = true

        let finding = try #require(check.diagnose(down).first)

        #expect(finding.code == "agent.down")
        #expect(finding.nextStep == "put .aura/live/device back, or run aura init --new-device")
        #expect(check.remediate(finding, seenIn: down).isEmpty)
    }

    @Test func whatStandsInPlaceOfItsFolderIsMovedBeforeAStart() throws {
        var down = try snapshot(.refused)
        down.blockedFolders = [".aura/live/logs"]
        down.refusedStart = try refusal()
        var hung = try snapshot(.silent)
        hung.blockedFolders = [".aura/live/logs"]

        let finding = try #require(check.diagnose(down).first)
        let hang = try #require(check.diagnose(hung).first)

        #expect(finding.code == "agent.down")
        #expect(
            finding.cause == ".aura/live/logs is no folder, and no agent starts beside it")
        #expect(finding.nextStep == "move .aura/live/logs aside, then run aura live sync enable")
        #expect(
            check.remediate(finding, seenIn: down)
                == [.moveAside(".aura/live/logs"), .resumeAgent])
        #expect(
            check.remediate(hang, seenIn: hung)
                == [.moveAside(".aura/live/logs"), .act(.endAgent), .resumeAgent])
    }

    @Test func whatRefusedTheLastStartIsToldWithItsAgeAndTheStartIsStillAdvised() throws {
        var down = try snapshot(.refused)
        down.refusedStart = try refusal()
        down.takenAt = Timestamp(rawValue: 5_000)

        let finding = try #require(check.diagnose(down).first)

        #expect(finding.cause == "the last start was refused 5s ago: token: is no token file")
        #expect(finding.nextStep == "mend it, then run aura live sync enable")
        let same = try #require(down.refusedStart)
        #expect(same.nextStep(before: "mend it") == "mend it", "not said twice")
    }

    @Test func aRefusedStartOfASyncThatIsOffIsDated() throws {
        var off = ConfigSnapshot(file: "live.toml", defects: [], syncEnabled: false)
        off.refusedStart = try refusal()
        off.takenAt = Timestamp(rawValue: 5_000)

        let finding = try #require(ConfigCheck().diagnose(off).first)

        #expect(finding.cause == "the last start was refused 5s ago: token: is no token file")
        #expect(finding.nextStep == "mend it, then run aura live sync enable")
    }

    private func refusal() throws -> RefusedStart {
        try JSONText.decode(
            RefusedStart.self,
            from: #"{"subject":"token","reason":"is no token file","nextStep":"mend it","at":0}"#)
    }

    @Test func syncIsNotSaidToBeOnWhereTheLogCannotBeWritten() throws {
        let copy = try WorkingCopy()
        var status = try LiveStatus.healthy()
        status.wal.isFull = true
        try copy.runAgent(status)

        let failure = #expect(throws: PlainFailure.self) {
            try AgentService.enable(copy.workspace, executable: "/bin/false")
        }

        #expect(failure?.exitStatus == .inputOutput)
        #expect(failure?.reason.contains("no space is left") == true)
        try AgentService.refuseUnwritableLog(try LiveStatus.healthy())
        status.wal.isFull = false
        status.wal.writeProblem = "fsync failed"
        #expect(throws: PlainFailure.self) { try AgentService.refuseUnwritableLog(status) }
    }

    // MARK: Moved away

    @Test func aWorkingCopyThatWasMovedUnderItsAgentIsNoTroubleOfTheDisk() async throws {
        let copy = try WorkingCopy()
        try copy.runAgent(try LiveStatus.healthy())
        let before = copy.workspace.root + "-before"
        try PidRecord(
            process: .current(), root: before, port: nil, instance: nil, version: "1.0",
            startedAt: ago(.seconds(600))
        ).save(copy.workspace.agentRecordPath)

        let moved = await copy.examine([check])
        // The same folder by another path, as behind a bind mount.
        try #require(symlink(copy.workspace.root, before) == 0)
        defer { unlink(before) }
        let mounted = await copy.examine([check])

        #expect(moved.codes == ["agent.folders-moved"])
        let finding = try #require(moved.findings.first)
        #expect(finding.symptom.contains(before))
        #expect(finding.nextStep == "run aura live sync disable, then enable")
        #expect(mounted.codes == [])
        #expect(AgentFinding.foldersMoved.explains.contains("wal.fsync-failed"))
    }

    @Test func aStateThatWasMovedAwayIsNamedWithItsPlace() async throws {
        let copy = try WorkingCopy()
        try copy.runAgent(try LiveStatus.healthy())
        let (live, old) = (copy.workspace.liveFolder, copy.workspace.auraFolder + "/live.old")
        #expect(copy.host().movedFolders(since: nil) == nil)

        try #require(rename(live, old) == 0)
        #expect(copy.host().movedFolders(since: nil) == nil, "nothing was begun anew")
        // What a running agent makes anew.
        try FileAccess.makeFolder(copy.workspace.walFolder)
        let host = copy.host()
        #expect(host.movedFolders(since: nil) == .state(present: ".aura/live.old"))

        var snapshot = try snapshot(.answered)
        snapshot.moved = .state(present: ".aura/live.old")
        let finding = try #require(check.diagnose(snapshot).first)
        #expect(finding.code == "agent.folders-moved")
        #expect(
            finding.nextStep
                == "disable sync, put .aura/live.old in place of .aura/live, enable it")
    }
}
