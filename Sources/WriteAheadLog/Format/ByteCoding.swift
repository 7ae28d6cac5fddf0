// Little-endian integers in and out of bytes, and the checksum over them.

import CHardware
import Glibc

/// Appends little-endian values to a buffer.
struct ByteWriter {
    var bytes: [UInt8] = []

    mutating func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func append(bytes more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

    static func bytes(of value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}

extension UnsafeRawBufferPointer {
    /// A little-endian value; the caller has checked that it lies within the buffer.
    @inline(__always)
    func little<Value: FixedWidthInteger>(_ offset: Int, as type: Value.Type) -> Value {
        Value(littleEndian: loadUnaligned(fromByteOffset: offset, as: type))
    }

    /// The bytes of a range, with the range cut to what exists.
    func slice(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[range.clamped(to: 0..<count)])
    }

    /// Whether these are exactly those bytes.
    func isSame(as other: [UInt8]) -> Bool {
        other.withUnsafeBytes { bytes in
            guard let mine = baseAddress, let theirs = bytes.baseAddress, count == bytes.count
            else { return count == bytes.count }
            return memcmp(mine, theirs, count) == 0
        }
    }

    var isAllZero: Bool { aura_all_zero(baseAddress, count) }
}

/// CRC32C over bytes.
enum Checksum {
    static func of(_ bytes: UnsafeRawBufferPointer, from seed: UInt32 = 0) -> UInt32 {
        aura_crc32c(seed, bytes.baseAddress, bytes.count)
    }

    static func of(_ bytes: [UInt8], from seed: UInt32 = 0) -> UInt32 {
        bytes.withUnsafeBytes { of($0, from: seed) }
    }

    /// The value every checksum of a segment starts from, so that a record fits no other segment.
    static func seed(salt: UInt64) -> UInt32 { of(ByteWriter.bytes(of: salt)) }
}
