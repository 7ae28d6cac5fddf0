// The quick look at a segment in which nothing is wrong, which is nearly every look: the file goes
// through a window that stays in the processor's cache, because copying it to memory and fetching it
// again costs more than all checksums. Whatever is not plainly right is left to the whole scan.

import CHardware
import Glibc

struct CleanScan {
    /// Fits the second level of cache of current processors, 1 to 2 MiB, beside what else is in it.
    static let windowBytes = 512 << 10

    private let file: Int32
    private let disk: any LogDisk
    private let size: Int
    private let window: UnsafeMutableRawBufferPointer
    /// The offset in the file of the window's first byte.
    private var base = 0
    /// How much of the window holds bytes of the file.
    private var filled = 0

    init(
        _ file: Int32, on disk: any LogDisk, size: Int, window: UnsafeMutableRawBufferPointer
    ) {
        (self.file, self.disk, self.size, self.window) = (file, disk, size, window)
    }

    private var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(window).slice(0..<filled) }

    /// The bytes of the first block; nil when the file is shorter or refuses to be read.
    mutating func firstBlock() -> UnsafeRawBufferPointer? {
        guard fill(), filled >= SegmentHeader.blockBytes else { return nil }
        return bytes.slice(0..<SegmentHeader.blockBytes)
    }

    /// Scans behind the first block; nil when anything is not as it should be.
    mutating func scan(_ header: SegmentHeader) -> SegmentScan? {
        let seed = Checksum.seed(salt: header.salt)
        var walk = aura_frame_walk(
            offset: UInt64(SegmentHeader.blockBytes), sequence: header.firstLSN.rawValue,
            sequence_limit: .max, durable: header.durable.rawValue, last_offset: 0,
            chain: header.checksum)
        while true {
            let before = walk.sequence
            aura_frames_walk(
                bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64(filled), seed, &walk)
            if base + filled == size { break }
            // The last record stays, because it may be the seal.
            guard walk.sequence > before, advance(to: Int(walk.last_offset), &walk) else { break }
        }
        var result = SegmentScan(chain: walk.chain, durable: LSN(walk.durable))
        if walk.sequence > header.firstLSN.rawValue {
            take(walk, header, seed, into: &result)
        }
        return isZero(from: Int(walk.offset)) ? result : nil
    }

    private func take(
        _ walk: aura_frame_walk, _ header: SegmentHeader, _ seed: UInt32,
        into result: inout SegmentScan
    ) {
        result.end = UInt64(base) + walk.offset
        result.records = walk.sequence - header.firstLSN.rawValue
        result.runs = [
            RecordRun(
                first: header.firstLSN, last: LSN(walk.sequence - 1),
                offset: UInt64(SegmentHeader.blockBytes), end: result.end)
        ]
        result.readSeal(bytes, at: Int(walk.last_offset), seed: seed)
    }

    /// Whether nothing but zeros follows, to the end of the file.
    private func isZero(from offset: Int) -> Bool {
        var rest = self
        guard rest.bytes.slice(offset..<filled).isAllZero else { return false }
        while rest.base + rest.filled < size {
            rest.base += rest.filled
            rest.filled = 0
            guard rest.fill(), rest.bytes.isAllZero else { return false }
        }
        return true
    }

    /// Moves the window so that it begins at this offset of it, and fills it up.
    private mutating func advance(to offset: Int, _ walk: inout aura_frame_walk) -> Bool {
        guard offset > 0, let start = window.baseAddress else { return false }
        memmove(start, start + offset, filled - offset)
        base += offset
        filled -= offset
        walk.offset -= UInt64(offset)
        walk.last_offset = 0
        return fill()
    }

    /// Reads until the window is full or the file ends; false on any error or when it ends early.
    private mutating func fill() -> Bool {
        let wanted = min(window.count, size - base)
        while filled < wanted {
            let room = UnsafeMutableRawBufferPointer(rebasing: window[filled..<wanted])
            let got = disk.read(file, into: room, at: base + filled)
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { return false }
            filled += got
        }
        return true
    }
}
