// Whether text is code. Counted signs, not a parser: code arrives cut, escaped and in any language.

enum CodeShape {
    private static let words: [StaticString] = [
        "let ", "var ", "const ", "fn ", "func ", "def ", "return ", "import ", "if (", "for (",
        "while (", "else {", "class ", "struct ", "impl ", "pub ", "self.", "this.", "await ",
        "async ", "lambda ", "println", "printf(", "match ", "throw ", "try ", "guard ", "if let",
        "elif ", "public ", "private ", "static ", "function(", "=> {", "mut ", "enum ", "switch ",
        "new ", "yield ", "raise ", "fmt.", "nil)", "#include", "package ", "unwrap()",
        "fun ", "val ", "local ", "defp ", "elseif ", "elsif ", "foreach ", "end)", "echo ",
        "override ", "final ", "puts ", "void ", "int ", "long ", "double ", "float ", "bool ",
        "char ", "auto ", "throws ", "if [", "function ", "do |", "template <", "foreach (", "my $",
        "sub ", "SELECT ", "INTO ", "IF ", "END IF;", "RAISE ", "RETURN ", "DECLARE ", "END LOOP;",
    ]
    private static let signs: [StaticString] = [
        "();", ");", " == ", " != ", " += ", " -= ", " => ", " -> ", " && ", " || ", " := ",
        "{ ", " }", "?;", "])", "()", " = ", "++", "**", " < ", " > ", " >= ", " <= ", "&mut ",
        "\"\"\"", ");\n", "{\n", "}\n", ";\n", "):\n", "f\"", "<T>", "::<", " * ", " / ", " + ",
        "=$", " |> ", " .. ", " ~= ", "$(", ")?", "&self", "[$", "$this->", "self.", " ? ", "...)",
        "(&:",
        "|_|", " <- ", "!(", "${", "->{", ".map(", ".filter(", ".sum(",
    ]

    /// What statements begin with, to look for code that nothing announces.
    static let openings: [StaticString] = [
        "let ", "var ", "const ", "func ", "function ", "def ", "return ", "return;", "guard ",
        "raise ", "throw ", "fn ", "if (", "for (", "while (", "static ", "public ", "private ",
        "impl ", "struct ", "class ", "import ", "async ", "await ", "elif ", "#include",
        "fun ", "local ", "val ", "defp ", "foreach (", "override ", "elsif ", "if [",
        "match ", "template <", "auto ", "my $", "final ", "; do\n",
        "; then\n", "; do\"", "void ", "int ", "long ", "double ", "bool ",
    ]

    /// Whether the range is code beyond doubt, in words as well as in signs.
    ///
    /// - Parameter least: what words and signs have to come to; less where more tells code.
    static func isPlainCode(_ text: Text, _ start: Int, _ end: Int, least: Int = 6) -> Bool {
        let end = min(end, start + 4096)
        let words = wordScore(text, start, end)
        guard words >= (hasSigns(text, start, end) ? 2 : 4) else { return false }
        // A sentence about classes that return something has the words and hardly a sign.
        let signs = signScore(text, start, end)
        return signs >= 2 && words + signs >= least
    }

    /// Whether one of the signs stands in the range that few languages do without.
    static func hasSigns(_ text: Text, _ start: Int, _ end: Int) -> Bool {
        (start..<max(start, end)).contains {
            let byte = text.base[$0]
            return byte == 59 || byte == 61 || byte == 123 || byte == 125
        }
    }

    /// The parts of `range` that are code line by line. A long text has words and signs of code in it
    /// somewhere, and is none.
    ///
    /// The range itself when at least half of its lines look like code, or lie deeper than the head of
    /// a function above them; else each row of lines that do, with no more than one between them that
    /// does not.
    static func dense(_ text: Text, _ range: Range<Int>) -> [Range<Int>] {
        let lines = lines(text, range)
        if 2 * lines.count(where: \.isCode) >= lines.count { return [range] }
        var rows: [Range<Int>] = []
        var gap = 2
        for line in lines {
            guard line.isCode else {
                gap += 1
                continue
            }
            if gap < 2, let last = rows.last {
                rows[rows.count - 1] = last.lowerBound..<line.range.upperBound
            } else {
                rows.append(line.range)
            }
            gap = 0
        }
        return rows
    }

    /// The lines that are not empty.
    private static func lines(
        _ text: Text, _ range: Range<Int>
    ) -> [(range: Range<Int>, isCode: Bool)] {
        var result: [(range: Range<Int>, isCode: Bool)] = []
        var line = range.lowerBound
        /// How far the head of the function is indented whose lines are read.
        var head: Int?
        while line < range.upperBound {
            let stop = text.first(10, from: line, to: range.upperBound)
            let first = text.pastBlanks(line, limit: stop - line)
            let end = text.back(stop, limit: stop - first, while: Byte.isSpace)
            if first < end {
                if let open = head, first - line <= open { head = nil }
                let isCode = head != nil || isLine(text, first, end)
                if head == nil, isCode, openings.contains(where: { text.has($0, at: first) }) {
                    head = first - line
                }
                result.append((line..<stop, isCode))
            }
            line = stop + 1
        }
        return result
    }

