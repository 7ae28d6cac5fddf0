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
}

/// Examines whether conflicts wait for a decision.
public struct ConflictsCheck: Check {
    public typealias Kind = ConflictsFinding

    /// Functions named in the finding; the count covers all.
    private static let subjectCountMax = 20

    private let thresholds: Thresholds

    public init(_ thresholds: Thresholds) { self.thresholds = thresholds }

    public func probe(
        _ host: SyncHost, until deadline: Deadline
    ) throws(ProbeFailure) -> ConflictsSnapshot {
        let status = try host.look()
        guard status.recordsFolded > 0 else {
            throw .absent(subject: "records", nextStep: "run aura live sync enable")
        }
        return ConflictsSnapshot(
            takenAt: status.takenAt, conflicts: status.conflicts,
            recordsFolded: status.recordsFolded)
    }

    public func diagnose(_ snapshot: ConflictsSnapshot) -> [Finding<ConflictsFinding>] {
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
    ) -> String { "\(snapshot.conflicts.count) unresolved" }
}
