// Text of many lines that went through a logger: a time, a level and a name stand before each of
// them. Lines with one head are looked at together without it, by the rules that need whole lines.

/// The head of a record, to be found again before other lines: digits stand for any digits.
private struct RecordHead {
    static let lengthMax = 200

    private let text: Text
    private let range: Range<Int>

    /// Lower case, as they end the word before a message.
    private static let levels: [StaticString] = [
        "info", "warn", "error", "debug", "trace", "fatal", "notice", "crit", "warning",
        "panic", "err", "severe", "stdout f", "stderr f",
    ]

    /// The longest head that two lines share; nil when they share none.
    init?(_ text: Text, _ line: Int, sharedWith other: Int) {
        self.text = text
        var (index, twin) = (line, other)
        var end = line
        while index - line < Self.lengthMax, text[index] != 10, text[twin] != 10 {
            if Byte.isDigit(text[index]), Byte.isDigit(text[twin]) {
                index = text.skip(index, limit: 20, while: Byte.isDigit)
                twin = text.skip(twin, limit: 20, while: Byte.isDigit)
                continue
            }
            guard text[index] == text[twin] else { break }
            index += 1
            twin += 1
            if Self.closes(text, line, index) { end = index }
        }
        guard end > line else { return nil }
        range = line..<end
    }

    /// Whether a head may end before `index`: behind a blank, and a time, a level or a mark; behind
    /// the sign of a changed or quoted line; behind a file and a number as searches print them.
    private static func closes(_ text: Text, _ line: Int, _ index: Int) -> Bool {
        let sign = text[index - 1]
        if index == line + 1 { return sign == 43 || sign == 45 || sign == 62 }
        if isPlace(text, line, index) { return true }
        // Blanks behind a place belong to the source.
        if isPlace(text, line, index - 1) { return false }
        guard text[index - 1] == 32 || text[index - 1] == 9, index - 2 >= line else { return false }
        switch text[index - 2] {
        case 58, 93, 124, 62, 41: return true
        case 45: return text[index - 3] == 32
        case 90: return Byte.isDigit(text[index - 3])
        default: break
        }
        let start = text.back(index - 1, limit: 40) { $0 > 32 }
        if Byte.isDigit(text[start]) { return isTime(text, start, index - 1) }
        // A module, as loggers name who speaks.
        let name = start..<max(start, index - 1)
        let isName = name.allSatisfy { Byte.isWord(text[$0]) || text[$0] == 58 }
        if isName, name.contains(where: { text.has("::", at: $0) }) { return true }
        return levels.contains {
            text.has($0, at: index - 1 - $0.utf8CodeUnitCount, folded: true)
                && !Byte.isAlnum(text[index - 2 - $0.utf8CodeUnitCount])
        }
    }

    /// `src/pay.swift:12:` or `src/pay.swift-12-` ends before `index`.
    private static func isPlace(_ text: Text, _ line: Int, _ index: Int) -> Bool {
        let sign = text[index - 1]
        guard sign == 58 || sign == 45, index - 2 > line, Byte.isDigit(text[index - 2]) else {
            return false
        }
        let digits = text.back(index - 1, limit: 7, while: Byte.isDigit)
        // Not `12:00:`, and no number in somebody's id.
        return text[digits - 1] == sign && digits - 1 > line && Byte.isLetter(text[digits - 2])
    }

    /// Digits with the marks of a time between them.
    private static func isTime(_ text: Text, _ start: Int, _ end: Int) -> Bool {
        let marks = (start..<end).count { text[$0] == 58 }
        return marks >= 2 && end - start >= 8
    }

    /// Where the line at `start` goes on behind the same head; nil when it has another.
    func end(at start: Int) -> Int? {
        var index = start
        var mine = range.lowerBound
        while mine < range.upperBound {
            if Byte.isDigit(text[mine]), Byte.isDigit(text[index]) {
                mine = text.skip(mine, limit: 20, while: Byte.isDigit)
                index = text.skip(index, limit: 20, while: Byte.isDigit)
                continue
            }
            // The blank at a head's end goes with those at the end of the line.
            if text[index] == 10 || index >= text.count {
                return mine == range.upperBound - 1 ? index : nil
            }
            guard text[mine] == text[index] else { return nil }
            mine += 1
            index += 1
        }
        return index
    }
}

extension Scanner {
    /// Lines of a group together; a window is never cut in one.
    private static let groupMax = 24 << 10
    /// So much of a group lies above the line that called for it.
    private static let aboveMax = 4 << 10

    /// What the rules of whole lines may take from lines whose heads were left out: what else such
    /// lines hold was seen with the heads.
    private static let headlessRules: Set<RedactionRule> = [.functionBody, .privateKey]

