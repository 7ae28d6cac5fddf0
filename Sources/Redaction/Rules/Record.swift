// Where one record of a log ends and the next begins.

/// Where a record of a log begins.
enum Record {
    /// Whether a line that may belong to code begins a record after all. What is indented is code's
    /// own unless a time or a level says otherwise: lists, literals and arguments look like records.
    static func begins(_ text: Text, _ content: Int, _ end: Int, amidCodeFrom start: Int) -> Bool {
        guard content < end else { return false }
        let isBrace = end - content == 1 && (text[content] == 123 || text[content] == 91)
        guard content > start || isBrace else { return begins(text, content, end) }
        if text[content] == 45, text[content + 1] == 32 { return true }
        return Byte.isDigit(text[content])
            ? beginsWithTime(text, content) : beginsWithLevel(text, content)
    }

    /// Whether the line begins with a time, a brace, a bracket, a level or a name with a value.
    static func begins(_ text: Text, _ start: Int, _ end: Int) -> Bool {
        guard start < end else { return false }
        let byte = text[start]
        if byte == 123 || byte == 91 || byte == 60 || byte == 35 { return true }
        if byte == 45 { return text[start + 1] == 32 || text[start + 1] == 45 }
        if Byte.isDigit(byte) { return beginsWithTime(text, start) }
        if beginsWithLevel(text, start) { return true }
        let name = text.skip(start, limit: 40) { Byte.isWord($0) || $0 == 46 }
        return name > start && (text[name] == 61 && text[name + 1] != 61 && text[name + 1] > 32)
            || isSyslog(text, start)
    }

    private static func beginsWithLevel(_ text: Text, _ start: Int) -> Bool {
        let levels: [StaticString] = [
            "INFO", "WARN", "ERROR", "DEBUG", "TRACE", "FATAL", "time=",
        ]
        return levels.contains { text.has($0, at: start) }
    }

    private static func beginsWithTime(_ text: Text, _ start: Int) -> Bool {
        let digits = text.skip(start, limit: 20, while: Byte.isDigit)
        let next = text[digits]
        if digits - start == 4, next == 45 || next == 47 { return Byte.isDigit(text[digits + 1]) }
        if digits - start <= 2, next == 58 || next == 47 { return Byte.isDigit(text[digits + 1]) }
        return digits - start >= 9 && (next == 46 || next == 32)
            || digits - start <= 3 && next == 46 && isAddress(text, digits)
    }

    /// The rest of an IPv4 address: two more groups.
    private static func isAddress(_ text: Text, _ dot: Int) -> Bool {
        let second = text.skip(dot + 1, limit: 3, while: Byte.isDigit)
        let third = text.skip(second + 1, limit: 3, while: Byte.isDigit)
        return second > dot + 1 && text[second] == 46 && third > second + 1 && text[third] == 46
    }

    /// `Mar  5 …`
    static func isSyslog(_ text: Text, _ start: Int) -> Bool {
        Byte.isUpper(text[start]) && Byte.isLower(text[start + 1]) && Byte.isLower(text[start + 2])
            && text[start + 3] == 32
            && (Byte.isDigit(text[start + 4]) || Byte.isDigit(text[start + 5]))
    }
}
