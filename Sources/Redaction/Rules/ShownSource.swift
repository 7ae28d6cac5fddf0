// The lines of source that compilers and interpreters show beside what they say of them.

extension Scanner {
    /// ` | ` stands at `start`: a line of source with its number, as compilers show it.
    mutating func gutter(_ start: Int) {
        guard hasLines else { return }
        let lineStart = text.lineStart(start)
        var number = text.pastBlanks(lineStart)
        if text[number] == 62 { number = text.pastBlanks(number + 1) }
        let digits = text.skip(number, limit: 7, while: Byte.isDigit)
        // `42  |   code`: numbers that are shorter than others are padded, and so are those of tables.
        let isPadded = digits < start
        let bar = text.skip(digits, limit: 8) { $0 == 32 }
        guard digits > number, digits == start || bar == start + 1 else { return }
        let lineEnd = text.lineEnd(start)
        let content = text.pastBlanks(start + 2, limit: 256)
        guard content < lineEnd, !isCell(content, lineEnd) else { return }
        if isPadded, CodeShape.score(text, content, min(lineEnd, content + 1024)) < 2 { return }
        add(content, restOfRecord(content, lineEnd), .functionBody, .body)
    }

    /// `1 | main`: a row of a table, not a line of source. A table has another line of its kind, or
    /// its rule, next to it; source has signs of code, or the marks of what shows it.
    private func isCell(_ content: Int, _ lineEnd: Int) -> Bool {
        guard CodeShape.score(text, content, lineEnd) == 0, text[lineEnd - 1] != 123 else {
            return false
        }
        let above = text.lineStart(max(0, text.lineStart(content) - 1))
        let below = lineEnd + 1
        return [above, below].contains { start in
            let first = text.pastBlanks(start, limit: 16)
            return text.has("--", at: first) && text[text.skip(first, limit: 80) { $0 == 45 }] == 43
        } || isRowAbove(text.lineStart(content))
    }

    /// Whether the rule of a table stands among the lines above.
    private func isRowAbove(_ lineStart: Int) -> Bool {
        var start = lineStart
        for _ in 0..<Self.rowsMax where start > 0 {
            start = text.lineStart(start - 1)
            let first = text.pastBlanks(start, limit: 16)
            if text.has("--", at: first) {
                return text[text.skip(first, limit: 80) { $0 == 45 }] == 43
            }
            let digits = text.skip(first, limit: 7, while: Byte.isDigit)
            guard digits > first, text[text.pastBlanks(digits)] == 124 else { return false }
        }
        return false
    }

    /// So many rows of a table are looked back over for its head.
    private static let rowsMax = 64

    /// A line of nothing but carets: the line above is source.
    mutating func caretLine(_ found: Int) {
        guard hasLines else { return }
        let lineStart = text.lineStart(found)
        let start = text.pastBlanks(found, limit: 2)
        guard text.pastBlanks(lineStart, limit: 400) == start, lineStart > 0 else { return }
        let marks = text.skip(start, limit: 400) { $0 == 94 || $0 == 126 || $0 == 45 }
        guard Byte.isSpace(text[marks]) || marks == text.count else { return }
        let sourceEnd = lineStart - 1
        let sourceStart = text.pastBlanks(
            max(text.lineStart(sourceEnd), sourceEnd - Self.sourceMax), limit: 400)
        guard sourceStart < sourceEnd, !book.isSafe(text, sourceStart, sourceEnd) else { return }
        // A title is underlined from its first letter to its last.
        let isTitle =
            start == lineStart && marks - start >= sourceEnd - sourceStart
            && CodeShape.score(text, sourceStart, sourceEnd) == 0
        if isTitle { return }
        add(sourceStart, sourceEnd, .functionBody, .body)
    }

    /// `  File "x.py", line 3, in f` stands at `start`: the indented line below is source.
    mutating func tracebackLine(_ start: Int) {
        guard hasLines else { return }
        let lineEnd = text.lineEnd(start)
        let indent = text.pastBlanks(text.lineStart(start)) - text.lineStart(start)
        let content = text.pastBlanks(lineEnd + 1, limit: 256)
        guard content - lineEnd - 1 > indent, content < text.lineEnd(lineEnd + 1) else { return }
        guard !text.has("File \"", at: content) else { return }
        add(content, restOfRecord(content, text.lineEnd(content)), .functionBody, .body)
    }

    /// The longest line of source that is shown above its marks.
    private static let sourceMax = 8 << 10
}
