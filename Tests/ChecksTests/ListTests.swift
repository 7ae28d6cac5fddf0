// Conflicts, impacts and presence, from literal snapshots.

import Diagnostics
import LiveProtocol
import Support
import Testing

@testable import Checks
@testable import LiveSync

@Suite struct ConflictsCheckTests {
    private let check = ConflictsCheck(Thresholds())

    private func snapshot(_ ages: [Duration]) -> ConflictsSnapshot {
        ConflictsSnapshot(
            takenAt: now,
            conflicts: ages.enumerated().map { Samples.conflict("c\($0.offset)", age: $0.element) },
            recordsFolded: 412)
    }

    @Test func noConflictIsAnOKThatRestsOnRecords() {
        #expect(check.judge(snapshot([])).codes.isEmpty)
        #expect(check.judge(snapshot([])).detail == "0 unresolved")
        #expect(check.witness(of: snapshot([])) == Witness(examined: 412, unit: "records"))
    }

    @Test func sevenDaysTurnAWarningIntoAFailure() {
        let week = Duration.seconds(604_800)
        let young = check.judge(snapshot([.seconds(1), week]))
        #expect(young.codes == ["conflicts.unresolved"])
        #expect(young.worst == .warn)
        #expect(young.detail == "2 unresolved")

        #expect(check.judge(snapshot([.seconds(1), week + .milliseconds(1)])).worst == .fail)
    }

    @Test func theOldestIsNamedFirstAndTheCountCoversAll() {
        let found = check.diagnose(snapshot((0..<30).map { .seconds($0 * 60) }))

        #expect(found.count == 1)
        #expect(found.first?.subjects.count == 20)
        #expect(found.first?.subjects.first == .function("billing::c29"))
        #expect(found.first?.symptom == "30 conflicts unresolved, the oldest for 29m 00s")
    }
}

@Suite struct UnreadableListTests {
    @Test func anEmptyListOfALogThatCannotBeReadWholeIsUnknown() async throws {
        let copy = try WorkingCopy()
        var status = try LiveStatus.healthy()
        status.lacksRecords = true
        status.impacts = [Samples.impact("i1")]
        try copy.runAgent(status)

        let report = await copy.examine([
            AgentCheck(), ConflictsCheck(Thresholds()), ImpactsCheck(),
        ])

        #expect(report.row("conflicts")?.status == .unknown)
        #expect(report.row("impacts")?.detail == "at least 1 unresolved cross-branch")
        #expect(report.codes == ["impacts.unresolved"])
    }
}

@Suite struct ImpactsCheckTests {
    private let check = ImpactsCheck()

    private func snapshot(_ impacts: [ImpactRow]) -> ImpactsSnapshot {
        ImpactsSnapshot(takenAt: now, impacts: impacts, recordsFolded: 412)
    }

    @Test func impactsWarnAndNeverFail() {
        let two = check.judge(snapshot([Samples.impact("a"), Samples.impact("b", branch: "new")]))

        #expect(two.codes == ["impacts.unresolved"])
        #expect(two.worst == .warn)
        #expect(two.detail == "2 unresolved cross-branch")
        #expect(ImpactsFinding.unresolved.nextStep == "address impacts")
        #expect(check.judge(snapshot([])).codes.isEmpty)
        #expect(check.judge(snapshot([])).detail == "0 unresolved cross-branch")
    }
}

@Suite struct PresenceCheckTests {
    private let check = PresenceCheck(Thresholds())

    private func snapshot(
        _ change: (inout PresenceSnapshot) throws -> Void = { _ in }
    ) throws -> PresenceSnapshot {
        var snapshot = PresenceSnapshot(
            takenAt: now, lifecycle: .active, link: .online, startedAt: ago(.seconds(600)),
            presence: try LiveStatus.healthy().presence)
        try change(&snapshot)
        return snapshot
    }

    @Test func aHealthyPresenceRaisesNothing() throws {
        let healthy = try check.judge(snapshot())

        #expect(healthy.codes.isEmpty)
        #expect(healthy.detail == "heartbeat 22s ago")
        let witness = Witness(examined: 2, unit: "peers", ageOfNewest: .seconds(22))
        #expect(try check.witness(of: snapshot()) == witness)
    }

    @Test(arguments: [
        (45_000, Severity?.none), (45_001, .warn), (90_000, .warn), (90_001, .fail),
    ])
    func theOwnHeartbeatHasHalfAWindow(milliseconds: Int, expected: Severity?) throws {
        let late = try check.judge(
            snapshot { $0.presence.ownBeatAt = ago(.milliseconds(milliseconds)) })

        #expect(late.codes == (expected == nil ? [] : ["presence.own-beat-late"]))
        #expect(late.worst == expected)
        #expect(late.detail == "heartbeat \(milliseconds / 1000)s ago")
        let paused = try snapshot {
            $0.presence.ownBeatAt = ago(.milliseconds(milliseconds))
            $0.lifecycle = .paused
        }
        #expect(check.judge(paused).codes.isEmpty)
    }

    @Test func aHeartbeatThatWasNeverSentIsJudgedFromTheStart() throws {
        let never = try check.judge(snapshot { $0.presence.ownBeatAt = nil })
        #expect(never.codes == ["presence.own-beat-late"])
        #expect(never.detail == "heartbeat never sent")

        let young = try snapshot {
            $0.presence.ownBeatAt = nil
            $0.startedAt = ago(.seconds(45))
        }
        #expect(check.judge(young).codes.isEmpty)
    }

    @Test func aPeerShownAsPresentPastTheWindowIsStale() throws {
        func judge(_ state: Presence.State, _ age: Duration, isSelf: Bool = false) throws
            -> [String]
        {
            try check.judge(
                snapshot { $0.presence.peers = [try .row(2, state, age: age, isSelf: isSelf)] }
            ).codes
        }

        #expect(try judge(.online, .milliseconds(90_001)) == ["presence.peer-stale"])
        #expect(try judge(.editing, .milliseconds(90_001)) == ["presence.editing-held"])
        #expect(try judge(.editing, .seconds(90)).isEmpty)
        #expect(try judge(.online, .seconds(90)).isEmpty)
        #expect(try judge(.offline, .seconds(900)).isEmpty)
        #expect(try judge(.online, .seconds(900), isSelf: true).isEmpty)
    }

    @Test func whileTheLinkIsDownOthersAreNotBlamed() throws {
        let down = try snapshot {
            $0.link = .offline
            $0.presence.peers = [try .row(2, age: .seconds(500), isSelf: false)]
            $0.presence.ownBeatAt = ago(.seconds(100))
        }

        #expect(check.judge(down).codes == ["presence.own-beat-late"])
    }
}
