// Counts the staged conflicts that the log holds, and how long the oldest has waited.

import Diagnostics
import LiveSync
import Support

/// The staged conflicts.
public struct ConflictsSnapshot: Codable, Sendable {
    public var takenAt: Timestamp
    public var conflicts: [ConflictRow]
    /// Records the list was folded from.
    public var recordsFolded: UInt64
    /// Those put aside without a decision.
    public var dismissed: [ConflictRow] = []
    /// First digits of this working copy's device.
    public var device: String?
    /// Changed files that hold the marks of a merge.
    public var marked: [String] = []
    /// Whether the log was reset at some time: what this device had pushed before is then somebody
    /// else's to the new log. Nil in a recording of an earlier release.
    public var wasReset: Bool?
    /// Whether records of the log could not be read. Nil in a recording of an earlier release.
    public var lacksRecords: Bool?
}

/// Examines whether conflicts wait for a decision.
public struct ConflictsCheck: Check {
    public typealias Kind = ConflictsFinding

    /// Functions named in the finding; the count covers all.
    private static let subjectCountMax = 20
    /// The time in which conflicts make a storm.
    private static let stormWindow = Duration.seconds(60)

    private let thresholds: Thresholds

    public init(_ thresholds: Thresholds) { self.thresholds = thresholds }

    public var shares: [String] { [SharedLook.status, SharedLook.tree] }

    public func probe(
        _ host: SyncHost, until deadline: Deadline
    ) throws(ProbeFailure) -> ConflictsSnapshot {
        let status = try host.look()
        guard status.recordsFolded > 0 else {
            throw .absent(subject: "records", nextStep: "run aura live sync enable")
        }
        var snapshot = ConflictsSnapshot(
            takenAt: status.takenAt, conflicts: status.conflicts,
            recordsFolded: status.recordsFolded, dismissed: status.dismissed,
            device: status.device.short, marked: host.markedFiles(),
            wasReset: try wasReset(host))
        snapshot.lacksRecords = status.lacksRecords
        try host.refuseEmptyList(of: status, isEmpty: diagnose(snapshot).isEmpty)
        return snapshot
    }

    private func wasReset(_ host: SyncHost) throws(ProbeFailure) -> Bool {
        do throws(SystemFailure) { return try host.resetLeftover(isReadAgain: true) != nil } catch {
            throw ProbeFailure(error)
        }
    }

    public func diagnose(_ snapshot: ConflictsSnapshot) -> [Finding<ConflictsFinding>] {
        storm(snapshot) + waiting(snapshot) + details(snapshot) + marked(snapshot)
    }

    private func marked(_ snapshot: ConflictsSnapshot) -> [Finding<ConflictsFinding>] {
        guard let first = snapshot.marked.first else { return [] }
        let others = snapshot.marked.count - 1
        let more = others > 0 ? " and \(others.of("other file"))" : ""
        return [
            Finding(
                .markersInSource, symptom: "\(first)\(more) with the marks of a merge",
                on: snapshot.marked.prefix(Self.subjectCountMax).map { .path($0) },
                evidence: [Evidence("files", .count(snapshot.marked.count))])
        ]
    }

    /// Kinds whose base is rightly none: nobody had the unit before, or it was deleted here.
    private static let baselessKinds: Set = ["add/add", "delete/modify"]

    private func details(_ snapshot: ConflictsSnapshot) -> [Finding<ConflictsFinding>] {
        let open = snapshot.conflicts
        let deleting = open.filter { $0.kind == "modify/delete" || $0.kind == "delete/modify" }
        let baseless = open.filter {
            $0.base == nil && $0.local != nil && $0.remote != nil
                && !Self.baselessKinds.contains($0.kind)
        }
        let own = open.filter {
            $0.remoteDevice == snapshot.device && snapshot.wasReset != true
        }
        return [
            group(.selfConflict, own, snapshot),
            group(.baseUnresolvable, baseless, snapshot),
            group(.ghost, open.filter(\.isGhost), snapshot),
            group(.blockingApply, open.filter(\.hasNewer), snapshot),
            group(.deleteModify, deleting, snapshot),
            group(.dismissedIncoming, snapshot.dismissed, snapshot),
        ].compactMap { $0 }
    }

    /// One finding over conflicts of one sort.
    private func group(
        _ kind: ConflictsFinding, _ rows: [ConflictRow], _ snapshot: ConflictsSnapshot
    ) -> Finding<ConflictsFinding>? {
        let oldestFirst = rows.sorted { ($0.openedAt, $0.id) < ($1.openedAt, $1.id) }
        guard let oldest = oldestFirst.first else { return nil }
        let count = oldestFirst.count
        let others = count > 1 ? " and \((count - 1).of("other conflict"))" : ""
        let sides = "base \(oldest.base ?? "-"), local \(oldest.local ?? "-"), "
        return Finding(
            kind,
            symptom: "\(oldest.function)\(others): \(sides)remote \(oldest.remote ?? "-")",
            on: oldestFirst.prefix(Self.subjectCountMax).map { .function($0.function) },
            evidence: [
                Evidence("count", .count(count)),
                Evidence("oldest_age", .duration(snapshot.takenAt.age(of: oldest.openedAt))),
                Evidence("id", .text(oldest.id), scrub: .plain),
            ])
    }

    /// The most conflicts opened within one minute, when that is more than people can make.
    private func storm(_ snapshot: ConflictsSnapshot) -> [Finding<ConflictsFinding>] {
        let times = snapshot.conflicts.map(\.openedAt).sorted()
        let most =
            times.map { start in
                times.count { $0 >= start && $0.age(of: start) <= Self.stormWindow }
            }.max() ?? 0
        guard most > thresholds.conflictStormCount else { return [] }
        return [
            Finding(
                .storm, symptom: "\(most.of("conflict")) arose within one minute",
                evidence: [
                    Evidence("count", .count(most)),
                    Evidence("limit", .count(thresholds.conflictStormCount)),
                ])
        ]
    }

    private func waiting(_ snapshot: ConflictsSnapshot) -> [Finding<ConflictsFinding>] {
        let oldestFirst = snapshot.conflicts.sorted { ($0.openedAt, $0.id) < ($1.openedAt, $1.id) }
        guard let oldest = oldestFirst.first else { return [] }
        let age = snapshot.takenAt.age(of: oldest.openedAt)
        let count = oldestFirst.count
        let kinds = Dictionary(grouping: oldestFirst, by: \.kind).map {
            "\($0.value.count) \($0.key)"
        }
        return [
            Finding(
                .unresolved,
                symptom: "\(count.of("conflict")) unresolved, the oldest for \(age.brief)",
                on: oldestFirst.prefix(Self.subjectCountMax).map { .function($0.function) },
                evidence: [
                    Evidence("count", .count(count)), Evidence("oldest_age", .duration(age)),
                    Evidence("kinds", .text(kinds.sorted().joined(separator: ", ")), scrub: .plain),
                ], raisedTo: age > thresholds.conflictAgeFail ? .fail : .info)
        ]
    }

    public func witness(of snapshot: ConflictsSnapshot) -> Witness {
        Witness(examined: Int(clamping: snapshot.recordsFolded), unit: "records")
    }

    public func detail(
        of snapshot: ConflictsSnapshot, findings: [Finding<ConflictsFinding>]
    ) -> String {
        "\(snapshot.lacksRecords == true ? "at least " : "")\(snapshot.conflicts.count) unresolved"
    }
}
