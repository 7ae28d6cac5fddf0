// The scanner's findings, each from a healthy snapshot with one value broken.

import Diagnostics
import Glibc
import Support
import Testing

@testable import Checks
@testable import LiveSync

@Suite struct ScannerCheckTests {
    private let check = ScannerCheck(Thresholds())

    private func snapshot(_ change: (inout ScannerSnapshot) -> Void = { _ in }) -> ScannerSnapshot {
        var snapshot = ScannerSnapshot(
            takenAt: now, lifecycle: .active, startedAt: ago(.seconds(600)), scanner: .healthy)
        change(&snapshot)
        return snapshot
    }

    @Test func aHealthyScannerRaisesNothing() {
        let healthy = check.judge(snapshot())

        #expect(healthy.codes.isEmpty)
        #expect(healthy.detail == "warm scan 12ms, dirty=3")
        #expect(
            check.witness(of: snapshot())
                == Witness(examined: 40, unit: "ticks", ageOfNewest: .seconds(2)))
    }

    @Test func aSaveThatNoEventToldOfIsNamed() {
        let missed = [MissedSave(path: "a.py", at: ago(.seconds(9))), .init(path: "b.py", at: now)]
        let found = check.judge(snapshot { $0.scanner.missed = missed })

        #expect(found.codes == ["scanner.missed-change"])
        #expect(found.worst == .fail)
        #expect(check.judge(snapshot { $0.scanner.missed = [] }).codes.isEmpty)
        let deaf = snapshot {
            $0.scanner.missed = missed
            $0.scanner.canaries = [false, false, false]
        }
        #expect(check.judge(deaf).codes == ["scanner.watcher-deaf", "scanner.missed-change"])
        #expect(ScannerFinding.watcherDeaf.explains == ["scanner.missed-change"])
    }

    @Test func aPauseIsSaidAndNoFault() {
        let paused = check.judge(
            snapshot { ($0.lifecycle, $0.pauses) = (.paused, ["HEAD names no branch"]) })
        #expect(paused.codes == ["scanner.paused"])
        #expect(paused.worst == .info)
        #expect(ScannerFinding.deferredOverflow.explains == ["scanner.paused"])
    }

    /// A program that another test starts at this moment has for a moment open what is open here, and
    /// one that starts here is a git a moment later.
    private func lock(
        _ copy: WorkingCopy, _ isWanted: (LeftIndexLock?) -> Bool
    ) -> LeftIndexLock? {
        let end = SystemClock().uptime + .seconds(60)
        var lock = copy.host().leftIndexLock()
        while !isWanted(lock), SystemClock().uptime < end {
            pause(milliseconds: 5)
            lock = copy.host().leftIndexLock()
        }
        return lock
    }

    private func freed(_ copy: WorkingCopy) -> LeftIndexLock? { lock(copy) { $0 != nil } }

    @Test func aLockOfGitThatIsOldAndNobodysIsNamed() async throws {
        let left = snapshot {
            ($0.lifecycle, $0.pauses) = (.paused, ["git holds index.lock"])
            $0.leftLock = LeftIndexLock(modifiedAt: ago(.seconds(601)), bytes: 0)
        }
        #expect(check.judge(left).codes == ["scanner.index-lock", "scanner.paused"])
        let young = snapshot {
            $0.leftLock = LeftIndexLock(modifiedAt: ago(.seconds(600)), bytes: 0)
        }
        #expect(check.judge(young).codes.isEmpty)

        let copy = try WorkingCopy()
        let path = copy.host().indexLockPath
        #expect(copy.host().leftIndexLock() == nil, "there is none")
        try FileAccess.makeFolder(PathName.parent(of: path))
        try FileAccess.replace(path, with: [1, 2])
        let lock = try #require(freed(copy))
        #expect(lock.bytes == 2)
        let step = LiveStep.act(.setIndexLockAside(lock))
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        #expect(copy.host().leftIndexLock() == nil, "somebody has it open")
        await #expect(throws: StepFailure.self) { try await step.require(of: copy.host()) }
        close(descriptor)
        #expect(freed(copy) == lock)
        try await step.require(of: copy.host())
        try await step.perform(on: copy.host())
        try await step.ensure(of: copy.host())
        #expect(try FileAccess.names(in: copy.workspace.quarantineFolder).count == 1)
    }

    /// An agent keeps one for as long as it runs.
    @Test func aGitThatOnlyReadsLocksNoIndex() throws {
        let copy = try WorkingCopy()
        let git = GitCommand(folder: copy.workspace.root, environment: Surroundings().environment)
        try git.run(["init", "--quiet"])
        try FileAccess.replace(copy.host().indexLockPath, with: [])

        let reader = GitBlobReader(
            repository: try GitRepository.open(at: copy.workspace.root, environment: [:]))
        #expect(try reader.show(commit: "HEAD", path: "a") == nil, "it runs, and waits for more")
        #expect(freed(copy) != nil)
        reader.close()
        var other = try RunningChild(git.process(["hash-object", "--stdin-paths"]))
        #expect(lock(copy) { $0 == nil } == nil, "nobody knows what it does")
        other.end()
        #expect(freed(copy) != nil)
    }

    @Test func aFileThatGrewTooLargeIsNoFileWithoutAGrammar() {
        let large = StrandedFile(path: "a.py", isAdmitted: true, rule: "", bytes: 20 << 20)
        let found = check.judge(snapshot { $0.stranded = .known([large]) })
        #expect(found.codes == ["scanner.file-too-large"])
        let odd = StrandedFile(path: "b.odd", isAdmitted: true, rule: "")
        let both = check.judge(snapshot { $0.stranded = .known([large, odd]) })
        #expect(Set(both.codes) == ["scanner.file-too-large", "scanner.no-adapter"])
    }

    @Test func aClosedFileIsNamedAndIsNoFileWithoutAGrammar() {
        let closed = StrandedFile(path: "a.py", isAdmitted: true, rule: "", isClosed: true)
        let found = check.judge(snapshot { $0.stranded = .known([closed]) })
        #expect(found.codes == ["scanner.file-closed"])
        #expect(found.worst == .warn)
    }

    @Test func fifteenSecondsWithoutATickAreAStall() {
        let late = check.judge(snapshot { $0.scanner.lastTickAt = ago(.milliseconds(15_001)) })
        #expect(late.codes == ["scanner.stalled"])
        #expect(late.worst == .fail)
        #expect(late.detail == "warm scan 15s ago, dirty=3")

        #expect(check.judge(snapshot { $0.scanner.lastTickAt = ago(.seconds(15)) }).codes.isEmpty)
        let paused = snapshot {
            $0.scanner.lastTickAt = ago(.seconds(900))
            $0.lifecycle = .paused
        }
        #expect(check.judge(paused).codes.isEmpty)
    }

    @Test func aScannerThatNeverTickedIsJudgedFromTheAgentsStart() {
        let never = snapshot { ($0.scanner.lastTickAt, $0.scanner.ticks) = (nil, 0) }
        #expect(check.judge(never).codes == ["scanner.stalled"])
        #expect(check.judge(never).detail == "warm scan never, dirty=3")

        let young = snapshot {
            ($0.scanner.lastTickAt, $0.scanner.ticks) = (nil, 0)
            $0.startedAt = ago(.seconds(15))
        }
        #expect(check.judge(young).codes.isEmpty)
    }

    @Test(arguments: [
        (500.0, 13, Severity?.none), (501, 13, .warn), (5000, 13, .warn), (5001, 13, .fail),
        (9000, 12, nil), (.infinity, 13, .fail),
    ])
    func slowTicksCountOnceTheFirstPassIsOutOfTheWindow(
        p95: Double, ticks: Int, expected: Severity?
    ) {
        let slow = check.judge(
            snapshot {
                $0.scanner.tickMillisecondsP95 = p95
                $0.scanner.ticks = ticks
            })

        #expect(slow.codes == (expected == nil ? [] : ["scanner.slow-tick"]))
        #expect(slow.worst == expected)
    }

    @Test(arguments: [
        ([true, true, false, true], false), ([true, false, false], true),
        ([false, true, false], true), ([false], true), ([true], false), ([false, true], false),
        ([], false), ([false, false, true, true, true], false),
    ])
    func twoOfTheNewestThreeMarkersOrTheFirstMeanDeaf(canaries: [Bool], isDeaf: Bool) {
        let deaf = check.judge(snapshot { $0.scanner.canaries = canaries })

        #expect(deaf.codes == (isDeaf ? ["scanner.watcher-deaf"] : []))
    }

    @Test func aWatcherThatSaysWhyIsDeafToo() {
        let limit = snapshot { $0.scanner.watchProblem = "only 8 folders are watched (limit 8)" }
        #expect(check.judge(limit).codes == ["scanner.watcher-deaf"])
        #expect(check.diagnose(limit).first?.symptom.contains("limit 8") == true)

        #expect(
            check.judge(snapshot { $0.scanner.watching = false }).codes
                == ["scanner.watcher-deaf"])
    }

    @Test func withoutItsFolderAMarkerProvesNothing() {
        let gone = snapshot {
            $0.scanner.canaryFolderMissing = true
            $0.scanner.canaries = [false, false, false]
        }

        #expect(check.judge(gone).codes == ["scanner.canary-dir-missing"])
        #expect(check.judge(gone).worst == .warn)
    }

    @Test func aFileInPlaceOfItsFolderIsNamedAndMovedAsideBeforeAnythingStops() throws {
        let blocked = snapshot {
            $0.scanner.canaryFolderMissing = true
            $0.blockedFolders = [".aura/live/canary"]
        }

        let finding = try #require(check.diagnose(blocked).first)

        #expect(finding.symptom == ".aura/live/canary is no folder, so no marker can be written")
        #expect(
            check.remediate(finding, seenIn: blocked)
                == [.moveAside(".aura/live/canary"), .stopAgent, .resumeAgent])
    }

    @Test func functionsHeldBackForMoreThanTwoTicksAreNamed() {
        let held = snapshot {
            $0.scanner.heldBack = [
                .init(path: "b.rs", count: 2, ticks: 3), .init(path: "a.rs", count: 1, ticks: 9),
                .init(path: "c.rs", count: 5, ticks: 2),
            ]
        }

        let found = check.diagnose(held)
        #expect(found.map(\.code) == ["scanner.parse-error"])
        #expect(found.first?.subjects == [.path("a.rs"), .path("b.rs")])
        #expect(found.first?.symptom == "3 functions in a.rs and 1 other file held back")

        let typing = snapshot { $0.scanner.heldBack = [.init(path: "c.rs", count: 5, ticks: 2)] }
        #expect(check.judge(typing).codes.isEmpty)
    }
}
