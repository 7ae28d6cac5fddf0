// The payload of a SEAL record: what the segment before it holds, in numbers that can be compared.

import Support

struct SealSummary: Hashable, Codable, Sendable {
    var records: UInt64
    var firstLSN: LSN
    var lastLSN: LSN
    /// The bytes before the SEAL record, which are the bytes `digest` covers.
    var bytes: UInt64
    var chain: UInt32
    var digest: ContentDigest

    static let encodedBytes = 68

    func encoded() -> [UInt8] {
        var out = ByteWriter()
        out.append(records)
        out.append(firstLSN.rawValue)
        out.append(lastLSN.rawValue)
        out.append(bytes)
        out.append(chain)
        out.append(bytes: digest.bytes)
        return out.bytes
    }

    init?(_ encoded: [UInt8]) {
        guard encoded.count == Self.encodedBytes,
            let digest = ContentDigest(bytes: encoded[36..<68])
        else { return nil }
        self = encoded.withUnsafeBytes { bytes in
            SealSummary(
                records: bytes.little(0, as: UInt64.self),
                firstLSN: LSN(bytes.little(8, as: UInt64.self)),
                lastLSN: LSN(bytes.little(16, as: UInt64.self)),
                bytes: bytes.little(24, as: UInt64.self),
                chain: bytes.little(32, as: UInt32.self), digest: digest)
        }
    }

    init(
        records: UInt64, firstLSN: LSN, lastLSN: LSN, bytes: UInt64, chain: UInt32,
        digest: ContentDigest
    ) {
        (self.records, self.firstLSN, self.lastLSN) = (records, firstLSN, lastLSN)
        (self.bytes, self.chain, self.digest) = (bytes, chain, digest)
    }

    /// The room a SEAL record takes; every segment keeps it free until it is sealed.
    static let frameBytes = FrameSize.of(
        payload: PayloadLayout.prefixBytes(salvaged: false) + encodedBytes)
}
