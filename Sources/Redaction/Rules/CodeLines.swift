// Code in free text that no key announces: what a parser says about the text it could not read, what
// a panic prints of its arguments, lines of source between the records of a log.

extension Scanner {
    /// Lines of code that stand together are judged together, up to this many bytes.
    private static let blockMax = 8 << 10

    /// A word that statements begin with stands at `start`.
    mutating func codeLine(_ start: Int) {
        guard hasLines, start >= codeEnd, start >= headedEnd,
            !Byte.isWord(text[start]) || !Byte.isWord(text[start - 1])
        else { return }
        let lineStart = text.lineStart(start, limit: Self.blockMax)
        let lineEnd = text.lineEnd(start)
        // Hunks, conflicts and fences have rules of their own, which leave their marks.
        if isMark(lineStart) { return }
        // Code that ran on into the next text would hide from the other rules what stands in it.
        if isStructure(text[text.pastBlanks(lineStart)]) { return quotedCode(start, lineEnd) }
        if isWithoutRecord(lineStart, start) {
            return codeBlock(lineStart, start)
        }
        let end = restOfRecord(start, lineEnd)
        codeEnd = end
        let first = codeStart(before: start, lineStart)
        // `x := f(1); return x == nil`: a statement that ends before the word is a sign of its own.
        let follows = first < start && text[start - 2] == 59
        guard CodeShape.isPlainCode(text, first, end, least: follows ? 5 : 6) else { return }
        let stop = closingQuote(before: first, end)
        addCode(first, stop)
    }

    /// Adds code without the marks that end a section of markup, and the section's element: what would
    /// be taken for the end of it otherwise is that of another far below.
    private mutating func addCode(_ start: Int, _ end: Int) {
        var start = start
        var sign = text.first(93, from: start, to: end)
        while sign < end {
            guard text.has("]]></", at: sign) else {
                sign = text.first(93, from: sign + 1, to: end)
                continue
            }
            add(start, sign, .functionBody, .body)
            start = min(end, text.first(62, from: sign + 3, to: end) + 1)
            start = text.skip(start, limit: end - start, while: Byte.isSpace)
            sign = text.first(93, from: start, to: end)
        }
        add(start, end, .functionBody, .body)
    }

    /// So far ahead of their first telling word statements begin, and so many marks are looked behind.
    private static let aheadMax = 256
    private static let marksMax = 4

    /// Where the statements begin whose first telling word stands at `start`, as in `x := f(1); return x`:
    /// behind a colon, a bracket or a quote of the message, if signs of code stand in between. A quote
    /// that is open still at `start` holds all of them: `assert 'for l in q { return l }'`.
    private func codeStart(before start: Int, _ lineStart: Int) -> Int {
        let least = max(lineHead(lineStart), start - Self.aheadMax)
        var first = start
        var marks = 0
        for index in least..<max(least, start) where marks < Self.marksMax {
            let isBlank = text[index] == 32 && (text[index - 1] == 58 || text[index - 1] == 93)
            // A text that ends before the word is a part of what the message is, as a key is.
            let isOpen =
                Byte.isQuote(text[index]) && !Byte.isAlnum(text[index - 1])
                && text.firstUnescaped(text[index], from: index + 1, to: start) == start
            guard isBlank || isOpen, text[index + 1] > 32 else { continue }
            marks += 1
            guard first == start || isOpen, CodeShape.hasSigns(text, index + 1, start),
                CodeShape.score(text, index + 1, start) >= 1
            else { continue }
            first = index + 1
            if isOpen { break }
        }
        return first
    }

    /// Code in one text of a structure, from its first word to the end of that text.
    private mutating func quotedCode(_ start: Int, _ lineEnd: Int) {
        var open = start
        let least = max(0, start - Self.blockMax)
        while open > least, text[open - 1] != 34 || text.isEscaped(open - 1) { open -= 1 }
        let sign = text.back(open - 1, limit: 4, while: Byte.isBlank) - 1
        guard open > 0, text[open - 1] == 34,
            text[sign] == 58 || text[sign] == 44 || text[sign] == 91 || text[sign] == 10
        else { return }
        let end = text.firstUnescaped(34, from: start, to: min(lineEnd, start + Self.bodyMax))
        codeEnd = end
        if text[sign] != 58, codeList(round: open - 1, lineEnd) { return }
        if text[sign] == 10, codeListLines(round: start) { return }
        guard CodeShape.isPlainCode(text, start, end) else { return }
        add(start, end, .functionBody, .body)
    }

    /// A function as a list of its lines: what each of them says is not enough to tell.
    private mutating func codeList(round quote: Int, _ lineEnd: Int) -> Bool {
        let open = text.back(quote, limit: Self.blockMax) { $0 != 91 && $0 != 10 && $0 != 123 }
        guard open > 0, text[open - 1] == 91 else { return false }
        let close = min(lineEnd, open + Self.blockMax)
        var end = text.firstUnescaped(34, from: open, to: close)
        var last = end
        // Texts with nothing but commas between them.
        while end < close {
            last = text.firstUnescaped(34, from: end + 1, to: close) + 1
            let next = text.skip(last, limit: 8) { $0 == 44 || Byte.isBlank($0) }
            guard last <= close, text[next] == 34 else { break }
            end = next
        }
        guard last > quote, text[text.pastBlanks(last)] == 93,
            CodeShape.isListOfCode(text, open, last)
        else { return false }
        bodyCollection(KeyedValue(start: open - 1, end: last, separator: 58), isStrong: true)
        codeEnd = last
        return true
    }

