// The machine as sync feels it: the file systems it works on, how long a sync of its log takes, what
// of the log the disk refuses to give back, and what of the state this user may not use.

import Diagnostics
import Glibc
import LiveSync
import Support
import WriteAheadLog

/// File systems, syncs and refused places.
public struct HostSnapshot: Codable, Sendable {
    public var fileSystems: [FileSystemFacts]
    /// Milliseconds of the newest syncs of the log; empty when no agent tells.
    public var syncMilliseconds: [Double]
    public var logBytes: UInt64
    /// Places of the log that could not be read.
    public var unreadable: [Spot]
    /// What a running agent uses; nil when there is none to look at.
    public var footprint: AgentFootprint?
    public var watches = 0
    /// How long ago the kernel dropped events; nil while it did not.
    public var overflowAge: Duration?
    public var twins: [CaseTwins] = []
    /// What this user may not use of the state; nil in a recording of an earlier release.
    public var closed: [ClosedPath]?
}

/// Examines the disk under a working copy.
public struct HostCheck: Check {
    public typealias Kind = HostFinding

    /// The newest syncs that count.
    private static let syncWindow = 20
    /// Findings of one kind; more of them help nobody.
    private static let subjectCountMax = 20

    private let thresholds: Thresholds

    public init(_ thresholds: Thresholds) { self.thresholds = thresholds }

    /// It reads tables of the kernel.
    public var cost: Cost { SharedLook.own(milliseconds: 20) }
    public var shares: [String] { [SharedLook.log, SharedLook.status, SharedLook.tree] }

    public func probe(
        _ host: SyncHost, until deadline: Deadline
    ) throws(ProbeFailure) -> HostSnapshot {
        let closed = host.closedPaths()
        var fileSystems: [FileSystemFacts] = []
        do throws(SystemFailure) { fileSystems = try host.fileSystems() } catch {
            if closed.isEmpty { throw ProbeFailure(error) }
        }
        var snapshot = HostSnapshot(
            fileSystems: fileSystems, syncMilliseconds: [], logBytes: 0, unreadable: [],
            footprint: host.agentFootprint(), twins: host.caseTwins())
        snapshot.closed = closed
        do throws(ProbeFailure) {
            let report = try host.lookAtLog()
            snapshot.unreadable = (report?.verdicts ?? []).compactMap { verdict in
                if case .unreadable(let spot) = verdict { spot } else { nil }
            }
            let status = try host.look()
            let wal = status.wal
            (snapshot.syncMilliseconds, snapshot.logBytes) = (wal.syncMilliseconds, wal.bytes)
            snapshot.watches = status.scanner?.watches ?? 0
            snapshot.overflowAge = status.scanner?.lastOverflowAt.map {
                status.takenAt.age(of: $0)
            }
        } catch {
            return snapshot  // the checks of log and agent say why there is no answer
        }
        return snapshot
    }

    public func diagnose(_ snapshot: HostSnapshot) -> [Finding<HostFinding>] {
        keptOut(snapshot) + refused(snapshot) + snapshot.fileSystems.flatMap { place($0, snapshot) }
            + slow(snapshot) + limits(snapshot) + overflow(snapshot) + twins(snapshot)
    }

    /// One finding for all that another user owns, and one for the rest.
    private func keptOut(_ snapshot: HostSnapshot) -> [Finding<HostFinding>] {
        let closed = snapshot.closed ?? []
        let kinds: [(HostFinding, [ClosedPath])] = [
            (.wrongOwner, closed.filter { !$0.isOwn }), (.wrongMode, closed.filter(\.isOwn)),
        ]
        return kinds.compactMap { kind, paths in
            guard let first = paths.first else { return nil }
            let others = paths.count > 1 ? " and \(paths.count - 1) more" : ""
            let why =
                first.isOwn
                ? "closed by mode \(first.mode.permissions)" : "another user's, and closed"
            return Finding(
                kind, symptom: "\(first.path)\(others): \(why)",
                on: paths.prefix(Self.subjectCountMax).map { .path($0.path) },
                evidence: [
                    Evidence("paths", .count(paths.count)),
                    Evidence("mode", .text(first.mode.permissions), scrub: .plain),
                ],
                nextStep: outside(first))
        }
    }

