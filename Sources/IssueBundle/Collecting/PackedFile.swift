// A log that was rotated and packed with gzip, unpacked as it is read. What it holds is judged again
// by its own first bytes: an archive in it is left out like any other.

import CArchive
import Glibc
import Support

/// Reads what one gzip file holds, within limits.
final class PackedFile {
    /// Unpacked to packed. Zeros reach a thousand, text of a log thirty.
    private static let ratioMax = 200
    private static let ratioFrom = 4 << 20

    private let archive: OpaquePointer
    private let name: String
    private let packedBytes: Int
    private let bytesMax: Int
    private let gate: CallGate
    private var bytes = 0

    /// - Parameter bytesMax: unpacked.
    init(_ file: CollectedFile, bytesMax: Int, gate: CallGate) throws(MemberStop) {
        name = file.name
        packedBytes = max(1, file.bytes)
        self.bytesMax = bytesMax
        self.gate = gate
        do throws(SystemFailure) {
            try gate.call("seek", file.name) { lseek(file.descriptor, 0, SEEK_SET) }
            try gate.pass("allocate", file.name)
        } catch { throw .left(.unreadable, detail: error.reason) }
        guard let archive = archive_read_new() else {
            throw .left(.unreadable, detail: "no memory")
        }
        self.archive = archive
        var entry: OpaquePointer?
        guard archive_read_support_filter_gzip(archive) == ARCHIVE_OK,
            archive_read_support_format_raw(archive) == ARCHIVE_OK,
            archive_read_open_fd(archive, file.descriptor, 64 << 10) == ARCHIVE_OK,
            archive_read_next_header(archive, &entry) == ARCHIVE_OK
        else { throw .left(.packed, detail: "does not unpack") }
    }

    deinit { archive_read_free(archive) }

    /// The next bytes, at most `count`; empty at the end.
    func read(_ count: Int) throws(MemberStop) -> [UInt8] {
        do throws(SystemFailure) { try gate.pass("unpack", name) } catch {
            throw .left(.unreadable, detail: error.reason)
        }
        var piece = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let (archive, start) = (archive, filled)
            let got = piece.withUnsafeMutableBytes {
                archive_read_data(archive, $0.baseAddress?.advanced(by: start), count - start)
            }
            guard got >= 0 else { throw .left(.packed, detail: "does not unpack to its end") }
            if got == 0 { break }
            filled += got
        }
        bytes += filled
        let isBomb = bytes > Self.ratioFrom && bytes / packedBytes > Self.ratioMax
        guard !isBomb, bytes <= bytesMax else {
            throw .left(.packed, detail: "unpacks to far more than a bundle takes")
        }
        if filled < count { piece.removeLast(count - filled) }
        return piece
    }
}
