// A fix class is a promise: every code that says `safe` or `consent` has steps, and no other has any.

import Diagnostics
import Foundation
import Support
import Testing

@testable import Checks
@testable import LiveSync
@testable import WriteAheadLog

@Suite struct RemedyCoverageTests {
    private let promised = Catalogue(of: Registry.all).entries.filter {
        $0.fix == .safe || $0.fix == .consent
    }

    /// Codes whose repair is not a list of steps, and what does it instead.
    private static let elsewhere = [
        "doctor.interrupted-run": "the engine brings the run to its end before it plans anything"
    ]

    @Test func everyPromisedRepairHasSteps() throws {
        let planned = try plannedCodes()

        for entry in promised where Self.elsewhere[entry.code] == nil {
            #expect(
                planned.contains(entry.code), "\(entry.code) says \(entry.fix) and plans nothing")
        }
        #expect(promised.count > 40)
    }

    @Test func whatNeedsAPersonPlansNothing() throws {
        let kept = Set(promised.map(\.code))
        #expect(try plannedCodes().subtracting(kept).sorted() == [])
    }

    @Test func aConflictIsDecidedForTheLocalTextAndNeverForADeletion() throws {
        var deletedHere = Samples.conflict("gone", age: .seconds(60))
        (deletedHere.kind, deletedHere.local) = ("delete/modify", nil)
        let edited = Samples.conflict("kept", age: .seconds(60))
        let snapshot = ConflictsSnapshot(
            takenAt: now, conflicts: [deletedHere, edited], recordsFolded: 9)

        let steps = ConflictsCheck(Thresholds()).remediate(
            Finding(.unresolved, symptom: ""), seenIn: snapshot)

        #expect(
            steps == [
                .ask(
                    .resolve(
                        id: "gone", taking: .remote, function: "billing.rs#billing::gone")),
                .ask(
                    .resolve(id: "kept", taking: .local, function: "billing.rs#billing::kept")),
            ])
    }

    @Test func aResetExportsBeforeItReadsAnything() throws {
        let steps = WALCheck(Thresholds()).remediate(
            Finding(.resetUnsafe, symptom: ""), seenIn: try wal(.off))

        #expect(
            steps == [
                .act(.exportUnsent(log: "wal.reset-1")), .startAgent, .ask(.pull(isFull: true)),
            ])
    }

    // MARK: One snapshot a bucket in which everything can be found

    private func plannedCodes() throws -> Set<String> {
        let snapshots = try snapshots()
        return Registry.all.reduce(into: []) { codes, check in
            codes.formUnion(planned(by: check, snapshots))
        }
    }

    private func planned<C: Check<SyncHost>>(
        by check: C, _ snapshots: [any Sendable]
    ) -> Set<String> {
        let own = snapshots.compactMap { $0 as? C.Snapshot }
        return Set(
            C.Kind.allCases.filter { kind in
                own.contains { !check.remediate(Finding(kind, symptom: ""), seenIn: $0).isEmpty }
            }.map(\.rawValue))
    }

    private func snapshots() throws -> [any Sendable] {
        let dead = RecordedProcess(
            record: Samples.record(try .dead(), port: 7070), isAlive: false)
        let stranger = try #require(ProcessIdentity.sample(pid: 7, executable: "/bin/aura"))
        var ghost = Samples.conflict("a", age: .seconds(60))
        ghost.isGhost = true
        var stale = Samples.impact("i")
        stale.isStale = true
        var deleting = Samples.conflict("b", age: .seconds(60))
        deleting.kind = "modify/delete"
        var damaged = VerifyReport.healthy
        var offline = LinkStatus.healthy
        offline.state = .offline
        damaged.verdicts = [.recordDamaged(Spot(file: "segment-000001.log", detail: "x"))]
        return [
            auth(), closed(),
            AgentSnapshot(
                answer: .silent, enabled: true, record: nil, version: nil, takenAt: now),
            try config(),
            ConflictsSnapshot(
                takenAt: now, conflicts: [ghost, deleting], recordsFolded: 9,
                dismissed: [Samples.conflict("c", age: .seconds(60))]),
            try daemon(dead, owner: nil), try daemon(dead, owner: stranger), try haltedDaemon(),
            ImpactsSnapshot(takenAt: now, impacts: [stale], recordsFolded: 9),
            IntegritySnapshot(report: damaged),
            MothershipSnapshot(takenAt: now, endpoint: "ws://127.0.0.1:1", link: offline),
            PresenceSnapshot(
                takenAt: now, lifecycle: .active, link: .online, startedAt: nil,
                presence: try LiveStatus.healthy().presence),
            scanner(),
            try wal(.active), try wal(.off),
        ]
    }

    private func scanner() -> ScannerSnapshot {
        var snapshot = ScannerSnapshot(
            takenAt: now, lifecycle: .active, startedAt: nil, scanner: .healthy)
        snapshot.leftLock = LeftIndexLock(modifiedAt: ago(.seconds(700)), bytes: 0)
        return snapshot
    }

    private func auth() -> AuthSnapshot {
        var facts = CredentialFacts()
        facts.exposed = [ExposedSecret(path: "/k", mode: 0o644)]
        return AuthSnapshot(
            endpoint: "ws://127.0.0.1:1", isEncrypted: false, isLoopback: true, credentials: facts)
    }

    private func closed() -> HostSnapshot {
        var snapshot = HostSnapshot(
            fileSystems: [], syncMilliseconds: [], logBytes: 0, unreadable: [])
        snapshot.closed = [ClosedPath(path: "a", isOwn: true, mode: 0, neededMode: 0o600)]
        return snapshot
    }

    private func config() throws -> ConfigSnapshot {
        let server = RecordedProcess(
            record: Samples.record(try .current(), port: 7171), isAlive: true)
        var snapshot = ConfigSnapshot(
            file: ".aura/live.toml", defects: [], syncEnabled: true)
        snapshot.course = ConfigSnapshot.Course(
            endpoint: "ws://127.0.0.1:7070", port: 7070, isLoopback: true, isOffline: true,
            home: "/home", server: server, localOnly: [], leftOut: [])
        return snapshot
    }

    private func daemon(
        _ record: RecordedProcess, owner: ProcessIdentity?
    ) throws -> DaemonSnapshot {
        DaemonSnapshot(
            endpoint: "ws://127.0.0.1:7070", port: 7070, isLoopback: true, home: "/home",
            record: record, owner: owner.map { PortOwner(port: 7070, process: $0) })
    }

    private func haltedDaemon() throws -> DaemonSnapshot {
        var snapshot = try daemon(
            RecordedProcess(record: Samples.record(try .current(), port: 7070), isAlive: true),
            owner: nil)
        snapshot.isStopped = true
        return snapshot
    }

    private func wal(_ lifecycle: LiveStatus.Lifecycle) throws -> WALSnapshot {
        WALSnapshot(
            takenAt: now, lifecycle: lifecycle, link: .online, status: .healthy,
            report: .healthy,
            reset: ResetLeftover(
                folder: "wal.reset-1", unacknowledged: ["f"], isReadAgain: false))
    }
}
