// Single lines of source that debuggers, interpreters and tests show beside what they say of them.

extension Scanner {
    private mutating func source(_ start: Int, _ end: Int) {
        let first = text.pastBlanks(start, limit: 256)
        let stop = text.back(end, limit: 8, while: Byte.isSpace)
        if first < stop { add(first, stop, .functionBody, .body) }
    }

    /// ``parse error near `code` ``, `syntax error at line 4: code`: what stands behind the words, which
    /// end at `end`.
    mutating func reportedSource(_ end: Int) {
        guard hasLines, end >= sourceEnd else { return }
        var start = end
        if text[start - 1] == 32, Byte.isDigit(text[start]) {
            start = text.skip(start, limit: 7, while: Byte.isDigit)
            guard text[start] == 58, text[start + 1] == 32 else { return }
            start += 2
        }
        let lineEnd = min(text.lineEnd(start), start + 1024)
        var stop = text.back(lineEnd, limit: 8, while: Byte.isSpace)
        let quote = text[start - 1]
        if Byte.isQuote(quote) || Byte.isQuote(text[start]) {
            if !Byte.isQuote(quote) { start += 1 }
            let sign = text[start - 1]
            let close = (start..<max(start, stop)).last {
                text[$0] == sign || sign == 96 && text[$0] == 39
            }
            stop = close ?? stop
        }
        sourceEnd = max(end, stop)
        if isSnippet(start, stop) { source(start, stop) }
    }

    /// `could not parse unit "…"`, ``cannot splice `…` ``: code in quotes; the words end at `end`.
    mutating func quotedSource(_ end: Int) {
        guard hasLines, end >= sourceEnd else { return }
        let quote = text.skip(end, limit: 40) { Byte.isLetter($0) || $0 == 32 || $0 == 58 }
        let sign = text[quote]
        guard sign == 34 || sign == 39 || sign == 96 else { return }
        let limit = min(text.count, quote + 4096)
        let stop = text.firstUnescaped(sign, from: quote + 1, to: limit)
        guard stop < limit else { return }
        let isCall = (quote + 2..<max(quote + 2, stop)).contains {
            text[$0] == 40 && Byte.isWord(text[$0 - 1])
        }
        guard CodeShape.score(text, quote + 1, stop) >= (isCall ? 1 : 3) else { return }
        sourceEnd = stop
        source(quote + 1, stop)
    }

    /// ``x.sh: line 4: `code' ``, as shells show the line that they could not read; the words end at `end`.
    mutating func shellSource(_ end: Int) {
        let digits = text.skip(end, limit: 7, while: Byte.isDigit)
        guard digits > end else { return }
        if text.has(": `", at: digits) { return reportedSource(digits + 3) }
        if text.has(": ", at: digits), isParserReport(end) { reportedSource(digits + 2) }
    }

    /// `Parse error: unexpected token in x.php on line 4: `: what a parser says stands before `index`.
    private func isParserReport(_ index: Int) -> Bool {
        let words: [StaticString] = ["syntax error", "parse error", "unexpected "]
        return (max(text.lineStart(index, limit: 200), index - 200)..<index).contains { at in
            words.contains { text.has($0, at: at, folded: true) }
        }
    }

    /// ``ERROR node at 42:9 in a.rs: `code` ``: statements in backticks behind a colon; the first of them
    /// ends at `end`.
    mutating func tickedSource(_ end: Int) {
        guard hasLines, end >= sourceEnd else { return }
        let limit = min(text.lineEnd(end), end + 4096)
        let stop = text.first(96, from: end, to: limit)
        sourceEnd = max(sourceEnd, stop)
        guard stop < limit, text.first(32, from: end, to: stop) < stop,
            CodeShape.score(text, end, stop) >= 3 || CodeShape.isExpression(text, end, stop)
        else { return }
        source(end, stop)
    }

    /// `-> code` of Python's debugger, under `> /srv/x.py(42)run()`; the arrow stands at `start`.
    private mutating func steppedLine(_ start: Int) {
        guard start > 0 else { return }
        let above = text.lineStart(start - 1, limit: 512)
        guard text.has("> ", at: above) else { return }
        let open = text.first(40, from: above, to: start)
        let digits = text.skip(open + 1, limit: 7, while: Byte.isDigit)
        let end = text.lineEnd(start)
        if digits > open + 1, text[digits] == 41, isSnippet(start + 3, min(end, start + 1024)) {
            source(start + 3, end)
        }
    }

    /// A statement, not a sentence about one, nor one sign of it.
    private func isSnippet(_ start: Int, _ end: Int) -> Bool {
        guard end - start >= 8 else { return false }
        let words: [StaticString] = ["expect", "found", "missing", "unterminated", "unclosed"]
        if (start..<end).contains(where: { at in words.contains { text.has($0, at: at) } }) {
            return false
        }
        let isCall = (start + 1..<end).contains { text[$0] == 40 && Byte.isWord(text[$0 - 1]) }
        return isCall
            || CodeShape.score(text, start, end) >= 1
                && (start..<end).contains { text[$0] == 32 }
    }

    /// `Breakpoint 1, go () at x.c:42`, and `42`, a tab and the line of source below.
    mutating func brokenLine(_ start: Int) {
        guard hasLines else { return }
        let next = text.lineEnd(start) + 1
        let digits = text.skip(next, limit: 7, while: Byte.isDigit)
        if digits > next, text[digits] == 9 { source(digits + 1, text.lineEnd(digits)) }
    }

