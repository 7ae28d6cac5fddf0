// Scanner, log, conflicts and impacts: the codes that say why a change does not get through.

import Diagnostics
import Foundation
import LiveProtocol
import Support
import Testing

@testable import Checks
@testable import LiveSync
@testable import WriteAheadLog

@Suite struct ScannerScopeTests {
    private let check = ScannerCheck(Thresholds())

    private func judge(_ change: (inout ScannerSnapshot) -> Void) -> [String] {
        var snapshot = ScannerSnapshot(
            takenAt: now, lifecycle: .active, startedAt: ago(.seconds(600)), scanner: .healthy)
        change(&snapshot)
        return check.judge(snapshot).codes
    }

    @Test func aBroadScopeIsNamedOnlyWhenItIsSlow() {
        func judge(_ functions: Int, _ p95: Double) -> [String] {
            self.judge {
                $0.scanner.functions = functions
                $0.scanner.tickMillisecondsP95 = p95
            }
        }
        #expect(judge(50_001, 501) == ["scanner.slow-tick", "scanner.scope-too-broad"])
        #expect(judge(50_000, 501) == ["scanner.slow-tick"])
        #expect(judge(200_000, 500).isEmpty)
        #expect(ScannerFinding.scopeTooBroad.explains.contains("scanner.slow-tick"))
    }

    @Test func aFirstPassWithoutACacheIsInformation() {
        func judge(_ ticks: Int, hits: Int, parsed: Int, _ p95: Double = 501) -> [String] {
            self.judge {
                $0.scanner.ticks = ticks
                ($0.scanner.cacheHits, $0.scanner.parsed) = (hits, parsed)
                $0.scanner.tickMillisecondsP95 = p95
            }
        }
        #expect(judge(12, hits: 0, parsed: 90) == ["scanner.cache-cold"])
        #expect(judge(12, hits: 9, parsed: 91) == ["scanner.cache-cold"])
        #expect(judge(12, hits: 9, parsed: 90).isEmpty)
        #expect(judge(12, hits: 0, parsed: 90, 500).isEmpty)
        #expect(judge(13, hits: 0, parsed: 90) == ["scanner.slow-tick"])
        #expect(ScannerFinding.cacheCold.severity == .info)
    }

    @Test func filesThatSayTheSameAreInformation() {
        let codes = judge {
            $0.scanner.unpushed = [
                .init(path: "a.rs", reason: .trivia, count: 1),
                .init(path: "b.rs", reason: .localOnly, count: 1),
            ]
        }
        #expect(codes == ["scanner.trivia-only"])
        var half = ScannerStatus.healthy
        half.unpushed = [.init(path: "a.rs", reason: .trivia, count: 2)]
        let told = ScannerCheck(Thresholds()).diagnose(
            ScannerSnapshot(takenAt: now, lifecycle: .active, scanner: half))
        // What else is in that file may have been pushed.
        #expect(
            told.first?.symptom == "2 functions in a.rs changed in comments or layout only")
        #expect(ScannerFinding.triviaOnly.severity == .info)
    }

    @Test func aPauseIsNamedAndIsNoFault() {
        let paused = ScannerSnapshot(
            takenAt: now, lifecycle: .paused, startedAt: ago(.seconds(600)), scanner: .healthy,
            pauses: ["merge in progress"])
        #expect(check.judge(paused).codes == ["scanner.paused"])
        #expect(check.judge(paused).detail == "PAUSED: merge in progress, dirty=3")
    }

    @Test func anAdmittedFileWithoutAGrammarIsInformation() {
        let odd = StrandedFile(path: "a.txt", isAdmitted: true, rule: "**")
        let out = StrandedFile(path: "b.rs", isAdmitted: false, rule: "b.rs", line: 1)
        #expect(judge { $0.stranded = .known([odd, out]) } == ["scanner.no-adapter"])
        #expect(judge { $0.stranded = .known([out]) }.isEmpty)
    }
}

@Suite struct LogPlaceAndResetTests {
    private let check = WALCheck(Thresholds())

    private func judge(
        link: LinkStatus.State = .online, reset: ResetLeftover? = nil,
        _ change: (inout WALStatus) -> Void = { _ in }
    ) -> (codes: [String], worst: Severity?, detail: String) {
        var status = WALStatus.healthy
        change(&status)
        return check.judge(
            WALSnapshot(
                takenAt: now, lifecycle: .active, link: link, status: status, report: .healthy,
                reset: reset))
    }

    @Test func aLogInASyncedFolderIsNamedWithTheClient() {
        let found = judge { $0.syncedBy = ["Dropbox"] }
        #expect(found.codes == ["wal.in-cloud-folder"])
        #expect(found.worst == .warn)
        #expect(WALFinding.inCloudFolder.explains.contains("wal.foreign-writer"))
    }

