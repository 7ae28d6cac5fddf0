// A stream packed as gzip members in a row, one a mebibyte, several at a time. A row of members is a
// gzip file like any other (RFC 1952, 2.2), and where one ends depends on the bytes alone: same
// bytes, same file, on any number of processors.

import CArchive
import Dispatch
import Glibc
import Support
import Synchronization

/// Packs bytes and hands them on in order.
final class GzipMembers {
    /// Unpacked bytes of a member. A smaller one packs worse, a larger one takes more memory.
    static let memberBytes = 1 << 20
    /// Two for each processor of a small machine: memory stays bounded on a large one.
    private static let membersAtATime = 4

    private let level: Int
    private let path: String
    private let write: ([UInt8]) throws(SystemFailure) -> Void
    private var waiting: [[UInt8]] = []
    /// Room of chunks that were packed: fresh memory costs as much as a third of the packing.
    private var spare: [[UInt8]] = []
    private(set) var bytes = 0

    /// - Parameters:
    ///   - level: of gzip, 1 to 9.
    ///   - write: takes what is packed, member by member.
    init(
        level: Int, path: String,
        write: @escaping ([UInt8]) throws(SystemFailure) -> Void
    ) {
        self.level = level
        self.path = path
        self.write = write
    }

    /// Takes bytes of any number; where they are cut does not show in what comes out.
    func take(_ bytes: UnsafeRawBufferPointer) throws(BundleFailure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            if waiting.last.map({ $0.count == Self.memberBytes }) ?? true {
                if waiting.count == Self.membersAtATime { try pack() }
                waiting.append(spare.popLast() ?? [])
                waiting[waiting.count - 1].reserveCapacity(Self.memberBytes)
            }
            let last = waiting.count - 1
            let part = rest.prefix(Self.memberBytes - waiting[last].count)
            waiting[last] += UnsafeRawBufferPointer(rebasing: part)
            rest = rest.dropFirst(part.count)
        }
    }

    /// Packs what still waits.
    func finish() throws(BundleFailure) {
        if !waiting.isEmpty { try pack() }
    }

    private func pack() throws(BundleFailure) {
        let (chunks, level) = (waiting, level)
        waiting = []
        let packed = Mutex([Int: [UInt8]]())
        DispatchQueue.concurrentPerform(iterations: chunks.count) { index in
            guard let member = Self.member(of: chunks[index], level: level) else { return }
            packed.withLock { $0[index] = member }
        }
        let members = packed.withLock { $0 }
        for index in chunks.indices {
            guard let member = members[index] else {
                throw .archive(path: path, operation: "pack", why: "no memory")
            }
            bytes += member.count
            do throws(SystemFailure) { try write(member) } catch { throw .system(error) }
        }
        spare = chunks
        for index in spare.indices { spare[index].removeAll(keepingCapacity: true) }
    }

    /// One member; nil when the library has no memory.
    private static func member(of chunk: [UInt8], level: Int) -> [UInt8]? {
        guard let archive = archive_write_new(), let entry = archive_entry_new() else { return nil }
        defer {
            archive_entry_free(entry)
            archive_write_free(archive)
        }
        archive_entry_set_filetype(entry, UInt32(Glibc.S_IFREG))
        // What does not pack grows by five bytes in 16 KiB.
        let capacity = chunk.count + chunk.count / 1024 + 4096
        var isPacked = false
        let packed = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, used in
            isPacked = withUnsafeMutablePointer(to: &used) { used in
                archive_write_set_format_raw(archive) == ARCHIVE_OK
                    && archive_write_add_filter_gzip(archive) == ARCHIVE_OK
                    && archive_write_set_options(
                        archive, "gzip:!timestamp,gzip:compression-level=\(level)") == ARCHIVE_OK
                    && archive_write_set_bytes_in_last_block(archive, 1) == ARCHIVE_OK
                    && archive_write_open_memory(
                        archive, buffer.baseAddress, buffer.count, used) == ARCHIVE_OK
                    && archive_write_header(archive, entry) == ARCHIVE_OK
                    && chunk.withUnsafeBytes {
                        archive_write_data(archive, $0.baseAddress, $0.count) == $0.count
                    }
                    && archive_write_close(archive) == ARCHIVE_OK
            }
            // Or the library would write into the room a last time when it is freed.
            if !isPacked { archive_write_fail(archive) }
        }
        return isPacked ? packed : nil
    }
}
