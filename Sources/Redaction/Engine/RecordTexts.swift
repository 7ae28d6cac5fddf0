// Lines that went through a logger which writes JSON: one record for each of them, the line in one of
// its texts. What a function's lines say together is looked at together, without the records.

extension Scanner {
    /// Lines of a group together; a window is never cut in one.
    private static let groupMax = 24 << 10
    /// So much of a group lies above the line that called for it.
    private static let aboveMax = 4 << 10
    /// No record says more before its text.
    private static let nameMax = 2 << 10

    /// `"log":"` or its like stands at `start..<end`.
    mutating func recordText(_ start: Int, _ end: Int) {
        guard hasLines, !isHeadless, depth < Self.depthMax, start >= headedEnd else { return }
        let name = start..<end
        let line = text.lineStart(start, limit: Self.nameMax)
        guard let content = recordContent(line, name), content.lowerBound == end,
            speaksOfCode(content)
        else { return }
        let above = line > 0 ? text.lineStart(line - 1, limit: Self.aboveMax) : line
        // One line alone may say anything.
        let neighbours = [above, text.lineEnd(end) + 1].filter { $0 != line && $0 < text.count }
        guard
            neighbours.contains(where: { recordContent($0, name).map(speaksOfCode) ?? false })
        else { return }
        lookAtRecords(from: firstRecord(line, name), name)
    }

    /// Where the text of the record in the line at `line` lies whose name is written as in `name`.
    private func recordContent(_ line: Int, _ name: Range<Int>) -> Range<Int>? {
        guard text[line] == 123 else { return nil }
        let end = text.lineEnd(line)
        let reach = min(end, line + Self.nameMax)
        var index = text.first(34, from: line, to: reach)
        while index < reach, !repeats(name, at: index) {
            index = text.first(34, from: index + 1, to: reach)
        }
        guard index < reach else { return nil }
        let first = index + name.count
        let close = text.firstUnescaped(34, from: first, to: end)
        return close < end ? first..<close : nil
    }

    private func repeats(_ name: Range<Int>, at index: Int) -> Bool {
        index + name.count <= text.count
            && (0..<name.count).allSatisfy {
                text.base[index + $0] == text.base[name.lowerBound + $0]
            }
    }

    /// Whether the line is indented or ends as lines of code do.
    private func speaksOfCode(_ content: Range<Int>) -> Bool {
        let first = content.lowerBound
        if text[first] == 9 || text.has("  ", at: first) || text.has("\\t", at: first) {
            return true
        }
        var end = content.upperBound
        while text[end - 2] == 92, text[end - 1] == 110 || text[end - 1] == 114, end - 2 >= first {
            end -= 2
        }
        guard end > first else { return false }
        return [59, 123, 125, 40, 41, 44, 58].contains(text[end - 1])
    }

    private func firstRecord(_ line: Int, _ name: Range<Int>) -> Int {
        let least = max(0, headedEnd, line - Self.aboveMax)
        var first = line
        while first > least {
            let above = text.lineStart(first - 1, limit: Self.aboveMax)
            guard above >= least, recordContent(above, name) != nil else { break }
            first = above
        }
        return first
    }

    private mutating func lookAtRecords(from first: Int, _ name: Range<Int>) {
        var contents: [Range<Int>] = []
        var next = first
        while next < text.count, next - first < Self.groupMax,
            let content = recordContent(next, name)
        {
            contents.append(content)
            next = text.lineEnd(next) + 1
        }
        guard let last = contents.last, contents.count > 1 else { return }
        headedEnd = last.upperBound
        guards.append(first..<last.upperBound)
        lookHeadless(at: contents, isEscaped: true)
    }
}