    /// Looks at the lines round `index` without their heads, if it stands behind one.
    ///
    /// - Parameter isFirst: whether nothing but blanks may stand between the head and `index`.
    mutating func lookBehindHeads(_ index: Int, isFirst: Bool) {
        guard hasLines, !isHeadless, depth < Self.depthMax, index >= headedEnd,
            index >= headRefusedEnd
        else { return }
        // Nothing but blanks stands between a head and what is first behind it.
        let reach = isFirst ? 2 * RecordHead.lengthMax + 256 : Self.aboveMax
        let line = text.lineStart(index, limit: reach)
        if isFirst, line > 0, text[line - 1] != 10 { return }
        let end = text.lineEnd(index)
        // Records in JSON are no heads, however much they share.
        let first = text.pastBlanks(line)
        if text[first] == 123 || text[first] == 34 { return }
        if text[first] == 91, text[first + 1] == 123 || text[first + 1] == 34 { return }
        let neighbours = [end + 1, line > 0 ? text.lineStart(line - 1, limit: Self.aboveMax) : -1]
        for other in neighbours where other >= 0 && other < text.count {
            guard let head = RecordHead(text, line, sharedWith: other),
                let content = head.end(at: line), content <= index,
                isFirst
                    ? text.pastBlanks(content, limit: 256) == index
                    : isCodeBehindHead(content, end, other, head)
            else { continue }
            return look(atGroupOf: head, round: line)
        }
        if !isFirst { headRefusedEnd = end }
    }

    /// A word of code alone says little, and a second look at a log costs as much as the first:
    /// either line is indented, or both speak of code.
    private func isCodeBehindHead(
        _ content: Int, _ end: Int, _ other: Int, _ head: RecordHead
    ) -> Bool {
        guard let next = head.end(at: other) else { return false }
        if isIndented(content) || isIndented(next) { return true }
        let end = min(end, content + Self.scoredMax)
        let nextEnd = min(text.lineEnd(next), next + Self.scoredMax)
        return CodeShape.hasSigns(text, content, end) && CodeShape.hasSigns(text, next, nextEnd)
            && CodeShape.score(text, content, end) >= 5
            && CodeShape.score(text, next, nextEnd) >= 3
    }

    /// So much of a line tells whether it is code.
    private static let scoredMax = 512

    /// Levels are padded with one blank, code begins with two or a tab.
    private func isIndented(_ content: Int) -> Bool {
        text[content] == 9 || text[content] == 32 && text[content + 1] == 32
    }

    /// What is indented in the lines below `line`, behind the head they share with it.
    func indentedBehindHead(_ line: Int) -> [Range<Int>] {
        var next = text.lineEnd(line) + 1
        guard next < text.count, let head = RecordHead(text, line, sharedWith: next) else {
            return []
        }
        var lines: [Range<Int>] = []
        while next < text.count, next - line < Self.groupMax, let content = head.end(at: next),
            isIndented(content)
        {
            let end = text.lineEnd(next)
            let first = text.pastBlanks(content, limit: 256)
            if first < end { lines.append(first..<end) }
            next = end + 1
        }
        return lines
    }

    private mutating func look(atGroupOf head: RecordHead, round line: Int) {
        var first = line
        let least = max(0, headedEnd, line - Self.aboveMax)
        while first > least {
            let above = text.lineStart(first - 1, limit: Self.aboveMax)
            guard above >= least, head.end(at: above) != nil else { break }
            first = above
        }
        var contents: [Range<Int>] = []
        var next = first
        while next < text.count, next - first < Self.groupMax, let content = head.end(at: next) {
            let end = text.lineEnd(next)
            contents.append(content..<end)
            next = end + 1
        }
        guard let last = contents.last, contents.count > 1 else { return }
        headedEnd = last.upperBound
        guards.append(first..<last.upperBound)
        lookHeadless(at: contents)
    }

    /// - Parameter isEscaped: whether the lines are texts of JSON.
    mutating func lookHeadless(at contents: [Range<Int>], isEscaped: Bool = false) {
        let view = View(capacity: contents.reduce(0) { $0 + $1.count + 1 })
        // Blanks that stand before all of them belong to the head: levels are padded.
        let padding =
            contents.filter { !$0.isEmpty }.map {
                text.pastBlanks($0.lowerBound, limit: $0.count) - $0.lowerBound
            }.min() ?? 0
        let contents = contents.map { $0.dropFirst(min(padding, $0.count)) }
        for content in contents {
            if isEscaped {
                Unescaper.append(to: view, text, content)
            } else {
                for index in content { view.append(text.base[index], index, index + 1) }
            }
            view.append(10, content.upperBound, content.upperBound)
        }
        view.source = origin
        let child = view.withText { decoded in
            var child = inner(decoded, hasLines: true)
            child.origin = view
            child.isHeadless = true
            child.scan()
            return child
        }
        let found = child.spans.filter { Self.headlessRules.contains($0.rule) }
        for span in Span.merged(found) {
            let (start, end) = (view.start(of: span.start), view.end(of: span.end))
            for content in contents where content.lowerBound < end && start < content.upperBound {
                let from = max(start, content.lowerBound)
                add(
                    text.pastBlanks(from, limit: content.upperBound - from),
                    min(end, content.upperBound), span.rule, span.replacement)
            }
        }
    }
}
