// Text of functions. Evidence is made without it; what gets into free text all the same is taken
// out here: values of telling keys, hunks, conflict sides, fenced code, and the lines compilers and
// interpreters show.

extension Scanner {
    static let bodyMax = 256 << 10

    /// A value behind `body`, `before`, `after` and their like.
    mutating func body(_ place: KeyPlace, isStrong: Bool) {
        if !isStrong, let name = nameBefore(place) {
            return secret(name, place, isStrong: true)
        }
        if hasLines, let block = indentedBlock(place) {
            guard isStrong || CodeShape.isCode(text, block.lowerBound, block.upperBound) else {
                return
            }
            return add(block.lowerBound, block.upperBound, .functionBody, .body)
        }
        guard let value = value(after: place.end), value.separator != 32, value.separator != 44,
            value.separator != 41, !Shape.isNumber(text, value.start, value.end)
        else { return }
        if value.quote == 0, value.separator != 0,
            text[value.start] == 91 || text[value.start] == 123,
            value.isKeyQuoted
        {
            return bodyCollection(value, isStrong: isStrong)
        }
        if value.quote != 0 { return quotedBody(value, isStrong) }
        bareBody(value, isStrong)
    }

    /// `name: DB_PASSWORD` before `value: …`, as lists of variables have it.
    private func nameBefore(_ place: KeyPlace) -> MaskClass? {
        guard text.has("value", at: place.start, folded: true), place.end - place.start == 5 else {
            return nil
        }
        var index = place.start
        let stop = max(0, place.start - 200)
        while index > stop {
            index -= 1
            let isName =
                text.has("name", at: index, folded: true)
                || text.has("key", at: index, folded: true)
            guard isName, !Byte.isWord(text[index - 1]) else { continue }
            let end = text.skip(index, limit: 8, while: Byte.isLetter)
            guard let value = value(after: end), value.end < place.start else { continue }
            if case .strong(let name) = keyKind(value.start, value.end) { return name }
            return nil
        }
        return nil
    }

    private mutating func quotedBody(_ value: KeyedValue, _ isStrong: Bool) {
        guard !book.isSafe(text, value.start, value.end) else { return }
        let isCode = CodeShape.isCode(text, value.start, value.end)
        guard isCode || (isStrong && !isLabel(value.start, value.end)) else { return }
        add(value.start, value.end, .functionBody, .body)
    }

    /// One word, number, digest or measure: says something about a body and is none.
    private func isLabel(_ start: Int, _ end: Int) -> Bool {
        let word = text.skip(start, limit: end - start) { Byte.isWord($0) || $0 == 46 || $0 == 58 }
        return word == end && end - start <= 80
    }

    /// Without quotes a body runs to the end of its line, and over the lines that continue it.
    private mutating func bareBody(_ value: KeyedValue, _ isStrong: Bool) {
        var end =
            text[value.start] == 0
            ? value.start : text.first(0, from: value.start, to: text.lineEnd(value.start))
        if value.separator != 61, value.separator != 58 { return }
        if text.isEscaped(value.start) { return }
        let stop = closingQuote(value.start, end)
        let isOpen = stop == end
        end = stop
        let isCode = CodeShape.isCode(text, value.start, end)
        guard isCode || (isStrong && !isLabel(value.start, value.end)) else { return }
        if isCode, isOpen, hasLines { end = continuedEnd(end) }
        guard !book.isSafe(text, value.start, value.end) else { return }
        add(value.start, end, .functionBody, .body)
    }

    /// In a line that is one JSON text the body ends where the text does.
    private func closingQuote(_ start: Int, _ end: Int) -> Int {
        let lineStart = text.lineStart(start)
        guard text[text.pastBlanks(lineStart)] == 123 else { return end }
        var index = text.first(34, from: start, to: end)
        while index < end {
            if !text.isEscaped(index) { return index }
            index = text.first(34, from: index + 1, to: end)
        }
        return end
    }

