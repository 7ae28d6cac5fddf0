// Units of files that were parsed before, in one append-only file.
//
// The key covers everything the result depends on, so an entry is right or absent. Losing the file
// costs one cold start; therefore nothing is synced, and damage is stepped over, not reported.
//
// Entry: magic (8), payload length (4), key (32), first 8 bytes of SHA-256 over key and payload,
// payload. Integers are little-endian.

import Glibc
import Support
import Synchronization

/// A bounded cache of analysed files. Safe to use from any thread.
///
/// One process should write to a file. Two that do spoil some of each other's entries, which both
/// notice by the checksums.
public final class AnalysisCache: Sendable {
    /// 64 MiB hold the units of about 500 000 functions.
    public static let bytesMaxStandard = 64 << 20

    /// What the cache did since it was opened.
    public struct Statistics: Hashable, Sendable {
        public internal(set) var hits = 0
        public internal(set) var misses = 0
        /// Entries that did not have their checksum, or could not be read or written.
        public internal(set) var damaged = 0
        public internal(set) var entries = 0
        public internal(set) var bytes = 0
    }

    /// Names one file's content, as one grammar and one analyzer see it.
    public struct Key: Hashable, Sendable {
        let bytes: [UInt8]
    }

    private struct Entry {
        let offset: Int
        let payloadBytes: Int
        var lastUse: Int
    }

    private struct State {
        var descriptor: Int32
        var entries: [Key: Entry] = [:]
        var end = 0
        var uses = 0
        var statistics = Statistics()
    }

    private let path: String
    private let bytesMax: Int
    private let state: Mutex<State>

    /// Opens or creates the cache file and reads which entries it has.
    ///
    /// - Parameter bytesMax: when the file would pass this, its least recently used half goes.
    public init(path: String, bytesMax: Int = bytesMaxStandard) throws(SystemFailure) {
        self.path = path
        self.bytesMax = bytesMax
        try FileAccess.makeFolder(PathName.parent(of: path))
        state = Mutex(State(descriptor: try Self.openFile(path)))
        state.withLock { Self.readEntries(&$0) }
    }

    deinit {
        state.withLock { _ = close($0.descriptor) }
    }

    public var statistics: Statistics {
        state.withLock {
            $0.statistics.entries = $0.entries.count
            $0.statistics.bytes = $0.end
            return $0.statistics
        }
    }

    /// The key of a file: its bytes, its module, the grammar and the analyzer's version.
    public static func key(_ bytes: [UInt8], path: String, language: Language) -> Key {
        var hasher = ContentHasher()
        hasher.update("aura-analysis/\(SourceAnalyzer.version)/\(language.name)/")
        hasher.update(language.grammarDigest.bytes)
        hasher.update(language.module(forPath: path))
        hasher.update([0])
        hasher.update(ContentDigest.of(bytes).bytes)
        return Key(bytes: hasher.finish().bytes)
    }

    /// The units stored under `key`; nil when there are none that can be trusted.
    public func file(for key: Key) -> SourceFile? {
        state.withLock { state in
            guard let entry = state.entries[key] else {
                state.statistics.misses += 1
                return nil
            }
            guard let payload = Self.payload(of: entry, key: key, in: state),
                let file = Self.decoded(payload)
            else {
                state.entries[key] = nil
                state.statistics.damaged += 1
                state.statistics.misses += 1
                return nil
            }
            state.uses += 1
            state.entries[key]?.lastUse = state.uses
            state.statistics.hits += 1
            return file
        }
    }

    /// Keeps a file's units. A full disk only means that the file is parsed again next time.
    public func store(_ file: SourceFile, for key: Key) {
        let payload = SourceFileCoding.encode(file)
        guard payload.count + Self.headerBytes <= bytesMax / 2 else { return }
        state.withLock { state in
            do throws(SystemFailure) {
                if state.end + Self.headerBytes + payload.count > bytesMax {
                    try Self.dropLeastUsed(&state, path: path, keeping: bytesMax / 2)
                }
                try Self.append(payload, key: key, to: &state, path: path)
            } catch {
                state.statistics.damaged += 1
            }
        }
    }

    // MARK: The file

    private static let magic = Array("AURAunt1".utf8)
    private static let headerBytes = 8 + 4 + 32 + 8

