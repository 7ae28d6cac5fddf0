// Judges the scanner by what it did lately: its ticks, its held-back functions, and the markers
// that prove events arrive.

import Diagnostics
import LiveSync
import Support

/// The scanner as the agent tells of it.
public struct ScannerSnapshot: Codable, Sendable {
    public var takenAt: Timestamp
    public var lifecycle: LiveStatus.Lifecycle
    /// When the agent started; nil when its record does not tell.
    public var startedAt: Timestamp?
    public var scanner: ScannerStatus
    /// Changed files that take no part.
    public var stranded = StrandedFiles.untold
    /// Why sync is paused; empty when it is not.
    public var pauses: [String] = []
    /// Files that stand in place of the agent's folders; nil in a recording of an earlier release.
    public var blockedFolders: [String]?
    /// While sync is paused, a lock of git's index that belongs to nobody; nil in a recording of an
    /// earlier release.
    public var leftLock: LeftIndexLock?
}

/// Examines whether saves are seen.
public struct ScannerCheck: Check {
    public typealias Kind = ScannerFinding

    /// Files named in one finding; the count covers all.
    private static let subjectCountMax = 20

    /// The newest markers that count.
    private static let canaryWindow = 3

    private let thresholds: Thresholds

    public init(_ thresholds: Thresholds) { self.thresholds = thresholds }

    public var requires: [Bucket] { [AgentBucket.name] }
    public var shares: [String] { [SharedLook.status, SharedLook.tree] }

    public func probe(
        _ host: SyncHost, until deadline: Deadline
    ) throws(ProbeFailure) -> ScannerSnapshot {
        let status = try host.lookAtAgent()
        guard let scanner = status.scanner else {
            throw .unavailable(
                subject: "scanner", reason: "the agent says nothing of it",
                nextStep: "restart the agent with this release")
        }
        var snapshot = ScannerSnapshot(
            takenAt: status.takenAt, lifecycle: status.lifecycle,
            startedAt: host.agentStart(), scanner: scanner, stranded: host.strandedFiles(),
            pauses: status.lifecycle == .paused ? status.causes : [])
        snapshot.blockedFolders = host.blockedFolders
        if !snapshot.pauses.isEmpty { snapshot.leftLock = host.leftIndexLock() }
        // Between the start and the end of the first pass there is nothing to judge yet.
        if scanner.ticks == 0, diagnose(snapshot).isEmpty {
            throw .unavailable(
                subject: "scanner", reason: "the first pass has not ended yet",
                nextStep: "examine again in a few seconds")
        }
        return snapshot
    }

    public func diagnose(_ snapshot: ScannerSnapshot) -> [Finding<ScannerFinding>] {
        [
            stalled(snapshot), deaf(snapshot.scanner), missed(snapshot.scanner),
            slow(snapshot.scanner),
            broad(snapshot.scanner), cold(snapshot.scanner), heldBack(snapshot.scanner),
            canaryFolder(snapshot), deferred(snapshot), left(snapshot), paused(snapshot),
            trivia(snapshot.scanner), adapter(snapshot.stranded), tooLarge(snapshot.stranded),
            closed(snapshot.stranded),
        ].compactMap { $0 }
    }

    private func stalled(_ snapshot: ScannerSnapshot) -> Finding<ScannerFinding>? {
        guard snapshot.lifecycle == .active,
            let last = snapshot.scanner.lastTickAt ?? snapshot.startedAt
        else { return nil }
        let age = snapshot.takenAt.age(of: last)
        guard age > thresholds.scannerStalled else { return nil }
        return Finding(
            .stalled, symptom: "no tick for \(age.brief)",
            evidence: [
                Evidence("last_tick_age", .duration(age)),
                Evidence("limit", .duration(thresholds.scannerStalled)),
                Evidence("ticks", .count(snapshot.scanner.ticks)),
            ])
    }

    private func deaf(_ scanner: ScannerStatus) -> Finding<ScannerFinding>? {
        let newest = scanner.canaries.suffix(Self.canaryWindow)
        let lost = newest.count { !$0 }
        // Without its folder a marker cannot come back, which proves nothing.
        let markersLost =
            !scanner.canaryFolderMissing
            && (lost >= thresholds.scannerCanariesLost || scanner.canaries == [false])
        let reason: String
        if let problem = scanner.watchProblem {
            reason = problem
        } else if !scanner.watching {
            reason = "nothing is watched"
        } else if markersLost {
            reason = "\(lost) of the newest \(newest.count.of("marker")) did not come back"
        } else {
            return nil
        }
        return Finding(
            .watcherDeaf, symptom: "events do not arrive: \(reason)",
            evidence: [
                Evidence("markers_lost", .count(lost)),
                Evidence("markers", .count(newest.count)),
                Evidence("watches", .count(scanner.watches)),
                Evidence("overflows", .count(scanner.overflows)),
            ])
    }

