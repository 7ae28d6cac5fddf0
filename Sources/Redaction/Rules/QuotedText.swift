// Where a text in quotes ends: how they are escaped in JSON of any depth, in shells, tables and SQL.

extension Scanner {
    /// `""password"":""X""`: a text in a cell of a table, whose own quotes are written twice.
    func isDoubled(_ quoteAt: Int) -> Bool {
        let quote = text[quoteAt]
        guard text[quoteAt + 1] == quote else { return false }
        // In a text of SQL: `'host=db password=''X'' dbname=aura'`.
        if quote == 39, text[quoteAt - 1] == 61, Byte.isAlnum(text[quoteAt + 2]) {
            let end = min(text.lineEnd(quoteAt), quoteAt + Self.longText)
            let close = text.first(39, from: quoteAt + 2, to: end)
            return close < end && text[close + 1] == 39
        }
        let sign = text.back(quoteAt, limit: 4, while: Byte.isBlank)
        return (text[sign - 1] == 58 || text[sign - 1] == 44) && text[sign - 2] == quote
            && text[sign - 3] == quote && !isClosing(quoteAt + 1)
    }

    func doubled(_ value: inout KeyedValue, _ quoteAt: Int) {
        value.start = quoteAt + 2
        let stop = min(text.lineEnd(quoteAt), quoteAt + Self.valueMax)
        var index = value.start
        while index < stop, text[index] != value.quote || text[index + 1] != value.quote {
            index += 1
        }
        value.end = index
    }

    func trailingSlashes(_ index: Int, _ value: KeyedValue) -> Int {
        min(value.quoteDepth, index - text.back(index) { $0 == 92 })
    }

    /// A quote closes when no more backslashes stand before it than before the opening one; in a
    /// shell `'\''` goes on.
    func closes(_ index: Int, _ value: KeyedValue) -> Bool {
        let slashes = index - text.back(index, limit: index - value.start) { $0 == 92 }
        if value.quote == 39, value.quoteDepth == 0 {
            if text[index + 1] == 92, text[index + 2] == 39, text[index + 3] == 39 { return false }
            if text[index - 1] == 92, text[index - 2] == 39 { return false }
            // `'fail(\'x\') end'`: an escaped quote with something directly behind it. A path in quotes
            // ends with its last folder and the quote.
            if slashes == 1, Byte.isAlnum(text[index + 1]) || text[index + 1] == 41 { return false }
            if text[index - 1] == 39, text[index - 2] == 92 { return false }
            // YAML and SQL write a quote in a text twice.
            if text[index + 1] == 39, Byte.isAlnum(text[index + 2]) { return false }
            if text[index - 1] == 39, index - 1 > value.start, Byte.isAlnum(text[index + 1]) {
                return false
            }
            return slashes % 2 == 0 || text[index + 1] != 39
        }
        // Deeper levels double: a quote inside has more backslashes than the one that opened. An
        // even surplus is a text that ends in backslashes.
        if slashes <= value.quoteDepth { return true }
        let width = 2 * (value.quoteDepth + 1)
        return (slashes - value.quoteDepth) % width == 0
    }

    func tripleQuoted(_ value: inout KeyedValue, _ quoteAt: Int) {
        let quote = value.quote
        value.start = quoteAt + 3
        if text[value.start] == 13 { value.start += 1 }
        if text[value.start] == 10 { value.start += 1 }
        var index = value.start
        let stop = min(text.count, index + Self.valueMax)
        while index < stop {
            if text.base[index] == quote, text[index + 1] == quote, text[index + 2] == quote {
                break
            }
            index += 1
        }
        value.end = text.back(index, limit: index - value.start, while: Byte.isSpace)
    }
}
