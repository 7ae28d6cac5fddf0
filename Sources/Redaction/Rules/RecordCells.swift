// Rows that are records of a log: a time stands in the first cell, so that the row is no row of names,
// and a name in one cell is followed by its value in the next.

extension Scanner {
    /// So far back a row may begin.
    private static let rowMax = 512
    private static let valueInRowMax = 1024

    /// The value in the cell behind the key, which ends with its quote at `sign`; nil where the key fills
    /// no cell of such a row.
    func recordCell(behind sign: Int, key keyEnd: Int) -> KeyedValue? {
        let mark = text[sign]
        guard hasLines, mark == 9 || mark == 44 || mark == 59 || mark == 124 else { return nil }
        let name = text.back(keyEnd, limit: 96, while: Self.holdsName)
        let isQuoted = Byte.isQuote(text[name - 1])
        guard name < keyEnd, text[isQuoted ? name - 2 : name - 1] == mark,
            isQuoted == (sign > keyEnd)
        else { return nil }
        let line = text.lineStart(name, limit: Self.rowMax)
        let first = Byte.isQuote(text[line]) ? line + 1 : line
        guard let time = TimeStamp.end(text, first),
            text[Byte.isQuote(text[time]) ? time + 1 : time] == mark
        else { return nil }
        return cellValue(sign + 1, mark)
    }

    /// A program or a module may be called `user` in its cell: only a name with a number in it is
    /// somebody's there.
    func isThingsCell(_ value: KeyedValue, _ place: KeyPlace) -> Bool {
        let sign = Byte.isQuote(text[place.end]) ? place.end + 1 : place.end
        return Shape.Census(text, value.start, value.end).digits == 0
            && recordCell(behind: sign, key: place.end) != nil
    }

    /// Whether what stands behind a blank is the value of the name: a flag's, alone on its line, in quotes
    /// behind `:name`, or of a variable that is set.
    func isSetApart(_ value: KeyedValue, _ place: KeyPlace) -> Bool {
        if place.dashes > 0 || isOwnLine(value, place) { return true }
        if value.quote == 34, !value.isKeyQuoted, text[place.start - 1] == 58 { return true }
        return isAssigned(place.start)
    }

    private func cellValue(_ start: Int, _ mark: UInt8) -> KeyedValue? {
        let lineEnd = endBeforeFeed(text.lineEnd(start))
        var value = KeyedValue(start: start, end: start, separator: 58)
        if text[start] == 34 {
            value.quote = 34
            value.isKeyQuoted = true
            value.start = start + 1
            var close = text.first(34, from: start + 1, to: lineEnd)
            while close < lineEnd, text[close + 1] == 34 {
                close = text.first(34, from: close + 2, to: lineEnd)
            }
            value.end = close
        } else {
            value.end = text.first(mark, from: start, to: lineEnd)
        }
        let length = value.end - value.start
        return length > 0 && length <= Self.valueInRowMax ? value : nil
    }

    // MARK: - Names that are no keys

    /// `auth.DEBUG: …`, the channel and the level of a logger; `[feature/token-cache 956a9] …`, the branch of a
    /// commit; `-[AuthTests testToken34]`, a method.
    func isNoKey(_ start: Int, _ end: Int) -> Bool {
        switch text[end] {
        case 58:
            guard Byte.isUpper(text[end - 1]), text[end + 1] == 32 else { return false }
            let level = text.back(end, limit: 10, while: Byte.isUpper)
            return level > start && text[level - 1] == 46
                && Self.channelLevels.contains(text.string(level, end))
        case 32 where text[start - 1] == 47:
            let branch = text.back(start - 1, limit: 64) { Byte.isWord($0) || $0 == 47 || $0 == 46 }
            let digits = text.skip(end + 1, limit: 41, while: Byte.isHex)
            return text[branch - 1] == 91 && text[digits] == 93 && digits > end + 6
        case 32: return text[start - 1] == 91 && (text[start - 2] == 45 || text[start - 2] == 43)
        default: return false
        }
    }

    private static let channelLevels: Set<String> = [
        "DEBUG", "INFO", "NOTICE", "WARNING", "WARN", "ERROR", "CRITICAL", "ALERT", "EMERGENCY",
        "TRACE",
    ]
}