    private func missed(_ scanner: ScannerStatus) -> Finding<ScannerFinding>? {
        guard let newest = scanner.missed?.last else { return nil }
        let paths = Set((scanner.missed ?? []).map(\.path)).sorted()
        return Finding(
            .missedChange,
            symptom: "no event told of a save of \(newest.path)"
                + (paths.count > 1 ? " and of \((paths.count - 1).of("file")) more" : ""),
            on: paths.prefix(Self.subjectCountMax).map { .path($0) },
            evidence: [
                Evidence("saves", .count(scanner.missed?.count ?? 0)),
                Evidence("newest", .time(newest.at)),
            ])
    }

    private func slow(_ scanner: ScannerStatus) -> Finding<ScannerFinding>? {
        let p95 = Duration(measured: scanner.tickMillisecondsP95)
        guard scanner.ticks > thresholds.scannerWarmTicks, p95 > thresholds.scannerSlowWarn else {
            return nil
        }
        return Finding(
            .slowTick, symptom: "one tick in 20 takes \(p95.brief) or longer",
            evidence: [
                Evidence("tick_p95", .duration(p95)),
                Evidence("limit", .duration(thresholds.scannerSlowWarn)),
                Evidence("files", .count(scanner.files)),
                Evidence("functions", .count(scanner.functions)),
            ], raisedTo: p95 > thresholds.scannerSlowFail ? .fail : .info)
    }

    private func broad(_ scanner: ScannerStatus) -> Finding<ScannerFinding>? {
        guard scanner.functions > thresholds.scannerScopeFunctions, slow(scanner) != nil else {
            return nil
        }
        return Finding(
            .scopeTooBroad,
            symptom: "\(scanner.functions) functions in \(scanner.files.of("file")) are admitted",
            evidence: [
                Evidence("functions", .count(scanner.functions)),
                Evidence("limit", .count(thresholds.scannerScopeFunctions)),
                Evidence("files", .count(scanner.files)),
            ])
    }

    /// A slow pass while the window still holds the first one, and next to nothing of it came out
    /// of the cache. What is still slow after that is judged as ticks.
    private func cold(_ scanner: ScannerStatus) -> Finding<ScannerFinding>? {
        let p95 = Duration(measured: scanner.tickMillisecondsP95)
        guard scanner.ticks <= thresholds.scannerWarmTicks, p95 > thresholds.scannerSlowWarn,
            scanner.parsed > 10 * scanner.cacheHits
        else { return nil }
        return Finding(
            .cacheCold,
            symptom: "the first pass took \(p95.brief), \(scanner.parsed.of("file")) parsed anew",
            evidence: [
                Evidence("tick", .duration(p95)), Evidence("parsed", .count(scanner.parsed)),
                Evidence("from_cache", .count(scanner.cacheHits)),
                Evidence("ticks", .count(scanner.ticks)),
            ])
    }

    /// While git holds sync back, changed files pile up until one full scan is cheaper.
    private func deferred(_ snapshot: ScannerSnapshot) -> Finding<ScannerFinding>? {
        guard snapshot.lifecycle == .paused, snapshot.scanner.dirty > thresholds.deferredCount
        else { return nil }
        return Finding(
            .deferredOverflow,
            symptom: "\(snapshot.scanner.dirty.of("changed file")) wait: "
                + snapshot.pauses.joined(separator: ", "),
            evidence: [
                Evidence("files", .count(snapshot.scanner.dirty)),
                Evidence("limit", .count(thresholds.deferredCount)),
            ])
    }

    private func trivia(_ scanner: ScannerStatus) -> Finding<ScannerFinding>? {
        let files = scanner.unpushed.filter { $0.reason == .trivia }
        guard let first = files.first else { return nil }
        let others = files.count > 1 ? " and \((files.count - 1).of("other file"))" : ""
        let count = files.reduce(0) { $0 + $1.count }
        // Of the same file, other functions may have travelled: these have not.
        return Finding(
            .triviaOnly,
            symptom: "\(count.of("function")) in \(first.path)\(others) changed in comments or "
                + "layout only",
            on: files.prefix(Self.subjectCountMax).map { .path($0.path) },
            evidence: [
                Evidence("files", .count(files.count)), Evidence("functions", .count(count)),
            ])
    }

    private func adapter(_ stranded: StrandedFiles) -> Finding<ScannerFinding>? {
        finding(.noAdapter, "no grammar reads", stranded) {
            $0.isAdmitted && $0.bytes == nil && $0.isClosed != true
        }
    }

    /// As after one command under sudo. Whose file it is decides what helps.
    private func closed(_ stranded: StrandedFiles) -> Finding<ScannerFinding>? {
        finding(.fileClosed, "this user may not read", stranded) { $0.isClosed == true }
    }

