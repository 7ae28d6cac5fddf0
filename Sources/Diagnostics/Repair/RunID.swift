// The name of a run: when it began, and a few random digits so that two in one millisecond differ.

import Support

/// The name of one repair, and of its journal: `20261121T040506789Z-1f3a`.
public struct RunID: RawRepresentable, Hashable, Comparable, Codable, Sendable,
    CustomStringConvertible
{
    public let rawValue: String

    /// Takes letters, digits and dashes only: the name becomes a file's.
    public init?(rawValue: String) {
        let isPlain = rawValue.utf8.allSatisfy {
            (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 45
        }
        guard isPlain, !rawValue.isEmpty, rawValue.utf8.count <= 64 else { return nil }
        self.rawValue = rawValue
    }

    public init(at time: Timestamp, using generator: inout some RandomNumberGenerator) {
        let digits = Hex.encode(
            (0..<2).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
        rawValue = "\(time.fileStamp)-\(digits)"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = RunID(rawValue: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not the name of a run")
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }

    public var description: String { rawValue }
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
