// Where the value of a key begins and ends, in JSON of any nesting, logfmt, TOML, YAML, shell, URLs
// and the debug output of programs.

/// A value behind a key.
struct KeyedValue {
    var start: Int
    var end: Int
    /// How the value is set apart from its key.
    var separator: UInt8
    /// The quote around it; 0 without.
    var quote: UInt8 = 0
    /// Backslashes before the quote.
    var quoteDepth = 0
    /// Whether the key itself stands in quotes.
    var isKeyQuoted = false
}

extension Scanner {
    /// Finds the value of a key that ends at `keyEnd`; nil when there is none.
    func value(after keyEnd: Int) -> KeyedValue? {
        let closers = text.skip(keyEnd, limit: 10) { Byte.isQuote($0) || $0 == 92 || $0 == 93 }
        let isQuoted = (keyEnd..<closers).contains { Byte.isQuote(text[$0]) }
        if let cell = recordCell(behind: closers, key: keyEnd) { return cell }
        let edge = KeyEdge(
            end: keyEnd, closers: closers, sign: text.pastBlanks(closers, limit: 24),
            isQuoted: isQuoted)
        switch opening(behind: edge) {
        case .nothing: return nil
        case .element(let mark): return elementValue(mark)
        case .part(let lineEnd): return formPart(lineEnd)
        case .value(let index, let separator): return value(at: index, separator, edge)
        }
    }

    private func value(at index: Int, _ separator: UInt8, _ edge: KeyEdge) -> KeyedValue? {
        let (isQuoted, keyEnd) = (edge.isQuoted, edge.end)
        var start = index
        if separator == 58, isQuoted, crossesLine(index, from: keyEnd) {
            start = text.skip(index, limit: 200, while: Byte.isSpace)
        } else {
            start = text.pastBlanks(index)
        }
        guard start < text.count else { return nil }
        if separator == 61, start > index, text[keyEnd] == 61 {
            // `logname= uid=0`: nothing behind the sign, and the next pair.
            let name = text.skip(start, limit: 40, while: Byte.isWord)
            if name > start, text[name] == 61 { return nil }
        }
        guard let value = delimited(start, separator, isQuoted, key: keyEnd) else { return nil }
        // In a list of texts the next one may be a key itself.
        if separator == 44, value.quote != 0, text[text.pastBlanks(value.end + 1)] == 58 {
            // `"ParameterKey":"X","ParameterValue":"Y"`: what the next one is called says so.
            let isValue =
                value.end - value.start <= 24
                && (text.has("value", at: value.end - 5, folded: true)
                    || ["v", "val"].contains(text.string(value.start, value.end)))
            return isValue ? self.value(after: value.end) : nil
        }
        return value
    }

    /// Past wrappers such as `Some(` and `b"`, then by quote or by what ends bare words.
    private func delimited(
        _ first: Int, _ separator: UInt8, _ isKeyQuoted: Bool, key: Int
    ) -> KeyedValue? {
        let wrapped = text.skip(first, limit: 24) { Byte.isAlnum($0) || $0 == 95 }
        var start = first
        if text[wrapped] == 40, wrapped > first { start = pastOpening(first, wrapped) }
        let prefixed = text.skip(start, limit: 2, while: Byte.isLetter)
        if prefixed > start, text[prefixed] == 34 || text[prefixed] == 39 { start = prefixed }
        if text.has("<<\"", at: start) { start += 2 }
        if text[start] == 48, text[start + 1] == 120 {
            // A debugger shows where a text lies before the text.
            let number = text.skip(start + 2, limit: 16, while: Byte.isHex)
            if text[number] == 32, text[number + 1] == 34 { start = number + 1 }
        }
        let slashes = text.skip(start, limit: 16) { $0 == 92 }
        let quote = text[slashes]
        var value = KeyedValue(start: start, end: start, separator: separator)
        value.isKeyQuoted = isKeyQuoted
        if Byte.isQuote(quote) {
            if separator == 61, isClosing(slashes) { return nil }
            value.quote = quote
            value.quoteDepth = slashes - start
            quoted(&value, slashes)
        } else {
            value.end = bareEnd(start, key: key)
            // An argument ends with a zero byte, and blanks are part of it.
            let zero = text.skip(start, limit: 512) { $0 != 0 && $0 != 10 }
            if separator == 0, text[zero] == 0, zero < text.count { value.end = zero }
        }
        return value
    }

    /// What programs print round a value.
    private static let wrappers: Set<String> = [
        "Some", "Ok", "Just", "Optional", "Secret", "SecretString", "String", "Password",
        "Token", "Sensitive", "Right", "Value", "str", "bytes", "Bytes",
    ]

    /// Past `Some(`; laid out over lines, past the break too. Passwords hold parentheses as well.
    private func pastOpening(_ first: Int, _ parenthesis: Int) -> Int {
        let next = text.skip(parenthesis + 1, limit: 200, while: Byte.isSpace)
        if hasLines, Byte.isQuote(text[next]) || text[next] == 92 { return next }
        let isWrapper = Self.wrappers.contains(text.string(first, parenthesis))
        return isWrapper || Byte.isQuote(text[parenthesis + 1]) ? parenthesis + 1 : first
    }

