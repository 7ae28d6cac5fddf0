// The last look at finished bytes: every member and every name, unwrapped as far as it goes,
// searched for what must not be there.

import CArchive
import Dispatch
import Glibc
import Synchronization

/// Searches archives.
struct ArchiveSearch {
    let needles: NeedleSet

    /// Wrappings within wrappings that are undone.
    static let depthMax = 6
    private static let chunkBytes = 640 << 10
    /// Two for each processor of a small machine: memory stays bounded on a large one.
    private static let chunksAtATime = 4
    /// A wrapped secret that lies across two chunks lies whole in one of them: the longest canary,
    /// a key of several lines, is shorter even as base64 of base64.
    private static let overlapBytes = 64 << 10

    /// What a search went through.
    struct Extent: Sendable {
        var members = 0
        var bytes = 0
        /// Where the archive ends, unpacked.
        var end = 0
    }

    /// Searches an open archive from its beginning.
    ///
    /// - Returns: how much was searched, and the first thing that was found.
    func search(
        _ descriptor: Int32, path: String, limits: ArchiveLimits = .own, gate: CallGate = .open,
        progress: (Int) throws(BundleFailure) -> Void = { (_) throws(BundleFailure) in }
    ) throws(BundleFailure) -> (extent: Extent, survivor: Survivor?) {
        try gate.rewind(descriptor, path: path)
        let stream = try ArchiveStream(descriptor, path: path, limits: limits, gate: gate)
        var extent = Extent()
        while let member = try stream.next() {
            extent.members += 1
            if let found = find(in: Array(member.name.utf8), member.name, "its name") {
                return (extent, found)
            }
            if let found = try find(in: stream, member.name, &extent, progress) {
                return (extent, found)
            }
        }
        extent.end = stream.unpackedBytes
        return (extent, nil)
    }

    /// A part of a member with the end of the part before it.
    private struct Chunk: Sendable {
        let text: [UInt8]
        let fresh: Int
    }

    /// The first thing that is found in a member. While chunks are searched, the next are unpacked.
    private func find(
        in stream: ArchiveStream, _ member: String, _ extent: inout Extent,
        _ progress: (Int) throws(BundleFailure) -> Void
    ) throws(BundleFailure) -> Survivor? {
        let reader = ChunkReader(stream)
        var chunks = try reader.next().get()
        while !chunks.isEmpty {
            extent.bytes += chunks.reduce(0) { $0 + $1.fresh }
            try progress(extent.bytes)
            let outcome = Mutex(Outcome())
            let current = chunks
            DispatchQueue.concurrentPerform(iterations: current.count + 1) { index in
                // The unpacking first: it is one piece and takes longest.
                guard index > 0 else {
                    let next = reader.next()
                    return outcome.withLock { $0.next = next }
                }
                guard let survivor = find(in: current[index - 1].text, member, nil) else { return }
                outcome.withLock { $0.found[index] = survivor }
            }
            let (found, next) = outcome.withLock { ($0.found, $0.next) }
            if let first = found.min(by: { $0.key < $1.key })?.value { return first }
            chunks = try next.get()
        }
        return nil
    }

    private struct Outcome: Sendable {
        var found: [Int: Survivor] = [:]
        var next: Result<[Chunk], BundleFailure> = .success([])
    }

    /// Unpacks a member, as many chunks at a time as are searched together.
    ///
    /// Unchecked because the stream knows nothing of threads: one call at a time has it, the one
    /// of index 0 above, and the next begins after all calls of that round have ended.
    private final class ChunkReader: @unchecked Sendable {
        private let stream: ArchiveStream
        private var carried: [UInt8] = []

        init(_ stream: ArchiveStream) { self.stream = stream }

        func next() -> Result<[Chunk], BundleFailure> {
            var chunks: [Chunk] = []
            while chunks.count < chunksAtATime {
                let text: [UInt8]
                do throws(BundleFailure) {
                    text = try stream.read(chunkBytes, behind: carried)
                } catch { return .failure(error) }
                let fresh = text.count - carried.count
                if fresh == 0 { break }
                carried = Array(text.suffix(overlapBytes))
                chunks.append(Chunk(text: text, fresh: fresh))
            }
            return .success(chunks)
        }
    }

    private func find(in text: [UInt8], _ member: String, _ outermost: String?) -> Survivor? {
        text.withUnsafeBytes { look($0, depth: 0, steps: outermost.map { [$0] } ?? []) }.map {
            Survivor(
                rule: $0.needle.rule, source: $0.needle.source, member: member,
                encoding: $0.steps.isEmpty ? "as it is" : $0.steps.joined(separator: ", "))
        }
    }

    /// The first needle in bytes that are no archive.
    func first(in bytes: [UInt8]) -> Needle? {
        bytes.withUnsafeBytes { look($0, depth: 0, steps: []) }?.needle
    }

    private struct Sight {
        let needle: Needle
        let steps: [String]
    }

    /// Where a text was joined whose parts were looked at before.
    private struct Joints {
        let all: [Int]
        /// Those at which marks may have come to light; nil when marks are everywhere.
        let signs: [Int]?
        let quoted: [Int]?
    }

