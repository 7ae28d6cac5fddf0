// Tables whose columns have names of several words, and tables that are drawn with lines: both are
// read as those of one sign and one word are.

extension Scanner {
    /// `Secret access key` in a row of names: the whole cell that holds the key.
    func spacedCell(_ place: KeyPlace) -> KeyPlace? {
        guard text[place.start - 1] == 32 || text[place.end] == 32 else { return nil }
        let holds = { (byte: UInt8) in Byte.isAlnum(byte) || byte == 32 }
        let start = text.back(place.start, limit: 40, while: holds)
        let end = text.skip(place.end, limit: 40, while: holds)
        let before = text[start - 1]
        let after = text[end]
        let isCell =
            (start == 0 || Byte.isBreak(before) || before == 44 || before == 59)
            && (Byte.isBreak(after) || after == 44 || after == 59)
            && (before == 44 || before == 59 || after == 44 || after == 59)
        guard isCell, start < end, text[start] != 32, text[end - 1] != 32 else { return nil }
        return KeyPlace(start: start, end: end, dashes: 0)
    }

    /// So much of a drawn table is read.
    private static let boxMax = 24 << 10

    /// ` │ ` stands at `start`: reads a table that is drawn, once, with plain signs for the lines.
    mutating func drawnTable(_ start: Int) {
        guard hasLines, depth < Self.depthMax, start >= boxEnd else { return }
        let first = text.lineStart(start, limit: 4 << 10)
        var end = first
        var rows = 0
        while end < text.count, end - first < Self.boxMax, isDrawn(end) {
            end = text.lineEnd(end) + 1
            rows += 1
        }
        end = min(end, text.count)
        boxEnd = max(end, start + 1)
        guard rows > 1 else { return }
        guards.append(first..<end)
        let view = View(capacity: end - first)
        var index = first
        while index < end {
            if text[index] == 0xE2, text[index + 1] == 0x94 || text[index + 1] == 0x95 {
                view.append(plain(index), index, index + 3)
                index += 3
            } else {
                view.append(text.base[index], index, index + 1)
                index += 1
            }
        }
        let child = view.withText { decoded in
            var child = inner(decoded, hasLines: true)
            child.scan()
            return child
        }
        // Only what the table tells: the rest is seen as it is.
        for span in Span.merged(child.spans.filter { $0.rule == .keyedSecret }) {
            add(view.start(of: span.start), view.end(of: span.end), span.rule, span.replacement)
        }
    }

    private func isDrawn(_ line: Int) -> Bool {
        let first = text.pastBlanks(line, limit: 128)
        return text[first] == 0xE2 && (text[first + 1] == 0x94 || text[first + 1] == 0x95)
    }

    /// `|` for an upright line, `-` for a level one, `+` where they meet.
    private func plain(_ index: Int) -> UInt8 {
        switch (text[index + 1], text[index + 2]) {
        case (0x94, 0x82), (0x94, 0x83), (0x95, 0x91): 124
        case (0x94, 0x80), (0x94, 0x81), (0x95, 0x90): 45
        default: 43
        }
    }
}