    /// `-> 42  \tcode` of lldb and the lines round it; the arrow stands at `start`.
    mutating func arrowLine(_ start: Int) {
        guard hasLines, start >= sourceEnd else { return }
        guard isNumbered(start) else { return steppedLine(start) }
        var first = start
        for _ in 0..<8 where first > 0 {
            let above = text.lineStart(first - 1, limit: 1024)
            guard isNumbered(above) else { break }
            first = above
        }
        var line = first
        for _ in 0..<17 where line < text.count {
            guard isNumbered(line) else { break }
            let end = text.lineEnd(line)
            let tab = text.first(9, from: line, to: end)
            source(tab + 1, end)
            line = end + 1
        }
        sourceEnd = line
    }

    /// Blanks or an arrow, a number, blanks and a tab.
    private func isNumbered(_ line: Int) -> Bool {
        let number = text.pastBlanks(text.has("->", at: line) ? line + 2 : line, limit: 8)
        let digits = text.skip(number, limit: 7, while: Byte.isDigit)
        let blank = text.skip(digits, limit: 4) { $0 == 32 }
        return digits > number && number > line && text[blank] == 9
    }

    /// `42│ code`, as Swift shows where a program stopped; the line stands at `mark`.
    mutating func ruledLine(_ mark: Int) {
        guard hasLines else { return }
        let digits = text.back(mark, limit: 7, while: Byte.isDigit)
        let first = text.back(digits, limit: 16) { $0 == 32 || $0 == 42 }
        guard digits < mark, first == 0 || text[first - 1] == 10 else { return }
        let end = text.lineEnd(mark)
        if isSnippet(mark + 4, end) || text.has("    ", at: mark + 4) { source(mark + 4, end) }
    }

    /// `x.go:4:2: undefined: foo`, and the indented line of source below; the words stand at `start`.
    mutating func placedSource(_ start: Int) {
        let line = text.lineStart(start, limit: 256)
        guard hasLines, (line..<start).contains(where: { text.has(".go:", at: $0) }) else { return }
        let next = text.lineEnd(start) + 1
        if text[next] == 9, text[next + 1] > 32 { source(next, text.lineEnd(next)) }
    }

    /// `>       code` in what pytest shows of a test: lines that begin with `E` follow.
    mutating func failedLine(_ start: Int) {
        guard hasLines, start == 0 || text[start - 1] == 10 else { return }
        let end = text.lineEnd(start)
        var line = end + 1
        for _ in 0..<12 where line < text.count {
            if text.has("E   ", at: line) { return source(start + 1, end) }
            line = text.lineEnd(line) + 1
        }
    }

    /// `< code` and `> code` under `3,5c3,9`; the first of these lines begins at `start`.
    mutating func plainDiff(_ start: Int) {
        guard hasLines, start >= blockEnd, isEditCommand(text.lineStart(start - 1, limit: 64))
        else {
            return
        }
        var line = start
        while line < text.count, line - start < Self.bodyMax {
            let end = text.lineEnd(line)
            let isLine = (text[line] == 60 || text[line] == 62) && text[line + 1] == 32
            guard isLine || text.has("---\n", at: line) else { break }
            if isLine { source(line + 2, end) }
            line = end + 1
        }
        blockEnd = line
    }

    /// Numbers of lines, a letter and numbers again.
    private func isEditCommand(_ line: Int) -> Bool {
        let isNumber = { (byte: UInt8) in Byte.isDigit(byte) || byte == 44 }
        let letter = text.skip(line, limit: 16, while: isNumber)
        let end = text.skip(letter + 1, limit: 16, while: isNumber)
        return letter > line && end > letter + 1 && Byte.isBreak(text[end])
            && [97, 99, 100].contains(text[letter])
    }

    /// `src/pay.rs:12:code`, as grep shows lines with their numbers; the suffix of the file stands at
    /// `start..<end`. Compilers put a blank or the column behind the number.
    mutating func sourcePlace(_ start: Int, _ end: Int) {
        let digits = text.skip(end, limit: 7, while: Byte.isDigit)
        guard hasLines, digits > end, text[digits] == 58 || text[digits] == 45 else { return }
        let line = text.lineStart(start, limit: 400)
        guard
            (line..<start).allSatisfy({ Byte.isWord(text[$0]) || [45, 46, 47].contains(text[$0]) })
        else { return }
        let first = digits + 1
        let isIndented = text[first] == 9 || text.has("  ", at: first)
        guard isIndented || text[first] > 32 && !Byte.isDigit(text[first]) else { return }
        let lineEnd = min(text.lineEnd(first), first + Self.bodyMax)
        // So much says what it is: a line may be as long as the window.
        guard isSnippet(text.pastBlanks(first), min(lineEnd, first + 1024)) else { return }
        source(first, lineEnd)
    }

    /// `<body>` to `</body>` over lines, if nothing but text stands between and it is code: pages of the
    /// web have such parts, too.
    func elementBody(_ place: KeyPlace) -> Range<Int>? {
        guard hasLines, text[place.start - 1] == 60, text[place.end] == 62 else { return nil }
        let start = place.end + 1
        let close = text.first(60, from: start, to: min(text.count, start + Self.bodyMax))
        let name = text.bytes(place.start, place.end)
        guard text[close] == 60, text[close + 1] == 47,
            text.bytes(close + 2, close + 2 + name.count) == name,
            CodeShape.isCode(text, start, close)
        else { return nil }
        return start..<close
    }
}
