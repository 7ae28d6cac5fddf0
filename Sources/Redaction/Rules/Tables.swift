// Tables: a row of names, and values below each of them. The name of a column is far from its values,
// so what the row of names announces is carried down the rows.

/// A table whose rows go on behind what was looked at.
struct OpenTable: Sendable {
    let sign: UInt8
    let fieldCount: Int
    /// What the columns announce, by their place.
    var columns: [Int: KeyKind]
    /// From the first row to the end of the last.
    var rows: Range<Int>
    /// Whether a logger wrote something before each row.
    var isHeaded = false
}

extension Scanner {
    private static let namesMax = 64
    /// Rows of another shape that are passed over: a cell may hold line breaks.
    private static let oddRowsMax = 2
    /// A row of names is not longer than this.
    private static let headMax = 4 << 10

    /// Whether the key is one of a row of names. If it is, what stands below it in the rows of the table
    /// is taken for its value.
    mutating func column(_ kind: KeyKind, _ place: KeyPlace) -> Bool {
        // A row is no head: else each row that looks like one would be the beginning of a table.
        if let open = openTable, open.rows.contains(place.start) { return false }
        if let cell = spacedCell(place) { return column(keyKind(cell.start, cell.end), cell) }
        guard hasLines, place.dashes == 0, let sign = cellSign(place) else { return false }
        let line = text.lineStart(place.start, limit: Self.headMax)
        let start = contentStart(place.start)
        let end = text.lineEnd(place.end)
        guard end - line < Self.headMax, end < text.count,
            let names = headNames(start, end, sign),
            let number = names.firstIndex(where: { $0.lowerBound == place.start }),
            names[number].upperBound == place.end, !isRowBelow(start, end, names, number, sign),
            !isPair(end, names, number)
        else { return false }
        var table = OpenTable(
            sign: sign, fieldCount: names.count, columns: [number: kind], rows: end + 1..<end + 1)
        table.isHeaded = start > line
        goDown(&table, from: end + 1)
        return !table.rows.isEmpty
    }

    /// Whether the line stands below a row of as many cells, and no rule follows: a name and its value,
    /// not the names of columns.
    private func isRowBelow(
        _ start: Int, _ end: Int, _ names: [Range<Int>], _ number: Int, _ sign: UInt8
    ) -> Bool {
        // A pair has the name first, and its value is no name of a secret or a person.
        guard start > 0, names.count == 2, number == 0,
            keyKind(names[1].lowerBound, names[1].upperBound) == .none
        else { return false }
        let above = text.lineStart(start - 1, limit: Self.headMax)
        let below = end + 1
        // `| Setting | Value |` and a ruler: what stands below is no head.
        if above > 0, above < start - 1, isRuler(above, start - 1), sign == 124 {
            let first = text.lineStart(above - 1, limit: Self.headMax)
            let pair = cells(first, above - 1, sign)
            return pair.count == 2 && keyKind(pair[0].lowerBound, pair[0].upperBound) == .none
        }
        guard above < start - 1, !isRuler(above, start - 1),
            text.first(sign, from: above, to: start - 1) < start - 1,
            !isRuler(below, text.lineEnd(below))
        else { return false }
        let pair = cells(above, start - 1, sign)
        return pair.count == 2
            && pair[0].allSatisfy {
                Byte.isWord(text[$0]) && !Byte.isDigit(text[$0]) || text[$0] == 46
            }
    }

    /// Whether the second of two cells mixes letters of both cases and digits, and no rule follows: a name
    /// and its value, as in `| api_token | foxDen77ab |` above `| port | 7070 |`.
    private func isPair(_ end: Int, _ names: [Range<Int>], _ number: Int) -> Bool {
        guard names.count == 2, number == 0, names[1].count >= 8 else { return false }
        let census = Shape.Census(text, names[1].lowerBound, names[1].upperBound)
        return census.digits > 0 && census.upper > 0 && census.lower > 0
            && keyKind(names[1].lowerBound, names[1].upperBound) == .none
            && !isRuler(end + 1, text.lineEnd(end + 1))
    }

    /// Reads the rows of a table whose columns were named elsewhere.
    mutating func readTable(
        _ sign: UInt8, _ fieldCount: Int, _ columns: [Int: KeyKind], from start: Int
    ) {
        var table = OpenTable(
            sign: sign, fieldCount: fieldCount, columns: columns, rows: start..<start)
        goDown(&table, from: start)
    }

