// The numbers of the log, each a type of its own so that none is passed where another is meant.

import Support

/// Position of a record in the log: dense, rising by one, the first record is 1.
public struct LSN: RawRepresentable, Comparable, Hashable, Codable, Sendable,
    CustomStringConvertible
{
    public var rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }
    public init(_ value: UInt64) { rawValue = value }

    /// Before every record; the durable position of an empty log.
    public static let zero = LSN(0)
    public static let first = LSN(1)

    public static func < (left: LSN, right: LSN) -> Bool { left.rawValue < right.rawValue }
    public var description: String { String(rawValue) }

    /// The position after this one.
    public var next: LSN { LSN(rawValue &+ 1) }
    /// The position before this one; zero stays zero.
    public var previous: LSN { LSN(rawValue == 0 ? 0 : rawValue - 1) }
    func advanced(by count: UInt64) -> LSN { LSN(rawValue &+ count) }

    public init(from decoder: any Decoder) throws {
        rawValue = try decoder.singleValueContainer().decode(UInt64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

/// Rises at every opening for writing and at every replaced segment; tells incarnations apart.
public struct Epoch: RawRepresentable, Comparable, Hashable, Codable, Sendable {
    public var rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    public static func < (left: Epoch, right: Epoch) -> Bool { left.rawValue < right.rawValue }
    var next: Epoch { Epoch(rawValue: rawValue &+ 1) }
}

/// The number in a segment's file name; rises by one, begins with 1.
public struct SegmentNumber: RawRepresentable, Comparable, Hashable, Codable, Sendable,
    CustomStringConvertible
{
    public var rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }
    public init(_ value: UInt64) { rawValue = value }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    public var description: String { fileName }
    public var next: SegmentNumber { SegmentNumber(rawValue &+ 1) }

    /// `segment-000007.log`; more digits when six do not suffice.
    public var fileName: String {
        let digits = String(rawValue)
        return "segment-\(String(repeating: "0", count: max(0, 6 - digits.count)))\(digits).log"
    }

    /// Reads a file name; nil when it is not exactly one that ``fileName`` makes.
    public init?(fileName: String) {
        guard fileName.hasPrefix("segment-"), fileName.hasSuffix(".log"),
            let value = UInt64(fileName.dropFirst(8).dropLast(4)), value > 0
        else { return nil }
        self.init(value)
        guard self.fileName == fileName else { return nil }
    }
}

/// Names one history of records; a reset begins a new one.
public struct LogID: Hashable, Codable, Sendable, CustomStringConvertible {
    static let byteCount = 16

    /// 32 hexadecimal digits.
    public let hex: String

    init(high: UInt64, low: UInt64) {
        hex = Hex.encode(ByteWriter.bytes(of: high) + ByteWriter.bytes(of: low))
    }

    init(bytes: some Sequence<UInt8>) { hex = Hex.encode(bytes) }

    var bytes: [UInt8] { Hex.decode(hex) ?? [UInt8](repeating: 0, count: Self.byteCount) }
    public var description: String { hex }
}

/// An inclusive run of positions.
public struct LSNRange: Hashable, Codable, Sendable, CustomStringConvertible {
    public let first: LSN
    public let last: LSN

    /// Nil when `last` is before `first`.
    public init?(_ first: LSN, _ last: LSN) {
        guard first <= last else { return nil }
        self.first = first
        self.last = last
    }

    init(single: LSN) { (first, last) = (single, single) }

    public var count: UInt64 { last.rawValue - first.rawValue + 1 }
    public var description: String { first == last ? "\(first)" : "\(first)–\(last)" }
}
