// What the kernel says about a file without reading it.
//
// The modification time alone is not enough: a file replaced by another with the same time
// differs in inode and change time only.

import CLinux
import Glibc
import Support

/// The identity of a file's present content, as far as its status can tell.
public struct FileStamp: Hashable, Sendable, Codable {
    public let device: UInt64
    public let inode: UInt64
    /// Bytes.
    public let size: Int64
    /// Modification time, nanoseconds since 1970.
    public let modified: Int64
    /// Change time, nanoseconds since 1970; nobody can set it.
    public let changed: Int64

    public init(device: UInt64, inode: UInt64, size: Int64, modified: Int64, changed: Int64) {
        self.device = device
        self.inode = inode
        self.size = size
        self.modified = modified
        self.changed = changed
    }

    init(_ status: stat) {
        self.init(
            device: Self.device(status), inode: UInt64(status.st_ino),
            size: Int64(status.st_size), modified: Self.nanoseconds(status.st_mtim),
            changed: Self.nanoseconds(status.st_ctim))
    }

    init(_ status: aura_file_status) {
        self.init(
            device: status.device, inode: status.inode, size: Int64(status.size),
            modified: status.modified_ns, changed: status.changed_ns)
    }

    /// The device as statx gives it: the major number in the high half, the minor in the low.
    ///
    /// `stat` packs the two as glibc's `makedev` does, so the same disk would look like another.
    static func device(_ status: stat) -> UInt64 {
        let packed = UInt64(status.st_dev)
        let major = (packed >> 8 & 0xFFF) | (packed >> 32 & ~0xFFF)
        let minor = (packed & 0xFF) | (packed >> 12 & ~0xFF)
        return major << 32 | (minor & 0xFFFF_FFFF)
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Whether nobody wrote to the file in between; a new name changes neither of these.
    func isSameWriting(as other: FileStamp) -> Bool {
        device == other.device && inode == other.inode && size == other.size
            && modified == other.modified
    }

    /// True when a write at or after `time` could have left this very stamp.
    ///
    /// The kernel stamps files with a clock that ticks every 4 ms (CONFIG_HZ=250; 10 ms at 100).
    /// Whole seconds in both times mean a file system that keeps no finer ones, FAT even two.
    public func isRacy(at time: Timestamp) -> Bool {
        let isCoarse = modified % 1_000_000_000 == 0 && changed % 1_000_000_000 == 0
        let grain: Int64 = isCoarse ? 2_000_000_000 : 12_000_000
        return max(modified, changed) + grain >= time.rawValue * 1_000_000
    }
}
