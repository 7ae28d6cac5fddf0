// Identities that are a fixed number of bytes: one rule for their text, their JSON and their checks.

/// A value of exactly ``byteCount`` bytes, written as hexadecimal digits.
public protocol FixedBytes: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    static var byteCount: Int { get }
    var bytes: [UInt8] { get }
    /// Takes exactly ``byteCount`` bytes; nil otherwise.
    init?(bytes: some Collection<UInt8>)
}

extension FixedBytes {
    /// Parses twice ``byteCount`` hexadecimal digits; nil otherwise.
    public init?(hex: String) {
        guard let bytes = Hex.decode(hex) else { return nil }
        self.init(bytes: bytes)
    }

    /// All hexadecimal digits.
    public var hex: String { Hex.encode(bytes) }
    /// The first 8 hexadecimal digits, the form reports and tails print.
    public var short: String { Hex.encode(bytes.prefix(4)) }
    public var description: String { hex }

    public static func < (left: Self, right: Self) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = Self(hex: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "not \(2 * Self.byteCount) hexadecimal digits")
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }
}
