// Dumps of bytes: `00000010: 6162 …  ab…`. Digits and letters of them are the same bytes twice, cut where
// the line is full; no rule for values can follow that, and what is dumped so is never evidence.

extension Scanner {
    /// The last digit of an offset and what sets it apart stand at `start`, as the tools write it.
    mutating func dumpLine(_ start: Int) {
        guard hasLines, start >= dumpEnd else { return }
        let first = text.back(start, limit: 16, while: Byte.isHex)
        let hasMark = text[first - 1] | 0x20 == 120 && text[first - 2] == 48
        let width = start + 1 - first
        let before = text[hasMark ? first - 3 : first - 1]
        let isOpen = Byte.isSpace(before) || [34, 39, 43, 61, 62].contains(before)
        guard width >= (hasMark ? 4 : 7), isOpen || first == (hasMark ? 2 : 0) else { return }
        let colon = start + 1
        let digits = text.pastBlanks(text[colon] == 58 ? colon + 1 : colon)
        let lineEnd = text.lineEnd(digits)
        let isNext = dumpEnd == text.lineStart(first) && dumpEnd > 0
        guard digits > colon, groups(digits, lineEnd) >= (isNext ? 1 : 4) else { return }
        add(digits, lineEnd, .seeThroughRuns, .mask(.encoded))
        dumpEnd = min(lineEnd + 1, text.count)
    }

    /// How many groups of two, four or eight digits follow each other.
    private func groups(_ start: Int, _ end: Int) -> Int {
        var index = start
        var count = 0
        while index < end {
            let stop = text.skip(index, limit: 9, while: Byte.isHex)
            let length = stop - index
            guard length == 2 || length == 4 || length == 8, Byte.isSpace(text[stop]) || stop >= end
            else { return count }
            count += 1
            index = text.skip(stop, limit: 2) { $0 == 32 || $0 == 45 }
            guard index > stop else { return count }
        }
        return count
    }

    /// Past `protected] =>` and `"Acme\Config":private]=>`, as PHP shows who may see a member.
    func pastVisibility(_ index: Int) -> Int {
        var first = index
        if text[index] == 34 {
            let close = text.skip(index + 1, limit: 128) { Byte.isWord($0) || $0 == 92 }
            guard text.has("\":", at: close) else { return index }
            first = close + 2
        }
        let word = text.skip(first, limit: 9, while: Byte.isLower)
        guard text[word] == 93, text.has("protected", at: first) || text.has("private", at: first)
        else { return index }
        let sign = text.pastBlanks(word + 1, limit: 2)
        return text.has("=>", at: sign) ? pastDump(sign + 2) : index
    }

    /// `=>`, a line break and `string(11) ` before the text: `var_dump` of PHP.
    func pastDump(_ index: Int) -> Int {
        guard text[index - 1] == 62, Byte.isBreak(text[index]) else { return index }
        let type = text.skip(index, limit: 64, while: Byte.isSpace)
        guard text.has("string(", at: type) else { return index }
        let close = text.skip(type + 7, limit: 8, while: Byte.isDigit)
        return text.has(") \"", at: close) ? close + 2 : index
    }
}
