// Texts in a list or an object behind a key that tells of secrets.

extension Scanner {
    /// A list that is no trick has fewer.
    private static let listsInListMax = 32

    /// Every text and number in a list; every text in an object of a word that can only be secret. In a
    /// list of a word with other uses, what looks like a secret: `"auth":["X"]`, as headers are logged.
    mutating func collection(_ name: MaskClass, _ value: KeyedValue, isStrong: Bool) {
        guard text[value.start] == 91 || isStrong && name != .token else { return }
        var index = value.start
        // All texts of a list in a list were seen with it.
        let memo = text.memo
        if memo.pointee.openList.contains(index) {
            memo.pointee.listsInList += 1
            if memo.pointee.listsInList > Self.listsInListMax { return }
        } else {
            memo.pointee.listsInList = 0
            memo.pointee.openList = index..<index
        }
        defer {
            let list = memo.pointee.openList
            memo.pointee.openList = list.lowerBound..<max(list.upperBound, index)
        }
        var level = 0
        var outermost: Int?
        var isToldApart = false
        let stop = min(text.count, value.start + Self.valueMax)
        while index < stop {
            let byte = text.base[index]
            if byte == 91 || byte == 123 { level += 1 }
            if byte == 93 || byte == 125 {
                level -= 1
                isToldApart = false
                if level <= 0 { return }
            }
            if byte == 10, !value.isKeyQuoted || beginsRecord(index + 1) { return }
            guard byte == 34 || byte == 39 else {
                index += 1
                continue
            }
            let depth = index - text.back(index, limit: 8) { $0 == 92 }
            // A quote with fewer backslashes closes the text that the whole list stands in.
            if depth < outermost ?? 0 { return }
            outermost = outermost ?? depth
            var item = KeyedValue(start: index + 1, end: index + 1, separator: 58)
            item.quote = byte
            item.quoteDepth = depth
            let end = itemEnd(item)
            let after = text.skip(end, limit: 16) { $0 == 92 || $0 == byte }
            item.end = end
            if text[text.pastBlanks(after)] == 58 {
                isToldApart = KeyWords.isAbout(text.string(item.start, min(end, item.start + 40)))
            } else if !isToldApart, !isPlaceholder(item), isStrong || isWeakSecret(item) {
                add(item.start, end, .keyedSecret, .mask(name))
            }
            // Two in a row, once escapes are undone: the second closes the text around the list.
            if (end..<after).count(where: { text[$0] == byte }) > 1 { return }
            index = after
        }
    }

    /// Whether another record of the log begins at `start`: one that is not indented.
    func beginsRecord(_ start: Int) -> Bool {
        let byte = text[start]
        if byte == 125 || byte == 93 || Byte.isSpace(byte) || Byte.isQuote(byte) { return false }
        return Record.begins(text, start, text.lineEnd(start))
    }

    private func itemEnd(_ item: KeyedValue) -> Int {
        var index = item.start
        let stop = min(text.count, index + Self.valueMax)
        while index < stop, text.base[index] != 10 {
            if text.base[index] == item.quote {
                let slashes = index - text.back(index, limit: index - item.start) { $0 == 92 }
                if slashes <= item.quoteDepth { return index - min(slashes, item.quoteDepth) }
            }
            index += 1
        }
        return index
    }
}