    /// What opens a path that is not the working copy's; nil for one that is.
    private func outside(_ closed: ClosedPath) -> String? {
        guard closed.path.hasPrefix("/") else { return nil }
        let command = closed.isOwn ? "chmod u+rwX" : "sudo chown $(id -un)"
        return "run \(command) \(closed.path), then aura live sync enable"
    }

    /// Use against what the kernel grants, in percent.
    private func limits(_ snapshot: HostSnapshot) -> [Finding<HostFinding>] {
        guard let footprint = snapshot.footprint else { return [] }
        let uses: [(HostFinding, String, Int, Int?, Int)] = [
            (
                .descriptorLimit, "files open", footprint.openFiles, footprint.openFilesMax,
                thresholds.descriptorsPercent
            ),
            (
                .inotifyWatches, "folders watched", snapshot.watches, footprint.watchesMax,
                thresholds.watchesPercent
            ),
        ]
        return uses.compactMap { kind, what, used, limit, percent in
            guard let limit, limit > 0, used * 100 > limit * percent else { return nil }
            return Finding(
                kind, symptom: "\(used) of \(limit) \(what)",
                evidence: [
                    Evidence("used", .count(used)), Evidence("limit", .count(limit)),
                ])
        }
    }

    private func overflow(_ snapshot: HostSnapshot) -> [Finding<HostFinding>] {
        guard let age = snapshot.overflowAge, age <= thresholds.overflowRecent else { return [] }
        return [
            Finding(
                .inotifyOverflow, symptom: "events were dropped \(age.brief) ago",
                evidence: [Evidence("age", .duration(age))])
        ]
    }

    private func twins(_ snapshot: HostSnapshot) -> [Finding<HostFinding>] {
        snapshot.twins.prefix(Self.subjectCountMax).map { twins in
            Finding(
                .caseFold, symptom: twins.paths.joined(separator: " and "),
                on: twins.paths.map { .path($0) },
                evidence: [Evidence("files", .count(twins.paths.count))])
        }
    }

    private func refused(_ snapshot: HostSnapshot) -> [Finding<HostFinding>] {
        let closed = Set((snapshot.closed ?? []).map { PathName.last(of: $0.path) })
        // Where this user is kept out, the disk is not to blame.
        return snapshot.unreadable.filter { !closed.contains($0.file) }.map { spot in
            let step = Self.step(for: spot)
            return Finding(
                .diskError, symptom: "\(spot.file) cannot be read: \(spot.detail)",
                on: [.segment(spot.file, offset: spot.offset)],
                evidence: [Evidence("offset", .bytes(Int(clamping: spot.offset)))],
                impact: step == nil ? nil : "nobody can tell what the log holds", nextStep: step)
        }
    }

    /// What helps where no disk is to blame; nil where one may be.
    private static func step(for spot: Spot) -> String? {
        switch spot.errorNumber {
        case EACCES, EPERM: "make .aura/live/wal yours and readable again"
        // The reader's word for what is no file: a folder or a pipe has its name.
        case EINVAL, EISDIR:
            "put the file back in place of what has its name, or move that out of .aura"
        default: nil
        }
    }

    private func place(
        _ facts: FileSystemFacts, _ snapshot: HostSnapshot
    ) -> [Finding<HostFinding>] {
        let evidence = [
            Evidence("type", .text(facts.type), scrub: .plain),
            Evidence("free", .bytes(Int(clamping: facts.freeBytes))),
            Evidence("total", .bytes(Int(clamping: facts.totalBytes))),
        ]
        var found: [Finding<HostFinding>] = []
        if facts.isReadOnly {
            found.append(
                Finding(
                    .readOnlyMount, symptom: "\(facts.folder) is mounted read-only",
                    on: [.path(facts.folder)], evidence: evidence))
        }
        if facts.isRemote {
            found.append(
                Finding(
                    .networkFileSystem, symptom: "\(facts.folder) is on \(facts.type)",
                    on: [.path(facts.folder)], evidence: evidence))
        }
        return found + space(facts, snapshot.logBytes, evidence) + files(facts)
    }