    /// Whether the quote at `index` ends the text around the key instead of opening a value: one like
    /// it was opened before on the line.
    func isClosing(_ index: Int) -> Bool {
        let next = text[index + 1]
        if next == 0 || Byte.isSpace(next) { return true }
        guard next == 44 || next == 125 || next == 93 else { return false }
        let line = text.lineStart(index, limit: Self.longText)
        return !(line..<index).count { text[$0] == text[index] }.isMultiple(of: 2)
    }

    private func quoted(_ value: inout KeyedValue, _ quoteAt: Int) {
        let quote = value.quote
        if text[quoteAt + 1] == quote, text[quoteAt + 2] == quote, opensTriple(quoteAt) {
            return tripleQuoted(&value, quoteAt)
        }
        if isDoubled(quoteAt) { return doubled(&value, quoteAt) }
        value.start = quoteAt + 1
        var index = value.start
        let stop = min(text.count, index + Self.valueMax)
        let isInText = quote != 34 && isInJSONText(quoteAt)
        while index < stop {
            let byte = text.base[index]
            if byte == quote, closes(index, value) { break }
            if isInText, byte == 34, !text.isEscaped(index) { break }
            // Text in one pair of quotes seldom spans lines; an unclosed one ends with its line, and a
            // record that was cut off where the next begins.
            if byte == 10,
                !value.isKeyQuoted || text[index - 1] == 44 || cutsOff(index + 1)
            {
                break
            }
            index += 1
        }
        value.end = max(value.start, index - trailingSlashes(index, value))
        if text.base[min(index, text.count - 1)] != quote || value.end - value.start > Self.longText
        {
            value.end = openEnd(value)
        }
    }

    /// Whether an object, or a record with a time, begins at `start`, which no text runs over. Where a
    /// text was folded by what puts heads before lines, nothing but the rest of a word stands there.
    private func cutsOff(_ start: Int) -> Bool {
        if text.has("{\"", at: start) { return true }
        guard TimeStamp.end(text, start) != nil else { return false }
        let content = text.pastBlanks(lineHead(start))
        return text[text.firstBlank(content, limit: Self.longText)] == 32
    }

    /// Whether the line is JSON and one of its texts is open at `index`: what opens in the text ends
    /// with it.
    private func isInJSONText(_ index: Int) -> Bool {
        let line = text.lineStart(index, limit: Self.longText)
        let first = text.pastBlanks(line, limit: 256)
        guard text[first] == 123 || text[first] == 91 else { return false }
        return isInQuotes(index, from: line)
    }

    /// Whether a double quote was opened behind `line` and is open still at `index`.
    func isInQuotes(_ index: Int, from line: Int) -> Bool {
        !(line..<index).count { text[$0] == 34 && !text.isEscaped($0) }.isMultiple(of: 2)
    }

    /// A longer text in quotes is looked at for the next record: its quotes may be another's.
    static let longText = 2048

    /// Where a text ends whose closing quote is missing, or so far away that it may be another's:
    /// before the next record, or with its line, or after the words a value may have.
    private func openEnd(_ value: KeyedValue) -> Int {
        let isClosed = text[value.end + value.quoteDepth] == value.quote
        if isClosed, value.isKeyQuoted { return value.end }
        let record = recordStart(value.start, min(value.end, value.start + Self.valueMax))
        if record < value.end { return text.back(record, limit: 64, while: Byte.isBlank) }
        if isClosed || value.end - value.start <= Self.longText { return value.end }
        return max(bareEnd(value.start), value.start + 1)
    }

    /// Where the time of the next record stands, or `end`.
    func recordStart(_ start: Int, _ end: Int) -> Int {
        guard start < end else { return end }
        let known = text.memo.pointee.records
        var from = start
        if known.contains(start) {
            if text.memo.pointee.isRecord {
                return known.upperBound + 4 < end ? known.upperBound : end
            }
            if end <= known.upperBound { return end }
            if start + 4 <= known.upperBound { from = known.upperBound }
        }
        let record = firstRecord(from: start, dash: from, to: end)
        text.memo.pointee.records = (from > start ? known.lowerBound : start)..<(record ?? end)
        text.memo.pointee.isRecord = record != nil
        return record ?? end
    }

    /// - Parameter first: the first dash of the time stands here at the earliest.
    private func firstRecord(from start: Int, dash first: Int, to end: Int) -> Int? {
        var dash = text.first(45, from: first, to: end)
        while dash < end {
            if text[dash + 3] == 45, dash - 4 >= start, TimeStamp.end(text, dash - 4) != nil {
                return dash - 4
            }
            dash = text.first(45, from: dash + 1, to: end)
        }
        return nil
    }
}
