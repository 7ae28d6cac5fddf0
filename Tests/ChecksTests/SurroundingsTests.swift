// Settings and agent, and values that several suites need.

import Diagnostics
import Drills
import Foundation
import Glibc
import LiveProtocol
import Support
import Testing

@testable import Checks
@testable import LiveSync
@testable import WriteAheadLog

@Suite struct ConfigCheckTests {
    private func report(_ settings: String, enabled: Bool = true) async throws -> Report {
        let copy = try WorkingCopy(settings: settings)
        var status = try LiveStatus.healthy()
        status.enabled = enabled
        try copy.runAgent(status)
        return await copy.examine([ConfigCheck()])
    }

    @Test func aSoundFileRaisesNothing() async throws {
        let report = try await report("[live.debug]\nlog_level = \"info\"\n")

        #expect(report.codes.isEmpty)
        #expect(report.row("config")?.detail == "sync on")
        #expect(report.row("config")?.witness == Witness(examined: 1, total: 1, unit: "files"))
    }

    @Test(arguments: [
        ("[live]\nmothership = \"ws://a\n", "config.parse-error", 2),
        ("\n[live.debug]\nlog_lvl = \"info\"\n", "config.unknown-key", 3),
        ("[live.debug]\n\n\nlog_level = \"loud\"\n", "config.value-invalid", 4),
        ("[live.presence]\nwindow_s = \"long\"\n", "config.value-invalid", 2),
        ("[doctor.thresholds]\nscanner_staled = \"1s\"\n", "config.unknown-key", 2),
        ("[doctor.thresholds]\nscanner_stalled = \"soon\"\n", "config.value-invalid", 2),
    ])
    func eachDefectIsNamedWithItsLine(settings: String, code: String, line: Int) async throws {
        let report = try await report(settings)

        #expect(report.codes == [code])
        #expect(report.row("config")?.status == .fail)
        #expect(report.row("config")?.detail == "sync on, 1 defect, first on line \(line)")
        #expect(report.findings.first?.symptom.hasPrefix("line \(line) ") == true)
    }

    @Test func syncThatIsOffIsAWarning() async throws {
        let report = try await report("", enabled: false)

        #expect(report.codes == ["config.sync-disabled"])
        #expect(report.row("config")?.status == .warn)
        #expect(report.row("config")?.detail == "sync off")
        #expect(report.nextStep == "run aura live sync enable")
    }

    @Test func twoDefectsHaveTwoFingerprints() async throws {
        let report = try await report("[live]\nroon = \"a\"\nbrunch = \"b\"\n")

        #expect(report.codes == ["config.unknown-key"])
        #expect(Set(report.findings.map(\.fingerprint)).count == 2)
    }
}

@Suite struct AgentCheckTests {
    private let check = AgentCheck()

    @Test func anAgentThatAnswersIsWell() async throws {
        let copy = try WorkingCopy()
        try copy.runAgent(try LiveStatus.healthy())

        let report = await copy.examine([check])

        #expect(report.codes.isEmpty)
        #expect(report.row("agent")?.detail == "pid \(getpid()), version \(Release.version)")
    }

    @Test func aRecordWithoutItsProcessIsAnAgentThatDied() async throws {
        let copy = try WorkingCopy(settings: "this does not parse")
        try copy.record(.dead())

        let report = await copy.examine([check])

        #expect(report.codes == ["agent.down"])
        #expect(report.row("agent")?.status == .fail)
    }

    @Test func aLiveProcessOfWhichNothingCanBeReadWaitsForTheSettings() async throws {
        let copy = try WorkingCopy(settings: "this does not parse")
        try copy.record(.current())

        let report = await copy.examine([check])

        #expect(report.row("agent")?.status == .skipped)
        #expect(report.row("agent")?.skippedBecause == "config")
        #expect(report.codes.isEmpty)
    }

    @Test func aSocketThatStaysSilentIsAHang() async throws {
        let copy = try WorkingCopy()
        let (over, end) = AsyncStream.makeStream(of: Never.self)
        try copy.runSilentAgent(until: over)

        let report = await copy.examine([check], controlTimeout: .milliseconds(100))
        end.finish()

        #expect(report.codes == ["agent.command-hang"])
        #expect(report.row("agent")?.detail == "pid \(getpid()), no answer")
    }

