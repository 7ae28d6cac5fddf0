// Writes the tar.gz. Same members, same bytes: names in order, one time, no owner, no name in the
// gzip header. Every answer of the library is looked at; a short write of a member is an error
// here although the library calls it a success.

import CArchive
import Glibc
import Redaction
import Support

/// One archive being written. Takes redacted values only; the compiler refuses anything else.
final class ArchiveWriter {
    /// What one member is written from.
    struct Member: Sendable {
        let name: Redacted
        let region: Spool.Region
    }

    private let archive: OpaquePointer
    private let sink: Sink
    private let path: String
    private let modifiedAt: Timestamp
    private let gate: CallGate
    private var lastName: [UInt8] = []

    /// Where the library's bytes go; keeps the first error, which the library cannot carry.
    private final class Sink {
        let members: GzipMembers
        var failure: BundleFailure?

        init(_ members: GzipMembers) { self.members = members }
    }

    /// - Parameters:
    ///   - descriptor: written from its position on; stays open.
    ///   - modifiedAt: the time of every member, in whole seconds.
    init(
        to descriptor: Int32, path: String, modifiedAt: Timestamp, gate: CallGate = .open
    ) throws(BundleFailure) {
        do throws(SystemFailure) { try gate.pass("allocate", path) } catch { throw .system(error) }
        guard let archive = archive_write_new() else {
            throw .archive(path: path, operation: "open", why: "no memory")
        }
        self.archive = archive
        self.path = path
        self.modifiedAt = modifiedAt
        self.gate = gate
        let members = GzipMembers(path: path) { (packed) throws(SystemFailure) in
            try gate.write(packed, to: descriptor, path: path)
        }
        sink = Sink(members)
        guard archive_write_set_format_pax_restricted(archive) == ARCHIVE_OK,
            archive_write_set_bytes_per_block(archive, 64 << 10) == ARCHIVE_OK,
            archive_write_set_bytes_in_last_block(archive, 1) == ARCHIVE_OK
        else { throw refusal("set-up") }
        let status = archive_write_open(
            archive, Unmanaged.passUnretained(sink).toOpaque(), nil,
            { _, context, buffer, count in
                guard let context else { return -1 }
                let sink = Unmanaged<Sink>.fromOpaque(context).takeUnretainedValue()
                do throws(BundleFailure) {
                    try sink.members.take(UnsafeRawBufferPointer(start: buffer, count: count))
                    return la_ssize_t(count)
                } catch {
                    sink.failure = sink.failure ?? error
                    return -1
                }
            }, nil)
        guard status == ARCHIVE_OK else { throw refusal("open") }
    }

    /// The library may write a last time here; the sink is still there.
    deinit { archive_write_free(archive) }

    /// Adds a member; names must come in the order of their bytes.
    func add(_ member: Member, from spool: Spool) throws(BundleFailure) {
        let name = member.name.bytes
        guard name.allSatisfy({ (0x21...0x7E).contains($0) }), !name.isEmpty else {
            throw .archive(path: path, operation: "name", why: "a name is not plain ASCII")
        }
        guard lastName.lexicographicallyPrecedes(name) else {
            throw .archive(path: path, operation: "name", why: "names are not in order")
        }
        lastName = name
        try writeHeader(name, bytes: member.region.bytes)
        try spool.read(member.region) { (chunk) throws(BundleFailure) in
            try pass("member")
            let written = chunk.withUnsafeBytes {
                archive_write_data(archive, $0.baseAddress, $0.count)
            }
            guard written == chunk.count else { throw refusal("member") }
        }
        try require(archive_write_finish_entry(archive), "member")
    }

    private func writeHeader(_ name: [UInt8], bytes: Int) throws(BundleFailure) {
        try pass("header")
        guard let entry = archive_entry_new() else {
            throw .archive(path: path, operation: "header", why: "no memory")
        }
        defer { archive_entry_free(entry) }
        archive_entry_set_pathname(entry, String(decoding: name, as: UTF8.self))
        archive_entry_set_size(entry, la_int64_t(bytes))
        archive_entry_set_filetype(entry, UInt32(Glibc.S_IFREG))
        archive_entry_set_perm(entry, 0o644)
        archive_entry_set_uid(entry, 0)
        archive_entry_set_gid(entry, 0)
        archive_entry_set_mtime(entry, time_t(modifiedAt.rawValue / 1000), 0)
        try require(archive_write_header(archive, entry), "header")
    }

    /// Writes what is still held.
    ///
    /// - Returns: the size of the archive.
    func close() throws(BundleFailure) -> Int {
        try pass("close")
        try require(archive_write_close(archive), "close")
        try sink.members.finish()
        return sink.members.bytes
    }

    /// A warning is a failure here: it says that something was not written as asked.
    private func require(_ status: Int32, _ operation: String) throws(BundleFailure) {
        guard status == ARCHIVE_OK else { throw refusal(operation) }
    }

    private func pass(_ operation: String) throws(BundleFailure) {
        do throws(SystemFailure) { try gate.pass("archive \(operation)", path) } catch {
            throw .system(error)
        }
    }

    private func refusal(_ operation: String) -> BundleFailure {
        if let failure = sink.failure { return failure }
        let why = archive_error_string(archive).map { String(cString: $0) } ?? "no reason given"
        return .archive(path: path, operation: operation, why: why)
    }
}
