// Values of database statements that stand apart from their columns: bound to marks, or in rows below.

extension Scanner {
    /// What a logger writes before the values it bound ends at `end`: every text in quotes on the line.
    mutating func boundValues(_ end: Int) {
        let lineEnd = min(text.lineEnd(end), end + Self.boundMax)
        if text[end - 1] == 91 { return bracketedValue(end, lineEnd) }
        var index = end
        while index < lineEnd {
            let byte = text.base[index]
            if byte == 39 || byte == 34, !Byte.isAlnum(text[index - 1]) {
                let close = text.first(byte, from: index + 1, to: lineEnd)
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
        let close = text.back(lineEnd, limit: 8) { $0 != 93 } - 1
        bound(mark + 4, close)
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
        guard hasLines, close < end, lineEnd < text.count else { return }
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