    @Test func aFullDiskIsToldFromABrokenOne() {
        let full = judge { ($0.isFull, $0.writeProblem) = (true, "no space") }
        #expect(full.codes == ["wal.disk-full"])
        #expect(full.worst == .fail)
        #expect(judge { $0.isFull = true }.codes == ["wal.disk-full"])
        #expect(judge { $0.writeProblem = "Input/output error" }.codes == ["wal.fsync-failed"])
    }

    @Test func aMarkerAboveTheLogGivesTheClientAway() throws {
        let copy = try WorkingCopy()
        #expect(LogPlace.concerns(at: copy.workspace.walFolder).isEmpty)
        try FileAccess.makeFolder(copy.workspace.root + "/.stfolder")
        #expect(
            LogPlace.concerns(at: copy.workspace.walFolder) == [.syncedFolder(client: "Syncthing")])
    }

    @Test func aResetIsUnsafeUntilEverythingWasReadAgain() {
        func leftover(_ lost: [String]?, read: Bool = false) -> ResetLeftover {
            ResetLeftover(folder: "wal.reset-1", unacknowledged: lost, isReadAgain: read)
        }
        let unsafe = judge(reset: leftover(["billing::tax"]))
        #expect(unsafe.codes == ["wal.reset-unsafe", "wal.reset-residue"])
        #expect(unsafe.worst == .fail)
        #expect(judge(reset: leftover([])).codes == ["wal.reset-residue"])
        #expect(judge(reset: leftover(nil)).codes == ["wal.reset-residue"])
        #expect(judge(reset: leftover([], read: true)).codes.isEmpty)
        #expect(WALFinding.resetUnsafe.explains.contains("wal.reset-residue"))
    }

    @Test func theOldLogOfARealResetTellsWhatWaitedInIt() async throws {
        let copy = try WorkingCopy()
        #expect(try copy.host().resetLeftover(isReadAgain: false) == nil)
        _ = try await Log.make(in: copy)
        _ = try LogRecovery.reset(at: copy.workspace.walFolder)

        let report = await copy.examine([check])

        #expect(report.codes == ["wal.reset-residue"])
        let leftover = try #require(try copy.host().resetLeftover(isReadAgain: false))
        #expect(leftover.unacknowledged == [])
    }

    @Test func whatWasReadAfterAResetStaysReadWithoutALinkAndWithoutAnAgent() async throws {
        let copy = try WorkingCopy()
        _ = try await Log.make(in: copy)
        _ = try LogRecovery.reset(at: copy.workspace.walFolder)
        let (log, _) = try WriteAheadLog.open(
            at: copy.workspace.walFolder, options: LogOptions(), clock: SystemClock())
        let welcome = StateChange.frontierReset(Frontier(epoch: "one", sequence: 0))
        _ = try log.enqueue([PeerRecord.stateChanged(welcome).draft])
        try log.close()

        let report = await copy.examine([check])

        #expect(report.codes.isEmpty, "an empty ledger was read to its end")
    }

    @Test(arguments: [(60, false), (61, true)])
    func aLostAnswerIsNamedAfterAMinute(seconds: Int, isNamed: Bool) {
        func lost(_ link: LinkStatus.State) -> [String] {
            judge(link: link) {
                $0.lostAnswers = [.init(changeSet: "0102", sentAt: ago(.seconds(seconds)))]
            }.codes
        }
        #expect(lost(.online) == (isNamed ? ["wal.ack-lost"] : []))
        #expect(lost(.offline).isEmpty)
        #expect(WALFinding.ackLost.explains == ["wal.queue-stalled"])
    }

    @Test func aChangeThatIsNotInItsFileIsNamedAtOnce() {
        let found = judge {
            $0.failedApplies = [.init(path: "a.rs", reason: "not_as_written", at: now)]
        }
        #expect(found.codes == ["wal.apply-mismatch"])
        #expect(found.worst == .fail)
    }

    @Test func aChangeThatASaveTookBackIsToldOnceAFunctionAndForAWhile() {
        func row(_ name: String, _ age: Int) -> RevertedApply {
            RevertedApply(
                function: name, path: "a.rs", appliedAt: ago(.seconds(age + 7)),
                at: ago(.seconds(age)))
        }
        let found = judge {
            $0.reverts = [row("old", 601), row("f", 90), row("f", 30), row("g", 600)]
        }

        #expect(found.codes == ["wal.apply-reverted", "wal.apply-reverted"])
        #expect(found.worst == .info)
    }

    @Test func whatWaitsForACommitNamesItsFilesOnce() {
        let found = judge {
            $0.unpulled = ["b.rs", "a.rs", "b.rs"].map {
                LeftOutRow(path: $0, device: "ab", changes: 1)
            }
        }
        #expect(found.codes == ["wal.apply-needs-pull"])
        #expect(found.worst == .warn)
    }

    @Test func aSkippedApplyPointsAtItsConflict() {
        let found = judge {
            $0.skippedApplies = [
                .init(function: "billing::tax", path: "b.rs", remote: "0c", at: now)
            ]
        }
        #expect(found.codes == ["wal.apply-skipped"])
        #expect(found.worst == .warn)
        #expect(ConflictsFinding.unresolved.explains.contains("wal.apply-skipped"))
        #expect(ConflictsFinding.dismissedIncoming.explains == ["wal.apply-skipped"])
    }
}

