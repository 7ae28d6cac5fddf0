// Numbers, texts and lists as bytes, for the cache's entries.

/// Writes the parts of a cache entry.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    mutating func write(_ value: Int) {
        var rest = UInt64(bitPattern: Int64(value))
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func write(_ value: Bool) { bytes.append(value ? 1 : 0) }

    mutating func write(fixed value: UInt64, count: Int) {
        for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
    }

    mutating func write(raw value: [UInt8]) { bytes += value }

    mutating func write(_ value: String) {
        write(value.utf8.count)
        bytes += value.utf8
    }

    mutating func write(_ values: [String]) {
        write(values.count)
        for value in values { write(value) }
    }

    mutating func write(_ range: Range<Int>) {
        write(range.lowerBound)
        write(range.count)
    }

    mutating func write<Value>(
        _ value: Value?, _ writeValue: (inout ByteWriter, Value) -> Void
    ) {
        write(value != nil)
        if let value { writeValue(&self, value) }
    }
}

/// A cache entry that does not read as one.
struct DamagedEntry: Error {}

/// Reads what ``ByteWriter`` wrote; throws where the bytes cannot be that.
struct ByteReader {
    private let bytes: [UInt8]
    private var position: Int

    init(_ bytes: [UInt8], from position: Int = 0) {
        self.bytes = bytes
        self.position = position
    }

    var isAtEnd: Bool { position == bytes.count }

    mutating func int() throws(DamagedEntry) -> Int {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            let byte = try self.byte()
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return Int(Int64(bitPattern: value)) }
        }
        throw DamagedEntry()
    }

    /// A number of things of at least `size` bytes each: never more than the bytes that are left.
    mutating func count(ofSize size: Int = 1) throws(DamagedEntry) -> Int {
        let count = try int()
        guard count >= 0, count <= (bytes.count - position) / size else { throw DamagedEntry() }
        return count
    }

    mutating func bool() throws(DamagedEntry) -> Bool { try byte() != 0 }

    mutating func fixed(_ count: Int) throws(DamagedEntry) -> UInt64 {
        try raw(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func raw(_ count: Int) throws(DamagedEntry) -> [UInt8] {
        guard count <= bytes.count - position else { throw DamagedEntry() }
        defer { position += count }
        return Array(bytes[position..<(position + count)])
    }

    mutating func string() throws(DamagedEntry) -> String {
        let count = try count()
        defer { position += count }
        return String(decoding: bytes[position..<(position + count)], as: UTF8.self)
    }

    mutating func strings() throws(DamagedEntry) -> [String] {
        let count = try count()
        var values: [String] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try string()) }
        return values
    }

    mutating func range() throws(DamagedEntry) -> Range<Int> {
        let (lower, count) = (try int(), try int())
        guard lower >= 0, count >= 0, lower <= Int(UInt32.max), count <= Int(UInt32.max) else {
            throw DamagedEntry()
        }
        return lower..<(lower + count)
    }

    mutating func optional<Value>(
        _ read: (inout ByteReader) throws(DamagedEntry) -> Value
    ) throws(DamagedEntry) -> Value? {
        try bool() ? try read(&self) : nil
    }

    private mutating func byte() throws(DamagedEntry) -> UInt8 {
        guard position < bytes.count else { throw DamagedEntry() }
        defer { position += 1 }
        return bytes[position]
    }
}