    /// Lines below that begin no record of their own and look like code.
    private func continuedEnd(_ first: Int) -> Int {
        var end = first
        while end + 1 < text.count, end - first < Self.bodyMax {
            let start = end + 1
            let next = text.lineEnd(start)
            if Record.begins(text, start, next) { return end }
            let content = text.pastBlanks(start, limit: 256)
            let isIndented = content > start
            let isBrace = content < next && (text[content] == 125 || text[content] == 41)
            guard isIndented || isBrace || CodeShape.score(text, start, next) >= 2 else {
                return end
            }
            end = next
        }
        return end
    }

    private mutating func bodyCollection(_ value: KeyedValue, isStrong: Bool) {
        var level = 0
        var index = value.start
        let stop = min(text.count, value.start + Self.bodyMax)
        while index < stop {
            let byte = text.base[index]
            if byte == 91 || byte == 123 { level += 1 }
            if byte == 93 || byte == 125 {
                level -= 1
                if level <= 0 { return }
            }
            guard byte == 34 else {
                index += 1
                continue
            }
            var item = KeyedValue(start: index + 1, end: index + 1, separator: 58)
            item.quote = 34
            item.quoteDepth = index - text.back(index, limit: 8) { $0 == 92 }
            item.end = stringEnd(item)
            let after = text.skip(item.end, limit: 16) { $0 == 92 || $0 == 34 }
            if text[text.pastBlanks(after)] != 58 { quotedBody(item, isStrong) }
            index = max(after, index + 1)
        }
    }

    private func stringEnd(_ item: KeyedValue) -> Int {
        var index = item.start
        let stop = min(text.count, index + Self.bodyMax)
        while index < stop, text.base[index] != 10 {
            if text.base[index] == 34 {
                let slashes = index - text.back(index, limit: index - item.start) { $0 == 92 }
                if slashes <= item.quoteDepth { return index - min(slashes, item.quoteDepth) }
                if (slashes - item.quoteDepth) % (2 * (item.quoteDepth + 1)) == 0 {
                    return index - item.quoteDepth
                }
            }
            index += 1
        }
        return index
    }

    /// `@@ -1,4 +1,5 @@` stands at `start`: the lines of the hunk, and what follows the marks.
    mutating func diffHunk(_ start: Int) {
        guard hasLines, start >= blockEnd else { return }
        let lineEnd = text.lineEnd(start)
        let marks = text.skip(start + 3, limit: 60) { $0 != 64 && $0 != 10 }
        guard text.has("@@", at: marks), marks + 2 <= lineEnd else { return }
        // Its lines end in escapes: the view without them shows where it ends.
        if book.allows(.seeThroughEscapes), holdsEscapedFeed(marks, lineEnd) { return }
        if marks + 3 < lineEnd, lineEnd - marks > 4 {
            add(marks + 3, lineEnd, .functionBody, .body)
        }
        var end = lineEnd
        while end + 1 < text.count, end - start < Self.bodyMax {
            let byte = text[end + 1]
            let isHeader = text.has("--- a", at: end + 1) || text.has("+++ b", at: end + 1)
            guard byte == 32 || byte == 43 || byte == 45 || byte == 92, !isHeader else { break }
            end = text.lineEnd(end + 1)
        }
        guard end > lineEnd else { return }
        blockEnd = end
        block(lineEnd + 1, end)
    }

    private func holdsEscapedFeed(_ start: Int, _ end: Int) -> Bool {
        var index = text.first(92, from: start, to: end)
        while index < end {
            index = text.skip(index, limit: end - index) { $0 == 92 }
            if text[index] == 110 || text[index] == 114 { return true }
            if text.has("u000a", at: index, folded: true) { return true }
            index = text.first(92, from: index, to: end)
        }
        return false
    }

    private mutating func block(_ start: Int, _ end: Int) {
        let first = text.pastBlanks(start, limit: 256)
        add(min(first, end), end, .functionBody, .body)
    }

    /// `<<<<<<< ours` … `>>>>>>> theirs`
    mutating func conflictSides(_ start: Int) {
        guard hasLines, start == text.lineStart(start), start >= blockEnd else { return }
        var line = text.lineEnd(start) + 1
        let first = line
        while line < text.count, line - start < Self.bodyMax {
            let end = text.lineEnd(line)
            if text.has(">>>>>>>", at: line) {
                if line > first { block(first, line - 1) }
                blockEnd = line
                return
            }
            line = end + 1
        }
    }

