// The figures of a log, for people and for checks.

import Support

/// The figures of one log at one instant.
public struct LogStatus: Hashable, Codable, Sendable {
    /// Whether and how the log takes records.
    public enum Condition: Hashable, Codable, Sendable {
        case writable
        /// New work is refused until there is space for the next segment.
        case diskFull
        /// An error of the disk could not be overcome.
        case readOnly(cause: String)
        case closed
        /// Asked from outside: a writer has the log open.
        case openElsewhere
    }

    public var folder: String
    public var logID: LogID?
    public var epoch: Epoch
    public var condition: Condition
    /// Records in the segments that are not retired, SEAL records included.
    public var records: UInt64
    public var segments: Int
    public var bytes: UInt64
    public var retiredSegments: Int
    /// Zero while the log is empty.
    public var firstLSN: LSN
    /// The highest position given out.
    public var lastLSN: LSN
    /// The highest position known to be on the disk.
    public var durableLSN: LSN
    public var syncPolicy: SyncPolicy?
    /// When the last sync returned; nil from outside, and before the first.
    public var lastSync: Timestamp?
    public var lastSyncDuration: Duration?
    /// The newest 64, oldest first.
    public var recentSyncDurations: [Duration]
    /// Writes and syncs of record groups, to see that commits are grouped.
    public var writeCount: Int
    public var syncCount: Int
    /// How often a segment had to be replaced after an error of the disk, and the last error.
    public var replacedSegments: Int
    public var lastError: String?
    public var places: [PlaceConcern]

    static let recentSyncsMax = 64
}

extension LogLook {
    func status(folder: String) -> LogStatus {
        let files = image.segments.values
        return LogStatus(
            folder: folder, logID: logID, epoch: epoch,
            condition: LogReader.isHeld(at: folder) ? .openElsewhere : .closed,
            records: report.recordsExamined,
            segments: files.count, bytes: files.reduce(0) { $0 + $1.fileBytes },
            retiredSegments: image.manifest.retired.keys.filter {
                !image.manifest.removed.contains($0)
            }.count,
            firstLSN: firstLSN, lastLSN: judgement.lastLSN, durableLSN: judgement.durable,
            syncPolicy: nil, lastSync: nil, lastSyncDuration: nil, recentSyncDurations: [],
            writeCount: 0, syncCount: 0, replacedSegments: 0, lastError: nil,
            places: LogPlace.concerns(at: folder))
    }
}
