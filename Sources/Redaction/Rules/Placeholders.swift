// What stands where a secret would and is none: masks that others made, and references to something
// that is not here.

extension Scanner {
    /// Masks a value, unless there is none or something stands in its place.
    mutating func mask(
        _ start: Int, _ end: Int, _ rule: RedactionRule = .keyedSecret, as name: MaskClass
    ) {
        guard start < end, !isPlaceholder(start, end) else { return }
        add(start, end, rule, .mask(name))
    }

    func isPlaceholder(_ value: KeyedValue) -> Bool { isPlaceholder(value.start, value.end) }

    /// Masks others have made, and references to something that is not here.
    func isPlaceholder(_ start: Int, _ end: Int) -> Bool {
        let first = text[start]
        if book.isSafe(text, start, end) { return true }
        let fillers: [UInt8] = [42, 120, 88, 46, 45, 35, 63]
        let same = text.skip(start, limit: end - start) { $0 == first }
        if same == end, fillers.contains(first), end - start >= 3 || first == 42 { return true }
        if first >= 0xE2, text[start + 1] == 0x80, text[start + 2] == 0xA2 { return true }
        let isBracketed =
            (first == 91 || first == 60 || first == 40 || first == 123) && end - start > 2
        if isBracketed {
            // `</s>`, as models of language mark their ends.
            let isEnd = first == 60 && text[start + 1] == 47 && text[end - 1] == 62
            let inner = text.skip(start + (isEnd ? 2 : 1), limit: 24) {
                Byte.isLetter($0) || $0 == 95 || $0 == 45
            }
            let word = text.string(start + 1, inner).lowercased()
            if inner >= end - 1, KeyWords.empty.contains(word) || first == 60 { return true }
        }
        // What a template or a shell will put there.
        if text.has("${{", at: start) || text.has("{{", at: start), closes(start, with: 125) {
            return true
        }
        if text.has("$(", at: start), closes(start, with: 41) { return true }
        if first == 63, end - start == 1 { return true }
        // `YOUR_TOKEN_HERE`, `your-api-key`: what a page asks its reader for.
        if text.has("your", at: start, folded: true), text[start + 4] == 95 || text[start + 4] == 45
        {
            let words = text.skip(start, limit: 48) { Byte.isLetter($0) || $0 == text[start + 4] }
            if words >= end { return true }
        }
        if text.has("(sensitive value)", at: start) || text.has("(known after apply)", at: start) {
            return true
        }
        if first == 36 {
            let open = text[start + 1] == 123 ? 2 : 1
            let name = text.skip(start + open, limit: 64) {
                Byte.isUpper($0) || $0 == 95 || Byte.isDigit($0)
            }
            return name > start + open && name >= end - (open - 1)
        }
        return first == 37 && end - start == 2
    }

    /// Whether what was opened at `start` ends soon on its line: else it is a value that looks so.
    private func closes(_ start: Int, with sign: UInt8) -> Bool {
        let end = min(text.lineEnd(start), start + 160)
        let close = text.first(sign, from: start, to: end)
        return close < end && (sign == 41 || text[close + 1] == sign)
    }
}
