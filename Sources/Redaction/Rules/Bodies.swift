// Text of functions. Evidence is made without it; what gets into free text all the same is taken
// out here: values of telling keys, hunks, conflict sides and fenced code.

extension Scanner {
    static let bodyMax = 256 << 10

    /// A value behind `body`, `before`, `after` and their like.
    mutating func body(_ place: KeyPlace, isStrong: Bool) {
        // Seen with the heads, which tell where it ends.
        if isHeadless { return }
        if !isStrong, let named = kindBefore(place) {
            return keyed(named, place)
        }
        if let element = elementBody(place) {
            return add(element.lowerBound, element.upperBound, .functionBody, .body)
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

    /// `name: DB_PASSWORD` before `value: …`, as lists of variables and headers have it.
    private func kindBefore(_ place: KeyPlace) -> KeyKind? {
        let length = place.end - place.start
        let values: [StaticString] = ["value", "val", "input", "received"]
        let isValue = values.contains {
            $0.utf8CodeUnitCount == length && text.has($0, at: place.start, folded: true)
        }
        guard isValue || text.has("content=", at: place.start) else { return nil }
        if let outer = outerKind(place) { return outer }
        let names: [StaticString] = ["name", "key", "property"]
        // These name something else of the value as well, and stand between it and its name.
        let others: [StaticString] = ["param", "path\"", "field"]
        var index = place.start
        let stop = max(0, place.start - 200)
        while index > stop {
            index -= 1
            // `--name x --value y`
            let isFlag = text[index - 1] == 45 && text[index - 2] == 45
            guard isFlag || !Byte.isWord(text[index - 1]) else { continue }
            let isName = names.contains { text.has($0, at: index, folded: true) }
            guard isName || others.contains(where: { text.has($0, at: index, folded: true) }) else {
                continue
            }
            let end = text.skip(index, limit: 8, while: Byte.isLetter)
            guard let value = value(after: end), value.end < place.start else { continue }
            // A path names its last part.
            let first = text.back(value.end, limit: value.end - value.start) { $0 != 47 }
            switch keyKind(first, value.end) {
            case .body, .weakBody, .none, .strictName:
                if isName { return nil }
            case .weak(let name): return .strong(name)
            case let kind: return kind
            }
        }
        return nil
    }

    private mutating func quotedBody(_ value: KeyedValue, _ isStrong: Bool) {
        guard !book.isSafe(text, value.start, value.end) else { return }
        let isCode = CodeShape.isCode(text, value.start, value.end)
        let isNone = isLabel(value.start, value.end) || isRecord(value.start, value.end)
        guard isCode || (isStrong && !isNone) else { return }
        add(value.start, value.end, .functionBody, .body)
    }

    /// A line that begins with a time, or an object of JSON: what was sent, and no function.
    private func isRecord(_ start: Int, _ end: Int) -> Bool {
        if TimeStamp.end(text, start) != nil || Record.isSyslog(text, start) { return true }
        // Seen without escapes its first quote seems to end it; with them it is seen whole.
        if depth > 0, end == start + 1, text[start] == 123, text[end] == 34 { return true }
        guard text[start] == 123, text[text.back(end, limit: 16) { $0 <= 32 } - 1] == 125 else {
            return false
        }
        let quote = text.skip(start + 1, limit: 8) { $0 == 92 || $0 <= 32 }
        let name = text.skip(quote + 1, limit: 64) { Byte.isWord($0) || $0 == 46 }
        let close = text.skip(name, limit: 8) { $0 == 92 }
        return text[quote] == 34 && text[close] == 34 && text[close + 1] == 58
    }

    /// One word, number, digest or measure: says something about a body and is none.
    private func isLabel(_ start: Int, _ end: Int) -> Bool {
        let word = text.skip(start, limit: end - start) { Byte.isWord($0) || $0 == 46 || $0 == 58 }
        return word == end && end - start <= 80 || isTally(start, end)
    }

    /// Without quotes a body runs to the end of its line, and over the lines that continue it.
    private mutating func bareBody(_ value: KeyedValue, _ isStrong: Bool) {
        var end =
            text[value.start] == 0
            ? value.start : text.first(0, from: value.start, to: text.lineEnd(value.start))
        if value.separator != 61, value.separator != 58 { return }
        if text.isEscaped(value.start) { return }
        let stop = closingQuote(value.start, end)
        let isOpen = stop == end && !text.isEscaped(value.start)
        end = fieldEnd(value, stop)
        if end == stop { end = restOfRecord(value.start, stop) }
        let isAlone = isStrong && isOpen && hasLines
        let below = isAlone ? indentedBehindHead(text.lineStart(value.start)) : []
        let isCode =
            !below.isEmpty || isAlone && opensBlock(end)
            || text.memo.pointee.bodies.of(value.start, end) {
                // `body=case f(a) do {:ok, v} -> v * 2 end`: behind such a key, two signs are enough.
                CodeShape.isCode(text, value.start, end, least: isStrong ? 2 : 3)
            }
        let isNone = isLabel(value.start, value.end) || isForm(value)
        guard isCode || (isStrong && !isNone) else { return }
        if isCode, isOpen, end == stop, hasLines { end = continuedEnd(end) }
        guard !book.isSafe(text, value.start, value.end) else { return }
        add(value.start, end, .functionBody, .body)
        for line in below { add(line.lowerBound, line.upperBound, .functionBody, .body) }
    }

    /// So much of a line tells who sent what, and so long are fields of a form that end in another.
    private static let formMax = 1 << 10

    /// `POST body=a=b&n=2`: what a client sent, unless it looks like code.
    private func isForm(_ value: KeyedValue) -> Bool {
        guard value.separator == 61 else { return false }
        let methods: [StaticString] = ["POST ", "PUT ", "PATCH "]
        var index = text.first(80, from: text.lineStart(value.start, limit: 96), to: value.start)
        while index < value.start {
            if methods.contains(where: { text.has($0, at: index) }) { return true }
            index = text.first(80, from: index + 1, to: value.start)
        }
        return false
    }

    /// `body=a%20b&n=2`: a field of a form ends where the next begins.
    private func fieldEnd(_ value: KeyedValue, _ end: Int) -> Int {
        guard value.separator == 61 else { return end }
        let limit = min(end, value.start + Self.formMax)
        let sign = text.skip(value.start, limit: limit - value.start) { $0 > 32 && $0 != 38 }
        guard text[sign] == 38, sign < end else { return end }
        let name = text.skip(sign + 1, limit: 40, while: Byte.isWord)
        guard name > sign + 1, text[name] == 61, text[name + 1] != 61 else { return end }
        let isEscaped = text.first(37, from: value.start, to: sign) < sign
        return isEscaped || isForm(value) ? sign : end
    }

    /// A body ends with its record. In a line of many records, or without an end, it ends where
    /// no code follows any more.
    func restOfRecord(_ start: Int, _ lineEnd: Int) -> Int {
        let end = recordStart(start, min(lineEnd, start + Self.bodyMax))
        let least = start + Self.statementMax
        guard end > least else { return end }
        let last = text.memo.pointee.codeEnds.of(start, end) {
            var index = start
            while index < end {
                let next = min(index + Self.statementMax, end)
                if CodeShape.score(text, index, next) < 3 { break }
                index = next
            }
            let last = min(end, max(index, least))
            return text.skip(last, limit: end - last) { $0 > 32 }
        }
        return min(end, max(last, least))
    }

    /// In so many bytes of code at least three signs of it stand.
    private static let statementMax = 512

    /// In a line that is one JSON text the body ends where the text does.
    private func closingQuote(_ start: Int, _ end: Int) -> Int {
        let lineStart = text.lineStart(start)
        guard text[text.pastBlanks(lineStart)] == 123 else { return end }
        return text.firstUnescaped(34, from: start, to: end)
    }

    /// `body=for row in rows:` and an indented line below: whatever words it begins with, it is a head.
    private func opensBlock(_ end: Int) -> Bool {
        let last = text.back(end, limit: 8, while: Byte.isSpace)
        guard text[last - 1] == 58 || text[last - 1] == 123, end + 1 < text.count else {
            return false
        }
        let next = end + 1
        let content = text.pastBlanks(next, limit: 256)
        return content > next + 1 && !Byte.isBreak(text[content])
            && !Record.begins(text, next, text.lineEnd(next))
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
            // Behind a statement one sign is enough for a line that ends as statements do.
            let last = text[text.back(next, limit: 8, while: Byte.isSpace) - 1]
            let isStatement = [41, 59, 93, 123, 125].contains(last) && Byte.isLetter(text[content])
            let least = isStatement ? 1 : 2
            guard isIndented || isBrace || CodeShape.score(text, start, next) >= least else {
                return end
            }
            end = next
        }
        return end
    }

    mutating func bodyCollection(_ value: KeyedValue, isStrong: Bool) {
        var level = 0
        var index = value.start
        var outermost: Int?
        let stop = min(text.count, value.start + Self.bodyMax)
        // Lines of a function by themselves may say nothing; together they do.
        let limit = min(stop, index + 4096)
        var close = text.first(93, from: index, to: limit)
        while close < limit, !endsList(close) {
            close = text.first(93, from: close + 1, to: limit)
        }
        let isStrong =
            isStrong
            || text[index] == 91
                && text.memo.pointee.lists.of(index, close) {
                    CodeShape.score(text, index, close) >= 4
                }
        // Lists in a list were looked at with it.
        let memo = text.memo
        if memo.pointee.strongList.contains(index) { return }
        if !isStrong, memo.pointee.weakList.contains(index) { return }
        defer {
            let list = value.start..<index
            if isStrong { memo.pointee.strongList = list } else { memo.pointee.weakList = list }
        }
        while index < stop {
            let byte = text.base[index]
            if byte == 91 || byte == 123 { level += 1 }
            if byte == 93 || byte == 125 {
                level -= 1
                if level <= 0 { return }
            }
            if byte == 10, text[index + 1] == 123 || beginsRecord(index + 1) { return }
            guard byte == 34 else {
                index += 1
                continue
            }
            var item = KeyedValue(start: index + 1, end: index + 1, separator: 58)
            item.quote = 34
            item.quoteDepth = index - text.back(index, limit: 8) { $0 == 92 }
            // A quote with fewer backslashes closes the text that the whole list stands in.
            if item.quoteDepth < outermost ?? 0 { return }
            outermost = outermost ?? item.quoteDepth
            item.end = stringEnd(item)
            let after = text.skip(item.end, limit: 16) { $0 == 92 || $0 == 34 }
            if text[text.pastBlanks(after)] != 58 { quotedBody(item, isStrong) }
            index = max(after, index + 1)
        }
    }

    /// Whether the bracket stands behind a text in quotes, and not in one.
    private func endsList(_ close: Int) -> Bool {
        let last = text.back(close, limit: 64, while: Byte.isSpace)
        let next = text[close + 1]
        return Byte.isQuote(text[last - 1])
            && (next <= 32 || next == 44 || next == 125 || next == 93 || next == 92)
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
            add(marks + 3, restOfRecord(marks + 3, lineEnd), .functionBody, .body)
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
        let known = text.memo.pointee.unescaped
        if known.contains(start), known.upperBound <= end { return known.upperBound < end }
        let feed = max(start, escapedFeed(start, end))
        text.memo.pointee.unescaped = start..<feed
        return feed < end
    }

    private func escapedFeed(_ start: Int, _ end: Int) -> Int {
        var index = text.first(92, from: start, to: end)
        while index < end {
            index = text.skip(index, limit: end - index) { $0 == 92 }
            if text[index] == 110 || text[index] == 114 { return index }
            if text.has("u000a", at: index, folded: true) { return index }
            index = text.first(92, from: index, to: end)
        }
        return end
    }

    mutating func block(_ start: Int, _ end: Int) {
        let first = text.pastBlanks(start, limit: 256)
        add(min(first, end), end, .functionBody, .body)
    }

    /// `<<<<<<< ours` … `>>>>>>> theirs`
    mutating func conflictSides(_ start: Int) {
        guard hasLines, start == text.lineStart(start), start >= blockEnd else { return }
        var line = text.lineEnd(start) + 1
        let first = line
        let open = text.memo.pointee.openConflict
        if open.contains(line) { line = open.upperBound }
        while line < text.count, line - start < Self.bodyMax {
            let end = text.lineEnd(line)
            if text.has(">>>>>>>", at: line) {
                if line > first { block(first, line - 1) }
                blockEnd = line
                return
            }
            line = end + 1
        }
        text.memo.pointee.openConflict = first..<max(first, line)
        openBlock(first)
    }

    /// What follows the mark of a block whose end is missing, as far as it looks like code.
    mutating func openBlock(_ first: Int) {
        let end = text.memo.pointee.openBlocks.of(first, text.count) {
            var end = first
            while end < text.count, end - first < Self.openMax {
                let content = text.pastBlanks(end, limit: 256)
                let next = text.lineEnd(end)
                if Record.begins(text, content, next, amidCodeFrom: end) { break }
                if text.has("=======", at: end) { break }
                end = next + 1
            }
            return end > first && CodeShape.isCode(text, first, end - 1) ? end : nil
        }
        guard let end, end > first else { return }
        blockEnd = end - 1
        block(first, end - 1)
    }

    /// Of a block without an end no more is taken than this.
    private static let openMax = 8 << 10
}
