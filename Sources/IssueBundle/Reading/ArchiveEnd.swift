// What stands behind the last member of an archive, and between the members. Readers pass over it, so
// whatever somebody puts there is neither listed nor searched, and is sent along all the same.

import CArchive
import Glibc
import Support

enum ArchiveEnd {
    /// Fill blocks behind the end of a tar; other programs write up to 10 KiB.
    private static let fillMax = 1 << 20
    private static let chunkBytes = 1 << 20

    /// Throws unless nothing but zeros follows the members, unpacked, nothing at all follows the packed
    /// bytes, and what stands around the members tells of them alone. The file's position is moved.
    ///
    /// - Parameters:
    ///   - end: of the archive, unpacked, as its reader came to it.
    ///   - shape: what may stand around the members.
    /// - Throws: ``BundleFailure/altered(path:why:)``.
    static func check(
        _ descriptor: Int32, path: String, behind end: Int, shape: TarShape, gate: CallGate
    ) throws(BundleFailure) {
        try checkHead(descriptor, path: path, gate: gate)
        try gate.rewind(descriptor, path: path)
        guard let archive = archive_read_new() else {
            throw .archive(path: path, operation: "open", why: "no memory")
        }
        defer { archive_read_free(archive) }
        var entry: OpaquePointer?
        guard archive_read_support_filter_gzip(archive) == ARCHIVE_OK,
            archive_read_support_format_raw(archive) == ARCHIVE_OK,
            archive_read_open_fd(archive, descriptor, 64 << 10) == ARCHIVE_OK,
            archive_read_next_header(archive, &entry) == ARCHIVE_OK
        else { throw .altered(path: path, why: "it cannot be unpacked again") }
        try checkFill(archive, behind: end, shape, path)
        var status = stat()
        guard fstat(descriptor, &status) == 0,
            archive_filter_bytes(archive, -1) == la_int64_t(status.st_size)
        else { throw .altered(path: path, why: "something stands behind its packed bytes") }
    }

    /// A name, a comment or a time in the first packed head; ours has none.
    private static func checkHead(
        _ descriptor: Int32, path: String, gate: CallGate
    ) throws(BundleFailure) {
        let head: [UInt8]
        do throws(SystemFailure) {
            head = try gate.read(descriptor, at: 0, count: 8, path: path)
        } catch { throw .system(error) }
        guard head == ContentSniff.gzip + [8, 0, 0, 0, 0, 0] else {
            throw .altered(path: path, why: "something stands in the head of its packed bytes")
        }
    }

    private static func checkFill(
        _ archive: OpaquePointer, behind end: Int, _ expected: TarShape, _ path: String
    ) throws(BundleFailure) {
        var shape = expected
        var chunk = [UInt8](repeating: 0, count: chunkBytes)
        var at = 0
        while true {
            let got = chunk.withUnsafeMutableBytes {
                archive_read_data(archive, $0.baseAddress, $0.count)
            }
            guard got >= 0 else { throw .altered(path: path, why: "its packed bytes are broken") }
            if got == 0 { return }
            let first = max(0, min(got, end - at))
            guard shape.take(chunk[..<first]) else {
                throw .altered(path: path, why: "something stands between its members")
            }
            at += got
            guard chunk[first..<got].allSatisfy({ $0 == 0 }), at <= end + fillMax else {
                throw .altered(path: path, why: "something stands behind its last member")
            }
        }
    }
}
