// The times of log lines. Nothing in them is anybody's, and every log line has one.

enum TimeStamp {
    private static let length = 19

    /// The end of `2026-05-04T10:20:30` with its fraction and zone, when one starts at `start`.
    static func end(_ text: Text, _ start: Int) -> Int? {
        guard start >= 0, start + length <= text.count, isDate(text, start), isTime(text, start)
        else { return nil }
        var end = start + length
        if text[end] == 46 { end = text.skip(end + 1, limit: 9, while: Byte.isDigit) }
        if text[end] == UInt8(ascii: "Z") { end += 1 }
        return Byte.isDigit(text[end]) ? nil : end
    }

    /// Whether the bytes hold one anywhere.
    static func stands(in bytes: [UInt8]) -> Bool {
        Text.with(bytes) { text in (0..<text.count).contains { end(text, $0) != nil } }
    }

    private static func isDate(_ text: Text, _ start: Int) -> Bool {
        text[start + 4] == 45 && text[start + 7] == 45
            && areDigits(text, start, 0) && areDigits(text, start, 2)
            && areDigits(text, start, 5) && areDigits(text, start, 8)
    }

    private static func isTime(_ text: Text, _ start: Int) -> Bool {
        let between = text[start + 10]
        return (between == 84 || between == 32) && text[start + 13] == 58 && text[start + 16] == 58
            && areDigits(text, start, 11) && areDigits(text, start, 14)
            && areDigits(text, start, 17)
    }

    private static func areDigits(_ text: Text, _ start: Int, _ offset: Int) -> Bool {
        Byte.isDigit(text[start + offset]) && Byte.isDigit(text[start + offset + 1])
    }
}
