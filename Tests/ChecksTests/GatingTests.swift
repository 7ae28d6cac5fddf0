// What rests on what: without an agent some lines have nothing to say, and say so.

import Diagnostics
import Support
import Testing

@testable import Checks
@testable import LiveSync

@Suite struct GatingTests {
    private let live: [Bucket] = ["scanner", "mothership", "presence"]

    @Test func aHealthyPeerPrintsTheSevenLines() async throws {
        let copy = try WorkingCopy()
        var status = try LiveStatus.healthy()
        status.impacts = [Samples.impact("a"), Samples.impact("b")]
        try copy.runAgent(status)
        _ = try await Log.make(in: copy)

        let report = await copy.examine()
        let text = TextRenderer(
            title: "live sync doctor", order: Registry.liveOrder,
            explainCommand: "aura doctor explain"
        ).render(report)

        let expected = """
              live sync doctor
              ────────────────
              scanner:        OK    (warm scan 12ms, dirty=3)
              mothership:     OK    (ws online, rtt 38ms, peers 4)
              wal:            OK    (412 records, pending out 0, pending in 0)
              conflicts:      OK    (0 unresolved)
              impacts:        WARN  (2 unresolved cross-branch)
              presence:       OK    (heartbeat 22s ago)
              integrity:      OK    (segment checksums valid, 3/3 examined)

              overall: WARN — address impacts

            """
        #expect(text.hasPrefix(expected), "\(text)")
    }

    @Test func aSilentAgentSkipsWhatOnlyItKnows() async throws {
        let copy = try WorkingCopy()
        let (over, end) = AsyncStream.makeStream(of: Never.self)
        try copy.runSilentAgent(until: over)
        let log = try await Log.make(in: copy)
        try log.change("segment-000002.log") { $0[5000] ^= 1 }

        let report = await copy.examine(controlTimeout: .milliseconds(100))
        end.finish()

        for bucket in live {
            #expect(report.row(bucket)?.status == .skipped, "\(bucket)")
            #expect(report.row(bucket)?.skippedBecause == "agent")
        }
        // The log's files need nobody's answer; its queues do, so a sound log alone is no OK.
        #expect(report.row("integrity")?.status == .fail)
        #expect(report.row("wal")?.status == .unknown)
        #expect(report.row("conflicts")?.status == .unknown)
        #expect(report.row("impacts")?.status == .unknown)
        #expect(report.codes == ["agent.command-hang", "integrity.checksum-mismatch"])
    }

    @Test func aSilentAgentDoesNotHideADamagedManifest() async throws {
        let copy = try WorkingCopy()
        let (over, end) = AsyncStream.makeStream(of: Never.self)
        try copy.runSilentAgent(until: over)
        let log = try await Log.make(in: copy)
        try log.change("MANIFEST") { $0.removeSubrange(2000...) }

        let report = await copy.examine(
            [WALCheck(Thresholds())], controlTimeout: .milliseconds(100))
        end.finish()

        #expect(report.codes == ["wal.index-damaged"])
        #expect(
            report.row("wal")?.detail.hasSuffix("pending out unknown, pending in unknown") == true)
    }

    @Test func withSyncOffTheLiveLinesAreUnknownAndTheFilesAreJudged() async throws {
        let copy = try WorkingCopy()
        _ = try await Log.make(in: copy)

        let report = await copy.examine()

        for bucket in live {
            #expect(report.row(bucket)?.status == .unknown, "\(bucket)")
            #expect(report.row(bucket)?.detail == "sync: turned off")
        }
        for bucket: Bucket in ["wal", "conflicts", "impacts", "integrity", "agent", "daemon"] {
            #expect(
                report.row(bucket)?.status == .ok, "\(bucket): \(report.row(bucket)?.detail ?? "")")
        }
        #expect(report.codes == ["config.sync-disabled"])
        #expect(report.overall == .warn)
    }

    @Test func whatNeedsTheSettingsWaitsForThemWhileTheyAreBroken() async throws {
        let copy = try WorkingCopy(settings: "[live]\nmothership = \"ws:\n")
        try copy.runAgent(try LiveStatus.healthy())
        _ = try await Log.make(in: copy)

        let report = await copy.examine()
        let one = await copy.examine([AuthCheck()])

        #expect(report.codes == ["config.parse-error"])
        #expect(report.exitStatus == .findings)
        for bucket: Bucket in ["auth", "daemon"] {
            #expect(report.row(bucket)?.status == .skipped, "\(bucket)")
            #expect(report.row(bucket)?.skippedBecause == "config")
            #expect(report.row(bucket)?.detail == "waits for config")
        }
        #expect(report.overall == .fail)
        #expect(one.exitStatus == .undetermined)
        #expect(one.row("auth")?.nextStep == "correct line 2")
    }

    @Test func aFirstPassInProgressIsNeitherGoodNorBad() async throws {
        let copy = try WorkingCopy()
        var status = try LiveStatus.healthy()
        status.scanner?.ticks = 0
        status.scanner?.lastTickAt = nil
        status.presence = PresenceStatus(ownBeatAt: nil, peers: [])
        status.recordsFolded = 0
        try copy.runAgent(status)
        try PidRecord(
            process: .current(), root: copy.workspace.root, port: nil, instance: nil,
            version: "1.0", startedAt: ago(.seconds(3))
        ).save(copy.workspace.agentRecordPath)

        let report = await copy.examine()

        for bucket: Bucket in ["scanner", "presence", "conflicts", "impacts"] {
            #expect(report.row(bucket)?.status == .unknown, "\(bucket)")
        }
        #expect(!report.codes.contains("doctor.vacuous-ok"))
    }

    @Test func everyDeadlineLeavesRoomForASilentAgent() {
        for check in Registry.all {
            // Whichever check asks first takes the look that all share.
            #expect(check.deadline == .seconds(5), "\(check.bucket)")
            // Reading every record is no glance.
            #expect(check.depth == (check.bucket == "integrity" ? .standard : .quick))
        }
    }

    @Test func shortenedThresholdsReachTheChecks() async throws {
        var limits = Thresholds()
        limits.scannerStalled = .seconds(1)
        limits.ownBeatWarn = .seconds(10)
        let copy = try WorkingCopy()
        try copy.runAgent(try LiveStatus.healthy())
        _ = try await Log.make(in: copy)

        #expect(await copy.examine(Registry.checks(Thresholds())).codes.isEmpty)
        #expect(
            await copy.examine(Registry.checks(limits)).codes
                == ["presence.own-beat-late", "scanner.stalled"])
    }
}
