// What came and went between a point in time and a report, out of what earlier runs remember.

import Support

/// The difference between now and a time in the past.
public struct ReportChanges: Codable, Hashable, Sendable {
    public let since: UTCTime
    /// Findings of the report that were not there at that time.
    public let new: [Fingerprint]
    /// Findings that were there at that time or came after it, and are not in the report.
    public let gone: [Gone]

    public init(since: Timestamp, new: [Fingerprint], gone: [Gone]) {
        self.since = UTCTime(since)
        self.new = new
        self.gone = gone
    }

    /// A finding of an earlier run that this one does not have.
    public struct Gone: Codable, Hashable, Sendable {
        public let code: String
        public let fingerprint: Fingerprint
        public let symptom: String
        public let firstSeen: UTCTime
        public let goneAt: UTCTime

        private enum CodingKeys: String, CodingKey {
            case code, fingerprint, symptom
            case firstSeen = "first_seen"
            case goneAt = "gone_at"
        }
    }
}
