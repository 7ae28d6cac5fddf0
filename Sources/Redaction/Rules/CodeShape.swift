// Whether text is code. Counted signs, not a parser: code arrives cut, escaped and in any language.

enum CodeShape {
    private static let words: [StaticString] = [
        "let ", "var ", "const ", "fn ", "func ", "def ", "return ", "import ", "if (", "for (",
        "while (", "else {", "class ", "struct ", "impl ", "pub ", "self.", "this.", "await ",
        "async ", "lambda ", "println", "printf(", "match ", "throw ", "try ", "guard ", "if let",
        "elif ", "public ", "private ", "static ", "function(", "=> {", "mut ", "enum ", "switch ",
        "new ", "yield ", "raise ", "end\n", "fmt.", "nil)", "#include", "package ", "unwrap()",
    ]
    private static let signs: [StaticString] = [
        "();", ");", " == ", " != ", " += ", " -= ", " => ", " -> ", " && ", " || ", " := ",
        "{ ", " }", "?;", "])", "()", " = ", "++", "**", " < ", " > ", " >= ", " <= ", "&mut ",
        "\"\"\"", ");\n", "{\n", "}\n", ";\n", "):\n", "f\"", "<T>", "::<", " * ", " / ", " + ",
    ]

    /// What statements begin with, to look for code that nothing announces.
    static let openings = [
        "let ", "var ", "const ", "func ", "function ", "def ", "return ", "return;", "guard ",
        "raise ", "throw ", "fn ", "if (", "for (", "while (", "static ", "public ", "private ",
        "impl ", "struct ", "class ", "import ", "async ", "await ", "elif ", "#include",
    ]

    /// Whether the range is code beyond doubt, in words as well as in signs.
    static func isPlainCode(_ text: Text, _ start: Int, _ end: Int) -> Bool {
        let end = min(end, start + 4096)
        let hasSigns = (start..<end).contains {
            let byte = text.base[$0]
            return byte == 59 || byte == 61 || byte == 123 || byte == 125
        }
        guard hasSigns else { return false }
        let words = wordScore(text, start, end)
        guard words >= 2 else { return false }
        // A sentence about classes that return something has the words and hardly a sign.
        let signs = signScore(text, start, end)
        return signs >= 2 && words + signs >= 6
    }

    /// Whether the range holds statements.
    static func isCode(_ text: Text, _ start: Int, _ end: Int) -> Bool {
        score(text, start, min(end, start + 4096)) >= 3
    }

    /// Words count double: a sign alone also stands in messages.
    static func score(_ text: Text, _ start: Int, _ end: Int) -> Int {
        wordScore(text, start, end) + signScore(text, start, end)
    }

    private static func wordScore(_ text: Text, _ start: Int, _ end: Int) -> Int {
        2 * words.count { holds($0, text, start, end, atWord: true) }
    }

    private static func signScore(_ text: Text, _ start: Int, _ end: Int) -> Int {
        var score = signs.count { holds($0, text, start, end, atWord: false) }
        if text[text.back(end, limit: end - start, while: Byte.isSpace) - 1] == 59 { score += 1 }
        return score
    }

    private static func holds(
        _ literal: StaticString, _ text: Text, _ start: Int, _ end: Int, atWord: Bool
    ) -> Bool {
        let length = literal.utf8CodeUnitCount
        var index = text.first(literal.utf8Start[0], from: start, to: end)
        while index + length <= end {
            if text.has(literal, at: index), !atWord || !Byte.isWord(text[index - 1]) {
                return true
            }
            index = text.first(literal.utf8Start[0], from: index + 1, to: end)
        }
        return false
    }
}