    /// The same, laid out: a line of the list is a text, and nothing else.
    private mutating func codeListLines(round start: Int) -> Bool {
        var texts: [Range<Int>] = []
        var line = text.lineStart(start, limit: Self.blockMax)
        while line > 0, start - line < Self.blockMax / 2,
            textOfLine(text.lineStart(line - 1)) != nil
        {
            line = text.lineStart(line - 1)
        }
        while let found = textOfLine(line), found.upperBound - start < Self.blockMax {
            texts.append(found)
            line = text.lineEnd(line) + 1
        }
        guard let first = texts.first, let last = texts.last, texts.count > 1 else { return false }
        codeEnd = max(codeEnd, last.upperBound)
        guard CodeShape.isListOfCode(text, first.lowerBound, last.upperBound) else { return true }
        for range in texts {
            add(
                text.pastBlanks(range.lowerBound), range.upperBound, .functionBody, .body)
        }
        return true
    }

    /// The inside of the one text in quotes that a line consists of.
    private func textOfLine(_ line: Int) -> Range<Int>? {
        let open = text.pastBlanks(line, limit: 256)
        guard line < text.count, text[open] == 34 else { return nil }
        let lineEnd = text.lineEnd(open)
        let close = text.firstUnescaped(34, from: open + 1, to: lineEnd)
        guard close < lineEnd else { return nil }
        let after = text[close + 1] == 44 ? close + 2 : close + 1
        return text.skip(after, limit: 8, while: Byte.isBlank) >= lineEnd || text[after] == 13
            ? open + 1..<close : nil
    }

    private func isStructure(_ byte: UInt8) -> Bool { byte == 123 || byte == 91 || byte == 34 }

    /// Whether nothing but blanks, marks and names stands before the code: a line of source.
    private func isWithoutRecord(_ lineStart: Int, _ start: Int) -> Bool {
        let first = text.pastBlanks(lineStart, limit: 256)
        if first == start { return true }
        guard start - first < 160, !Record.begins(text, first, start) else { return false }
        return (first..<start).allSatisfy { index in
            let byte = text[index]
            return byte != 58 || text[index + 1] != 32
        }
    }

    /// The lines round a line of source that begin no record of their own.
    private mutating func codeBlock(_ lineStart: Int, _ start: Int) {
        var first = lineStart
        while first > 0, lineStart - first < Self.blockMax / 2 {
            let before = text.lineStart(first - 1)
            let content = text.pastBlanks(before, limit: 256)
            if content >= first - 1
                || Record.begins(text, content, first - 1, amidCodeFrom: before)
            {
                break
            }
            if before < blockEnd || !isSource(before, first - 1) && !opensBlock(before, first) {
                break
            }
            first = before
        }
        var end = text.lineEnd(start)
        while end + 1 < text.count, end - first < Self.blockMax {
            let next = text.lineEnd(end + 1)
            let content = text.pastBlanks(end + 1, limit: 256)
            if Record.begins(text, content, next, amidCodeFrom: end + 1) { break }
            if content < next, !isSource(end + 1, next) { break }
            end = next
        }
        end = text.back(end, limit: end - first, while: Byte.isSpace)
        codeEnd = max(end, text.lineEnd(start))
        // What is none as a whole is none in its parts.
        guard CodeShape.isPlainCode(text, first, end) else { return }
        for code in CodeShape.dense(text, first..<end)
        where CodeShape.isPlainCode(text, code.lowerBound, code.upperBound) {
            addCode(text.pastBlanks(code.lowerBound, limit: 256), code.upperBound)
        }
    }

    /// The line at `start` ends as the head of a function does, and the one below is indented.
    private func opensBlock(_ start: Int, _ next: Int) -> Bool {
        guard text[next] == 32 || text[next] == 9 || text[next] == 123 else { return false }
        let end = text.back(next - 1, limit: 64, while: Byte.isSpace)
        let last = text[end - 1]
        if last == 123 || last == 61 || last == 41 { return true }
        return text.has(" do", at: end - 3) || text.has("then", at: end - 4)
    }

    /// Indented, closed by a brace, or with signs of code in it.
    private func isSource(_ start: Int, _ end: Int) -> Bool {
        let content = text.pastBlanks(start, limit: 256)
        guard content < end else { return true }
        if isMark(content) { return false }
        if content > start { return true }
        let first = text[content]
        if first == 125 || first == 41 || first == 123 || first == 64 { return true }
        if text.has("end", at: content), end - content == 3 { return true }
        return CodeShape.score(text, start, end) >= 2
    }

    /// Whether a mark of a hunk, a conflict, a fence or a page of source stands at `index`.
    private func isMark(_ index: Int) -> Bool {
        let marks: [StaticString] = [
            "@@ -", "<<<<<<<", ">>>>>>>", "=======", "|||||||", "```", "--- ", "+++ ", "diff --git",
        ]
        return marks.contains { text.has($0, at: index) }
    }

    /// In quotes the code ends with them.
    private func closingQuote(before start: Int, _ end: Int) -> Int {
        let open = text.back(start, limit: 64) { !Byte.isQuote($0) }
        guard open > 0, Byte.isQuote(text[open - 1]), start - open < 64 else { return end }
        let quote = text[open - 1]
        let slashes = open - 1 - text.back(open - 1, limit: 8) { $0 == 92 }
        var last = end
        while last > start {
            last -= 1
            guard text[last] == quote, !Byte.isAlnum(text[last + 1]) else { continue }
            let before = last - text.back(last, limit: 8) { $0 == 92 }
            if before <= slashes { return last - before }
        }
        return end
    }
}
