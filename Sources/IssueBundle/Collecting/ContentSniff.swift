// What a file is, by its first bytes. A name says nothing: `host.brightmoor.log` is no Brotli.

/// Judges by magic numbers.
enum ContentSniff {
    /// The bytes that are looked at; a tar's magic ends at 262.
    static let bytesMax = 512

    /// RFC 1952.
    static let gzip: [UInt8] = [0x1F, 0x8B]

    private static let packed: [(offset: Int, magic: [UInt8])] = [
        (0, gzip), (0, [0x50, 0x4B, 0x03, 0x04]), (0, [0x50, 0x4B, 0x05, 0x06]),
        (0, Array("BZh".utf8)), (0, [0xFD, 0x37, 0x7A, 0x58, 0x5A]),
        (0, [0x28, 0xB5, 0x2F, 0xFD]), (0, [0x04, 0x22, 0x4D, 0x18]),
        (0, [0x37, 0x7A, 0xBC, 0xAF]), (0, Array("Rar!".utf8)), (257, Array("ustar".utf8)),
    ]

    /// Why a file that begins like this does not go in; nil for what may be text.
    static func refusal(_ head: [UInt8]) -> Omission.Reason? {
        if head.starts(with: Array("SQLite format 3".utf8)) { return .database }
        let isPacked = packed.contains { entry in
            head.count >= entry.offset + entry.magic.count
                && Array(head[entry.offset..<entry.offset + entry.magic.count]) == entry.magic
        }
        if isPacked { return .packed }
        return isBinary(head) ? .binary : nil
    }

    /// Programs, images and records of bytes: NULs that neither UTF-16 nor a list of environment
    /// entries explains.
    private static func isBinary(_ head: [UInt8]) -> Bool {
        if head.starts(with: [0x7F, 0x45, 0x4C, 0x46]) { return true }
        let control = head.filter { $0 < 9 || (14..<27).contains($0) || (28..<32).contains($0) }
        let zeros = control.filter { $0 == 0 }.count
        return (control.count - zeros) * 10 > head.count
    }
}
