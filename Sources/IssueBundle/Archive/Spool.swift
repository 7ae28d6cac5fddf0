// Where members wait until the archive can be written: a tar names a member's size before its
// bytes, and names come in order. On disk, so that memory stays small whatever is collected.
//
// The spool takes redacted bytes and nothing else, and so does everything that is fed from it.

import Glibc
import Redaction
import Support
import Synchronization

/// Redacted bytes on their way; its files have no name and go with the process.
final class Spool: Sendable {
    /// Part of the spool. Made by it alone, so whoever holds one holds redacted bytes.
    struct Region: Hashable, Sendable {
        fileprivate let lane: Int
        fileprivate(set) var start: Int
        fileprivate(set) var bytes: Int

        static let chunkBytes = 1 << 20
    }

    /// A file in which one region after the other grows; several at a time need several.
    private struct Lane {
        /// Nil for a spool that only counts.
        let descriptor: Int32?
        var end = 0
    }

    private let lanes: Mutex<[Lane]>
    private let target: String
    private let path: String
    private let isDry: Bool
    private let gate: CallGate

    /// - Parameters:
    ///   - target: the spool lies on its file system.
    ///   - isDry: counts, and writes nothing anywhere.
    init(beside target: String, isDry: Bool = false, gate: CallGate) throws(SystemFailure) {
        self.target = target
        path = PathName.parent(of: target)
        self.isDry = isDry
        self.gate = gate
        lanes = Mutex([])
        try open(lanes: 1)
    }

    deinit {
        for case let descriptor? in lanes.withLock({ $0.map(\.descriptor) }) { close(descriptor) }
    }

    /// Opens lanes until there are so many.
    func open(lanes count: Int) throws(SystemFailure) {
        while lanes.withLock({ $0.count }) < count {
            let descriptor = isDry ? nil : try OutputFile.scratch(beside: target, gate: gate)
            lanes.withLock { $0.append(Lane(descriptor: descriptor)) }
        }
    }

    private func lane(_ number: Int) -> Lane { lanes.withLock { $0[number] } }

    /// An empty region at the end of a lane.
    func open(in number: Int = 0) -> Region {
        Region(lane: number, start: lane(number).end, bytes: 0)
    }

    /// Adds to a region; only the newest one of its lane can grow.
    func append(_ redacted: Redacted, to region: inout Region) throws(SystemFailure) {
        let lane = lane(region.lane)
        precondition(region.start + region.bytes == lane.end, "only the newest region grows")
        guard !redacted.bytes.isEmpty else { return }
        if let descriptor = lane.descriptor {
            try gate.write(redacted.bytes, to: descriptor, path: path)
        }
        let number = region.lane
        lanes.withLock { $0[number].end += redacted.bytes.count }
        region.bytes += redacted.bytes.count
    }

    /// Fails unless there is room for the bytes.
    func require(room bytes: Int) throws(SystemFailure) {
        guard let descriptor = lane(0).descriptor else { return }
        try Room.require(bytes, on: descriptor, path: path, gate: gate)
    }

    /// Gives a region up. Its bytes are overwritten by the next one.
    func discard(_ region: Region) throws(SystemFailure) {
        if let descriptor = lane(region.lane).descriptor {
            try gate.call("seek", path) { lseek(descriptor, off_t(region.start), SEEK_SET) }
        }
        lanes.withLock { $0[region.lane].end = region.start }
    }

    /// Reads a region from its beginning to its end.
    func read(
        _ region: Region, _ take: ([UInt8]) throws(BundleFailure) -> Void
    ) throws(BundleFailure) {
        var at = 0
        while at < region.bytes {
            let chunk = try read(region, at, min(Region.chunkBytes, region.bytes - at))
            try take(chunk)
            at += chunk.count
        }
    }

    private func read(
        _ region: Region, _ offset: Int, _ count: Int
    ) throws(BundleFailure) -> [UInt8] {
        do throws(SystemFailure) {
            let lost = SystemFailure(operation: "read", path: path, code: EIO)
            guard let descriptor = lane(region.lane).descriptor else { throw lost }
            let chunk = try gate.read(
                descriptor, at: region.start + offset, count: count, path: path)
            guard chunk.count == count else { throw lost }
            return chunk
        } catch { throw .system(error) }
    }

    /// The digest of a region's bytes.
    func digest(_ region: Region) throws(BundleFailure) -> ContentDigest {
        var hasher = ContentHasher()
        try read(region) { (chunk) throws(BundleFailure) in hasher.update(chunk) }
        return hasher.finish()
    }

    /// The part of a region that begins with the first whole line behind `dropped` bytes.
    func withoutBeginning(
        of region: Region, dropped: Int
    ) throws(BundleFailure) -> Region {
        var at = min(max(0, dropped - 1), region.bytes)
        while at < region.bytes {
            let chunk = try read(region, at, min(64 << 10, region.bytes - at))
            if let newline = chunk.firstIndex(of: 0x0A) {
                at += newline + 1
                return Region(
                    lane: region.lane, start: region.start + at, bytes: region.bytes - at)
            }
            at += chunk.count
        }
        return Region(lane: region.lane, start: region.start + region.bytes, bytes: 0)
    }
}
