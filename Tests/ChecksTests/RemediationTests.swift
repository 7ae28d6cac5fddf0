// What the checks of a working copy would do about what they find.

import Diagnostics
import Foundation
import LiveSync
import Support
import Testing
import WriteAheadLog

@testable import Checks

@Suite struct RemediationTests {
    @Test func aDeadAgentIsResumedAndItsRecordOfNoUseMovedAside() {
        let check = AgentCheck()
        let snapshot = AgentSnapshot(
            answer: .refused, enabled: true, record: nil, version: nil,
            takenAt: Timestamp(rawValue: 0))

        #expect(
            check.remediate(Finding(.down, symptom: ""), seenIn: snapshot) == [.resumeAgent])
        #expect(
            check.remediate(Finding(.runWithoutOwner, symptom: ""), seenIn: snapshot)
                == [.moveAside(".aura/live/run/agent.pid")])
        #expect(
            check.remediate(Finding(.commandHang, symptom: ""), seenIn: snapshot)
                == [.act(.endAgent), .resumeAgent])
    }

    @Test func anAgentThatCouldNotStartAgainIsNotStopped() async throws {
        let copy = try WorkingCopy()
        try copy.runAgent(try LiveStatus.healthy())
        let logs = copy.workspace.logFolder
        try FileManager.default.removeItem(atPath: logs)
        try FileAccess.replace(logs, with: "".utf8)
        let host = LiveGround(copy.workspace).look()

        #expect(host.blockedFolders == [".aura/live/logs"])
        let failure = await #expect(throws: StepFailure.self) {
            try await LiveStep.stopAgent.require(of: host)
        }
        #expect(failure?.subject == logs)

        let check = AgentCheck()
        var snapshot = AgentSnapshot(
            answer: .answered, enabled: true, record: nil, version: nil,
            takenAt: Timestamp(rawValue: 0))
        snapshot.log = AgentLogFacts(isPresent: false, isWritable: false, strangeLines: 0)
        snapshot.blockedFolders = host.blockedFolders
        let finding = try #require(check.diagnose(snapshot).first)
        #expect(finding.symptom == ".aura/live/logs is no folder, so the agent has no log there")
        #expect(
            check.remediate(finding, seenIn: snapshot)
                == [.moveAside(".aura/live/logs"), .stopAgent, .resumeAgent])
    }

    @Test func anAgentIsNotStoppedForARepairWhereNoneStarts() async throws {
        // A slip in the settings does not trouble the agent that read them before.
        let copy = try WorkingCopy(settings: "[live\n")
        try copy.runAgent(try LiveStatus.healthy())
        let host = LiveGround(copy.workspace).look()

        for step in [LiveStep.stopAgent, .act(.restartAgent)] {
            let failure = await #expect(throws: StepFailure.self) {
                try await step.require(of: host)
            }
            #expect(failure?.reason.hasSuffix(": the agent could not be started again") == true)
        }
    }

    @Test func nobodyIsAskedToConnectWhereNobodyListens() async throws {
        let copy = try WorkingCopy(settings: "[live]\nmothership = \"ws://127.0.0.1:1\"\n")
        try copy.runAgent(try LiveStatus.healthy())

        let failure = await #expect(throws: StepFailure.self) {
            try await LiveStep.ask(.reconnect).require(of: copy.host())
        }

        #expect(failure?.subject == "ws://127.0.0.1:1")
        try await LiveStep.ask(.pingPeers).require(of: copy.host())
    }

    @Test func everyStepHasATitleAndSurvivesAJournal() throws {
        let steps: [LiveStep] = [
            .moveAside("a"), .write("a", text: "b"),
            .act(.setModes([ModeChange(path: "a", mode: 0o600)])),
            .stopAgent,
            .startAgent, .resumeAgent, .ask(.push(retry: true)), .ask(.pull(isFull: true)),
            .ask(.reconcile(function: "f")), .ask(.pingPeers), .ask(.reconnect),
            .ask(.resolve(id: "a", taking: .local, function: "f")),
            .ask(.resolve(id: "a", taking: .remote, function: "f")),
            .ask(.resolve(id: "a", taking: .both, function: "f")),
            .ask(.resolveImpact(id: "a", function: "f")), .edit(.retireMothershipRecord),
            .edit(.writeLimits), .edit(.pointAt("ws://127.0.0.1:1")), .edit(.quietLog),
            .edit(.forgetBases), .act(.endAgent), .act(.restartAgent), .act(.renewToken),
            .act(.register), .act(.endMothership(try .current())),
            .act(.resumeMothership(try .current())), .act(.continueAgent(try .current())),
            .act(.exportUnsent(log: "wal.reset-1")),
            .startMothership(home: "/h", port: 1, tls: false),
            .recoverLog(losing: Loss(records: 1, names: ["records 2..2"])),
        ]
        for step in steps {
            #expect(step.title.first?.isLowercase == true)
            #expect(try JSONText.decode(LiveStep.self, from: JSONText.encode(step)) == step)
        }
    }

    @Test func aStoppedAgentIsStartedAfreshWhenARepairIsTakenBack() {
        #expect(LiveStep.stopAgent.undo == .act(.restartAgent))
        #expect(LiveStep.startAgent.undo == nil)
    }

    @Test func aLongLogIsWithinTheBudgetOfARepairsExaminationToo() async throws {
        let copy = try WorkingCopy()
        let (log, _) = try WriteAheadLog.open(
            at: copy.workspace.walFolder,
            options: LogOptions(segmentBytes: 4 << 20, spare: false, seed: 11))
        for segment in 0..<8 {
            if segment > 0 { try await log.seal() }
            let body = [UInt8](repeating: UInt8(segment), count: 3 << 20)
            _ = try await log.append([RecordDraft(type: .note, metadata: [], body: body)])
        }
        try log.close()
        let patient = ExaminationOptions(
            profile: "live", timeout: .seconds(60), checkDeadline: .seconds(60))

        let report = await LiveGround(copy.workspace, options: patient).examine().report

        #expect(report.row("integrity")?.status == .ok)
        #expect(!report.codes.contains("doctor.over-budget"), "\(report.findings)")
    }

    @Test func stepsOnFilesAreTakenBackByTheirBytes() async throws {
        let copy = try WorkingCopy()
        let ground = LiveGround(copy.workspace)
        let host = ground.look()
        let path = copy.workspace.root + "/.aura/note"
        try FileAccess.replace(path, with: "old".utf8, mode: 0o644)

        let write = LiveStep.write(".aura/note", text: "new")
        #expect(write.touches(in: host) == [Touch(.changes, path)])
        await #expect(throws: StepFailure.self) { try await write.ensure(of: host) }
        try await write.perform(on: host)
        try await write.ensure(of: host)
        let mode = LiveStep.act(.setModes([ModeChange(path: ".aura/note", mode: 0o400)]))
        #expect(mode.touches(in: host) == [], "a closed or secret file is not copied")
        await #expect(throws: StepFailure.self) { try await mode.ensure(of: host) }
        try await mode.require(of: host)
        try await mode.perform(on: host)
        try await mode.ensure(of: host)
        symlink(path, path + ".link")
        await #expect(throws: StepFailure.self) {
            try await LiveStep.act(.setModes([ModeChange(path: ".aura/note.link", mode: 0o644)]))
                .require(of: host)
        }

        let aside = LiveStep.moveAside(".aura/note")
        #expect(aside.touches(in: host) == [Touch(.replaces, path)])
        try await aside.require(of: host)
        await #expect(throws: StepFailure.self) { try await aside.ensure(of: host) }
    }

    @Test func settingsAreChangedOnTheirOwnLineAndNowhereElse() async throws {
        let settings = """
            # mine
            [live]
            mothership = "ws://127.0.0.1:7070"

            [live.debug]
            log_level = "debug" # for now
            verbose_logs = true

            """
        let copy = try WorkingCopy(settings: settings)
        let host = LiveGround(copy.workspace).look()
        let file = { try String(contentsOfFile: copy.workspace.configurationPath, encoding: .utf8) }

        await #expect(throws: StepFailure.self) {
            try await LiveStep.edit(.quietLog).ensure(of: host)
        }
        try await LiveStep.edit(.quietLog).perform(on: host)
        try await LiveStep.edit(.quietLog).ensure(of: host)
        let quiet = settings.replacing("\"debug\"", with: "\"info\"")
            .replacing("verbose_logs = true", with: "verbose_logs = false")
        #expect(try file() == quiet)
        let point = LiveStep.edit(.pointAt("ws://127.0.0.1:7171"))
        try await point.perform(on: host)
        try await point.ensure(of: host)
        #expect(try file() == quiet.replacing("7070", with: "7171"))
    }

    @Test func aRecordOfADeadMothershipIsMovedAndItsLimitsAreWrittenDownOnACopyToo() async throws {
        let copy = try WorkingCopy()
        let surroundings = Surroundings(environment: ["AURA_HOME": copy.mothershipHome])
        let ground = LiveGround(copy.workspace, surroundings: surroundings)
        try FileAccess.makeFolder(copy.mothershipHome + "/run")
        try copy.recordMothership(try .dead(), port: 7070)
        let settings = copy.mothershipHome + "/config.toml"
        try FileAccess.replace(settings, with: "[limits]\nbody_bytes = 1048576\n".utf8)
        let folder = copy.workspace.root + "/shadow"
        try FileAccess.makeFolder(folder)
        let shadow = try #require(try ground.shadow(in: folder)).ground.look()

        #expect(shadow.mothershipHome != ground.look().mothershipHome)
        let retire = LiveStep.edit(.retireMothershipRecord)
        try await retire.require(of: shadow)
        let limits = LiveStep.edit(.writeLimits)
        try await limits.perform(on: shadow)
        try await limits.ensure(of: shadow)
        await #expect(throws: StepFailure.self) { try await limits.ensure(of: ground.look()) }
        try copy.recordMothership(try .current(), port: 7070)
        await #expect(throws: StepFailure.self) { try await retire.require(of: ground.look()) }
    }

    @Test func whatRepairsHaveLostStaysInTheReport() async throws {
        let copy = try WorkingCopy()
        _ = try await Log.make(in: copy)
        let line = #"""
            {"schema":"aura.loss","schema_version":1,"at":"2026-11-20T10:00:00.000Z","codes":["integrity.checksum-mismatch"],"loss":{"names":["records 4..4"],"records":1},"run":"20261120T100000000Z-00aa"}

            """#
        try FileAccess.makeFolder(copy.workspace.journalFolder)
        try FileAccess.replace(
            copy.workspace.journalFolder + "/losses.ndjson", with: line.utf8)

        let report = await LiveProfile.examine(copy.workspace, options: ExaminationOptions())

        let finding = try #require(
            report.findings.first { $0.code == "integrity.loss-ledger" })
        #expect(finding.symptom == "sound, repaired on 2026-11-20, 1 record lost")
        #expect(report.row("integrity")?.detail.hasSuffix("1 record lost in repairs") == true)
        #expect(report.row("integrity")?.status == .info)
    }

    @Test func aRehearsalWorksOnACopyWithoutJournalsAndProcesses() async throws {
        let copy = try WorkingCopy()
        _ = try await Log.make(in: copy)
        try FileAccess.makeFolder(copy.workspace.journalFolder)
        let folder = copy.workspace.root + "/shadow"
        try FileAccess.makeFolder(folder)

        let shadow = try #require(try LiveGround(copy.workspace).shadow(in: folder)).ground

        #expect(
            try LogReader.verify(at: shadow.workspace.walFolder, threads: 1).isSound)
        #expect(!FileAccess.exists(shadow.journalFolder))
        #expect(!FileAccess.exists(shadow.workspace.agentSocketPath))
    }
}
