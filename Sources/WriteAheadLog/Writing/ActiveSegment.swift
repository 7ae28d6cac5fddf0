// The segment that takes records now, and the three ways a segment is touched: made, written,
// sealed. Nothing else ever changes one.

import Glibc
import Support

struct ActiveSegment: Sendable {
    static let temporaryName = "segment.tmp"
    static let spareName = "spare.tmp"

    let header: SegmentHeader
    let descriptor: Int32
    private(set) var offset: UInt64
    private(set) var durableOffset: UInt64
    private(set) var durableLSN: LSN
    private var encoder: FrameEncoder
    private var durableChain: UInt32
    private let digest = BackgroundDigest()
    private(set) var lastLSN: LSN

    var name: String { header.number.fileName }

    /// The end the next segment names, if this one goes no further than what is durable.
    var durableEnd: SegmentEnd {
        SegmentEnd(offset: durableOffset, lastLSN: durableLSN, chain: durableChain)
    }

    /// Makes the segment's file with the records it begins with: complete under a temporary name,
    /// then renamed, so that it is there with all of them or not at all.
    ///
    /// - Parameter checked: read back past the page cache, which lies after an error of the disk.
    init(
        _ header: SegmentHeader, carrying records: [RecordGroup], in folder: LogFolder,
        checked: Bool
    ) throws(LogFailure) {
        self.header = header
        encoder = FrameEncoder(salt: header.salt, chain: header.checksum)
        let bytes = records.encoded(
            with: &encoder, durable: header.durable, head: header.block(), marksEnd: false)
        lastLSN = records.last?.last ?? header.firstLSN.previous
        (offset, durableOffset) = (UInt64(bytes.count), UInt64(bytes.count))
        (durableLSN, durableChain) = (lastLSN, encoder.chain)
        descriptor = try Self.make(bytes, header, in: folder, checked: checked)
        digest.update(bytes)
    }

    private static func make(
        _ bytes: [UInt8], _ header: SegmentHeader, in folder: LogFolder, checked: Bool
    ) throws(LogFailure) -> Int32 {
        let temporary = try prepared(Int(header.capacity), in: folder)
        let file = try folder.open(temporary, O_RDWR)
        do throws(LogFailure) {
            try folder.writeAll(bytes, to: file, at: 0, name: temporary)
            try folder.sync(file, temporary)
            if checked { try PastCache.compare(bytes, with: temporary, in: folder) }
            try folder.rename(temporary, to: header.number.fileName)
            try folder.sync()
            return file
        } catch {
            folder.disk.close(file)
            // Never part of the log; what could not be written is still in memory.
            folder.removeRemains(temporary)
            folder.removeRemains(header.number.fileName)
            throw error
        }
    }

    /// The spare when it is large enough, else a file made now.
    private static func prepared(_ capacity: Int, in folder: LogFolder) throws(LogFailure) -> String
    {
        if folder.size(of: spareName) == capacity { return spareName }
        try allocate(temporaryName, capacity, in: folder)
        return temporaryName
    }

    /// Makes a file of zeros that owns its space.
    static func allocate(_ name: String, _ capacity: Int, in folder: LogFolder) throws(LogFailure) {
        try folder.remove(name)
        do throws(LogFailure) {
            try folder.create(name) { (file) throws(LogFailure) in
                try folder.allocate(file, capacity, name)
            }
        } catch {
            folder.removeRemains(name)
            throw error
        }
    }

    // MARK: Writing

    /// Encodes the records behind each other and writes them with one call.
    mutating func write(
        _ records: [RecordGroup], durable: LSN, in folder: LogFolder
    ) throws(LogFailure) {
        var next = encoder
        let bytes = records.encoded(with: &next, durable: durable, marksEnd: true)
        try folder.writeAll(bytes, to: descriptor, at: offset, name: name)
        encoder = next
        offset += UInt64(bytes.count)
        lastLSN = records.last?.last ?? lastLSN
        digest.update(bytes)
    }

    mutating func sync(in folder: LogFolder) throws(LogFailure) {
        try folder.syncData(descriptor, name)
        (durableOffset, durableLSN, durableChain) = (offset, lastLSN, encoder.chain)
    }

    /// Writes the SEAL, drops the unused space behind it, and makes both durable.
    mutating func seal(_ lsn: LSN, durable: LSN, in folder: LogFolder) throws(LogFailure)
        -> SealedFact
    {
        let summary = SealSummary(
            records: lsn.rawValue - header.firstLSN.rawValue, firstLSN: header.firstLSN,
            lastLSN: lsn.previous, bytes: offset, chain: encoder.chain, digest: digest.finish())
        let draft = RecordDraft(type: .seal, metadata: summary.encoded())
        try write([RecordGroup(lsn, draft)], durable: durable, in: folder)
        try folder.truncate(descriptor, to: offset, name)
        try sync(in: folder)
        return SealedFact(
            segment: header.number, size: offset, firstLSN: header.firstLSN, lastLSN: lsn,
            chain: encoder.chain, digest: summary.digest)
    }

    /// From here on the file is only read.
    func finish(in folder: LogFolder) {
        folder.disk.protect(descriptor)
        folder.disk.close(descriptor)
    }
}

/// Reading what the disk holds, not what the page cache shows.
enum PastCache {
    private static let alignment = 4096

    /// Throws unless the file begins with these bytes on the disk.
    static func compare(
        _ bytes: [UInt8], with name: String, in folder: LogFolder
    ) throws(LogFailure) {
        let file = try folder.openPastCache(name)
        defer { folder.disk.close(file) }
        let size = (bytes.count + alignment - 1) / alignment * alignment
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: alignment)
        defer { buffer.deallocate() }
        var done = 0
        while done < bytes.count {
            let got = try wrapping { () throws(SystemFailure) in
                try retrying("read", folder.path(of: name)) {
                    folder.disk.read(
                        file, into: UnsafeMutableRawBufferPointer(rebasing: buffer[done...]),
                        at: done)
                }
            }
            if got == 0 { break }
            done += got
        }
        let found = UnsafeRawBufferPointer(buffer).slice(0..<bytes.count)
        guard done >= bytes.count, found.isSame(as: bytes) else {
            throw .malformed(
                subject: folder.path(of: name),
                detail: "the disk holds other bytes than were written")
        }
    }
}
