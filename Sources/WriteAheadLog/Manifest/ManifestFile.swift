// The manifest on disk: entries are appended and synced one by one, before anything relies on them.
//
// Space is reserved ahead without changing the file's size, so that a segment can still be sealed
// on a full disk. After an error of the disk the file is not written again: a new one with all
// entries takes its place, the old one is kept in quarantine.

import Glibc
import Support

struct ManifestFile: Sendable {
    private static let reservedBytes = 64 << 10
    private static let temporaryName = "MANIFEST.tmp"

    private let folder: LogFolder
    let header: SegmentHeader
    private(set) var entries: [ManifestEntry]
    private var descriptor: Int32 = -1
    private var encoder: FrameEncoder
    private var sequence: LSN
    private var offset: UInt64 = 0
    private var reserved: UInt64 = 0
    /// The file is not written or synced again: its sync failed, or a write did for another reason
    /// than space. What of its last bytes is on the disk, nobody knows.
    private var isSpent = false

    /// Opens the manifest as it was read.
    init(opening image: ManifestImage, in folder: LogFolder) throws(LogFailure) {
        self.folder = folder
        (header, entries) = (image.header, image.entries)
        encoder = FrameEncoder(salt: header.salt, chain: image.chain)
        sequence = image.nextSequence
        try openForAppending()
    }

    /// Makes a manifest with these entries; whatever has its name is copied away first.
    init(
        replacingWith entries: [ManifestEntry], logID: LogID, salt: UInt64, durable: LSN,
        in folder: LogFolder, clock: any Clock
    ) throws(LogFailure) {
        self.folder = folder
        header = SegmentHeader(
            magic: SegmentHeader.manifestMagic, logID: logID, number: SegmentNumber(0),
            firstLSN: .first, epoch: Epoch(rawValue: 0), salt: salt, capacity: 0,
            created: clock.now)
        self.entries = entries
        encoder = FrameEncoder(salt: salt, chain: header.checksum)
        sequence = .first
        let bytes = try ManifestCodec.encode(
            entries, with: &encoder, from: &sequence, durable: durable)
        let name = ManifestCodec.fileName
        if folder.exists(name) {
            _ = try Quarantine(of: folder, clock: clock, code: "manifest").keep([name])
        }
        try folder.remove(Self.temporaryName)
        try folder.create(Self.temporaryName, bytes: header.block() + bytes)
        try folder.replace(name, with: Self.temporaryName)
        try folder.sync()
        try openForAppending()
    }

    func close() { folder.disk.close(descriptor) }

    /// Appends entries and makes them durable.
    mutating func append(
        _ more: [ManifestEntry], durable: LSN, clock: any Clock, salt: UInt64
    ) throws(LogFailure) {
        if !isSpent {
            do throws(LogFailure) {
                try write(more, durable: durable)
                entries += more
                return
            } catch {
                if error.isDiskFull, !isSpent { throw error }
                isSpent = true
            }
        }
        // Stays open until it has a successor: its number must not come to mean another file.
        let spent = descriptor
        self = try ManifestFile(
            replacingWith: entries + more, logID: header.logID, salt: salt, durable: durable,
            in: folder, clock: clock)
        folder.disk.close(spent)
    }

    /// One sync an entry: of two written together a power cut could keep the second alone, which
    /// looks like damage to the first.
    private mutating func write(_ more: [ManifestEntry], durable: LSN) throws(LogFailure) {
        for entry in more { try write(entry, durable: durable) }
    }

    private mutating func write(_ entry: ManifestEntry, durable: LSN) throws(LogFailure) {
        var (nextEncoder, nextSequence) = (encoder, sequence)
        let bytes = try ManifestCodec.encode(
            [entry], with: &nextEncoder, from: &nextSequence, durable: durable)
        try reserve(bytes.count)
        try folder.writeAll(bytes, to: descriptor, at: offset, name: ManifestCodec.fileName)
        // Also when it says that space is missing.
        isSpent = true
        try folder.syncData(descriptor, ManifestCodec.fileName)
        isSpent = false
        (encoder, sequence) = (nextEncoder, nextSequence)
        offset += UInt64(bytes.count)
    }

    /// Keeps space ahead; file systems that cannot reserve just grow the file.
    private mutating func reserve(_ count: Int) throws(LogFailure) {
        let wanted = offset + UInt64(count)
        guard wanted + UInt64(Self.reservedBytes / 2) > reserved else { return }
        let count = Self.reservedBytes
        if folder.disk.reserve(descriptor, from: Int(wanted), count: count) == 0 {
            reserved = wanted + UInt64(Self.reservedBytes)
        } else if wanted > reserved, errno == ENOSPC || errno == EDQUOT {
            throw .diskFull(folder: folder.path)
        }
    }

    private mutating func openForAppending() throws(LogFailure) {
        descriptor = try folder.open(ManifestCodec.fileName, O_RDWR)
        let end = folder.disk.facts(of: descriptor)?.size ?? 0
        offset = UInt64(max(end, SegmentHeader.blockBytes) + 7) & ~7
        reserved = 0
    }
}
