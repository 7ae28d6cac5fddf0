// A unit's tokens as a few numbers: enough to say how much two units have in common.
//
// A bottom-k sketch (Cohen 2007): of the hashes of all tokens the smallest are kept. Units with up
// to 64 tokens are compared exactly; for longer ones the standard error at a similarity of 0.8 is
// sqrt(0.8 * 0.2 / 64) = 0.05.

import Foundation

/// A compact multiset of tokens.
public struct TokenSketch: Hashable, Sendable {
    /// How many hashes are kept.
    public static let hashesMax = 64

    /// How many tokens the unit has, brackets, separators and its own name not counted.
    public let tokenCount: Int
    /// The smallest hashes, ascending; all of them while there are at most ``hashesMax``.
    let hashes: [UInt32]

    /// - Parameter tokens: one hash a token; equal tokens have equal hashes.
    init(tokens: [UInt64]) {
        tokenCount = tokens.count
        var previous: UInt64?
        var occurrence: UInt64 = 0
        var mixed = tokens.sorted().map { token in
            occurrence = token == previous ? occurrence + 1 : 0
            previous = token
            return Self.mix(token &+ occurrence &* 0x9E37_79B9_7F4A_7C15)
        }
        mixed.sort()
        hashes = Array(mixed.prefix(Self.hashesMax))
    }

    /// Of a unit that has no tokens, and is like no other.
    public static let empty = TokenSketch(tokens: [])

    init(tokenCount: Int, hashes: [UInt32]) {
        self.tokenCount = tokenCount
        self.hashes = hashes
    }

    /// The finalizer of SplitMix64.
    private static func mix(_ value: UInt64) -> UInt32 {
        var mixed = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return UInt32(truncatingIfNeeded: (mixed ^ (mixed >> 31)) >> 32)
    }

    /// The share of tokens two units have in common: 0 for none, 1 for all (Jaccard index).
    public func similarity(to other: TokenSketch) -> Double {
        if tokenCount == 0 || other.tokenCount == 0 { return 0 }
        let isComplete = max(tokenCount, other.tokenCount) <= Self.hashesMax
        let limit = isComplete ? Int.max : Self.hashesMax
        var (left, right, shared, seen) = (0, 0, 0, 0)
        while seen < limit, left < hashes.count || right < other.hashes.count {
            seen += 1
            if right == other.hashes.count {
                left += 1
            } else if left == hashes.count || other.hashes[right] < hashes[left] {
                right += 1
            } else if hashes[left] < other.hashes[right] {
                left += 1
            } else {
                (left, right, shared) = (left + 1, right + 1, shared + 1)
            }
        }
        return Double(shared) / Double(seen)
    }

    /// The most that ``similarity(to:)`` can be, from the counts alone.
    func similarityMax(to other: TokenSketch) -> Double {
        let larger = max(tokenCount, other.tokenCount)
        return larger == 0 ? 0 : Double(min(tokenCount, other.tokenCount)) / Double(larger)
    }
}

extension TokenSketch: Codable {
    /// `count:base64` of the hashes as little-endian bytes.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let parts = try container.decode(String.self).split(
            separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let count = Int(parts[0]), count >= 0,
            let data = Data(base64Encoded: String(parts[1])),
            data.count == 4 * min(count, Self.hashesMax)
        else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not a token sketch")
        }
        let bytes = [UInt8](data)
        let hashes = stride(from: 0, to: bytes.count, by: 4).map { index in
            (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[index + $1]) << (8 * UInt32($1)) }
        }
        self.init(tokenCount: count, hashes: hashes)
    }

    public func encode(to encoder: any Encoder) throws {
        let bytes = hashes.flatMap { hash in
            (0..<4).map { UInt8(truncatingIfNeeded: hash >> (8 * $0)) }
        }
        var container = encoder.singleValueContainer()
        try container.encode("\(tokenCount):\(Data(bytes).base64EncodedString())")
    }
}
