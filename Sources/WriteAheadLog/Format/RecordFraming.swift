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
    /// Whether this build can fold the record, or may pass over it.
    var isKnown: Bool { RecordType.isKnown(type, flags) }

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

    /// Writes the inside of a payload to its place, which has exactly the room it needs.
    static func write(
        salvagedFrom: LSN?, metadata: [UInt8], body: [UInt8],
        to payload: UnsafeMutableRawBufferPointer
    ) {
        let prefix = prefixBytes(salvaged: salvagedFrom != nil)
        let length = UInt32(truncatingIfNeeded: metadata.count)
        payload.storeBytes(of: length.littleEndian, as: UInt32.self)
        if let salvagedFrom {
            payload.storeBytes(
                of: salvagedFrom.rawValue.littleEndian, toByteOffset: 8, as: UInt64.self)
        }
        metadata.withUnsafeBytes {
            UnsafeMutableRawBufferPointer(rebasing: payload[prefix...]).copyMemory(from: $0)
        }
        body.withUnsafeBytes {
            UnsafeMutableRawBufferPointer(rebasing: payload[(prefix + metadata.count)...])
                .copyMemory(from: $0)
        }
        let covered = UnsafeRawBufferPointer(rebasing: payload[8..<prefix + metadata.count])
        let crc = Checksum.of(covered, from: length)
        payload.storeBytes(of: crc.littleEndian, toByteOffset: 4, as: UInt32.self)
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

    /// Writes a record to its place, which has exactly the room that ``FrameSize`` says.
    mutating func write(
        _ draft: RecordDraft, lsn: LSN, flags: RecordFlags, durable: LSN,
        to frame: UnsafeMutableRawBufferPointer
    ) {
        write(
            salvagedFrom: draft.salvagedFrom, metadata: draft.metadata, body: draft.body,
            aura_frame_fields(
                length: UInt32(truncatingIfNeeded: draft.payloadBytes), chain: chain,
                sequence: lsn.rawValue, durable: durable.rawValue, type: draft.typeCode,
                flags: flags.union(draft.flags).rawValue, schema: draft.schema),
            to: frame)
    }

    private mutating func write(
        salvagedFrom: LSN?, metadata: [UInt8], body: [UInt8], _ fields: aura_frame_fields,
        to frame: UnsafeMutableRawBufferPointer
    ) {
        guard let start = frame.baseAddress else { return }
        PayloadLayout.write(
            salvagedFrom: salvagedFrom, metadata: metadata, body: body,
            to: UnsafeMutableRawBufferPointer(rebasing: frame[FrameSize.header...]))
        chain = withUnsafePointer(to: fields) {
            aura_frame_finish(start.assumingMemoryBound(to: UInt8.self), seed, $0)
        }
    }

    /// Appends a record to a buffer that grows.
    mutating func append(
        _ draft: RecordDraft, lsn: LSN, flags: RecordFlags, durable: LSN, to out: inout ByteWriter
    ) {
        grow(&out, payload: draft.payloadBytes) {
            $0.write(draft, lsn: lsn, flags: flags, durable: durable, to: $1)
        }
    }

    /// Appends a record that has metadata only, of a kind that the log itself does not know.
    mutating func append(
        type: UInt16, metadata: [UInt8], lsn: LSN, durable: LSN, to out: inout ByteWriter
    ) {
        let payload = PayloadLayout.prefixBytes(salvaged: false) + metadata.count
        grow(&out, payload: payload) {
            $0.write(
                salvagedFrom: nil, metadata: metadata, body: [],
                aura_frame_fields(
                    length: UInt32(truncatingIfNeeded: payload), chain: $0.chain,
                    sequence: lsn.rawValue, durable: durable.rawValue, type: type, flags: 0,
                    schema: 1), to: $1)
        }
    }

    private mutating func grow(
        _ out: inout ByteWriter, payload: Int,
        _ fill: (inout FrameEncoder, UnsafeMutableRawBufferPointer) -> Void
    ) {
        let start = out.bytes.count
        out.bytes += [UInt8](repeating: 0, count: FrameSize.of(payload: payload))
        out.bytes.withUnsafeMutableBytes {
            fill(&self, UnsafeMutableRawBufferPointer(rebasing: $0[start...]))
        }
    }
}