    private func finding(
        _ kind: ScannerFinding, _ words: String, _ stranded: StrandedFiles,
        on isMeant: (StrandedFile) -> Bool
    ) -> Finding<ScannerFinding>? {
        guard case .known(let all) = stranded else { return nil }
        let files = all.filter(isMeant)
        guard let first = files.first else { return nil }
        let others = files.count > 1 ? " and \((files.count - 1).of("other file"))" : ""
        return Finding(
            kind, symptom: "\(words) \(first.path)\(others)",
            on: files.prefix(Self.subjectCountMax).map { .path($0.path) },
            evidence: [Evidence("files", .count(files.count))])
    }

    /// What took part and grew is among these: it differs from git's HEAD since.
    private func tooLarge(_ stranded: StrandedFiles) -> Finding<ScannerFinding>? {
        guard case .known(let all) = stranded else { return nil }
        let files = all.filter { $0.bytes != nil }
        guard let first = files.first, let bytes = first.bytes else { return nil }
        let others = files.count > 1 ? " and \((files.count - 1).of("other file"))" : ""
        return Finding(
            .fileTooLarge,
            symptom: "\(first.path)\(others) changed, and is too large to take part",
            on: files.prefix(Self.subjectCountMax).map { .path($0.path) },
            evidence: [
                Evidence("files", .count(files.count)), Evidence("size", .bytes(bytes)),
                Evidence("limit", .bytes(StableRead.limit)),
            ])
    }

    /// No fault of anybody's, but why saves stay here.
    private func left(_ snapshot: ScannerSnapshot) -> Finding<ScannerFinding>? {
        guard let lock = snapshot.leftLock else { return nil }
        let age = snapshot.takenAt.age(of: lock.modifiedAt)
        guard age > thresholds.indexLockLeft else { return nil }
        return Finding(
            .indexLock, symptom: ".git/index.lock is \(age.brief) old, and no git works here",
            on: [.path(".git/index.lock")],
            evidence: [
                Evidence("age", .duration(age)), Evidence("size", .bytes(lock.bytes)),
            ])
    }

    private func paused(_ snapshot: ScannerSnapshot) -> Finding<ScannerFinding>? {
        guard snapshot.lifecycle == .paused, !snapshot.pauses.isEmpty else { return nil }
        return Finding(
            .paused, symptom: "sync is paused: \(snapshot.pauses.joined(separator: ", "))",
            evidence: [
                Evidence("causes", .text(snapshot.pauses.joined(separator: ", "))),
                Evidence("files", .count(snapshot.scanner.dirty)),
            ])
    }

    private func heldBack(_ scanner: ScannerStatus) -> Finding<ScannerFinding>? {
        let stuck = scanner.heldBack.filter { $0.ticks > thresholds.scannerHeldBackTicks }
        guard let first = stuck.min(by: { $0.path < $1.path }) else { return nil }
        let count = stuck.reduce(0) { $0 + $1.count }
        let others = stuck.count > 1 ? " and \((stuck.count - 1).of("other file"))" : ""
        return Finding(
            .parseError,
            symptom: "\(count.of("function")) in \(first.path)\(others) held back",
            on: stuck.map { .path($0.path) }.sorted { $0.text < $1.text },
            evidence: [
                Evidence("functions", .count(count)), Evidence("files", .count(stuck.count)),
                Evidence("ticks", .count(stuck.map(\.ticks).max() ?? 0)),
            ])
    }

    private func canaryFolder(_ snapshot: ScannerSnapshot) -> Finding<ScannerFinding>? {
        guard snapshot.scanner.canaryFolderMissing else { return nil }
        let path = ".aura/live/canary"
        let isBlocked = snapshot.blockedFolders?.contains(path) == true
        return Finding(
            .canaryDirMissing,
            symptom: isBlocked
                ? "\(path) is no folder, so no marker can be written"
                : "the marker folder \(path) is gone",
            nextStep: isBlocked ? "move \(path) aside, then disable and enable sync" : nil)
    }

    public func witness(of snapshot: ScannerSnapshot) -> Witness {
        Witness(
            examined: snapshot.scanner.ticks, unit: "ticks",
            ageOfNewest: snapshot.scanner.lastTickAt.map { snapshot.takenAt.age(of: $0) })
    }

    public func detail(
        of snapshot: ScannerSnapshot, findings: [Finding<ScannerFinding>]
    ) -> String {
        let dirty = "dirty=\(snapshot.scanner.dirty)"
        if findings.contains(where: { $0.kind == .stalled }) {
            let last = snapshot.scanner.lastTickAt.map { snapshot.takenAt.age(of: $0).brief }
            return "warm scan \(last.map { "\($0) ago" } ?? "never"), \(dirty)"
        }
        // A pause is no fault, but it is why a save stays here.
        if !snapshot.pauses.isEmpty {
            return "PAUSED: \(snapshot.pauses.joined(separator: ", ")), \(dirty)"
        }
        let scan = Duration(measured: snapshot.scanner.lastTickMilliseconds)
        return "warm scan \(scan.milliseconds)ms, \(dirty)"
    }
}
