// Git's index as it lies on the disk: the names that git tracks here, and each file's status from when
// git last compared its content. Whoever finds that status again need not ask git about the file.
//
// The format: gitformat-index(5), versions 2 and 3.

import Glibc
import Support

package struct GitIndex: Sendable {
    /// One tracked name.
    package struct Entry: Sendable {
        /// Where the name stands among the bytes of the index; a NUL follows it.
        package let name: Range<Int>
        /// What git keeps of the file's status; inode and size are the low 32 bits.
        let status: Status
        let marks: Marks

        /// A repository of its own.
        var isLink: Bool { status.mode & UInt32(S_IFMT) == 0o160000 }
    }

    struct Status: Hashable, Sendable {
        /// Nanoseconds since 1970.
        let modified: Int64
        let changed: Int64
        let inode: UInt32
        let size: UInt32
        /// The type of the file, and whether it may be executed: git knows no more of its mode.
        let mode: UInt32
    }

    /// What keeps an entry from being judged by its status alone.
    struct Marks: OptionSet, Sendable {
        let rawValue: UInt32
        static let assumedUnchanged = Marks(rawValue: 0x8000)
        static let inConflict = Marks(rawValue: 0x3000)
        /// Not meant to be in the working copy.
        static let withheld = Marks(rawValue: 0x4000 << 16)
        static let intended = Marks(rawValue: 0x2000 << 16)
    }

    package let bytes: [UInt8]
    /// Sorted by name, byte by byte.
    package let entries: [Entry]
    /// The tree that the entries make, in hexadecimal digits; nil when git has not worked it out since
    /// they changed.
    let tree: String?

    private static let headBytes = 12
    /// Of the blocks behind the entries those with such a first letter may be left unread.
    private static let optionalLetters = UInt8(ascii: "A")...UInt8(ascii: "Z")

    /// - Parameter digestBytes: 20 for SHA-1, 32 for SHA-256.
    /// - Returns: nil for what is not read here, such as an index in parts, of folders, or with
    ///   shortened names. Git has to be asked then.
    package init?(_ bytes: [UInt8], digestBytes: Int) {
        let end = bytes.count - digestBytes
        guard digestBytes > 0, end >= Self.headBytes, bytes.starts(with: "DIRC".utf8) else {
            return nil
        }
        let read = bytes.withUnsafeBytes { bytes -> (entries: [Entry], tree: String?)? in
            let text = UnsafeRawBufferPointer(rebasing: bytes[..<end])
            guard 2...3 ~= text.big(4), let (entries, rest) = Self.entries(in: text, digestBytes)
            else { return nil }
            var tree: String?
            guard
                Self.blocks(
                    in: text, from: rest,
                    { name, content in
                        guard name.elementsEqual("TREE".utf8) else { return }
                        tree = Self.rootTree(content, digestBytes)
                    })
            else { return nil }
            return (entries, tree)
        }
        guard let read else { return nil }
        (self.bytes, entries, tree) = (bytes, read.entries, read.tree)
    }

    /// The name of an entry; nil when it is not UTF-8.
    func text(_ entry: Entry) -> String? { String(validating: bytes[entry.name], as: UTF8.self) }

    private static func entries(
        in text: UnsafeRawBufferPointer, _ digestBytes: Int
    ) -> (entries: [Entry], end: Int)? {
        let count = Int(text.big(8))
        // Forty bytes of status, the digest, two of marks: no entry is shorter.
        guard count <= text.count / (42 + digestBytes) else { return nil }
        func name(_ range: Range<Int>) -> UnsafeRawBufferPointer {
            UnsafeRawBufferPointer(rebasing: text[range])
        }
        var entries: [Entry] = []
        entries.reserveCapacity(count)
        var offset = headBytes
        for _ in 0..<count {
            guard let (entry, end) = entry(in: text, at: offset, digestBytes) else { return nil }
            // A name in conflict stands there once for each side.
            if let last = entries.last?.name, name(last).order(before: name(entry.name)) > 0 {
                return nil
            }
            entries.append(entry)
            offset = end
        }
        return (entries, offset)
    }

    private static func entry(
        in text: UnsafeRawBufferPointer, at start: Int, _ digestBytes: Int
    ) -> (entry: Entry, end: Int)? {
        var nameStart = start + 42 + digestBytes
        guard nameStart + 2 <= text.count else { return nil }
        // The low bits hold the length of the name; one of the others says that there are more.
        var marks = UInt32(text.short(nameStart - 2) & 0xB000)
        if text.short(nameStart - 2) & 0x4000 != 0 {
            marks |= UInt32(text.short(nameStart)) << 16
            nameStart += 2
        }
        let rest = UnsafeRawBufferPointer(rebasing: text[nameStart...])
        guard let base = rest.baseAddress, let zero = memchr(base, 0, rest.count) else {
            return nil
        }
        let name = nameStart..<nameStart + base.distance(to: UnsafeRawPointer(zero))
        // Up to eight NULs, so that the next entry begins at a multiple of eight from this one.
        let end = start + (name.upperBound - start + 8) & ~7
        guard !name.isEmpty, end <= text.count else { return nil }
        let status = Status(
            modified: text.time(start + 8), changed: text.time(start), inode: text.big(start + 20),
            size: text.big(start + 36), mode: text.big(start + 24))
        return (Entry(name: name, status: status, marks: Marks(rawValue: marks)), end)
    }

    /// False when there is a block that must be understood, and is not.
    private static func blocks(
        in text: UnsafeRawBufferPointer, from start: Int,
        _ take: (_ name: Slice<UnsafeRawBufferPointer>, _ content: ArraySlice<UInt8>) -> Void
    ) -> Bool {
        var offset = start
        while offset < text.count {
            guard offset + 8 <= text.count, optionalLetters ~= text[offset] else { return false }
            let end = offset + 8 + Int(text.big(offset + 4))
            guard end <= text.count else { return false }
            take(text[offset..<offset + 4], ArraySlice(text[offset + 8..<end]))
            offset = end
        }
        return true
    }

    /// The first line of the block says for the root: NUL, entries, subfolders, and the digest unless
    /// the count of entries is -1.
    private static func rootTree(_ content: ArraySlice<UInt8>, _ digestBytes: Int) -> String? {
        guard content.first == 0, let line = content.firstIndex(of: UInt8(ascii: "\n")),
            content.dropFirst().first != UInt8(ascii: "-")
        else { return nil }
        let digest = content[(line + 1)...].prefix(digestBytes)
        guard digest.count == digestBytes else { return nil }
        return Hex.encode(digest)
    }
}

extension UnsafeRawBufferPointer {
    /// Big-endian values; the caller has checked that they lie within.
    fileprivate func big(_ offset: Int) -> UInt32 {
        UInt32(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    fileprivate func short(_ offset: Int) -> UInt16 {
        UInt16(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }

    /// Seconds and nanoseconds.
    fileprivate func time(_ offset: Int) -> Int64 {
        Int64(big(offset)) * 1_000_000_000 + Int64(big(offset + 4))
    }
}
