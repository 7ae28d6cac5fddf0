// One finding followed through a series of reports.

import Support

/// What a finding did between the first and the last of some reports.
enum FindingCourse: Hashable {
    case new, regressed, fixed, flapping, lostSight, remaining
}

/// One finding through all reports.
struct FindingTrace {
    private enum Sight { case present, absent, unknown }

    /// Coming, going and coming again is a relapse; one more change is flapping.
    private static let flappingChangesMin = 3

    let latest: AnyFinding
    private let sights: [Sight]
    /// Acknowledged when it was there before the last report.
    private let wasAcknowledged: Bool
    /// Known from before the first report.
    private let isOld: Bool

    static func all(in reports: [Report]) -> [FindingTrace] {
        var latest: [Fingerprint: AnyFinding] = [:]
        for finding in reports.flatMap(\.findings) { latest[finding.fingerprint] = finding }
        let present = reports.map { report in
            Dictionary(
                report.findings.map { ($0.fingerprint, $0) },
                uniquingKeysWith: { first, _ in first })
        }
        return latest.values.sorted(by: AnyFinding.precedes).map { finding in
            let seen = present.map { $0[finding.fingerprint] }
            let sights = zip(reports, seen).map { report, seen -> Sight in
                if seen != nil { return .present }
                return report.hasLooked(for: finding.code) ? .absent : .unknown
            }
            let before = seen.dropLast().compactMap { $0 }.last
            let isOld = zip(reports.prefix(1), seen.suffix(1)).contains { first, last in
                guard let known = last?.firstSeen else { return false }
                return known.timestamp < first.started.timestamp
            }
            return FindingTrace(
                latest: finding, sights: sights, wasAcknowledged: before?.acknowledged != nil,
                isOld: isOld)
        }
    }

    /// Nil for what came and went between the first and the last report.
    var course: FindingCourse? {
        let known = sights.filter { $0 != .unknown }
        let changes = zip(known, known.dropFirst()).count { $0 != $1 }
        if changes >= Self.flappingChangesMin { return .flapping }
        let before = sights.dropLast().filter { $0 != .unknown }
        switch sights.last {
        case .present where before.isEmpty: return isOld ? .remaining : .new
        case .present where before.first == .absent: return isOld ? .regressed : .new
        case .present where changes > 0: return .regressed
        case .present:
            return wasAcknowledged && latest.acknowledged == nil ? .regressed : .remaining
        case .absent: return before.first == .present ? .fixed : nil
        case .unknown: return before.last == .present ? .lostSight : nil
        case nil: return nil
        }
    }
}
