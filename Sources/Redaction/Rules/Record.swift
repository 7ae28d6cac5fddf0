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
            || isSyslog(text, start) || beginsWithLetter(text, start)
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
        if digits - start == 4, next == 45 || next == 47 {
            // A year, and two digits of a month: the rest of a token may begin with a number and a dash.
            return text[start] <= 50 && Byte.isDigit(text[digits + 1]) && text[digits + 3] == next
        }
        if digits - start <= 2, next == 58 { return Byte.isDigit(text[digits + 1]) }
        if digits - start <= 2, next == 47 {
            // `3/5/2026` and `12/31 10:20`; `3/5x7Hh…` is a piece of base64.
            let second = text.skip(digits + 1, limit: 4, while: Byte.isDigit)
            return second > digits + 1 && !Byte.isAlnum(text[second])
        }
        if isCompactTime(text, start, digits) { return true }
        return digits - start >= 9 && (next == 46 || next == 32)
            || digits - start <= 3 && next == 46 && isAddress(text, digits)
    }

    /// `03-17 16:13:38`, `081109 203615 ` and `20171223-22:15:29`, the time without a year or without signs;
    /// the first digits end at `end`.
    private static func isCompactTime(_ text: Text, _ start: Int, _ end: Int) -> Bool {
        switch end - start {
        case 2:
            return text[end] == 45 && text[start + 5] == 32 && text[start + 8] == 58
                && Byte.isDigit(text[end + 1]) && Byte.isDigit(text[start + 6])
        case 6:
            return text[end] == 32 && text[end + 7] == 32
                && text.skip(end + 1, limit: 7, while: Byte.isDigit) == end + 7
        case 8:
            return text[end] == 45 && text[end + 3] == 58 && Byte.isDigit(text[end + 1])
                && Byte.isDigit(text[end + 2])
        default: return false
        }
    }

    /// `I0301 09:12:13.123456`: a level and a time in one word.
    private static func beginsWithLetter(_ text: Text, _ start: Int) -> Bool {
        let levels: [UInt8] = [68, 69, 70, 73, 87]
        return levels.contains(text[start]) && text[start + 5] == 32 && text[start + 8] == 58
            && text.skip(start + 1, limit: 5, while: Byte.isDigit) == start + 5
            && Byte.isDigit(text[start + 6]) && Byte.isDigit(text[start + 7])
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
