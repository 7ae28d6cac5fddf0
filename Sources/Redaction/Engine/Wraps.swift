// Values that somebody's terminal, mail program or editor broke over lines. Lines that could belong
// together are joined in a view; what is seen only across a joint is taken from each of its lines.

extension Scanner {
    private static let groupMax = 64 << 10

    mutating func scanWraps() {
        guard book.allows(.seeThroughWraps) else { return }
        var end = text.first(10, from: 0, to: text.count)
        while end < text.count {
            guard joins(end) else {
                end = text.first(10, from: end + 1, to: text.count)
                continue
            }
            let start = text.lineStart(end)
            var last = text.lineEnd(end + 1)
            while last < text.count, last - start < Self.groupMax, joins(last) {
                last = text.lineEnd(last + 1)
            }
            let first = max(start, end - Self.groupMax)
            joined(first, min(last, first + 2 * Self.groupMax))
            end = last
        }
    }

    /// Whether the line after the feed at `end` could continue the one before.
    private func joins(_ end: Int) -> Bool {
        let next = end + 1
        guard next < text.count, text[next] != 10, end > 0 else { return false }
        let byte = text[next]
        if byte == 123 || byte == 91 || byte == 50 && text[next + 1] == 48 { return false }
        let last = text[end - 1] == 13 ? end - 2 : end - 1
        guard last >= 0, text[last] > 32, text[last] != 123, text[last] != 125 else { return false }
        let content = text.pastBlanks(next, limit: 64)
        let first = text[content]
        guard first > 32, first != 35, first != 60, first != 125 else { return false }
        if isBrokenSoftly(end) { return true }
        if first == 45, text[content + 1] == 32 || text[content + 1] == 45 { return false }
        return !Record.begins(text, content, content + 64) || isAssignmentOnly(content)
    }

    private func isBrokenSoftly(_ joint: Int) -> Bool {
        guard joint > 0 else { return false }
        return text[joint - 1] == 92 || text[joint - 1] == 61 && joint - text.lineStart(joint) >= 70
    }

    /// A value may hold `=`: only a name and a sign are not yet a record.
    private func isAssignmentOnly(_ start: Int) -> Bool {
        let name = text.skip(start, limit: 40) { Byte.isWord($0) || $0 == 46 }
        return text[name] == 61 && (text[name + 1] == 61 || Byte.isBreak(text[name + 1]))
    }

    private mutating func joined(_ start: Int, _ end: Int) {
        var view = View(capacity: end - start)
        var places: [(view: Int, raw: Int)] = []
        var index = start
        while index < end {
            let byte = text.base[index]
            if byte == 10 || (byte == 13 && text[index + 1] == 10) {
                index += byte == 13 ? 1 : 0
                places.append((view.count, index))
                index = text.pastBlanks(index + 1, limit: 64)
                continue
            }
            if text[index + 1] == 10, isSoftBreak(index) {
                index += 1
                continue
            }
            view.append(byte, index, index + 1)
            index += 1
        }
        let child = view.withText { decoded in
            var child = inner(decoded, hasLines: false)
            child.scan()
            return child
        }
        for span in Span.merged(child.spans) {
            take(span, from: view, places)
        }
    }

    /// A backslash of a shell, or the `=` with which quoted-printable breaks lines.
    private func isSoftBreak(_ index: Int) -> Bool {
        let byte = text.base[index]
        if byte == 92 { return !text.isEscaped(index) }
        return byte == 61 && (70...77).contains(index + 1 - text.lineStart(index))
    }

    /// Keeps what crosses a joint, line by line, where the joint is believable for its rule.
    private mutating func take(
        _ span: Span, from view: View, _ places: [(view: Int, raw: Int)]
    ) {
        let crossed = places.filter { span.start < $0.view && $0.view < span.end }
        guard !crossed.isEmpty else { return takeBehindSeam(span, from: view, places) }
        let start = view.start(of: span.start)
        let end = view.end(of: span.end)
        guard crossed.allSatisfy({ isBelievable($0.raw, span, start) }) else { return }
        guards.append(min(start, crossed[0].raw)..<end)
        var from = start
        for (count, joint) in (crossed.map(\.raw) + [end]).enumerated() {
            guard joint > from else { continue }
            let stop = text.back(min(joint, end), limit: 2) { $0 == 13 }
            let replacement = count == 0 ? span.replacement : rest(of: span.replacement)
            add(from, stop, span.rule, replacement)
            from = text.pastBlanks(joint + 1)
        }
    }

    /// A value behind a joint whose key or beginning stands before it.
    private mutating func takeBehindSeam(
        _ span: Span, from view: View, _ places: [(view: Int, raw: Int)]
    ) {
        let joint = places.last { $0.view <= span.start && $0.view + 64 > span.start }
        let (start, end) = (view.start(of: span.start), view.end(of: span.end))
        guard let joint, isFolded(joint.raw), joint.view > 0 else { return }
        guard !spans.contains(where: { $0.start < end && start < $0.end }) else { return }
        guards.append(text.lineStart(joint.raw)..<end)
        add(start, end, span.rule, span.replacement)
    }

    private func rest(of replacement: Replacement) -> Replacement {
        if case .alias = replacement { return .mask(.identity) }
        return replacement
    }

    private func isBelievable(_ joint: Int, _ span: Span, _ start: Int) -> Bool {
        if span.rule == .knownSecret || span.replacement == .mask(.encoded) { return true }
        if span.replacement == .body { return false }
        // Without the next line nothing would have been seen: the token needs it.
        let isWholeAlready = spans.contains { $0.end == joint && $0.start <= start }
        if !isWholeAlready, span.rule == .vendorToken || span.rule == .webToken { return true }
        if isFolded(joint) { return true }
        return isLoneWord(joint + 1)
    }

    /// Lines as long as their neighbours, or as wide as terminals and mail are.
    private func isFolded(_ joint: Int) -> Bool {
        let start = text.lineStart(joint)
        let width = joint - start
        if isBrokenSoftly(joint) { return true }
        if [60, 64, 70, 72, 75, 76, 78, 79, 80, 100, 120, 132].contains(width) { return true }
        guard width >= 16, start > 0 else { return false }
        let before = start - 1 - text.lineStart(start - 1)
        let after = text.lineEnd(joint + 1) - joint - 1
        return before == width || after == width
    }

    /// A line that is one word, and no assignment or heading.
    private func isLoneWord(_ start: Int) -> Bool {
        let first = text.pastBlanks(start)
        let stop = text.skip(first, limit: 4096) { $0 > 32 }
        guard stop == text.count || Byte.isBreak(text[stop]), stop - first >= 2 else {
            return false
        }
        let last = text[stop - 1]
        if last == 58 || last == 123 || last == 40 || last == 44 { return false }
        let name = text.skip(first, limit: 64, while: Byte.isWord)
        let isName =
            name > first && (text[name] == 61 || text[name] == 58) && name + 1 < stop
            && text[name + 1] != 61
        let isPart = Byte.isRun(text[first]) || text[first] == 46 || text[first] == 126
        return !isName && isPart
    }
}