    /// Three backticks at the start of a line, up to the next three.
    mutating func fencedCode(_ start: Int) {
        guard hasLines, start >= blockEnd, text.pastBlanks(text.lineStart(start)) == start else {
            return
        }
        var line = text.lineEnd(start) + 1
        let first = line
        while line < text.count, line - start < Self.bodyMax {
            let end = text.lineEnd(line)
            if text.has("```", at: text.pastBlanks(line)) {
                if line > first { block(first, line - 1) }
                blockEnd = end
                return
            }
            line = end + 1
        }
    }

    /// ` | ` stands at `start`: a line of source with its number, as compilers show it.
    mutating func gutter(_ start: Int) {
        guard hasLines else { return }
        let lineStart = text.lineStart(start)
        var number = text.pastBlanks(lineStart)
        if text[number] == 62 { number = text.pastBlanks(number + 1) }
        let digits = text.skip(number, limit: 7, while: Byte.isDigit)
        guard digits == start, digits > number else { return }
        let lineEnd = text.lineEnd(start)
        let content = text.pastBlanks(start + 2, limit: 256)
        guard content < lineEnd else { return }
        add(content, lineEnd, .functionBody, .body)
    }

    /// A line of nothing but carets: the line above is source.
    mutating func caretLine(_ start: Int) {
        guard hasLines else { return }
        let lineStart = text.lineStart(start)
        guard text.pastBlanks(lineStart, limit: 400) == start, lineStart > 0 else { return }
        let marks = text.skip(start, limit: 400) { $0 == 94 || $0 == 126 || $0 == 45 }
        guard Byte.isSpace(text[marks]) || marks == text.count else { return }
        let sourceEnd = lineStart - 1
        let sourceStart = text.pastBlanks(text.lineStart(sourceEnd), limit: 400)
        guard sourceStart < sourceEnd, !book.isSafe(text, sourceStart, sourceEnd) else { return }
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
        add(content, text.lineEnd(content), .functionBody, .body)
    }
}

/// Where a record of a log begins.
enum Record {
    /// Whether the line begins with a time, a brace, a bracket, a level or a name with a value.
    static func begins(_ text: Text, _ start: Int, _ end: Int) -> Bool {
        guard start < end else { return false }
        let byte = text[start]
        if byte == 123 || byte == 91 || byte == 60 || byte == 35 { return true }
        if byte == 45 { return text[start + 1] == 32 || text[start + 1] == 45 }
        if Byte.isDigit(byte) { return beginsWithTime(text, start) }
        for level: StaticString in ["INFO", "WARN", "ERROR", "DEBUG", "TRACE", "FATAL", "time="]
        where text.has(level, at: start) {
            return true
        }
        let name = text.skip(start, limit: 40) { Byte.isWord($0) || $0 == 46 }
        return name > start && (text[name] == 61 && text[name + 1] != 61 && text[name + 1] > 32)
            || isSyslog(text, start)
    }

    private static func beginsWithTime(_ text: Text, _ start: Int) -> Bool {
        let digits = text.skip(start, limit: 20, while: Byte.isDigit)
        let next = text[digits]
        if digits - start == 4, next == 45 || next == 47 { return Byte.isDigit(text[digits + 1]) }
        if digits - start <= 2, next == 58 || next == 47 { return Byte.isDigit(text[digits + 1]) }
        return digits - start >= 9 && (next == 46 || next == 32)
            || digits - start <= 3 && next == 46 && isAddress(text, digits)
    }

    /// The rest of an IPv4 address: two more groups.
    private static func isAddress(_ text: Text, _ dot: Int) -> Bool {
        let second = text.skip(dot + 1, limit: 3, while: Byte.isDigit)
        let third = text.skip(second + 1, limit: 3, while: Byte.isDigit)
        return second > dot + 1 && text[second] == 46 && third > second + 1 && text[third] == 46
    }

    private static func isSyslog(_ text: Text, _ start: Int) -> Bool {
        Byte.isUpper(text[start]) && Byte.isLower(text[start + 1]) && Byte.isLower(text[start + 2])
            && text[start + 3] == 32
            && (Byte.isDigit(text[start + 4]) || Byte.isDigit(text[start + 5]))
    }
}
