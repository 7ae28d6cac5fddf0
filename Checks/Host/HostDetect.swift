// The machine as sync feels it: the file systems it works on, how long a sync of its log takes, and
// what of the log the disk refuses to give back.

import Diagnostics
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
}

/// Examines the disk under a working copy.
public struct HostCheck: Check {
    public typealias Kind = HostFinding

    /// The newest syncs that count.
    private static let syncWindow = 20

    private let thresholds: Thresholds

    public init(_ thresholds: Thresholds) { self.thresholds = thresholds }

    public var shares: [String] { [SharedLook.log, SharedLook.status] }

    public func probe(
        _ host: SyncHost, until deadline: Deadline
    ) throws(ProbeFailure) -> HostSnapshot {
        let fileSystems: [FileSystemFacts]
        do throws(SystemFailure) { fileSystems = try host.fileSystems() } catch {
            throw ProbeFailure(error)
        }
        var snapshot = HostSnapshot(
            fileSystems: fileSystems, syncMilliseconds: [], logBytes: 0, unreadable: [])
        do throws(ProbeFailure) {
            let report = try host.lookAtLog()
            snapshot.unreadable = (report?.verdicts ?? []).compactMap { verdict in
                if case .unreadable(let spot) = verdict { spot } else { nil }
            }
            let wal = try host.look().wal
            (snapshot.syncMilliseconds, snapshot.logBytes) = (wal.syncMilliseconds, wal.bytes)
        } catch {
            return snapshot  // the checks of log and agent say why there is no answer
        }
        return snapshot
    }

    public func diagnose(_ snapshot: HostSnapshot) -> [Finding<HostFinding>] {
        refused(snapshot) + snapshot.fileSystems.flatMap { place($0, snapshot) }
            + slow(snapshot)
    }

    private func refused(_ snapshot: HostSnapshot) -> [Finding<HostFinding>] {
        snapshot.unreadable.map { spot in
            Finding(
                .diskError, symptom: "\(spot.file) cannot be read: \(spot.detail)",
                on: [.segment(spot.file, offset: spot.offset)],
                evidence: [Evidence("offset", .bytes(Int(clamping: spot.offset)))])
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
        return found + space(facts, snapshot.logBytes, evidence)
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
        Witness(examined: snapshot.fileSystems.count, unit: "file systems")
    }

    public func detail(of snapshot: HostSnapshot, findings: [Finding<HostFinding>]) -> String {
        let types = snapshot.fileSystems.map { "\($0.type), \($0.freeBytes >> 20) MiB free" }
        let window = Array(snapshot.syncMilliseconds.suffix(Self.syncWindow))
        let sync = Self.p95(window).map { ", sync \($0.milliseconds)ms" } ?? ""
        return types.joined(separator: "; ") + sync
    }
}
