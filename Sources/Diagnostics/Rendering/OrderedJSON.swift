// JSON whose first keys stand where a reader looks first.
//
// Foundation's encoder either sorts keys or leaves them to chance. Documents of ours begin with
// `schema` and `schema_version`; within, keys are sorted, so that equal values are equal bytes.

import Support

/// Writes any encodable value with chosen top-level keys first and all others sorted.
public enum OrderedJSON {
    /// - Parameters:
    ///   - order: top-level keys in the order wanted; keys not named follow, sorted.
    ///   - pretty: two spaces of indent per level, and a line per member.
    public static func encode(
        _ value: some Encodable, order: [String], pretty: Bool = false
    ) throws -> String {
        try JSONText.decode(JSONTree.self, from: JSONText.encode(value))
            .text(order: order, pretty: pretty)
    }
}