    private func look(
        _ text: UnsafeRawBufferPointer, across joints: Joints? = nil, depth: Int, steps: [String]
    ) -> Sight? {
        let needle =
            joints.map { needles.first(in: text, across: $0.all) } ?? needles.first(in: text)
        if let needle { return Sight(needle: needle, steps: steps) }
        guard depth < Self.depthMax, text.count >= NeedleSet.bytesMin else { return nil }
        if let found = runs(text, across: joints?.all, depth: depth, steps: steps) { return found }
        let signs = undone(.signs, in: text, across: joints?.signs)
        // Twice at most: an equals sign before two digits is mostly an equals sign.
        let isQuoted = steps.count(where: { $0 == "quoted-printable" }) < 2
        let quoted = isQuoted ? undone(.quoted, in: text, across: joints?.quoted) : nil
        let found = joined(
            text, hasSigns: signs != nil, hasQuoted: quoted != nil, depth: depth, steps: steps)
        if let found { return found }
        if let found = look(in: signs, depth, steps + ["escapes"]) { return found }
        return look(in: quoted, depth, steps + ["quoted-printable"])
    }

    /// - Parameter joints: nil to look at all of the text.
    private func undone(
        _ marks: Marks, in text: UnsafeRawBufferPointer, across joints: [Int]?
    ) -> [UInt8]? {
        joints.map { Unwrapping.undone(marks, in: text, across: $0) }
            ?? Unwrapping.undone(marks, in: text)
    }

    /// Looks at what is left when a wrapping is gone.
    private func look(in plain: [UInt8]?, _ depth: Int, _ steps: [String]) -> Sight? {
        plain?.withUnsafeBytes { look($0, depth: depth + 1, steps: steps) }
    }

    /// The text as it reads when lines are joined; once, because then there are none.
    private func joined(
        _ text: UnsafeRawBufferPointer, hasSigns: Bool, hasQuoted: Bool, depth: Int,
        steps: [String]
    ) -> Sight? {
        guard !steps.contains("wrapped lines"), text.contains(0x0A) else { return nil }
        let steps = steps + ["wrapped lines"]
        if let needle = needles.first(in: Unwrapping.squeezed(text)) {
            return Sight(needle: needle, steps: steps)
        }
        let (joined, places) = Unwrapping.joined(text)
        let joints = Joints(
            all: places, signs: hasSigns ? nil : places, quoted: hasQuoted ? nil : places)
        return joined.withUnsafeBytes {
            look($0, across: joints, depth: depth + 1, steps: steps)
        }
    }

    private func runs(
        _ text: UnsafeRawBufferPointer, across joints: [Int]?, depth: Int, steps: [String]
    ) -> Sight? {
        var sight: Sight?
        var (base64, hex): ([UInt8], [UInt8]) = ([], [])
        var runs = Runs()
        let isFound = runs.forEach(in: text, across: joints) { decoded, writing in
            if let needle = needles.first(in: decoded) {
                sight = Sight(needle: needle, steps: steps + [writing.rawValue])
            } else if let inner = Nested.unpack(decoded) {
                sight = look(in: inner, depth, steps + [writing.rawValue, "gzip"])
            }
            switch writing {
            case .base64: Unwrapping.appendReadable(decoded, to: &base64)
            case .hex: Unwrapping.appendReadable(decoded, to: &hex)
            }
            return sight != nil
        }
        if isFound { return sight }
        for (writing, text) in [(Runs.Writing.base64, base64), (.hex, hex)] where !text.isEmpty {
            if let found = look(in: text, depth, steps + [writing.rawValue]) { return found }
        }
        return nil
    }
}

/// Packed bytes inside of others.
private enum Nested {
    private static let bytesMax = 8 << 20

    /// The first gzip stream in the bytes, unpacked; nil when there is none.
    static func unpack(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
        guard let start = start(in: bytes), let archive = archive_read_new() else { return nil }
        defer { archive_read_free(archive) }
        let packed = UnsafeRawBufferPointer(rebasing: bytes[start...])
        guard archive_read_support_filter_gzip(archive) == ARCHIVE_OK,
            archive_read_support_format_raw(archive) == ARCHIVE_OK,
            archive_read_open_memory(archive, packed.baseAddress, packed.count) == ARCHIVE_OK
        else { return nil }
        var entry: OpaquePointer?
        guard archive_read_next_header(archive, &entry) == ARCHIVE_OK else { return nil }
        var content = [UInt8](repeating: 0, count: bytesMax)
        let got = content.withUnsafeMutableBytes {
            archive_read_data(archive, $0.baseAddress, $0.count)
        }
        return got > 0 ? Array(content[..<got]) : nil
    }

    private static func start(in bytes: UnsafeRawBufferPointer) -> Int? {
        guard let base = bytes.baseAddress else { return nil }
        var at = 0
        while at + 2 < bytes.count, let found = memchr(base + at, 0x1F, bytes.count - 2 - at) {
            at = UnsafeRawPointer(found) - base
            if bytes[at + 1] == 0x8B, bytes[at + 2] == 8 { return at }
            at += 1
        }
        return nil
    }
}