    /// Goes on in a table that began before the text.
    mutating func goOn(in table: OpenTable, from start: Int) {
        var table = table
        table.rows = start..<start
        goDown(&table, from: start)
    }

    /// The sign that sets the key apart from its neighbours in a row; nil when there is none.
    private func cellSign(_ place: KeyPlace) -> UInt8? {
        let quoted = Byte.isQuote(text[place.end])
        // A tab is a sign, and no blank.
        let after = text[text.skip(quoted ? place.end + 1 : place.end, limit: 64) { $0 == 32 }]
        let first = quoted ? place.start - 1 : place.start
        let before = text[text.back(first, limit: 64) { $0 == 32 } - 1]
        let signs: [UInt8] = [44, 59, 9, 124]
        if let sign = signs.first(where: { $0 == before }) {
            return after == sign || Byte.isBreak(after) ? sign : nil
        }
        guard
            first == 0 || Byte.isBreak(before) || text.pastBlanks(contentStart(first)) == first
        else { return nil }
        // A tab is a blank elsewhere.
        return text[place.end] == 9 ? 9 : signs.first { $0 == after }
    }

    /// The cells of a row, without blanks and quotes; a sign inside of quotes cuts nothing.
    private func cells(_ start: Int, _ end: Int, _ sign: UInt8) -> [Range<Int>] {
        var cells: [Range<Int>] = []
        var index = start
        // `| a | b |`: a frame round the row.
        if sign == 124, text[text.pastBlanks(start)] == 124 { index = text.pastBlanks(start) + 1 }
        var last = text.back(end, limit: 8) { $0 == 32 || $0 == 13 }
        if sign == 124, text[last - 1] == 124, last > index { last -= 1 }
        while true {
            let stop = cellEnd(index, last, sign)
            var first = index
            var tail = stop
            while first < tail, text[first] == 32 { first += 1 }
            while tail > first, text[tail - 1] == 32 { tail -= 1 }
            if tail - first > 1, Byte.isQuote(text[first]), text[tail - 1] == text[first] {
                (first, tail) = (first + 1, tail - 1)
            }
            cells.append(first..<tail)
            guard stop < last else { return cells }
            index = stop + 1
        }
    }

    private func cellEnd(_ start: Int, _ end: Int, _ sign: UInt8) -> Int {
        let quote = text[start]
        guard quote == 34 else { return text.first(sign, from: start, to: end) }
        var index = start + 1
        while index < end {
            let close = text.first(34, from: index, to: end)
            // Two in a row are one inside.
            guard text[close + 1] == 34 else { return text.first(sign, from: close, to: end) }
            index = close + 2
        }
        return end
    }

    /// The cells, if each of them is a name.
    private func headNames(_ start: Int, _ end: Int, _ sign: UInt8) -> [Range<Int>]? {
        let names = cells(start, end, sign)
        // `the password, the token`: prose has blanks behind its commas, a table of texts has none.
        let isTight = sign == 44 || sign == 59
        guard names.count > 1, names.count <= Self.namesMax else { return nil }
        for name in names {
            guard !name.isEmpty, name.count <= 48,
                Byte.isLetter(text[name.lowerBound]) || text[name.lowerBound] == 95,
                !isTight || text[name.lowerBound - 1] != 32 || name.lowerBound == start,
                // Not a list of names and values: those hold passwords, and masks once they were read.
                !Masks.standIn(text, name.lowerBound, name.upperBound),
                !Shape.isOpaque(text, name.lowerBound, name.upperBound),
                !Shape.isUUID(text, name.lowerBound, name.upperBound),
                name.count < 16 || !Shape.isDigest(text, name.lowerBound, name.upperBound),
                name.allSatisfy({ Byte.isWord(text[$0]) || text[$0] == 46 || text[$0] == 32 })
            else { return nil }
        }
        return names
    }

