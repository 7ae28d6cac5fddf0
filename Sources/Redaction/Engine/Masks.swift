// What earlier passes put in the place of values. A mask ends whatever it stands in and is never
// part of a longer value, or a second pass would take more than the first.

enum Masks {
    private static let prefix: StaticString = "REDACTED-"
    private static let names = Set(MaskClass.allCases.map(\.rawValue))

    /// The end of the mask that stands at `index`, whole; nil when there is none.
    static func end(_ text: Text, _ index: Int) -> Int? {
        guard text[index] == UInt8(ascii: "R"), text.has(prefix, at: index) else { return nil }
        let first = index + prefix.utf8CodeUnitCount
        let stop = text.skip(first, limit: 48, while: holds)
        return isName(text.string(first, stop)) ? stop : nil
    }

    /// Whether a mask ends at `index`.
    static func endsAt(_ text: Text, _ index: Int) -> Bool {
        let last = text[index - 1]
        guard Byte.isLower(last) || Byte.isDigit(last) else { return false }
        let name = text.back(index, limit: 48, while: holds)
        return end(text, name - 8) == index
    }

    /// Whether any mask stands in the range.
    static func standIn(_ text: Text, _ start: Int, _ stop: Int) -> Bool {
        var index = text.first(82, from: start, to: stop)
        while index < stop {
            if text.has(prefix, at: index) { return true }
            index = text.first(82, from: index + 1, to: stop)
        }
        return false
    }

    /// The span, longer by the rest of the word it would end in: a mask that letters follow could
    /// not be told from them.
    static func rounded(_ span: Span, _ text: Text) -> Span {
        guard span.replacement.rank > 0, holds(text[span.end]), holds(text[span.end - 1]) else {
            return span
        }
        var span = span
        span.end = text.skip(span.end, limit: Scanner.valueMax, while: Byte.isURLSafe)
        return span
    }

    static func isName(_ name: String) -> Bool {
        if names.contains(name) { return true }
        guard name.hasPrefix("body-") else { return false }
        let digits = name.dropFirst(5)
        return !digits.isEmpty && digits.count < 10
            && digits.allSatisfy { $0.isASCII && $0.isNumber }
    }

    private static func holds(_ byte: UInt8) -> Bool {
        Byte.isLower(byte) || Byte.isDigit(byte) || byte == 45
    }
}
