// How sightings change when a report comes in, and what they say about the time since some point.
// Pure.

import Support

enum SightingHistory {
    /// The sightings after a report.
    ///
    /// A finding is gone only when its check looked and did not find it. A check that was left
    /// out, was skipped or had no answer says nothing about what it found before.
    static func taking(
        _ report: Report, selection: Selection, into sightings: [FindingSighting]
    ) -> [FindingSighting] {
        let now = report.started
        var present = Dictionary(
            report.findings.map { ($0.fingerprint, $0) }, uniquingKeysWith: { first, _ in first })
        var after = sightings.map { sighting -> FindingSighting in
            var sighting = sighting
            if let finding = present.removeValue(forKey: sighting.fingerprint) {
                if sighting.gone != nil {
                    sighting.gone = nil
                    sighting.came = now
                    sighting.returns += 1
                    sighting.finding = stripped(finding)
                }
            } else if sighting.gone == nil, report.hasLooked(for: sighting.finding.code),
                selection.includes(code: sighting.finding.code)
            {
                sighting.gone = now
            }
            return sighting
        }
        after += present.values.sorted(by: AnyFinding.precedes).map {
            FindingSighting(
                finding: stripped($0), firstSeen: now, came: now, gone: nil, returns: 0)
        }
        return bounded(after, at: now.timestamp)
    }

    /// Without what the next report will know better.
    private static func stripped(_ finding: AnyFinding) -> AnyFinding {
        var finding = finding
        finding.firstSeen = nil
        finding.cameBack = nil
        finding.acknowledged = nil
        return finding
    }

    private static func bounded(
        _ sightings: [FindingSighting], at now: Timestamp
    ) -> [FindingSighting] {
        let kept = sightings.filter { sighting in
            guard let gone = sighting.gone else { return true }
            return now.since(gone.timestamp) < FindingStore.keptAfterGone
        }
        guard kept.count > FindingStore.sightingCountMax else { return kept }
        let newestFirst = kept.sorted {
            ($0.gone?.timestamp ?? now + .seconds(1)) > ($1.gone?.timestamp ?? now + .seconds(1))
        }
        return Array(newestFirst.prefix(FindingStore.sightingCountMax))
    }

    /// What came and went since `time`, for a report that is in the sightings already.
    static func changes(
        since time: Timestamp, in report: Report, _ sightings: [FindingSighting]
    ) -> ReportChanges {
        let new = sightings.filter { $0.gone == nil && $0.came.timestamp >= time }
            .map(\.fingerprint)
        let present = Set(report.findings.map(\.fingerprint))
        let gone = sightings.compactMap { sighting -> ReportChanges.Gone? in
            guard let at = sighting.gone, at.timestamp >= time else { return nil }
            return ReportChanges.Gone(
                code: sighting.finding.code, fingerprint: sighting.fingerprint,
                symptom: sighting.finding.symptom, firstSeen: sighting.firstSeen, goneAt: at)
        }
        return ReportChanges(
            since: time, new: new.filter { present.contains($0) }.sorted(),
            gone: gone.sorted {
                ($0.goneAt.timestamp, $0.fingerprint) < ($1.goneAt.timestamp, $1.fingerprint)
            })
    }
}

extension Report {
    /// True when the check that finds this code ran and had an answer.
    func hasLooked(for code: String) -> Bool {
        let bucket = Bucket(of: code)
        // The framework's own line exists only while there is something to say.
        if bucket == DoctorFinding.bucket { return true }
        return checks.contains { $0.check == bucket && !$0.status.isUndetermined }
    }

    /// The report with what came and went since `time`.
    ///
    /// - Parameter store: has remembered this report already.
    public func showingChanges(
        since time: Timestamp, from store: FindingStore
    ) throws(PlainFailure) -> Report {
        var report = self
        report.changes = SightingHistory.changes(since: time, in: self, try store.sightings())
        return report
    }

    /// The report with the times that a first sighting has just got.
    public func withFirstSightings(from store: FindingStore) throws(PlainFailure) -> Report {
        let times = Dictionary(
            try store.sightings().map { ($0.fingerprint, $0.firstSeen) },
            uniquingKeysWith: { first, _ in first })
        return mappingFindings { finding in
            var finding = finding
            finding.firstSeen = finding.firstSeen ?? times[finding.fingerprint]
            return finding
        }
    }
}
