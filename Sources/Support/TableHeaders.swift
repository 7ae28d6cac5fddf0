// Table headers of a TOML text that name no table.
//
// The parser in use does not refuse a line such as `[[` or `[.a]`: it ends the process. Settings are
// written by people, so such a line is looked for before the text is handed over.

/// Headers that must not reach the parser.
public enum TableHeaders {
    /// The first line, from 1, that opens a header without a name; nil when there is none.
    public static func firstNameless(in text: String) -> Int? {
        var fence: String?
        let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
        for (index, line) in lines.enumerated() {
            let wasText = fence != nil
            fence = openFence(after: line, before: fence)
            if !wasText && isNameless(line) { return index + 1 }
        }
        return nil
    }

    private static func isNameless(_ line: Substring) -> Bool {
        func isSpace(_ character: Character) -> Bool { character == " " || character == "\t" }
        var rest = line.drop(while: isSpace)
        guard rest.first == "[" else { return false }
        rest = rest.dropFirst()
        if rest.first == "[" { rest = rest.dropFirst() }
        guard let first = rest.drop(while: isSpace).first else { return true }
        let isName = first.isASCII && (first.isLetter || first.isNumber)
        return !isName && !["_", "-", "\"", "'", "]"].contains(first)
    }

    /// Inside a text of several lines a bracket opens nothing.
    private static func openFence(after line: Substring, before fence: String?) -> String? {
        var fence = fence
        var rest = line
        while true {
            let marks = fence.map { [$0] } ?? ["\"\"\"", "'''"]
            let found = marks.compactMap { mark in
                rest.firstRange(of: mark).map { (mark: mark, range: $0) }
            }.min { $0.range.lowerBound < $1.range.lowerBound }
            guard let found else { return fence }
            fence = fence == nil ? found.mark : nil
            rest = rest[found.range.upperBound...]
        }
    }
}
