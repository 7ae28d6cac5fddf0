// The last look at finished bytes: every member and every name, unwrapped as far as it goes,
// searched for what must not be there.

import CArchive
import Glibc
import Support

/// Searches archives.
struct ArchiveSearch {
    let needles: NeedleSet

    /// Wrappings within wrappings that are undone.
    static let depthMax = 6
    private static let chunkBytes = 1 << 20
    /// A wrapped secret that lies across two chunks lies whole in one of them: the longest canary,
    /// a key of several lines, is shorter even as base64 of base64.
    private static let overlapBytes = 64 << 10

    /// What a search went through.
    struct Extent: Sendable {
        var members = 0
        var bytes = 0
    }

    /// Searches an open archive from its beginning.
    ///
    /// - Returns: how much was searched, and the first thing that was found.
    func search(
        _ descriptor: Int32, path: String, limits: ArchiveLimits = .own, gate: CallGate = .open,
        progress: (Int) throws(BundleFailure) -> Void = { (_) throws(BundleFailure) in }
    ) throws(BundleFailure) -> (extent: Extent, survivor: Survivor?) {
        do throws(SystemFailure) {
            try gate.call("seek", path) { lseek(descriptor, 0, SEEK_SET) }
        } catch { throw .system(error) }
        let stream = try ArchiveStream(descriptor, path: path, limits: limits, gate: gate)
        var extent = Extent()
        while let member = try stream.next() {
            extent.members += 1
            if let found = find(in: Array(member.name.utf8), member.name, "its name") {
                return (extent, found)
            }
            var carried: [UInt8] = []
            while true {
                let fresh = try stream.read(Self.chunkBytes)
                if fresh.isEmpty { break }
                extent.bytes += fresh.count
                try progress(extent.bytes)
                let text = carried + fresh
                if let found = find(in: text, member.name, nil) { return (extent, found) }
                carried = Array(text.suffix(Self.overlapBytes))
            }
        }
        return (extent, nil)
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

    private func look(
        _ text: UnsafeRawBufferPointer, depth: Int, steps: [String]
    ) -> Sight? {
        if let needle = needles.first(in: text) { return Sight(needle: needle, steps: steps) }
        guard depth < Self.depthMax, text.count >= NeedleSet.bytesMin else { return nil }
        if let found = runs(text, depth: depth, steps: steps) { return found }
        if let found = joined(text, depth: depth, steps: steps) { return found }
        if let plain = Unwrapping.step(text) {
            let found = plain.withUnsafeBytes {
                look($0, depth: depth + 1, steps: steps + ["escapes"])
            }
            if let found { return found }
        }
        guard text.contains(0x3D), steps.filter({ $0 == "quoted-printable" }).count < 2,
            let plain = Unwrapping.quotedPrintable(text)
        else { return nil }
        return plain.withUnsafeBytes {
            look($0, depth: depth + 1, steps: steps + ["quoted-printable"])
        }
    }

    /// The text as it reads when lines are joined; once, because then there are none.
    private func joined(
        _ text: UnsafeRawBufferPointer, depth: Int, steps: [String]
    ) -> Sight? {
        guard !steps.contains("wrapped lines"), text.contains(0x0A) else { return nil }
        return Unwrapping.squeezed(text).withUnsafeBytes {
            look($0, depth: depth + 1, steps: steps + ["wrapped lines"])
        }
    }

    private func runs(
        _ text: UnsafeRawBufferPointer, depth: Int, steps: [String]
    ) -> Sight? {
        let runs = Unwrapping.runs(text)
        for (bytes, name) in [(runs.base64, "base64"), (runs.hex, "hex")] where !bytes.isEmpty {
            if let needle = needles.first(in: bytes) {
                return Sight(needle: needle, steps: steps + [name])
            }
            let found = Unwrapping.readable(bytes).withUnsafeBytes {
                look($0, depth: depth + 1, steps: steps + [name])
            }
            if let found { return found }
            if let inner = Nested.unpack(bytes) {
                let found = inner.withUnsafeBytes {
                    look($0, depth: depth + 1, steps: steps + [name, "gzip"])
                }
                if let found { return found }
            }
        }
        return nil
    }
}

/// Packed bytes inside of others.
private enum Nested {
    private static let bytesMax = 8 << 20

    /// The first gzip stream in the bytes, unpacked; nil when there is none.
    static func unpack(_ bytes: [UInt8]) -> [UInt8]? {
        guard
            let start = bytes.indices.dropLast(2).first(where: {
                bytes[$0] == 0x1F && bytes[$0 + 1] == 0x8B && bytes[$0 + 2] == 8
            }), let archive = archive_read_new()
        else { return nil }
        defer { archive_read_free(archive) }
        return bytes[start...].withUnsafeBytes { packed -> [UInt8]? in
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
    }
}
