// What a recovery did, written to `report.json` beside the copies it made.

import Support

/// A record that cannot be read any more, with everything that is still known of it.
public struct LostRecord: Hashable, Codable, Sendable {
    public var lsn: LSN
    public var segment: SegmentNumber
    public var offset: UInt64?
    /// Where its header survived.
    public var type: String?
    public var payloadBytes: Int?
    /// The metadata, in hexadecimal, where its own checksum still holds.
    public var metadata: String?
    /// The position of the copy that recovery found elsewhere and appended again.
    public var restoredAs: LSN?
}

/// What was the matter, what was done about it, and what is lost.
public struct RecoveryReport: Hashable, Codable, Sendable {
    /// Lists are cut here; ``lostLSNs`` never is.
    public static let lostListedMax = 10_000

    public var at: Timestamp
    /// False when nothing was the matter and nothing was touched.
    public var changed: Bool
    /// What was the matter.
    public var verdicts: [Verdict]
    /// What recovery cannot set right: files it was not allowed to read.
    public var remaining: [Verdict]
    /// Everything that is lost for good.
    public var lostLSNs: LSNSet
    /// The same, one by one, and what was restored.
    public var lost: [LostRecord]
    /// Records that are readable afterwards.
    public var keptRecords: UInt64
    /// Where the copies are, below the log's folder.
    public var quarantine: String?

    /// Segments that lost records nobody can count.
    public var uncounted: [String] { verdicts.filter(\.isUncounted).compactMap { $0.spot?.file } }
}

/// What a reset did: the old log is moved, never removed.
public struct ResetReport: Hashable, Codable, Sendable {
    public var oldLogID: LogID?
    public var newLogID: LogID
    /// The folder that holds the old log now.
    public var movedTo: String
}
