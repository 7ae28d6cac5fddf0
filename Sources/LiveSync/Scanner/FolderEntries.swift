// The entries of a folder as the kernel hands them out: linux_dirent64, getdents64(2).

import CLinux
import Glibc

/// The entries in a buffer that the kernel filled.
struct FolderEntries: Sequence, IteratorProtocol {
    /// A name, which lives as long as the buffer, and one of the `DT_` constants.
    typealias Entry = (name: UnsafeRawBufferPointer, type: Int32)

    private let bytes: UnsafeRawBufferPointer
    private var offset = 0

    private init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// Hands every entry but `.` and `..` to `take`, until that says false.
    ///
    /// - Returns: the system's number of a failure; nil when there was none.
    static func read(from descriptor: Int32, _ take: (Entry) -> Bool) -> Int32? {
        // 32 KiB hold some thousand entries; most folders take one call.
        withUnsafeTemporaryAllocation(byteCount: 32 << 10, alignment: 8) { buffer in
            while true {
                let count = aura_read_folder(descriptor, buffer.baseAddress, UInt(buffer.count))
                if count < 0 { return errno }
                if count == 0 { return nil }
                let filled = UnsafeRawBufferPointer(rebasing: buffer[..<Int(count)])
                for entry in FolderEntries(bytes: filled) where !take(entry) { return nil }
            }
        }
    }

    mutating func next() -> Entry? {
        // Eight bytes of inode, eight of position, two of length, one of type, then the name.
        while offset + 19 < bytes.count {
            let length = Int(bytes.loadUnaligned(fromByteOffset: offset + 16, as: UInt16.self))
            let type = Int32(bytes[offset + 18])
            let end = Swift.min(offset + Swift.max(length, 20), bytes.count)
            let rest = UnsafeRawBufferPointer(rebasing: bytes[(offset + 19)..<end])
            let count = rest.firstIndex(of: 0) ?? rest.count
            let name = UnsafeRawBufferPointer(rebasing: rest[..<count])
            offset = end
            let isDots = name.count <= 2 && name.allSatisfy { $0 == UInt8(ascii: ".") }
            if !isDots { return (name, type) }
        }
        return nil
    }
}
