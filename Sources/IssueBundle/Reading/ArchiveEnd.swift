// What stands behind the last member of an archive. Readers stop there, so whatever somebody puts
// behind it is neither listed nor searched, and is sent along all the same.

import CArchive
import Glibc

enum ArchiveEnd {
    /// Fill blocks behind the end of a tar; other programs write up to 10 KiB.
    private static let fillMax = 1 << 20
    private static let chunkBytes = 1 << 20

    /// Throws unless nothing but zeros follows the members, unpacked, and nothing at all follows the
    /// packed bytes. The file's position is moved.
    ///
    /// - Parameter end: of the archive, unpacked, as its reader came to it.
    /// - Throws: ``BundleFailure/altered(path:why:)``.
    static func check(
        _ descriptor: Int32, path: String, behind end: Int, gate: CallGate
    ) throws(BundleFailure) {
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
        try checkFill(archive, behind: end, path)
        var status = stat()
        guard fstat(descriptor, &status) == 0,
            archive_filter_bytes(archive, -1) == la_int64_t(status.st_size)
        else { throw .altered(path: path, why: "something stands behind its packed bytes") }
    }

    private static func checkFill(
        _ archive: OpaquePointer, behind end: Int, _ path: String
    ) throws(BundleFailure) {
        var chunk = [UInt8](repeating: 0, count: chunkBytes)
        var at = 0
        while true {
            let got = chunk.withUnsafeMutableBytes {
                archive_read_data(archive, $0.baseAddress, $0.count)
            }
            guard got >= 0 else { throw .altered(path: path, why: "its packed bytes are broken") }
            if got == 0 { return }
            let first = max(0, min(got, end - at))
            at += got
            guard chunk[first..<got].allSatisfy({ $0 == 0 }), at <= end + fillMax else {
                throw .altered(path: path, why: "something stands behind its last member")
            }
        }
    }
}
