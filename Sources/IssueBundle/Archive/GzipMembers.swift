// A stream packed as gzip members in a row, one a mebibyte, several at a time. A row of members is a
// gzip file like any other (RFC 1952, 2.2), and where one ends depends on the bytes alone: same
// bytes, same file, on any number of processors.

import CISAL
import Dispatch
import Support
import Synchronization

/// Packs bytes and hands them on in order.
final class GzipMembers {
    /// Unpacked bytes of a member. A smaller one packs worse, a larger one takes more memory.
    static let memberBytes = 1 << 20
    /// Two for each processor of a small machine: memory stays bounded on a large one.
    private static let membersAtATime = 4

    private let path: String
    private let room: @Sendable (Int) -> Int
    private let write: ([UInt8]) throws(SystemFailure) -> Void
    private var waiting: [[UInt8]] = []
    /// Room of chunks that were packed: fresh memory costs as much as a third of the packing.
    private var spare: [[UInt8]] = []
    private(set) var bytes = 0

    /// - Parameters:
    ///   - room: for a member of so many bytes once it is packed.
    ///   - write: takes what is packed, member by member.
    init(
        path: String, room: @escaping @Sendable (Int) -> Int = GzipMembers.room(for:),
        write: @escaping ([UInt8]) throws(SystemFailure) -> Void
    ) {
        self.path = path
        self.room = room
        self.write = write
    }

    /// What does not pack is stored: five bytes more for every 64 KiB, and the head.
    static func room(for count: Int) -> Int { count + count / 1024 + 4096 }

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
        let (chunks, room) = (waiting, room)
        waiting = []
        let packed = Mutex([Int: Result<[UInt8], PackFailure>]())
        DispatchQueue.concurrentPerform(iterations: chunks.count) { index in
            let member = Result { () throws(PackFailure) in
                try Self.member(of: chunks[index], room: room(chunks[index].count))
            }
            packed.withLock { $0[index] = member }
        }
        let members = packed.withLock { $0 }
        for index in chunks.indices {
            let member: [UInt8]
            do throws(PackFailure) {
                member = try (members[index] ?? .failure(PackFailure(code: COMP_OK))).get()
            } catch { throw .archive(path: path, operation: "pack", why: error.reason) }
            bytes += member.count
            do throws(SystemFailure) { try write(member) } catch { throw .system(error) }
        }
        spare = chunks
        for index in spare.indices { spare[index].removeAll(keepingCapacity: true) }
    }

    /// One member; throws why there is none.
    private static func member(
        of chunk: [UInt8], room capacity: Int
    ) throws(PackFailure) -> [UInt8] {
        var code = AURA_GZIP_NO_MEMORY
        let packed = [UInt8](unsafeUninitializedCapacity: capacity) { room, filled in
            var used: UInt32 = 0
            code = aura_gzip_member(
                chunk, UInt32(chunk.count), room.baseAddress, UInt32(capacity), &used)
            // Nothing counts that the library did not finish.
            filled = code == COMP_OK ? Int(used) : 0
        }
        guard code == COMP_OK else { throw PackFailure(code: code) }
        return packed
    }
}

/// What the library answered instead of a member.
private struct PackFailure: Error {
    let code: Int32

    var reason: String {
        switch code {
        case AURA_GZIP_NO_MEMORY: "no memory"
        case AURA_GZIP_UNFINISHED: "not all was packed"
        case STATELESS_OVERFLOW: "it grew instead of shrinking"
        default: "the compressor answered \(code)"
        }
    }
}
