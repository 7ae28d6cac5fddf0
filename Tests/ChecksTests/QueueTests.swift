// The queues of the log, as its owner tells them: waiting, refused, not applied.

import Diagnostics
import Support
import Testing

@testable import Checks
@testable import LiveSync
@testable import WriteAheadLog

@Suite struct QueueTests {
    private let check = WALCheck(Thresholds())

    private func snapshot(
        link: LinkStatus.State = .online, lifecycle: LiveStatus.Lifecycle = .active,
        _ change: (inout WALStatus) -> Void = { _ in }
    ) -> WALSnapshot {
        var status = WALStatus.healthy
        change(&status)
        return WALSnapshot(
            takenAt: now, lifecycle: lifecycle, link: link, status: status, report: .healthy)
    }

    private func waiting(
        _ count: Int, _ age: Duration, link: LinkStatus.State = .online,
        lifecycle: LiveStatus.Lifecycle = .active
    ) -> (codes: [String], worst: Severity?, detail: String) {
        check.judge(
            snapshot(link: link, lifecycle: lifecycle) {
                ($0.pendingOut, $0.oldestPendingAt) = (count, ago(age))
            })
    }

    @Test func anEmptyQueueRaisesNothing() {
        let healthy = check.judge(snapshot())

        #expect(healthy.codes.isEmpty)
        #expect(healthy.detail == "412 records, pending out 0, pending in 0")
        let witness = Witness(
            examined: 3, total: 3, unit: "segments", ageOfNewest: .seconds(9))
        #expect(check.witness(of: snapshot()) == witness)
    }

    @Test(arguments: [(60, Severity?.none), (61, .warn), (300, .warn), (301, .fail)])
    func aQueueThatStandsWhileTheLinkWorksIsStalled(seconds: Int, expected: Severity?) {
        let stalled = waiting(2, .seconds(seconds))

        #expect(stalled.codes == (expected == nil ? [] : ["wal.queue-stalled"]))
        #expect(stalled.worst == expected)
        #expect(stalled.detail == "412 records, pending out 2, pending in 0")
        #expect(waiting(2, .seconds(seconds), lifecycle: .paused).codes.isEmpty)
        #expect(waiting(0, .seconds(seconds)).codes.isEmpty)
    }

    @Test(arguments: [
        (1, 5, Severity.info), (10_000, 86_400, .info), (10_001, 5, .warn), (1, 86_401, .warn),
    ])
    func aBacklogIsSafeAndAWarningWhenLong(count: Int, seconds: Int, expected: Severity) {
        let backlog = waiting(count, .seconds(seconds), link: .offline)

        #expect(backlog.codes == ["wal.backlog-offline"])
        #expect(backlog.worst == expected)
    }

    @Test(arguments: [
        ("payload_too_large", "wal.reject-payload-too-large"),
        ("protocol_message_too_large", "wal.reject-payload-too-large"),
        ("signature_rejected", "wal.reject-signature"),
        ("repo_not_registered", "wal.reject-repo-not-registered"),
        ("path_scope_forbidden", "wal.reject-other"), ("token_expired", "wal.reject-other"),
    ])
    func eachRefusalHasItsCode(reason: String, code: String) {
        let refused = check.judge(snapshot { $0.refused = [reason: 2] })

        #expect(refused.codes == [code])
        #expect(refused.worst == .fail)
        #expect(check.judge(snapshot { $0.refused = [reason: 0] }).codes.isEmpty)
    }

    @Test func twoReasonsAreTwoFindingsWithTheirOwnFingerprints() {
        let snapshot = snapshot {
            $0.refused = ["policy_violation": 1, "path_scope_forbidden": 3]
        }

        let found = check.diagnose(snapshot)

        #expect(found.map(\.code) == ["wal.reject-other", "wal.reject-other"])
        #expect(Set(found.map(\.fingerprint)).count == 2)
    }

    @Test(arguments: [
        ("permission", "wal.apply-failed-permission"),
        ("read_only_mount", "wal.apply-failed-permission"),
        ("immutable", "wal.apply-failed-permission"), ("locked", "wal.apply-failed-locked"),
        ("no_space", "wal.inbound-stalled"), ("changed_underneath", "wal.inbound-stalled"),
        ("held", "wal.inbound-stalled"),
    ])
    func eachFailedApplyHasItsCode(reason: String, code: String) {
        func judge(_ age: Duration) -> [String] {
            check.judge(
                snapshot {
                    $0.failedApplies = [.init(path: "a.rs", reason: reason, at: ago(age))]
                }
            ).codes
        }

        #expect(judge(.seconds(61)) == [code])
        // What can pass by itself gets a minute; permissions do not pass.
        #expect(judge(.seconds(60)) == (code == "wal.apply-failed-permission" ? [code] : []))
    }

    @Test func manyChangesOfOneFileAreOneFinding() {
        let snapshot = snapshot {
            $0.failedApplies =
                (1...5).map {
                    .init(path: "a.rs", reason: "permission", at: ago(.seconds($0)))
                } + [.init(path: "b.rs", reason: "permission", at: ago(.seconds(1)))]
        }

        let found = check.diagnose(snapshot)

        #expect(found.map(\.subjects) == [[.path("a.rs")], [.path("b.rs")]])
        #expect(found.first?.evidence.contains(Evidence("changes", .count(5))) == true)
    }

    @Test func aLogThatCannotBeWrittenPutsDataAtStake() {
        let found = check.diagnose(snapshot { $0.writeProblem = "Input/output error" })

        #expect(found.map(\.code) == ["wal.fsync-failed"])
        #expect(found.first?.severity == .fail)
        #expect(found.first?.kind.dataAtStake == true)
    }

    /// Without a log and without an agent: whether there ever was one, its session tells.
    @Test func aLogThatIsGoneWithItsAgentIsLostAndNotOff() async throws {
        let copy = try WorkingCopy()
        try #require(await copy.examine([check]).codes == [], "sync was never on here")
        try FileAccess.replace(Session.path(copy.workspace), with: #"{"branch":"main"}"#.utf8)

        let report = await copy.examine([check])
        #expect(report.codes == ["wal.segment-gap"])
        let deadline = Deadline(after: .seconds(60), clock: SystemClock())
        let snapshot = try check.probe(copy.host(), until: deadline)
        let found = try #require(check.diagnose(snapshot).first)
        let loss = check.remediate(found, seenIn: snapshot).map(\.loss).reduce(.none, +)
        #expect(loss.isUncounted)
        // Moved aside in order to begin anew, it is no loss of this kind.
        try FileAccess.makeFolder(copy.workspace.liveFolder + "/wal.reset-1")
        #expect(await copy.examine([check]).codes == [])
    }

    @Test func aManifestThatIsNoFileIsForAPerson() {
        let spot = Spot(file: "MANIFEST", detail: "read failed")
        var other = snapshot()
        other.report?.verdicts = [.manifestDamaged(spot)]
        let damaged = check.diagnose(other)
        #expect(damaged.map(\.code) == ["wal.index-damaged"])
        #expect(damaged.first.map { check.remediate($0, seenIn: other) }?.isEmpty == false)

        other.isManifestNoFile = true
        let found = check.diagnose(other)
        #expect(found.first?.nextStep.hasPrefix("move MANIFEST out of") == true)
        #expect(found.first.map { check.remediate($0, seenIn: other) } == [])
    }

    @Test func whatNobodyCouldTellIsNotZero() {
        let mute = WALSnapshot(takenAt: now, report: .healthy)

        #expect(
            check.judge(mute).detail == "412 records, pending out unknown, pending in unknown")
    }
}