@Suite struct ConflictKindTests {
    private let check = ConflictsCheck(Thresholds())

    private func judge(
        dismissed: [ConflictRow] = [], _ rows: [ConflictRow]
    ) -> (codes: [String], worst: Severity?, detail: String) {
        check.judge(
            ConflictsSnapshot(
                takenAt: now, conflicts: rows, recordsFolded: 412, dismissed: dismissed,
                device: "01010101"))
    }

    private func row(_ change: (inout ConflictRow) -> Void) -> ConflictRow {
        var row = Samples.conflict("c", age: .seconds(5))
        row.kind = "modify/modify"
        change(&row)
        return row
    }

    @Test func eachSortHasItsOwnCodeBesideTheCount() {
        #expect(judge([row { _ in }]).codes == ["conflicts.unresolved"])
        let sorts: [(String, ConflictRow)] = [
            ("conflicts.self", row { $0.remoteDevice = "01010101" }),
            ("conflicts.base-unresolvable", row { $0.base = nil }),
            ("conflicts.ghost", row { $0.isGhost = true }),
            ("conflicts.blocking-apply", row { $0.hasNewer = true }),
            ("conflicts.delete-modify", row { $0.kind = "modify/delete" }),
            ("conflicts.delete-modify", row { ($0.kind, $0.base) = ("delete/modify", nil) }),
        ]
        for (code, row) in sorts {
            #expect(judge([row]).codes == ["conflicts.unresolved", code])
        }
        #expect(judge([row { ($0.kind, $0.base) = ("add/add", nil) }]).codes.count == 1)
    }

    @Test func afterAResetWhatThisDevicePushedBeforeIsAnOrdinaryOtherSide() {
        var snapshot = ConflictsSnapshot(
            takenAt: now, conflicts: [row { $0.remoteDevice = "01010101" }], recordsFolded: 412,
            device: "01010101")
        #expect(check.judge(snapshot).codes == ["conflicts.unresolved", "conflicts.self"])

        snapshot.wasReset = true
        #expect(check.judge(snapshot).codes == ["conflicts.unresolved"])
    }

    @Test func theSortIsTheRootAndTheCountItsSymptom() {
        for kind in [ConflictsFinding.ghost, .blockingApply, .baseUnresolvable, .storm] {
            #expect(kind.explains.contains("conflicts.unresolved"))
        }
    }

    @Test func aDismissedChangeStaysCountable() {
        let found = judge(dismissed: [row { _ in }], [])
        #expect(found.codes == ["conflicts.dismissed-incoming"])
        #expect(found.worst == .warn)
        #expect(found.detail == "0 unresolved")
    }

    @Test func moreThanTwentyInAMinuteAreAStorm() {
        func rows(_ count: Int, every seconds: Int) -> [ConflictRow] {
            (0..<count).map { Samples.conflict("c\($0)", age: .seconds($0 * seconds)) }
        }
        #expect(judge(rows(21, every: 3)).codes == ["conflicts.storm", "conflicts.unresolved"])
        #expect(judge(rows(21, every: 3)).worst == .fail)
        #expect(judge(rows(20, every: 1)).codes == ["conflicts.unresolved"])
        #expect(judge(rows(40, every: 4)).codes == ["conflicts.unresolved"])
    }
}

@Suite struct ImpactKindTests {
    private let check = ImpactsCheck()

    private func judge(
        _ change: (inout ImpactRow) -> Void
    ) -> (codes: [String], worst: Severity?, detail: String) {
        var row = Samples.impact("a")
        row.kind = "put"
        change(&row)
        return check.judge(ImpactsSnapshot(takenAt: now, impacts: [row], recordsFolded: 4))
    }

    @Test func aDeletedCalleeIsTheRoot() {
        #expect(judge { _ in }.codes == ["impacts.unresolved"])
        let gone = judge { $0.kind = "delete" }
        #expect(gone.codes == ["impacts.target-deleted", "impacts.unresolved"])
        #expect(gone.worst == .warn)
        #expect(ImpactsFinding.targetDeleted.explains == ["impacts.unresolved"])
    }

    @Test func anAlertWithoutAReasonIsInformation() {
        let stale = judge { ($0.kind, $0.isStale) = ("delete", true) }
        #expect(stale.codes == ["impacts.stale", "impacts.unresolved"])
        #expect(ImpactsFinding.stale.severity == .info)
    }
}

@Suite struct AgentVersionTests {
    @Test func anAgentOfAnotherReleaseIsNamed() {
        func judge(_ version: String?) -> [String] {
            AgentCheck().judge(
                AgentSnapshot(
                    answer: .answered, enabled: true, record: nil, version: version, takenAt: now,
                    expectedVersion: "2.0")
            ).codes
        }
        #expect(judge("1.9") == ["agent.version-skew"])
        #expect(judge("2.0").isEmpty)
        #expect(judge(nil).isEmpty)
    }
}
