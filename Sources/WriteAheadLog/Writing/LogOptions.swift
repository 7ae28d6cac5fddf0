// The settings of a log, with the defaults and where they come from.

/// When a commit reaches the disk.
public enum SyncPolicy: Hashable, Codable, Sendable {
    /// As soon as the sync before it has returned.
    case always
    /// After collecting for this long. Appends still return only once they are durable.
    case batch(Duration)
}

/// What happens to segments that a checkpoint has outlived.
public struct RetentionPolicy: Hashable, Codable, Sendable {
    /// Retired segments are dropped, oldest first, above this many bytes. By size and order, not
    /// by age: a jump of the clock must not empty the archive.
    public var retiredBytesMax: Int

    public init(retiredBytesMax: Int = 64 << 20) { self.retiredBytesMax = retiredBytesMax }
}

/// What the owner of a log may choose.
public struct LogOptions: Hashable, Sendable {
    /// The size of a segment; 8 MiB keeps a roll rare and a quarantine copy cheap.
    public var segmentBytes: Int
    public var syncPolicy: SyncPolicy
    public var retention: RetentionPolicy
    /// Whether the next segment is allocated ahead of need, so that endings can still be
    /// written on a full disk.
    public var spare: Bool
    /// Whether to write on file systems known to break locks or syncs.
    public var allowsNetworkFileSystem: Bool
    /// Ids and salts come from this seed when it is given, from the system otherwise.
    public var seed: UInt64?

    /// The bounds of `segmentBytes`: two header blocks and room for records; 64 MiB.
    public static let segmentBytesRange = 8 << 10...64 << 20

    public init(
        segmentBytes: Int = 8 << 20, syncPolicy: SyncPolicy = .always,
        retention: RetentionPolicy = RetentionPolicy(), spare: Bool = true,
        allowsNetworkFileSystem: Bool = false, seed: UInt64? = nil
    ) {
        let bounds = Self.segmentBytesRange
        let aligned = (segmentBytes + 1023) / 1024 * 1024
        self.segmentBytes = min(max(aligned, bounds.lowerBound), bounds.upperBound)
        self.syncPolicy = syncPolicy
        self.retention = retention
        self.spare = spare
        self.allowsNetworkFileSystem = allowsNetworkFileSystem
        self.seed = seed
    }
}