    private static func isLine(_ text: Text, _ start: Int, _ end: Int) -> Bool {
        // A list, unless code stands behind the mark.
        if text[start] == 42 || text[start] == 45, text[start + 1] == 32,
            !hasSigns(text, start, end)
        {
            return false
        }
        switch text[end - 1] {
        case 59, 123, 125, 40, 44, 58, 92, 91: return true
        case 41, 93: if end - start <= 2 || holdsCall(text, start, end) { return true }
        default: break
        }
        if isOne(of: ["end", "fi", "done", "esac", "else", "begin"], text, start, end) {
            return true
        }
        let signs: [StaticString] = [" = ", "()", "==", " -> ", " => ", ":=", " do", " then", "]("]
        return signs.contains { holds($0, text, start, end, atWord: false) }
            || openings.contains { text.has($0, at: start) }
    }

    /// `name(`: prose has a blank before what it puts in parentheses.
    private static func holdsCall(_ text: Text, _ start: Int, _ end: Int) -> Bool {
        (start + 1..<max(start + 1, end)).contains { index in
            text.base[index] == 40 && (Byte.isAlnum(text[index - 1]) || text[index - 1] == 95)
        }
    }

    /// Whether the range holds statements.
    ///
    /// - Parameter least: what words and signs have to come to; less where a key announces code.
    static func isCode(_ text: Text, _ start: Int, _ end: Int, least: Int = 3) -> Bool {
        score(text, start, min(end, start + 4096)) >= least
    }

    /// `(let [a (f b)] (if …))` and `let a = f b in if c then d else e`: languages without the signs of others.
    static func isExpression(_ text: Text, _ start: Int, _ end: Int) -> Bool {
        let end = min(end, start + 4096)
        if holds(" then ", text, start, end, atWord: false),
            holds(" else ", text, start, end, atWord: false)
        {
            return holds("if ", text, start, end, atWord: true)
        }
        guard text[start] == 40, text[end - 1] == 41 else { return false }
        let opens = (start..<end).count { text.base[$0] == 40 }
        let calls = (start..<end).count {
            text.base[$0] == 40 && (Byte.isLower(text[$0 + 1]) || text[$0 + 1] == 58)
        }
        return opens >= 3 && calls == opens && text.first(32, from: start, to: end) < end
    }

    /// Whether texts of a list are the lines of a function: with words and signs of code, of which a
    /// list of mere words has none.
    static func isListOfCode(_ text: Text, _ start: Int, _ end: Int) -> Bool {
        let signs = signScore(text, start, end)
        return signs >= 2 && signs + wordScore(text, start, end) >= 5
    }

    /// Words count double: a sign alone also stands in messages.
    static func score(_ text: Text, _ start: Int, _ end: Int) -> Int {
        wordScore(text, start, end) + signScore(text, start, end)
    }

    private static func wordScore(_ text: Text, _ start: Int, _ end: Int) -> Int {
        2 * words.count { holds($0, text, start, end, atWord: true) }
            + 2 * blockWords(text, start, end)
    }

    /// How many kinds of lines there are that open a block with their last word, or close one by
    /// being one word.
    private static func blockWords(_ text: Text, _ start: Int, _ end: Int) -> Int {
        var opens = false
        var closes = false
        var line = start
        while line < end {
            let stop = text.first(10, from: line, to: end)
            let last = text.back(stop, limit: stop - line, while: Byte.isSpace)
            let word = text.back(last, limit: min(6, last - line), while: Byte.isLetter)
            let isAlone = text.pastBlanks(line, limit: 256) >= word
            if isAlone {
                closes = closes || isOne(of: ["end", "fi", "done", "esac"], text, word, last)
            } else if Byte.isBlank(text[word - 1]) {
                opens = opens || isOne(of: ["do", "then"], text, word, last)
            }
            line = stop + 1
        }
        return (opens ? 1 : 0) + (closes ? 1 : 0)
    }

    private static func isOne(
        of words: [StaticString], _ text: Text, _ start: Int, _ end: Int
    ) -> Bool {
        words.contains { $0.utf8CodeUnitCount == end - start && text.has($0, at: start) }
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
            // In `"\treturn x"` the letter before the word is one of an escape.
            if text.has(literal, at: index),
                !atWord || !Byte.isWord(text[index - 1]) || text.isEscaped(index - 1)
            {
                return true
            }
            index = text.first(literal.utf8Start[0], from: index + 1, to: end)
        }
        return false
    }
}
