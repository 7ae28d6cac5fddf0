// Values on the line below their name, as consoles and stores print them, and the second value of a
// comparison.

extension Scanner {
    /// What the line below holds of the name that ends its own.
    mutating func valueBelow(_ name: MaskClass, _ place: KeyPlace) {
        let next = text.lineEnd(place.end) + 1
        guard hasLines, next < text.count else { return }
        let end = endBeforeFeed(next - 1)
        if end == place.end {
            if text[place.start - 1] == 36, text.has("[1] \"", at: next) {
                return printedTexts(next + 4, name)
            }
            if text[text.lineStart(place.start, limit: Self.pathMax)] == 47 {
                storedText(next, name, place)
            }
        } else {
            countedValue(next, name, place, to: end)
        }
    }

    /// No name in a store is longer.
    private static let pathMax = 256

    /// `[1] "X" "Y"` below `$password`, as R prints a list.
    private mutating func printedTexts(_ first: Int, _ name: MaskClass) {
        let lineEnd = text.lineEnd(first)
        var quote = first
        while text[quote] == 34 {
            let end = text.firstUnescaped(34, from: quote + 1, to: lineEnd)
            guard end < lineEnd else { return }
            mask(quote + 1, end, as: name)
            quote = text.pastBlanks(end + 1)
        }
    }

    /// `/app/db/password` and the value below, as etcd answers; a list of files goes on with a slash.
    private mutating func storedText(_ start: Int, _ name: MaskClass, _ place: KeyPlace) {
        let line = text.lineStart(place.start, limit: Self.pathMax)
        let stop = text.skip(start, limit: Self.longText) { $0 > 32 }
        guard line == 0 || text[line - 1] == 10, text[start] != 47,
            stop == endBeforeFeed(text.lineEnd(start)), stop - start >= 6,
            text.skip(line, limit: place.end - line, while: { $0 > 32 }) == place.end,
            looksLikeSecret(start, stop), !Shape.isPath(text, start, stop),
            !Shape.isDigest(text, start, stop)
        else { return }
        mask(start, stop, as: name)
    }

    /// `VALUE db_password 0 8` and as many bytes below, as memcached answers.
    private mutating func countedValue(
        _ start: Int, _ name: MaskClass, _ place: KeyPlace, to lineEnd: Int
    ) {
        let word = text.back(place.start, limit: Self.pathMax) { $0 > 32 }
        guard text.has("VALUE ", at: word - 6), text[place.end] == 32 else { return }
        let flags = text.skip(place.end + 1, limit: 10, while: Byte.isDigit)
        guard text[flags] == 32 else { return }
        let last = text.skip(flags + 1, limit: 6, while: Byte.isDigit)
        guard last == lineEnd || text[last] == 32, let count = Int(text.string(flags + 1, last)),
            count > 0, start + count <= text.count, Byte.isBreak(text[start + count])
        else { return }
        mask(start, start + count, as: name)
    }

    /// `db_password mismatch: expected 'X', got 'Y'`: what was there instead.
    mutating func afterExpected(_ value: KeyedValue, _ name: MaskClass) {
        guard value.quote != 0, text.has("expected ", at: value.start - 10) else { return }
        var index = value.end + 1
        if text[index] == 44 { index += 1 }
        for word: StaticString in [" but", " was", " got", " actual", " found", ":"]
        where text.has(word, at: index) { index += word.utf8CodeUnitCount }
        guard index > value.end + 3, text[index] == 32, text[index + 1] == value.quote else {
            return
        }
        let start = index + 2
        let end = text.firstUnescaped(value.quote, from: start, to: text.lineEnd(start))
        mask(start, end, as: name)
    }

    /// Whether the words before `end` on its line begin a call of the tool `name`.
    func isBehindTool(_ name: StaticString, _ end: Int) -> Bool {
        let line = text.lineStart(end, limit: Self.pathMax)
        return (line..<end).contains { text.has(name, at: $0) && !Byte.isWord(text[$0 - 1]) }
    }
}
