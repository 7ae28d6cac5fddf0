// What the manifest says, one entry a record, in JSON inside the same framing as the log itself.
//
// The manifest is the second witness: that a segment existed, where it ended, what was durable.
// Losing it loses no record; every segment still names its own place and the end of the one before.

import Support

/// One statement about the log's files. Case and label names are on disk for ever.
enum ManifestEntry: Hashable, Codable, Sendable {
    /// The segment exists; its whole header, so that a damaged one can be replaced by it.
    case created(header: String)
    case sealed(SealedFact)
    /// An unsealed segment ends here: a crash, or an error of the disk, ended it.
    case logicalEnd(LogicalEndFact)
    /// Recovery has copied this damage away and listed what it cost; it is no longer news.
    case quarantined(QuarantinedFact)
    /// Everything in it lies below a complete checkpoint; the file belongs in `retired/`.
    case retired(segment: SegmentNumber, lastLSN: LSN)
    /// The retired file was dropped.
    case removed(segment: SegmentNumber)
    /// This log took the place of another one.
    case reset(from: LogID, to: LogID, movedTo: String)
    case durable(LSN)
    case cleanClose(lastLSN: LSN, at: Timestamp)
    /// The manifest was missing or damaged and was made anew from the segments.
    case rebuilt(reason: String, at: Timestamp)
}

struct SealedFact: Hashable, Codable, Sendable {
    var segment: SegmentNumber
    /// The size of the sealed file.
    var size: UInt64
    var firstLSN: LSN
    /// The position of the SEAL record.
    var lastLSN: LSN
    /// The payload CRC of the SEAL record.
    var chain: UInt32
    /// The digest of the bytes before the SEAL record.
    var digest: ContentDigest
}

struct LogicalEndFact: Hashable, Codable, Sendable {
    enum Reason: String, Codable, Sendable { case crash, writeError, damage }

    var segment: SegmentNumber
    var offset: UInt64
    var lastLSN: LSN
    var reason: Reason
}

struct QuarantinedFact: Hashable, Codable, Sendable {
    var segment: SegmentNumber
    /// The digest of the file as it was judged; nil when it was missing. Damage that comes later
    /// changes the digest and is reported again.
    var digest: ContentDigest?
    /// What is lost for good.
    var lost: LSNSet
    /// Where the copy is, below the log's folder.
    var copy: String?
    var at: Timestamp
}
