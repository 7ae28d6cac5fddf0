// The snapshot on disk, so that a start compares instead of reading every file.
//
// Little-endian: magic, version, time, folders, files, digests, then SHA-256 of all before it.
// A snapshot is a cache: one that does not read back whole is thrown away and made again.

import Support

extension StatIndex {
    private static let magic = Array("AURASCAN".utf8)
    private static let version: UInt32 = 1

    /// Why bytes are no snapshot.
    public enum DecodeFailure: String, Failure, Equatable {
        case notASnapshot = "is no scan snapshot of this version"
        case damaged = "does not match its own digest"
        case inconsistent = "has counts that do not fit its length"

        public var subject: String { "scan.index" }
        public var reason: String { rawValue }
        public var nextStep: String { "remove it; the next scan reads all files" }
    }

    /// The bytes of the snapshot.
    public func encode() -> [UInt8] {
        var out = Self.magic
        out.reserveCapacity(64 + nameBytes.count + stamps.count * 48)
        out.put(Self.version)
        out.put(UInt64(bitPattern: takenAt.rawValue))
        out.put(UInt32(folders.count))
        for folder in folders {
            out.put(folder.path)
            out.put(UInt32(folder.files.count))
        }
        for index in stamps.indices {
            let (name, stamp) = (nameSlice(at: index), stamps[index])
            out.put(UInt32(name.count))
            out += name
            out.put(stamp.device)
            out.put(stamp.inode)
            for value in [stamp.size, stamp.modified, stamp.changed] {
                out.put(UInt64(bitPattern: value))
            }
        }
        out.put(UInt32(digests.count))
        for (path, digest) in digests.sorted(by: { $0.key < $1.key }) {
            out.put(path)
            out += digest.bytes
        }
        return out + ContentDigest.of(out).bytes
    }

    /// Reads a snapshot back.
    public static func decode(_ bytes: [UInt8]) throws(DecodeFailure) -> StatIndex {
        guard bytes.count >= magic.count + 36, bytes.starts(with: magic) else {
            throw .notASnapshot
        }
        let body = bytes.dropLast(ContentDigest.byteCount)
        guard ContentDigest.of(body).bytes.elementsEqual(bytes.suffix(ContentDigest.byteCount))
        else {
            throw .damaged
        }
        var reader = Reader(rest: body.dropFirst(magic.count))
        guard try reader.number32() == version else { throw .notASnapshot }
        var index = StatIndex(
            takenAt: Timestamp(rawValue: Int64(bitPattern: try reader.number64())))
        var folders: [(path: String, count: Int)] = []
        for _ in 0..<(try reader.number32()) {
            folders.append((try reader.text(), Int(try reader.number32())))
        }
        for folder in folders {
            var files: [(name: [UInt8], stamp: FileStamp)] = []
            for _ in 0..<folder.count {
                files.append((try reader.bytes(Int(try reader.number32())), try reader.stamp()))
            }
            index.append(folder: folder.path, files: files)
        }
        for _ in 0..<(try reader.number32()) {
            let path = try reader.text()
            let digest = ContentDigest(bytes: try reader.bytes(ContentDigest.byteCount))
            guard let digest else { throw .inconsistent }
            index.remember(digest, of: path)
        }
        guard reader.rest.isEmpty else { throw .inconsistent }
        return index
    }
}

private struct Reader {
    var rest: ArraySlice<UInt8>

    mutating func bytes(_ count: Int) throws(StatIndex.DecodeFailure) -> [UInt8] {
        guard count <= rest.count else { throw .inconsistent }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    mutating func text() throws(StatIndex.DecodeFailure) -> String {
        String(decoding: try bytes(Int(try number32())), as: UTF8.self)
    }

    mutating func number32() throws(StatIndex.DecodeFailure) -> UInt32 {
        UInt32(try number(bytes: 4))
    }

    mutating func number64() throws(StatIndex.DecodeFailure) -> UInt64 { try number(bytes: 8) }

    mutating func stamp() throws(StatIndex.DecodeFailure) -> FileStamp {
        FileStamp(
            device: try number64(), inode: try number64(),
            size: Int64(bitPattern: try number64()), modified: Int64(bitPattern: try number64()),
            changed: Int64(bitPattern: try number64()))
    }

    private mutating func number(bytes count: Int) throws(StatIndex.DecodeFailure) -> UInt64 {
        guard count <= rest.count else { throw .inconsistent }
        var value: UInt64 = 0
        for offset in (0..<count).reversed() {
            value = value << 8 | UInt64(rest[rest.startIndex + offset])
        }
        rest = rest.dropFirst(count)
        return value
    }
}

extension [UInt8] {
    fileprivate mutating func put(_ value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }

    fileprivate mutating func put(_ text: String) {
        put(UInt32(text.utf8.count))
        self += text.utf8
    }
}
