// How a record lies in a file. All integers little-endian, records aligned to 8, padding zero.
//
//   0 u32 payload length (0 = end)          20 u16 type, u16 flags
//   4 u32 payload CRC: salt, 8..31, payload 24 u64 highest LSN durable at encoding
//   8 u64 LSN                               32 u32 header CRC: salt, 0..31, 36..39
//  16 u32 payload CRC of the record before  36 u32 schema
//
// The length is trusted only after the header CRC; a damaged payload leaves the chain walkable,
// because the CRC the next record must name is known from the header.

import CHardware
import Support

enum FrameSize {
    static let header = Int(AURA_FRAME_HEADER_BYTES)
    static let payloadMax = Int(AURA_FRAME_PAYLOAD_MAX)

    /// The room a record takes, padding included.
    static func of(payload: Int) -> Int { header + (payload + 7) & ~7 }
}

/// A record header whose own CRC was right.
struct FrameHeader: Hashable, Sendable {
    var payloadBytes: Int
    var payloadCRC: UInt32
    var lsn: LSN
    var chain: UInt32
    var type: UInt16
    var flags: RecordFlags
    var durable: LSN
    var schema: UInt32

    var frameBytes: Int { FrameSize.of(payload: payloadBytes) }

    /// Reads the header at `offset`; nil when it does not fit, is the end mark, or is damaged.
    init?(_ bytes: UnsafeRawBufferPointer, at offset: Int, seed: UInt32) {
        guard offset >= 0, bytes.count - offset >= FrameSize.header else { return nil }
        let length = Int(bytes.little(offset, as: UInt32.self))
        guard length > 0, length <= FrameSize.payloadMax else { return nil }
        let crc = Checksum.of(
            bytes.slice(offset + 36..<offset + 40),
            from: Checksum.of(bytes.slice(offset..<offset + 32), from: seed))
        guard crc == bytes.little(offset + 32, as: UInt32.self) else { return nil }
        payloadBytes = length
        payloadCRC = bytes.little(offset + 4, as: UInt32.self)
        lsn = LSN(bytes.little(offset + 8, as: UInt64.self))
        chain = bytes.little(offset + 16, as: UInt32.self)
        type = bytes.little(offset + 20, as: UInt16.self)
        flags = RecordFlags(rawValue: bytes.little(offset + 22, as: UInt16.self))
        durable = LSN(bytes.little(offset + 24, as: UInt64.self))
        schema = bytes.little(offset + 36, as: UInt32.self)
    }

    init(
        lsn: LSN, chain: UInt32, type: UInt16, flags: RecordFlags, durable: LSN, schema: UInt32
    ) {
        (payloadBytes, payloadCRC) = (0, 0)
        (self.lsn, self.chain, self.type, self.flags) = (lsn, chain, type, flags)
        (self.durable, self.schema) = (durable, schema)
    }

    /// What lies where the payload should be, compared with what the header promises.
    func payloadState(_ bytes: UnsafeRawBufferPointer, at offset: Int, seed: UInt32)
        -> PayloadState
    {
        guard frameBytes <= bytes.count - offset else { return .cut }
        let start = offset + FrameSize.header
        let crc = Checksum.of(
            bytes.slice(start..<start + payloadBytes),
            from: Checksum.of(bytes.slice(offset + 8..<offset + 32), from: seed))
        guard crc == payloadCRC else { return .damaged }
        let padding = bytes.slice(start + payloadBytes..<offset + frameBytes)
        return padding.isAllZero ? .good : .strayPadding
    }
}

enum PayloadState {
    case good
    /// The record is right, the bytes that fill it up to 8 are not zero.
    case strayPadding
    case damaged
    /// The file ends inside the record.
    case cut
}

/// The inside of a payload: `u32 metadata length, u32 CRC, [u64 salvaged from,] metadata, body`.
enum PayloadLayout {
    static func prefixBytes(salvaged: Bool) -> Int { salvaged ? 16 : 8 }

