// Values of database statements that stand apart from their columns: bound to marks, or in rows below.

extension Scanner {
    /// What a logger writes before the values it bound ends at `end`: every text in quotes on the line.
    mutating func boundValues(_ end: Int) {
        let lineEnd = min(text.lineEnd(end), end + Self.boundMax)
        guard end >= boundEnd else { return }
        boundEnd = lineEnd
        if text[end - 1] == 91 { return bracketedValue(end, lineEnd) }
        var index = end
        while index < lineEnd {
            let byte = text.base[index]
            if byte == 39 || byte == 34, opensText(index) {
                let close = closingQuote(byte, index + 1, lineEnd)
                bound(index + 1, close)
                index = close + 1
            } else if byte == 40, typeName(index, lineEnd) {
                // `value(String)`
                let start = text.back(index, limit: 512) { $0 != 44 && $0 != 58 && $0 >= 32 }
                bound(text.pastBlanks(start), index)
                index += 1
            } else {
                index += 1
            }
        }
    }

    /// The longest list of values that is looked through.
    private static let boundMax = 16 << 10

    /// `binding parameter [2] as [VARCHAR] - [value]`
    private mutating func bracketedValue(_ start: Int, _ lineEnd: Int) {
        guard let mark = (start..<lineEnd).first(where: { text.has(" - [", at: $0) }) else {
            return
        }
        let close = (mark..<lineEnd).last { text[$0] == 93 } ?? lineEnd
        bound(mark + 4, close)
    }

    /// Not behind a letter, unless that says what kind of text it is: `u'x'`, `N'x'`.
    private func opensText(_ quote: Int) -> Bool {
        guard Byte.isAlnum(text[quote - 1]) else { return true }
        let isKind = [98, 117, 114, 110, 101].contains(text[quote - 1] | 0x20)
        return isKind && !Byte.isAlnum(text[quote - 2])
    }

    private func closingQuote(_ quote: UInt8, _ start: Int, _ end: Int) -> Int {
        var index = text.first(quote, from: start, to: end)
        while index < end, text.isEscaped(index) {
            index = text.first(quote, from: index + 1, to: end)
        }
        return index
    }

    private func typeName(_ open: Int, _ lineEnd: Int) -> Bool {
        let end = text.skip(open + 1, limit: 24, while: Byte.isAlnum)
        let types: Set<String> = ["String", "Character", "Clob", "NString", "byte"]
        return text[end] == 41 && types.contains(text.string(open + 1, end))
    }

    private mutating func bound(_ start: Int, _ end: Int) {
        let value = KeyedValue(start: start, end: end, separator: 58)
        guard end > start, !isPlaceholder(value), !Shape.isNumber(text, start, end) else { return }
        add(start, end, .keyedSecret, .mask(.opaque))
    }

    /// `COPY users (id, password) FROM stdin;` ends at `end`: rows follow, their cells set apart by tabs.
    mutating func copiedRows(_ end: Int) {
        let lineStart = text.lineStart(end, limit: 4096)
        let lineEnd = text.lineEnd(end)
        let open = text.first(40, from: lineStart, to: end)
        let close = text.first(41, from: open, to: end)
        guard hasLines, close < end, lineEnd < text.count, end >= copyEnd else { return }
        defer { copyEnd = max(lineEnd, openTable?.rows.upperBound ?? 0) }
        var columns: [Int: KeyKind] = [:]
        var number = 0
        var index = open + 1
        while index < close {
            let next = text.first(44, from: index, to: close)
            let first = text.skip(index, limit: 8) { Byte.isBlank($0) || Byte.isQuote($0) }
            let stop = text.back(next, limit: 8) { Byte.isBlank($0) || Byte.isQuote($0) }
            if first < stop, let kind = columnKind(first, stop) { columns[number] = kind }
            number += 1
            index = next + 1
        }
        guard number > 1, !columns.isEmpty else { return }
        readTable(9, number, columns, from: lineEnd + 1)
    }

    private func columnKind(_ start: Int, _ end: Int) -> KeyKind? {
        let kind = keyKind(start, end)
        if kind != .none { return kind }
        let name = text.string(start, end).lowercased()
        return ["full_name", "first_name", "last_name", "surname"].contains(name) ? .person : nil
    }
}
