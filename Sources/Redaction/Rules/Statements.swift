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
                let close = text.firstUnescaped(byte, from: index + 1, to: lineEnd)
                // `"id"=>"12"`: the name of a value says what it is.
                if !text.has("=>", at: close + 1) { bound(index + 1, close) }
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

    private func typeName(_ open: Int, _ lineEnd: Int) -> Bool {
        let end = text.skip(open + 1, limit: 24, while: Byte.isAlnum)
        let types: Set<String> = ["String", "Character", "Clob", "NString", "byte"]
        return text[end] == 41 && types.contains(text.string(open + 1, end))
    }

    private mutating func bound(_ start: Int, _ end: Int) {
        if !Shape.isNumber(text, start, end) { mask(start, end, as: .opaque) }
    }

    /// `COPY users (id, password) FROM stdin;`, whose last words stand at `start`: rows follow, their cells set apart by tabs.
    mutating func copiedRows(_ start: Int) {
        let lineStart = text.lineStart(start, limit: 4096)
        let lineEnd = text.lineEnd(start)
        let open = text.first(40, from: lineStart, to: start)
        let close = text.first(41, from: open, to: start)
        guard hasLines, close < start, lineEnd < text.count, start >= copyEnd else { return }
        defer { copyEnd = max(lineEnd, openTable?.rows.upperBound ?? 0) }
        let names = columnNames(open + 1, close)
        var columns: [Int: KeyKind] = [:]
        for (number, name) in names.enumerated() {
            if let kind = columnKind(name.lowerBound, name.upperBound) { columns[number] = kind }
        }
        guard names.count > 1, !columns.isEmpty else { return }
        readTable(9, names.count, columns, from: lineEnd + 1)
    }

    /// The names between the brackets of a statement, without blanks and quotes; an empty one keeps its
    /// place.
    func columnNames(_ start: Int, _ end: Int) -> [Range<Int>] {
        var names: [Range<Int>] = []
        var index = start
        while index < end {
            let next = text.first(44, from: index, to: end)
            let first = text.skip(index, limit: 8) { Byte.isBlank($0) || Byte.isQuote($0) }
            let stop = text.back(next, limit: 8) { Byte.isBlank($0) || Byte.isQuote($0) }
            names.append(first..<max(first, stop))
            index = next + 1
        }
        return names
    }

    private func columnKind(_ start: Int, _ end: Int) -> KeyKind? {
        guard start < end else { return nil }
        let kind = keyKind(start, end)
        if kind != .none { return kind }
        let name = text.string(start, end).lowercased()
        return ["full_name", "first_name", "last_name", "surname"].contains(name) ? .person : nil
    }
}