    /// Few files left, as a share or as a number; some file systems have no limit.
    private func files(_ facts: FileSystemFacts) -> [Finding<HostFinding>] {
        guard facts.totalFiles > 0 else { return [] }
        let share = facts.totalFiles / 100 * UInt64(thresholds.diskFreePercent)
        guard facts.freeFiles < share || facts.freeFiles < UInt64(thresholds.inodesFreeCount)
        else { return [] }
        return [
            Finding(
                .inodesLow,
                symptom: "\(facts.freeFiles) more files can be made where \(facts.folder) lies",
                on: [.path(facts.folder)],
                evidence: [
                    Evidence("free", .count(Int(clamping: facts.freeFiles))),
                    Evidence("total", .count(Int(clamping: facts.totalFiles))),
                ])
        ]
    }

    /// Low is a share of the disk, or less than a repair needs: it writes the log a second time.
    private func space(
        _ facts: FileSystemFacts, _ logBytes: UInt64, _ evidence: [Evidence]
    ) -> [Finding<HostFinding>] {
        guard facts.totalBytes > 0 else { return [] }
        let floor = UInt64(thresholds.diskFreeMebibytes) << 20
        let share = facts.totalBytes / 100 * UInt64(thresholds.diskFreePercent)
        let isTight = facts.freeBytes < floor
        guard isTight || facts.freeBytes < share || facts.freeBytes < 2 * logBytes else {
            return []
        }
        return [
            Finding(
                .diskLow,
                symptom: "\(facts.freeBytes >> 20) MiB are free where \(facts.folder) lies",
                on: [.path(facts.folder)], evidence: evidence,
                raisedTo: isTight ? .fail : .info)
        ]
    }

    private func slow(_ snapshot: HostSnapshot) -> [Finding<HostFinding>] {
        let newest = snapshot.syncMilliseconds.suffix(
            max(Self.syncWindow, thresholds.diskSlowCount))
        guard newest.count >= thresholds.diskSlowCount, let p95 = Self.p95(Array(newest)) else {
            return []
        }
        guard p95 > thresholds.diskSlow else { return [] }
        return [
            Finding(
                .diskSlow, symptom: "one sync of the log in 20 takes \(p95.brief) or longer",
                evidence: [
                    Evidence("sync_p95", .duration(p95)),
                    Evidence("limit", .duration(thresholds.diskSlow)),
                    Evidence("syncs", .count(newest.count)),
                ])
        ]
    }

    private static func p95(_ milliseconds: [Double]) -> Duration? {
        guard !milliseconds.isEmpty else { return nil }
        let sorted = milliseconds.map { Duration(measured: $0) }.sorted()
        let rank = (sorted.count * 95 + 99) / 100
        return sorted[min(sorted.count, max(1, rank)) - 1]
    }

    public func witness(of snapshot: HostSnapshot) -> Witness {
        // What keeps this user out keeps the look at the disk out as well.
        let places = max(snapshot.fileSystems.count, snapshot.closed?.isEmpty == false ? 1 : 0)
        return Witness(examined: places, unit: "file systems")
    }

    public func detail(of snapshot: HostSnapshot, findings: [Finding<HostFinding>]) -> String {
        let types = snapshot.fileSystems.map { "\($0.type), \($0.freeBytes >> 20) MiB free" }
        let window = Array(snapshot.syncMilliseconds.suffix(Self.syncWindow))
        let sync = Self.p95(window).map { ", sync \($0.milliseconds)ms" } ?? ""
        return types.isEmpty ? "the state is closed" : types.joined(separator: "; ") + sync
    }
}
