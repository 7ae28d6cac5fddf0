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
}
