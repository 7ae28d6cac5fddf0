// Values below their key: YAML's blocks and lists.

extension Scanner {
    /// YAML's blocks: the lines below that are indented deeper than the key.
    mutating func blockValue(_ name: MaskClass, _ place: KeyPlace) {
        guard hasLines, opensLine(place) else {
            followingLine(name, place)
            // Behind the head of a record, the items on lines of their own.
            if hasLines, text.pastBlanks(contentStart(place.start)) == place.start {
                blockList(name, place)
            }
            return
        }
        guard let block = indentedBlock(place) else {
            followingLine(name, place)
            return blockList(name, place)
        }
        add(block.lowerBound, block.upperBound, .keyedSecret, .mask(name))
    }

    /// Items with a dash below the key.
    private mutating func blockList(_ name: MaskClass, _ place: KeyPlace) {
        let colon = text.skip(place.end, limit: 2, while: Byte.isQuote)
        guard text[colon] == 58,
            text.skip(colon + 1, limit: 8, while: Byte.isSpace) >= text.lineEnd(colon)
        else { return }
        var line = text.lineEnd(colon) + 1
        while line < text.count, line - place.end < Self.valueMax {
            let end = text.lineEnd(line)
            let dash = text.pastBlanks(lineHead(line), limit: 256)
            guard text[dash] == 45, Byte.isBlank(text[dash + 1]) else { return }
            let first = text.pastBlanks(dash + 1)
            let start = Byte.isQuote(text[first]) ? first + 1 : first
            let stop = text.skip(start, limit: end - start) { $0 > 32 && !Byte.isQuote($0) }
            let item = KeyedValue(start: start, end: stop, separator: 58)
            // `- name: x` is a table of its own.
            if stop > start, text[stop - 1] != 58, !isPlaceholder(item) {
                add(start, stop, .keyedSecret, .mask(name))
            }
            line = end + 1
        }
    }

    func indentedBlock(_ place: KeyPlace) -> Range<Int>? {
        let colon = text.skip(place.end, limit: 2, while: Byte.isQuote)
        guard text[colon] == 58 else { return nil }
        let lineStart = text.lineStart(place.start)
        let indent = text.pastBlanks(lineStart) - lineStart
        let mark = text.pastBlanks(colon + 1)
        let isBlock = text[mark] == 124 || text[mark] == 62
        let lineEnd = text.lineEnd(mark)
        guard isBlock, lineEnd - mark <= 4, lineEnd < text.count else { return nil }
        var end = lineEnd
        while end < text.count {
            let next = text.lineEnd(end + 1)
            let content = text.pastBlanks(end + 1, limit: 256)
            let isBlank = content >= next
            if !isBlank, content - end - 1 <= indent { break }
            end = next
        }
        let start = text.pastBlanks(lineEnd + 1, limit: 256)
        return start < end ? start..<end : nil
    }
}
