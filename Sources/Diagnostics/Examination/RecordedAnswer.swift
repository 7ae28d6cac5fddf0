// What a recording keeps of each check, so that another machine comes to the same report.
//
// A snapshot alone does not do it: "the agent does not answer" and "skipped, because the settings
// failed" are answers too, and a report made without them would call both "not in the recording".

/// What came of asking one check.
public enum RecordedAnswer: Hashable, Sendable {
    /// What it saw, as the JSON of ``Sighting/snapshotJSON()``.
    case snapshot(String)
    /// Why it saw nothing.
    case failure(ProbeFailure)
    /// It was not asked, because what it rests on had failed.
    case skipped
}

extension Examination {
    /// What every check that was asked, or skipped, left for a recording.
    public func recording() throws -> [Bucket: RecordedAnswer] {
        var answers: [Bucket: RecordedAnswer] = [:]
        for row in report.checks where row.status == .skipped { answers[row.check] = .skipped }
        for (bucket, failure) in failures { answers[bucket] = .failure(failure) }
        for sighting in sightings.reversed() {
            answers[sighting.bucket] = .snapshot(try sighting.snapshotJSON())
        }
        return answers
    }
}
