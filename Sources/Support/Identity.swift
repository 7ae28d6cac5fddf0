// The identities that travel: what a function is, what it says, and who said it.

import Crypto

/// A SHA-256 value.
public struct ContentDigest: FixedBytes {
    public static let byteCount = 32

    public let bytes: [UInt8]

    /// Takes exactly 32 bytes; nil otherwise.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = Array(bytes)
    }

    fileprivate init(_ digest: SHA256.Digest) { bytes = Array(digest) }

    /// The digest of `bytes`.
    public static func of(_ bytes: some Sequence<UInt8>) -> ContentDigest {
        var hasher = ContentHasher()
        hasher.update(bytes)
        return hasher.finish()
    }
}

/// SHA-256 over parts as they come.
public struct ContentHasher: Sendable {
    private var state = SHA256()

    public init() {}

    /// Adds bytes to what is hashed.
    public mutating func update(_ bytes: some Sequence<UInt8>) {
        let done: Void? = bytes.withContiguousStorageIfAvailable {
            state.update(bufferPointer: .init($0))
        }
        if done == nil { state.update(data: Array(bytes)) }
    }

    public mutating func update(raw: UnsafeRawBufferPointer) { state.update(bufferPointer: raw) }

    public mutating func update(_ text: String) { update(text.utf8) }

    /// The digest of everything so far; more may follow.
    public func finish() -> ContentDigest { ContentDigest(state.finalize()) }
}

/// Identity of a unit of source code, assigned once; it follows renames, moves and rewrites.
public struct FunctionID: FixedBytes {
    public static let byteCount = 16

    public let bytes: [UInt8]

    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = Array(bytes)
    }

    /// The id of a unit that git's HEAD already holds: every clone derives the same one.
    public static func derived(
        repository: String, path: String, kind: UnitKind, qualifiedName: String, ordinal: Int
    ) -> FunctionID {
        var hasher = ContentHasher()
        for part in ["aura-function/1", repository, path, kind.rawValue, qualifiedName] {
            hasher.update(part)
            hasher.update([0])
        }
        hasher.update(String(ordinal))
        return FunctionID(proven: Array(hasher.finish().bytes.prefix(byteCount)))
    }

    /// An id for a unit that no other copy of the repository can know yet.
    public static func random(using generator: inout some RandomNumberGenerator) -> FunctionID {
        FunctionID(
            proven: (0..<byteCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }

    private init(proven bytes: [UInt8]) { self.bytes = bytes }
}

/// The hash of a unit's structure and non-trivia tokens. Equal values mean nothing has to travel.
public typealias AuraID = ContentDigest

/// What a unit of source code is.
public enum UnitKind: String, Codable, CaseIterable, Sendable, Comparable {
    case function, method, type, constant, imports, opaque
    /// All of a file that no grammar takes apart.
    case file
    /// That a file may be executed; no part of its bytes.
    case mode

    /// A file has one of these at most, so two versions cannot stand side by side.
    public var isSingle: Bool { self == .file || self == .mode }

    /// At the beginning, what a file or type opens with.
    public var isProloguePart: Bool { self == .imports || self == .opaque }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// Hexadecimal text.
public enum Hex {
    private static let digits = Array("0123456789abcdef".utf8)

    /// Two lower-case digits a byte.
    public static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil when the text has an odd length or a character that is no hexadecimal digit.
    public static func decode(_ text: String) -> [UInt8]? {
        let characters = Array(text.utf8)
        guard characters.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(characters.count / 2)
        for index in stride(from: 0, to: characters.count, by: 2) {
            guard let high = value(characters[index]), let low = value(characters[index + 1])
            else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func value(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
