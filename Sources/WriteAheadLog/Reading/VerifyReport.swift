// The result of looking at a whole log.

import Support

/// What others know of a log: how far its records were acknowledged, and which log it should be.
public struct ExternalWitness: Hashable, Sendable {
    /// The highest position that was acknowledged outside of this folder.
    public var acknowledged: LSN?
    public var logID: LogID?

    public init(acknowledged: LSN? = nil, logID: LogID? = nil) {
        self.acknowledged = acknowledged
        self.logID = logID
    }

    /// Nobody outside of the folder remembers anything of the log.
    public static let nothingKnown = ExternalWitness()
}

/// What was examined, and everything that is the matter.
public struct VerifyReport: Hashable, Codable, Sendable {
    public var segmentsExamined: Int
    public var segmentsTotal: Int
    /// Records whose checksums, place and chain were found right.
    public var recordsExamined: UInt64
    /// Those, and the ones that should be there and are not.
    public var recordsTotal: UInt64
    public var bytesExamined: UInt64
    /// `[.ok]`, or everything that is the matter, in file order.
    public var verdicts: [Verdict]
    /// What cannot be read and has not been given up by a recovery.
    public var damagedLSNs: LSNSet
    /// What recoveries have listed as lost.
    public var acceptedLosses: LSNSet
    /// When recoveries ran.
    public var repairedAt: [Timestamp]
    public var firstLSN: LSN
    public var lastLSN: LSN
    /// The highest position known to have been durable, from all witnesses.
    public var durableWitness: LSN
    public var logID: LogID?
    public var epoch: Epoch

    /// True when every record that should be there is, and no file was tampered with. Losses that
    /// a recovery has listed do not count; see ``acceptedLosses``.
    public var isSound: Bool { !verdicts.contains(where: \.isDamage) }
}