    struct Parts {
        var salvagedFrom: LSN?
        var metadata: Range<Int>
        var body: Range<Int>
    }

    /// Finds the parts and checks the metadata's own CRC, which holds even where the body is gone.
    static func parts(
        _ bytes: UnsafeRawBufferPointer, payload: Range<Int>, salvaged: Bool
    ) -> Parts? {
        let prefix = prefixBytes(salvaged: salvaged)
        guard payload.upperBound <= bytes.count, payload.count >= prefix else { return nil }
        let length = Int(bytes.little(payload.lowerBound, as: UInt32.self))
        guard length <= payload.count - prefix else { return nil }
        let start = payload.lowerBound + prefix
        let covered = bytes.slice(payload.lowerBound + 8..<start + length)
        let stored = bytes.little(payload.lowerBound + 4, as: UInt32.self)
        guard Checksum.of(covered, from: UInt32(length)) == stored else { return nil }
        return Parts(
            salvagedFrom: salvaged
                ? LSN(bytes.little(payload.lowerBound + 8, as: UInt64.self)) : nil,
            metadata: start..<start + length, body: start + length..<payload.upperBound)
    }

    static func append(
        salvagedFrom: LSN?, metadata: [UInt8], body: [UInt8], to out: inout ByteWriter
    ) {
        let prefix = salvagedFrom.map { ByteWriter.bytes(of: $0.rawValue) } ?? []
        let length = UInt32(metadata.count)
        out.append(length)
        out.append(Checksum.of(metadata, from: Checksum.of(prefix, from: length)))
        out.append(bytes: prefix)
        out.append(bytes: metadata)
        out.append(bytes: body)
    }
}

/// Encodes records one behind the other and keeps the chain between them.
struct FrameEncoder: Sendable {
    let seed: UInt32
    private(set) var chain: UInt32

    init(salt: UInt64, chain: UInt32) {
        seed = Checksum.seed(salt: salt)
        self.chain = chain
    }

    mutating func append(
        _ draft: RecordDraft, lsn: LSN, flags: RecordFlags, durable: LSN, to out: inout ByteWriter
    ) {
        var flags = flags
        if draft.salvagedFrom != nil { flags.insert(.salvaged) }
        let header = FrameHeader(
            lsn: lsn, chain: chain, type: draft.type.rawValue, flags: flags, durable: durable,
            schema: draft.schema)
        append(header, to: &out) { out in
            PayloadLayout.append(
                salvagedFrom: draft.salvagedFrom, metadata: draft.metadata, body: draft.body,
                to: &out)
        }
    }

    /// Appends a record whose payload the closure writes.
    mutating func append(
        _ header: FrameHeader, to out: inout ByteWriter, payload: (inout ByteWriter) -> Void
    ) {
        let start = out.bytes.count
        out.append(bytes: repeatElement(0, count: FrameSize.header))
        payload(&out)
        let length = out.bytes.count - start - FrameSize.header
        out.append(
            bytes: repeatElement(
                0, count: FrameSize.of(payload: length) - FrameSize.header - length))
        out.set(UInt32(length), at: start)
        out.set(header.lsn.rawValue, at: start + 8)
        out.set(chain, at: start + 16)
        out.set(header.type, at: start + 20)
        out.set(header.flags.rawValue, at: start + 22)
        out.set(header.durable.rawValue, at: start + 24)
        out.set(header.schema, at: start + 36)
        chain = out.bytes.withUnsafeBytes { bytes in
            let payload = bytes.slice(start + FrameSize.header..<start + FrameSize.header + length)
            return Checksum.of(
                payload, from: Checksum.of(bytes.slice(start + 8..<start + 32), from: seed))
        }
        out.set(chain, at: start + 4)
        let crc = out.bytes.withUnsafeBytes { bytes in
            Checksum.of(
                bytes.slice(start + 36..<start + 40),
                from: Checksum.of(bytes.slice(start..<start + 32), from: seed))
        }
        out.set(crc, at: start + 32)
    }
}
