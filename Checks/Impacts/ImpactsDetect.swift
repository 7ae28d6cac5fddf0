// Counts the cross-branch alerts that nobody has resolved. Never a failure: nothing is broken yet.

import Diagnostics
import LiveSync
import Support

/// The unresolved impacts. A call that only its name suggests is no reason to warn anybody.
public struct ImpactsSnapshot: Codable, Sendable {
    public var takenAt: Timestamp
    public var impacts: [ImpactRow]
    /// Records the list was folded from.
    public var recordsFolded: UInt64
    /// Whether records of the log could not be read. Nil in a recording of an earlier release.
    public var lacksRecords: Bool?
}

/// Examines whether changes on other branches await a look.
public struct ImpactsCheck: Check {
    public typealias Kind = ImpactsFinding

    /// Functions named in the finding; the count covers all.
    private static let subjectCountMax = 20

    public init() {}

    public func probe(
        _ host: SyncHost, until deadline: Deadline
    ) throws(ProbeFailure) -> ImpactsSnapshot {
        let status = try host.look()
        guard status.recordsFolded > 0 else {
            throw .absent(subject: "records", nextStep: "run aura live sync enable")
        }
        let snapshot = ImpactsSnapshot(
            takenAt: status.takenAt, impacts: status.impacts.filter { !$0.isSuspected },
            recordsFolded: status.recordsFolded, lacksRecords: status.lacksRecords)
        try host.refuseEmptyList(of: status, isEmpty: diagnose(snapshot).isEmpty)
        return snapshot
    }

    public func diagnose(_ snapshot: ImpactsSnapshot) -> [Finding<ImpactsFinding>] {
        let deleted = snapshot.impacts.filter { $0.kind == "delete" && !$0.isStale }
        let stale = snapshot.impacts.filter(\.isStale)
        return [
            group(.targetDeleted, deleted, snapshot) { "\($0.function) is gone on \($0.branch)" },
            group(.stale, stale, snapshot) { "nothing here is left to adapt to \($0.function)" },
        ].compactMap { $0 } + unresolved(snapshot)
    }

    private func group(
        _ kind: ImpactsFinding, _ rows: [ImpactRow], _ snapshot: ImpactsSnapshot,
        _ words: (ImpactRow) -> String
    ) -> Finding<ImpactsFinding>? {
        let oldestFirst = rows.sorted { ($0.openedAt, $0.id) < ($1.openedAt, $1.id) }
        guard let oldest = oldestFirst.first else { return nil }
        let others = rows.count > 1 ? " and \((rows.count - 1).of("other impact"))" : ""
        return Finding(
            kind, symptom: words(oldest) + others,
            on: oldestFirst.prefix(Self.subjectCountMax).map { .function($0.function) },
            evidence: [
                Evidence("count", .count(rows.count)),
                Evidence("oldest_age", .duration(snapshot.takenAt.age(of: oldest.openedAt))),
                Evidence("id", .text(oldest.id), scrub: .plain),
            ])
    }

    private func unresolved(_ snapshot: ImpactsSnapshot) -> [Finding<ImpactsFinding>] {
        let oldestFirst = snapshot.impacts.sorted { ($0.openedAt, $0.id) < ($1.openedAt, $1.id) }
        guard let oldest = oldestFirst.first else { return [] }
        let age = snapshot.takenAt.age(of: oldest.openedAt)
        let count = oldestFirst.count
        let branches = Set(oldestFirst.map(\.branch)).count
        return [
            Finding(
                .unresolved,
                symptom: "\(count.of("impact")) from \(branches.of("branch", plural: "branches")), "
                    + "the oldest for \(age.brief)",
                on: oldestFirst.prefix(Self.subjectCountMax).map { .function($0.function) },
                evidence: [
                    Evidence("count", .count(count)), Evidence("branches", .count(branches)),
                    Evidence("oldest_age", .duration(age)),
                ])
        ]
    }

    public func witness(of snapshot: ImpactsSnapshot) -> Witness {
        Witness(examined: Int(clamping: snapshot.recordsFolded), unit: "records")
    }

    public func detail(
        of snapshot: ImpactsSnapshot, findings: [Finding<ImpactsFinding>]
    ) -> String {
        let least = snapshot.lacksRecords == true ? "at least " : ""
        return "\(least)\(snapshot.impacts.count) unresolved cross-branch"
    }
}