    private static func openFile(_ path: String) throws(SystemFailure) -> Int32 {
        try retrying("open", path) { open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600) }
    }

    private static func checksum(_ key: Key, _ payload: [UInt8]) -> ArraySlice<UInt8> {
        var hasher = ContentHasher()
        hasher.update(key.bytes)
        hasher.update(payload)
        return hasher.finish().bytes.prefix(8)
    }

    private static func encoded(_ payload: [UInt8], key: Key) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(raw: magic)
        writer.write(fixed: UInt64(payload.count), count: 4)
        writer.write(raw: key.bytes)
        writer.write(raw: Array(checksum(key, payload)))
        writer.write(raw: payload)
        return writer.bytes
    }

    private static func append(
        _ payload: [UInt8], key: Key, to state: inout State, path: String
    ) throws(SystemFailure) {
        let bytes = encoded(payload, key: key)
        var written = 0
        while written < bytes.count {
            let (descriptor, position) = (state.descriptor, off_t(state.end + written))
            written += try retrying("write", path) { () -> Int in
                bytes[written...].withUnsafeBytes {
                    pwrite(descriptor, $0.baseAddress, $0.count, position)
                }
            }
        }
        state.uses += 1
        state.entries[key] = Entry(
            offset: state.end + headerBytes, payloadBytes: payload.count, lastUse: state.uses)
        state.end += bytes.count
    }

    /// Fills the table of entries from the headers; after damage it looks for the next magic.
    private static func readEntries(_ state: inout State) {
        var status = stat()
        guard fstat(state.descriptor, &status) == 0 else { return }
        let size = Int(status.st_size)
        var position = 0
        while position + headerBytes <= size {
            let header = read(headerBytes, at: position, from: state.descriptor)
            if let (key, count) = parse(header), position + headerBytes + count <= size {
                state.uses += 1
                state.entries[key] = Entry(
                    offset: position + headerBytes, payloadBytes: count, lastUse: state.uses)
                position += headerBytes + count
            } else {
                state.statistics.damaged += 1
                guard let next = nextMagic(after: position, size: size, in: state.descriptor)
                else { break }
                position = next
            }
        }
        state.end = position
    }

    private static func parse(_ header: [UInt8]) -> (Key, Int)? {
        guard header.count == headerBytes, Array(header.prefix(8)) == magic else { return nil }
        let count = header[8..<12].reversed().reduce(0) { $0 << 8 | Int($1) }
        return (Key(bytes: Array(header[12..<44])), count)
    }

    private static func nextMagic(after position: Int, size: Int, in descriptor: Int32) -> Int? {
        let chunkBytes = 1 << 16
        var start = position + 1
        while start + headerBytes <= size {
            let chunk = read(min(chunkBytes, size - start), at: start, from: descriptor)
            guard chunk.count >= magic.count else { return nil }
            for index in 0...(chunk.count - magic.count)
            where chunk[index] == magic[0] && Array(chunk[index..<(index + magic.count)]) == magic {
                return start + index
            }
            // The magic may lie across the border of two chunks.
            start += chunk.count - magic.count + 1
        }
        return nil
    }

    private static func read(_ count: Int, at offset: Int, from descriptor: Int32) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = 0
            while filled < count, let base = buffer.baseAddress {
                let got = pread(descriptor, base + filled, count - filled, off_t(offset + filled))
                if got < 0 && errno == EINTR { continue }
                if got <= 0 { return }
                filled += got
            }
        }
    }

    private static func payload(of entry: Entry, key: Key, in state: State) -> [UInt8]? {
        let start = entry.offset - headerBytes
        let bytes = read(headerBytes + entry.payloadBytes, at: start, from: state.descriptor)
        guard bytes.count == headerBytes + entry.payloadBytes,
            let (found, _) = parse(Array(bytes.prefix(headerBytes))), found == key
        else { return nil }
        let payload = Array(bytes[headerBytes...])
        return bytes[44..<52].elementsEqual(checksum(key, payload)) ? payload : nil
    }

    private static func decoded(_ payload: [UInt8]) -> SourceFile? {
        // An entry with a good checksum that does not decode was written by a defect of ours or
        // an attacker; either way the file is parsed again.
        try? SourceFileCoding.decode(payload)
    }

    /// Writes the most recently used entries to a new file and puts it in place of the old one.
    private static func dropLeastUsed(
        _ state: inout State, path: String, keeping limit: Int
    ) throws(SystemFailure) {
        var bytes: [UInt8] = []
        var entries: [Key: Entry] = [:]
        for (key, entry) in state.entries.sorted(by: { $0.value.lastUse > $1.value.lastUse }) {
            let size = headerBytes + entry.payloadBytes
            guard bytes.count + size <= limit else { break }
            guard let payload = payload(of: entry, key: key, in: state) else { continue }
            entries[key] = Entry(
                offset: bytes.count + headerBytes, payloadBytes: payload.count,
                lastUse: entry.lastUse)
            bytes += encoded(payload, key: key)
        }
        try FileAccess.replace(path, with: bytes)
        let descriptor = try openFile(path)
        close(state.descriptor)
        state.descriptor = descriptor
        state.entries = entries
        state.end = bytes.count
    }
}
