// The compact binary form of revisions: the postcard wire format (jamesmunns/postcard, 1.0).
//
// Unsigned integers are LEB128, lengths come before their bytes, an option is a 0/1 byte. Reading
// is bounded: a length is checked against the bytes that are left before anything is allocated.

import Support

/// Why bytes are no valid message of this format.
public enum PostcardFailure: Failure, Equatable {
    /// The bytes end in the middle of a field.
    case truncated(field: String, offset: Int)
    /// A field holds a value the format does not allow.
    case invalid(field: String, offset: Int)
    /// Bytes are left over after the last field.
    case trailing(count: Int)

    public var subject: String { "pack" }
    public var reason: String {
        switch self {
        case .truncated(let field, let offset): "ends inside \(field) at byte \(offset)"
        case .invalid(let field, let offset): "holds an invalid \(field) at byte \(offset)"
        case .trailing(let count): "has \(count) bytes after its last field"
        }
    }
    public var nextStep: String { "check that both sides run the same release" }
}

/// A value with a postcard form.
public protocol PostcardCodable: Sendable {
    func encode(into writer: inout PostcardWriter)
    init(from reader: inout PostcardReader) throws(PostcardFailure)
}

extension PostcardCodable {
    /// The value as postcard bytes.
    public var postcard: [UInt8] {
        var writer = PostcardWriter()
        encode(into: &writer)
        return writer.bytes
    }

    /// Decodes a value that fills `bytes` exactly.
    public init(postcard bytes: [UInt8]) throws(PostcardFailure) {
        var reader = PostcardReader(bytes)
        try self.init(from: &reader)
        try reader.finish()
    }
}

/// Builds postcard bytes.
public struct PostcardWriter: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init() {}

    /// A varint: seven bits a byte, the lowest first.
    public mutating func write(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// Zigzag, so that small negative numbers stay short.
    public mutating func write(_ value: Int64) {
        write(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
    }

    public mutating func write(_ value: Bool) { bytes.append(value ? 1 : 0) }

    /// A count and the bytes.
    public mutating func write(_ value: [UInt8]) {
        write(UInt64(value.count))
        bytes += value
    }

    /// UTF-8, as bytes.
    public mutating func write(_ value: String) { write(Array(value.utf8)) }

    /// Bytes of a length both sides know.
    public mutating func writeFixed(_ value: [UInt8]) { bytes += value }

    public mutating func write<Value: PostcardCodable>(_ value: Value) { value.encode(into: &self) }

    /// A byte that says whether there is one, then the value.
    public mutating func writeOptional<Value>(
        _ value: Value?, _ body: (inout PostcardWriter, Value) -> Void
    ) {
        write(value != nil)
        if let value { body(&self, value) }
    }

    /// A count, then the elements.
    public mutating func writeArray<Value>(
        _ values: [Value], _ body: (inout PostcardWriter, Value) -> Void
    ) {
        write(UInt64(values.count))
        for value in values { body(&self, value) }
    }
}

/// Takes postcard bytes apart, never past their end.
public struct PostcardReader: Sendable {
    private let bytes: [UInt8]
    public private(set) var offset = 0

    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    public var remaining: Int { bytes.count - offset }

    /// A varint of at most ten bytes. `field` names the place in a failure, here and below.
    public mutating func readUnsigned(_ field: String) throws(PostcardFailure) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            guard remaining > 0 else { throw .truncated(field: field, offset: offset) }
            let byte = bytes[offset]
            if shift == 63 && byte > 1 { throw .invalid(field: field, offset: offset) }
            offset += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw .invalid(field: field, offset: offset)
    }

    public mutating func readSigned(_ field: String) throws(PostcardFailure) -> Int64 {
        let raw = try readUnsigned(field)
        return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
    }

    public mutating func readBool(_ field: String) throws(PostcardFailure) -> Bool {
        guard remaining > 0 else { throw .truncated(field: field, offset: offset) }
        guard bytes[offset] <= 1 else { throw .invalid(field: field, offset: offset) }
        offset += 1
        return bytes[offset - 1] == 1
    }

    /// So many bytes.
    public mutating func readFixed(
        _ count: Int, _ field: String
    ) throws(PostcardFailure) -> [UInt8] {
        guard count <= remaining else { throw .truncated(field: field, offset: offset) }
        defer { offset += count }
        return Array(bytes[offset..<offset + count])
    }

    public mutating func readBytes(_ field: String) throws(PostcardFailure) -> [UInt8] {
        let count = try readUnsigned(field)
        guard count <= UInt64(remaining) else { throw .truncated(field: field, offset: offset) }
        return try readFixed(Int(count), field)
    }

    /// Text; bytes that are no UTF-8 are refused.
    public mutating func readString(_ field: String) throws(PostcardFailure) -> String {
        let start = offset
        guard let text = String(validating: try readBytes(field), as: UTF8.self) else {
            throw .invalid(field: field, offset: start)
        }
        return text
    }

    public mutating func readOptional<Value>(
        _ field: String, _ body: (inout PostcardReader) throws(PostcardFailure) -> Value
    ) throws(PostcardFailure) -> Value? {
        try readBool(field) ? try body(&self) : nil
    }

    /// Every element takes at least one byte, so a hostile count ends at the end of the bytes.
    public mutating func readArray<Value>(
        _ field: String, _ body: (inout PostcardReader) throws(PostcardFailure) -> Value
    ) throws(PostcardFailure) -> [Value] {
        let count = try readUnsigned(field)
        guard count <= UInt64(remaining) else { throw .truncated(field: field, offset: offset) }
        var values: [Value] = []
        for _ in 0..<count { values.append(try body(&self)) }
        return values
    }

    /// Throws when bytes are left.
    public func finish() throws(PostcardFailure) {
        if remaining > 0 { throw .trailing(count: remaining) }
    }
}
