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

    /// Whether the range holds statements.
    static func isCode(_ text: Text, _ start: Int, _ end: Int) -> Bool {
        score(text, start, min(end, start + 4096)) >= 3
    }

    /// Words count double: a sign alone also stands in messages.
    static func score(_ text: Text, _ start: Int, _ end: Int) -> Int {
        var score = 0
        for word in words where holds(word, text, start, end, atWord: true) { score += 2 }
        for sign in signs where holds(sign, text, start, end, atWord: false) { score += 1 }
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