    /// Rows have as many cells as the first line has names; a ruler between them is none.
    private mutating func goDown(_ table: inout OpenTable, from first: Int) {
        var line = first
        var odd = 0
        while line < text.count {
            let end = text.lineEnd(line)
            let first = table.isHeaded ? lineHead(line) : line
            if !isRuler(first, end) {
                let row = cells(first, end, table.sign)
                // Right below the names only a cell that is broken inside of its quotes is no row.
                let isOdd = !table.rows.isEmpty || text.first(34, from: first, to: end) < end
                guard end > line,
                    row.count == table.fieldCount || odd < Self.oddRowsMax && isOdd
                else { break }
                guard row.count == table.fieldCount else {
                    odd += 1
                    line = end + 1
                    continue
                }
                odd = 0
                for (number, kind) in table.columns { cell(row[number], kind) }
                table.rows = table.rows.lowerBound..<end + 1
            }
            line = end + 1
        }
        if !table.rows.isEmpty { keep(table) }
    }

    func isRuler(_ start: Int, _ end: Int) -> Bool {
        end > start
            && text.skip(start, limit: end - start) {
                $0 == 45 || $0 == 43 || $0 == 124 || $0 == 32 || $0 == 61 || $0 == 58
            } == end
    }

    /// One table is open at a time; a second secret column of it joins the first.
    private mutating func keep(_ table: OpenTable) {
        if var open = openTable, open.rows.lowerBound == table.rows.lowerBound {
            open.columns.merge(table.columns) { first, _ in first }
            openTable = open
        } else {
            openTable = table
        }
    }

    /// Below a word with other uses: what mixes letters and digits and is no id.
    private func isColumnsSecret(_ value: KeyedValue) -> Bool {
        let census = Shape.Census(text, value.start, value.end)
        return value.end - value.start >= 8 && census.digits > 0
            && census.lower + census.upper > 0 && !Shape.isUUID(text, value.start, value.end)
            && !Shape.isMeasure(text, value.start, value.end)
            && !Shape.isPath(text, value.start, value.end)
    }

    /// An alias of an id that an earlier pass put here.
    private func isOwnAlias(_ cell: Range<Int>) -> Bool {
        text.has("device-", at: cell.lowerBound)
            || text.bytes(cell.lowerBound, cell.upperBound).hasSuffix(Aliases.keyMark)
    }

    /// A name that a terminal shows in colours, without them; nil when there are none.
    private func uncoloured(_ cell: Range<Int>) -> [UInt8]? {
        guard text.first(0x1B, from: cell.lowerBound, to: cell.upperBound) < cell.upperBound,
            cell.count <= 128
        else { return nil }
        var name: [UInt8] = []
        var index = cell.lowerBound
        while index < cell.upperBound {
            if text[index] == 0x1B, text[index + 1] == 91 {
                index = text.skip(index + 2, limit: 16) { $0 < 64 } + 1
            } else {
                name.append(text[index])
                index += 1
            }
        }
        let isName = name.allSatisfy { Byte.isWord($0) || $0 == 46 }
        return isName && name.count > 1 && name.contains(where: Byte.isLetter) ? name : nil
    }

    /// What stands in `cell`, where a name of this kind says so from somewhere else.
    mutating func cell(_ cell: Range<Int>, _ kind: KeyKind) {
        let value = KeyedValue(start: cell.lowerBound, end: cell.upperBound, separator: 58)
        guard !cell.isEmpty, !isPlaceholder(value) else { return }
        let word = cell.count <= 16 ? text.string(value.start, value.end).lowercased() : ""
        guard !KeyWords.empty.contains(word) else { return }
        switch kind {
        case .strong(let name): add(value.start, value.end, .keyedSecret, .mask(name))
        case .weak(let name) where isColumnsSecret(value):
            add(value.start, value.end, .keyedSecret, .mask(name))
        case .authorization, .cookie:
            add(value.start, value.end, .keyedSecret, .mask(.credentials))
        case .user, .person:
            if let name = uncoloured(cell) {
                return add(value.start, value.end, .userName, book.aliases.user(name))
            }
            userValue(value.start, value.end, word)
        case .host:
            if let name = uncoloured(cell) {
                return add(value.start, value.end, .hostName, book.aliases.host(name))
            }
            if Byte.isAlnum(text[value.start]) { nameHost(value.start, value.end) }
        case .device where cell.count >= 8 && !book.holdsAlias(text, value.start, value.end):
            guard Shape.Census(text, value.start, value.end).digits > 0, !isOwnAlias(cell) else {
                return
            }
            add(
                value.start, value.end, .deviceID,
                book.aliases.device(text.bytes(value.start, value.end)))
        case .hardware: hardware(value.start, value.end, separator: 0)
        default: return
        }
    }
}
