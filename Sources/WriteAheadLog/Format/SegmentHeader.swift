// The first 4096 bytes of a segment: who it is, where it begins, and where the one before it ends.
//
// The 160 bytes are written twice, at 0 and at 2048, and a third time in the manifest's record of
// the segment: without the salt no record of the segment could be believed, so one damaged sector
// must not cost it. `previous.end` is what makes ends logical: whatever the disk later shows behind
// that offset in the segment before is not part of the log.

import Support

/// The end of a segment as the next one records it.
struct SegmentEnd: Hashable, Codable, Sendable {
    /// The first byte that no longer belongs to the log.
    var offset: UInt64
    /// The last record before it.
    var lastLSN: LSN
    /// That record's payload CRC.
    var chain: UInt32
    /// The digest of the bytes before the SEAL record; nil when it was never sealed.
    var digest: ContentDigest?
}

struct SegmentHeader: Hashable, Sendable {
    static let blockBytes = 4096
    static let copyOffset = 2048
    static let headerBytes = 160
    static let formatMajor: UInt16 = 1
    static let formatMinor: UInt16 = 0
    static let segmentMagic = Array("AURAWAL1".utf8)
    static let manifestMagic = Array("AURAMAN1".utf8)

    var magic = Self.segmentMagic
    var major = Self.formatMajor
    var minor = Self.formatMinor
    var logID: LogID
    var number: SegmentNumber
    var firstLSN: LSN
    var epoch: Epoch
    var salt: UInt64
    var previousNumber: SegmentNumber = SegmentNumber(0)
    var previousEnd = SegmentEnd(offset: 0, lastLSN: .zero, chain: 0)
    /// Everything up to here was durable when the segment was made.
    var durable: LSN = .zero
    /// The bytes it was preallocated with.
    var capacity: UInt64
    /// For people; never used for order.
    var created: Timestamp

    /// The CRC at the end of the header: the chain value that the first record names.
    var checksum: UInt32 { Checksum.of(Array(encoded().dropLast(4))) }

    func encoded() -> [UInt8] {
        var out = ByteWriter()
        out.append(bytes: magic)
        out.append(major)
        out.append(minor)
        out.append(UInt32(Self.headerBytes))
        out.append(bytes: logID.bytes)
        for value in [
            number.rawValue, firstLSN.rawValue, epoch.rawValue, salt, previousNumber.rawValue,
            previousEnd.offset, previousEnd.lastLSN.rawValue,
        ] { out.append(value) }
        out.append(previousEnd.chain)
        out.append(UInt32(previousEnd.digest == nil ? 0 : 1))
        out.append(bytes: previousEnd.digest?.bytes ?? [UInt8](repeating: 0, count: 32))
        out.append(durable.rawValue)
        out.append(capacity)
        out.append(created.rawValue)
        out.append(UInt32(0))
        out.append(Checksum.of(out.bytes))
        return out.bytes
    }

    /// The whole first block.
    func block() -> [UInt8] {
        let header = encoded()
        var block = [UInt8](repeating: 0, count: Self.blockBytes)
        block.replaceSubrange(0..<header.count, with: header)
        block.replaceSubrange(Self.copyOffset..<Self.copyOffset + header.count, with: header)
        return block
    }

    /// Reads one copy; nil when it is cut, damaged or not ours.
    init?(_ bytes: UnsafeRawBufferPointer, at offset: Int = 0, magic: [UInt8] = segmentMagic) {
        guard offset + Self.headerBytes <= bytes.count else { return nil }
        let copy = bytes.slice(offset..<offset + Self.headerBytes)
        guard copy.starts(with: magic),
            Checksum.of(copy.slice(0..<156)) == copy.little(156, as: UInt32.self)
        else { return nil }
        self.magic = magic
        major = copy.little(8, as: UInt16.self)
        minor = copy.little(10, as: UInt16.self)
        logID = LogID(bytes: copy.slice(16..<32))
        number = SegmentNumber(copy.little(32, as: UInt64.self))
        firstLSN = LSN(copy.little(40, as: UInt64.self))
        epoch = Epoch(rawValue: copy.little(48, as: UInt64.self))
        salt = copy.little(56, as: UInt64.self)
        previousNumber = SegmentNumber(copy.little(64, as: UInt64.self))
        previousEnd = SegmentEnd(
            offset: copy.little(72, as: UInt64.self),
            lastLSN: LSN(copy.little(80, as: UInt64.self)),
            chain: copy.little(88, as: UInt32.self),
            digest: copy.little(92, as: UInt32.self) == 0
                ? nil : ContentDigest(bytes: copy.slice(96..<128)))
        durable = LSN(copy.little(128, as: UInt64.self))
        capacity = copy.little(136, as: UInt64.self)
        created = Timestamp(rawValue: copy.little(144, as: Int64.self))
    }

    /// Reads the copy that the manifest keeps.
    init?(hex: String) {
        guard let bytes = Hex.decode(hex) else { return nil }
        guard let header = bytes.withUnsafeBytes({ SegmentHeader($0) }) else { return nil }
        self = header
    }

    init(
        magic: [UInt8] = Self.segmentMagic, logID: LogID, number: SegmentNumber, firstLSN: LSN,
        epoch: Epoch, salt: UInt64, capacity: UInt64, created: Timestamp
    ) {
        self.magic = magic
        self.logID = logID
        (self.number, self.firstLSN, self.epoch) = (number, firstLSN, epoch)
        (self.salt, self.capacity, self.created) = (salt, capacity, created)
    }
}
