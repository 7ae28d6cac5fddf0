// A tar.gz read member by member, within limits, without writing anything.
//
// The file may come from anybody. Only gzip and tar are switched on in the library; links,
// folders, devices, paths that lead elsewhere and sizes that no bundle has end the reading.

import CArchive
import Glibc
import Support

/// What a bundle may be at most.
struct ArchiveLimits: Sendable {
    var membersMax = 10_000
    var nameBytesMax = 512
    /// Of one member, unpacked.
    var memberBytesMax = 1 << 30
    /// Of all members.
    var bytesMax = 4 << 30
    /// Unpacked to packed, once more than ``ratioFrom`` was unpacked; nil for a file of our own.
    var ratioMax: Int? = 500
    var ratioFrom = 64 << 20

    static let foreign = ArchiveLimits()
    static let own = ArchiveLimits(ratioMax: nil)
}

/// The reading of one archive.
final class ArchiveStream {
    struct Member: Sendable {
        let name: String
        let bytes: Int
    }

    private let archive: OpaquePointer
    private let path: String
    private let limits: ArchiveLimits
    private let gate: CallGate
    private var members = 0
    private var bytes = 0
    private var memberBytes = 0
    private var names: Set<String> = []

    /// - Parameter descriptor: read from its position on; stays open.
    init(
        _ descriptor: Int32, path: String, limits: ArchiveLimits, gate: CallGate = .open
    ) throws(BundleFailure) {
        do throws(SystemFailure) { try gate.pass("allocate", path) } catch { throw .system(error) }
        guard let archive = archive_read_new() else {
            throw .archive(path: path, operation: "open", why: "no memory")
        }
        self.archive = archive
        self.path = path
        self.limits = limits
        self.gate = gate
        do throws(SystemFailure) { try gate.pass("read", path) } catch { throw .system(error) }
        guard archive_read_support_filter_gzip(archive) == ARCHIVE_OK,
            archive_read_support_format_tar(archive) == ARCHIVE_OK,
            archive_read_open_fd(archive, descriptor, 64 << 10) == ARCHIVE_OK
        else { throw refusal() }
    }

    deinit { archive_read_free(archive) }

    /// Bytes of the archive, unpacked, that were read so far.
    var unpackedBytes: Int { Int(archive_filter_bytes(archive, 0)) }

    /// The next member; nil at the end.
    func next() throws(BundleFailure) -> Member? {
        try pass()
        var entry: OpaquePointer?
        let status = archive_read_next_header(archive, &entry)
        if status == ARCHIVE_EOF { return nil }
        guard status == ARCHIVE_OK, let entry else { throw refusal() }
        members += 1
        memberBytes = 0
        guard members <= limits.membersMax else { throw hostile("it has too many members") }
        let member = try read(entry)
        guard names.insert(member.name).inserted else {
            throw hostile("\(member.name) is in it twice")
        }
        return member
    }

    private func read(_ entry: OpaquePointer) throws(BundleFailure) -> Member {
        guard let pointer = archive_entry_pathname(entry) else {
            throw hostile("a member has no name")
        }
        let length = strlen(pointer)
        guard length > 0, length <= limits.nameBytesMax else {
            throw hostile("a member's name is too long")
        }
        let name = String(cString: pointer)
        guard Self.isPlain(name) else { throw hostile("a member's name leads elsewhere") }
        guard archive_entry_filetype(entry) == mode_t(Glibc.S_IFREG),
            archive_entry_hardlink(entry) == nil, archive_entry_symlink(entry) == nil
        else { throw hostile("\(name) is no regular file") }
        guard archive_entry_size_is_set(entry) != 0, archive_entry_sparse_count(entry) == 0
        else { throw hostile("\(name) has no plain size") }
        let size = archive_entry_size(entry)
        guard size >= 0, size <= limits.memberBytesMax else {
            throw hostile("\(name) is too large")
        }
        return Member(name: name, bytes: Int(size))
    }

    /// Printable ASCII, relative, downwards.
    private static func isPlain(_ name: String) -> Bool {
        guard name.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x5C }) else {
            return false
        }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        return parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
    }

    /// The next bytes of the member, at most `count`, behind `carried`; nothing behind it at its end.
    func read(_ count: Int, behind carried: [UInt8] = []) throws(BundleFailure) -> [UInt8] {
        try pass()
        var got = 0
        let archive = archive
        // Never filled with zeros first: what is read is most of what a search costs beside itself.
        let chunk = [UInt8](unsafeUninitializedCapacity: carried.count + count) { room, filled in
            let end = room.initialize(fromContentsOf: carried)
            got = archive_read_data(archive, room.baseAddress?.advanced(by: end), count)
            filled = end + max(0, got)
        }
        guard got >= 0 else { throw refusal() }
        memberBytes += got
        bytes += got
        guard memberBytes <= limits.memberBytesMax, bytes <= limits.bytesMax else {
            throw hostile("it unpacks to too much")
        }
        if let ratioMax = limits.ratioMax, bytes > limits.ratioFrom {
            let packed = max(1, Int(archive_filter_bytes(archive, -1)))
            guard bytes / packed <= ratioMax else {
                throw hostile("it unpacks to far more than it is")
            }
        }
        return chunk
    }

    /// The rest of the member, when it is not longer than `limit`.
    func readAll(_ member: Member, limit: Int) throws(BundleFailure) -> [UInt8] {
        guard member.bytes <= limit else { throw hostile("\(member.name) is too large") }
        var content: [UInt8] = []
        while true {
            let chunk = try read(min(1 << 20, max(1, member.bytes - content.count + 1)))
            if chunk.isEmpty { break }
            content += chunk
        }
        return content
    }

    private func pass() throws(BundleFailure) {
        do throws(SystemFailure) { try gate.pass("read", path) } catch { throw .system(error) }
    }

    private func hostile(_ why: String) -> BundleFailure { .refused(path: path, why: why) }

    private func refusal() -> BundleFailure {
        let why = archive_error_string(archive).map { String(cString: $0) } ?? "it is damaged"
        return .refused(path: path, why: "is no bundle: \(NameText.words(why))")
    }
}

extension NameText {
    /// A foreign message without anything that could steer a terminal.
    static func words(_ text: String) -> String {
        String(
            text.unicodeScalars.prefix(200).map {
                (0x20...0x7E).contains($0.value) ? Character($0) : "?"
            })
    }
}