    @Test func withoutAnAgentAndWithSyncOffNothingIsWrong() async throws {
        let copy = try WorkingCopy()

        let report = await copy.examine([check])

        #expect(report.codes.isEmpty)
        #expect(report.row("agent")?.status == .ok)
        #expect(report.row("agent")?.detail == "not running, sync off")
    }

    @Test func anUnreadableRecordIsUnknown() async throws {
        let copy = try WorkingCopy()
        try FileAccess.makeFolder(copy.workspace.agentRecordPath)

        let report = await copy.examine([check])

        #expect(report.row("agent")?.status == .unknown)
    }

    @Test(arguments: ["", "{\"process\":{\"pid\":"])
    func aTornRecordWithoutAnAgentIsWhatADeadOneLeft(text: String) async throws {
        let copy = try WorkingCopy()
        try FileAccess.replace(copy.workspace.agentRecordPath, with: text.utf8)

        let off = await copy.examine([check])
        #expect(off.codes == ["agent.run-without-owner"])
        #expect(try copy.workspace.agentRecord() == nil, "the next start is not kept away")

        var on = AgentSnapshot(
            answer: .refused, enabled: true, record: nil, version: nil, takenAt: now)
        on.isRecordTorn = true
        #expect(check.judge(on).codes == ["agent.down", "agent.run-without-owner"])
        #expect(AgentFinding.down.explains.contains("agent.run-without-owner"))
    }

    @Test func aTornRecordOfWhoeverHoldsTheLogIsUnknown() async throws {
        let copy = try WorkingCopy()
        try FileAccess.replace(copy.workspace.agentRecordPath, with: "".utf8)
        let (log, _) = try WriteAheadLog.open(
            at: copy.workspace.walFolder, options: LogOptions(segmentBytes: 16 << 10, spare: false))

        #expect(!copy.workspace.hasTornRecord)
        #expect(throws: PlainFailure.self) { try copy.workspace.agentRecord() }
        try log.close()
        #expect(copy.workspace.hasTornRecord)
    }

    @Test func everyCombinationHasItsVerdict() throws {
        let alive = try RecordedProcess(record: Samples.record(.current()), isAlive: true)
        let dead = try RecordedProcess(record: Samples.record(.dead()), isAlive: false)
        func codes(
            _ answer: AgentSnapshot.Answer, _ enabled: Bool?, _ record: RecordedProcess?
        ) -> [String] {
            check.judge(
                AgentSnapshot(
                    answer: answer, enabled: enabled, record: record, version: nil, takenAt: now)
            ).codes
        }

        #expect(codes(.answered, true, alive) == [])
        #expect(codes(.answered, true, nil) == [])
        #expect(codes(.refused, false, nil) == [])
        #expect(codes(.refused, false, alive) == [])
        #expect(codes(.refused, false, dead) == ["agent.run-without-owner"])
        #expect(codes(.refused, true, nil) == ["agent.down"])
        #expect(codes(.refused, true, dead) == ["agent.down"])
        #expect(codes(.refused, nil, dead) == ["agent.down"])
        #expect(codes(.refused, true, alive) == ["agent.command-hang"])
        #expect(codes(.silent, nil, alive) == ["agent.command-hang"])
        #expect(codes(.silent, nil, nil) == ["agent.command-hang"])
    }
}

/// Values that several suites need.
enum Samples {
    static let refused = LinkClose(
        stage: .connect, errorNumber: ECONNREFUSED, message: "connection refused")

    static func record(_ process: ProcessIdentity, port: Int? = nil) -> PidRecord {
        PidRecord(
            process: process, root: "/copy", port: port, instance: nil, version: "1.0",
            startedAt: ago(.seconds(600)))
    }

    static func conflict(_ id: String, age: Duration) -> ConflictRow {
        ConflictRow(
            id: id, function: "billing::\(id)", path: "billing.rs", kind: "both-changed",
            openedAt: ago(age), remoteDevice: "02020202", base: "0a", local: "0b", remote: "0c")
    }

    static func impact(_ id: String, branch: String = "other") -> ImpactRow {
        ImpactRow(
            id: id, function: "tax::\(id)", caller: "billing::total", kind: "changed",
            branch: branch, user: "jo@host", openedAt: ago(.seconds(3600)))
    }
}
