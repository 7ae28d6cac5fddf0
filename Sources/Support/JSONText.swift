// JSON as this program writes it: sorted keys, so that equal values are equal bytes.

import Foundation

/// Encodes and decodes JSON with one setting for the whole program.
public enum JSONText {
    /// Encodes with sorted keys and unescaped slashes.
    ///
    /// - Parameter pretty: indent for a reader.
    public static func encode(_ value: some Encodable, pretty: Bool = false) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            pretty
            ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
            : [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// Reads a value; throws what the decoder throws, for which ``words(for:)`` has words.
    public static func decode<Value: Decodable>(_ type: Value.Type, from text: String) throws
        -> Value
    {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }

    public static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws
        -> Value
    {
        try JSONDecoder().decode(type, from: Data(bytes))
    }

    /// What is wrong with a text that did not decode, as a clause: `lacks field seen.findings`.
    public static func words(for error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, let context):
            "lacks field \(path(context.codingPath + [key]))"
        case DecodingError.typeMismatch(_, let context),
            DecodingError.valueNotFound(_, let context):
            "field \(path(context.codingPath)) holds something else than it should"
        case DecodingError.dataCorrupted(let context) where context.codingPath.isEmpty:
            "is not JSON"
        case DecodingError.dataCorrupted(let context):
            "field \(path(context.codingPath)): \(context.debugDescription)"
        default: "\(error)"
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.isEmpty ? "the whole" : keys.map(\.stringValue).joined(separator: ".")
    }
}
