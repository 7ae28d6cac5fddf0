// Code between marks of three backticks or tildes, as in pages and messages.

extension Scanner {
    /// `~~~` with no more than a language behind it, at the start of a line.
    func isTildeFence(_ start: Int) -> Bool {
        guard text.has("~~~", at: start), text.lineStart(start) == start else { return false }
        let name = text.skip(start + 3, limit: 24, while: Byte.isAlnum)
        return Byte.isBreak(text[name]) && name < start + 24
    }

    /// Three backticks and the name of a language behind a word, at the end of a line: what a log says
    /// before the code. Taken for text, it would make the mark that closes it open the next block.
    private func isNamedFence(_ start: Int) -> Bool {
        guard text[start] == 96, Byte.isBlank(text[start - 1]) else { return false }
        let name = text.skip(start + 3, limit: 24) { Byte.isAlnum($0) || $0 == 43 || $0 == 35 }
        return name > start + 3 && Byte.isBreak(text[name])
    }

    /// Three backticks or tildes at the start of a line, or at its end before the name of a language, up
    /// to the next three.
    mutating func fencedCode(_ start: Int) {
        // In a text of JSON, seen without escapes, the first line stands behind the quote.
        let opensText = depth > 0 && text[start - 1] == 34
        guard hasLines, start >= blockEnd,
            opensText || text.pastBlanks(text.lineStart(start)) == start || isNamedFence(start)
        else { return }
        let isTilde = text[start] == 126
        var line = text.lineEnd(start) + 1
        let first = line
        let open = text.memo.pointee.openFence
        if !isTilde, open.contains(line) { line = open.upperBound }
        while line < text.count, line - start < Self.bodyMax {
            let end = text.lineEnd(line)
            if text.has(isTilde ? "~~~" : "```", at: text.pastBlanks(line)) {
                if line > first { block(first, line - 1) }
                blockEnd = end
                return
            }
            line = end + 1
        }
        if isTilde { return }
        text.memo.pointee.openFence = first..<max(first, line)
        openBlock(first)
    }
}
