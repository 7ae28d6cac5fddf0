// Digests in the lists that hold a bundle together. Four in a million, read as hexadecimal, hold what
// looks like code or a path; a list in which one of them is masked proves nothing.

enum OwnDigest {
    private static let names: [StaticString] = ["\"sha256\": \"", "\"canary_digest\": \""]
    private static let digits = 64

    /// Whether the span lies in a digest and takes nothing else: 64 small digits, the whole text of a
    /// value under a name of our own. Inside of another text the quotes would have backslashes.
    static func holds(_ span: Span, _ text: Text) -> Bool {
        let first = text.back(span.start, limit: digits, while: isDigit)
        guard text.skip(first, limit: digits, while: isDigit) == first + digits,
            span.end <= first + digits, text[first + digits] == UInt8(ascii: "\"")
        else { return false }
        return names.contains { text.has($0, at: first - $0.utf8CodeUnitCount) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        Byte.isDigit(byte) || Byte.isHex(byte) && Byte.isLower(byte)
    }
}
