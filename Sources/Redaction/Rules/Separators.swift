// What sets a value apart from its key: signs, closing marks, or words.

/// Where a key ends and what follows it.
struct KeyEdge {
    var end: Int
    /// Behind the quotes and brackets that close the key.
    var closers: Int
    /// The first sign behind those and blanks.
    var sign: Int
    /// Whether a quote is among what closes the key.
    var isQuoted: Bool
}

/// What opens behind a key.
enum KeyOpening {
    case nothing
    /// A value, and what it is set apart by; a colon also for what means as much.
    case value(at: Int, separator: UInt8)
    /// The value of an element, behind the mark that ends here.
    case element(Int)
    /// The value of a form's part, below the line that ends here.
    case part(Int)
}

extension Scanner {
    /// What opens behind the key at `edge`.
    func opening(behind edge: KeyEdge) -> KeyOpening {
        let index = edge.sign
        switch text[index] {
        case UInt8(ascii: ">") where index == edge.end || edge.isQuoted && fillsAttribute(edge.end),
            UInt8(ascii: "<") where index == edge.end:
            return .element(index)
        case 10, 13:
            return edge.isQuoted ? .part(index) : .nothing
        case 0 where index < text.count:
            return .value(at: index + 1, separator: 0)
        default:
            return afterSign(edge) ?? afterCloser(edge) ?? afterWords(edge)
        }
    }

    /// Behind `=`, `:`, an arrow or a bar; nil when there is none.
    private func afterSign(_ edge: KeyEdge) -> KeyOpening? {
        let index = edge.sign
        let isApart = index > edge.closers
        switch text[index] {
        case UInt8(ascii: "="): return .value(at: pastEquals(index + 1), separator: 61)
        case UInt8(ascii: "?") where text[index + 1] == 61,
            UInt8(ascii: "+") where text[index + 1] == 61 && isApart:
            return .value(at: pastEquals(index + 2), separator: 61)
        case UInt8(ascii: ":"): return afterColon(index)
        case 0xEF where isWideSign(index): return .value(at: index + 3, separator: 58)
        case UInt8(ascii: "-") where text[index + 1] == 62 && isApart:
            return .value(at: index + 2, separator: 32)
        case 0xE2 where isApart && text.has("→", at: index):
            return .value(at: index + 3, separator: 32)
        case UInt8(ascii: "|") where isApart:
            return .value(at: index + 1, separator: isPairLine(edge.end, index + 1) ? 58 : 32)
        default: return nil
        }
    }

    private func pastEquals(_ index: Int) -> Int {
        pastDump(text.skip(index, limit: .max) { $0 == 61 || $0 == 62 })
    }

    private func afterColon(_ colon: Int) -> KeyOpening {
        var index = colon + 1
        if text[index] == 58 {
            // LDIF writes what is base64 behind two colons; elsewhere they join names.
            guard Byte.isBlank(text[index + 1]) else { return .nothing }
            index += 1
        }
        index = pastVisibility(index)
        if text[index] == 61 || text[index] == 62 { index += 1 }
        if text.has("** ", at: index) { index += 2 }
        return .value(at: pastTag(pastType(index)), separator: 58)
    }

    /// Behind what closes or lists: `(`, `)`, `*`, `,` and `;`; nil when there is none of them.
    private func afterCloser(_ edge: KeyEdge) -> KeyOpening? {
        let index = edge.sign
        switch text[index] {
        case UInt8(ascii: "(") where index == edge.end && Byte.isQuote(text[index + 1]):
            return .value(at: index + 1, separator: 32)
        case UInt8(ascii: ")"): return afterParenthesis(edge)
        case UInt8(ascii: "*") where edge.closers == edge.end:
            // `*password*: X` and the same in bold type.
            let colon = text.skip(index, limit: 2) { $0 == 42 }
            return text[colon] == 58 ? .value(at: colon + 1, separator: 58) : .nothing
        case UInt8(ascii: ","): return afterComma(edge)
        case UInt8(ascii: ";") where edge.isQuoted && text.has("s:", at: index + 1):
            // PHP writes the length of a text before it.
            let length = text.skip(index + 3, limit: 9, while: Byte.isDigit)
            return .value(at: length + 1, separator: 58)
        default: return nil
        }
    }

    private func afterComma(_ edge: KeyEdge) -> KeyOpening? {
        let index = edge.sign + 1
        if edge.isQuoted { return quotedPair(index, separator: 44) }
        if startsLine(edge.end) {
            let isPair = text[index] > 32 && isPairLine(edge.end, index)
            return .value(at: index, separator: isPair ? 58 : 44)
        }
        return isAtom(edge.end) ? .value(at: index, separator: 58) : nil
    }

    private func afterParenthesis(_ edge: KeyEdge) -> KeyOpening? {
        let index = edge.sign
        if edge.isQuoted {
            // `AnyHashable("password"): "X"` of Swift.
            if text.has("): ", at: index) { return .value(at: index + 2, separator: 58) }
            return quotedPair(index + 1, separator: 41)
        }
        // `config(password) = X`, as Tcl lists an array, and `set config(password) "X"`.
        let isListed = index == edge.end && text.has(" = ", at: index + 1)
        guard isListed || text[index + 1] == 32 && Byte.isQuote(text[index + 2]) else { return nil }
        guard text[text.back(edge.end, limit: 96, while: Self.holdsName) - 1] == 40 else {
            return .nothing
        }
        return isListed
            ? .value(at: index + 3, separator: 61) : .value(at: index + 1, separator: 58)
    }

    /// `"password", "X"` and `"password", QVariant(QString, "X")`.
    private func quotedPair(_ index: Int, separator: UInt8) -> KeyOpening {
        text.has(" QVariant(QString, \"", at: index)
            ? .value(at: index + 18, separator: 58) : .value(at: index, separator: separator)
    }

    /// Behind blanks, or words that say as much as a sign.
    private func afterWords(_ edge: KeyEdge) -> KeyOpening {
        guard edge.sign > edge.closers || edge.isQuoted else { return .nothing }
        if let mark = elementMark(edge.end, edge.sign) { return .element(mark) }
        if let colon = pastNumber(edge.sign) { return .value(at: colon + 1, separator: 58) }
        var (index, separator) = (pastArgument(edge.sign), UInt8(32))
        for word in Self.equalWords where text.has(word, at: index) {
            index += word.utf8CodeUnitCount
            if word.utf8CodeUnitCount == 7 { separator = 58 }
        }
        guard let told = pastRelation(index) else { return .value(at: index, separator: separator) }
        return .value(at: told, separator: 58)
    }

    private static let equalWords: [StaticString] = [
        "is ", "is: ", "was ", "was: ", "ist ", "lautet ", "lautet: ", "est ", "es ", "è ",
        "är ", "er ", "REG_SZ ",
    ]

    // MARK: - What stands between a sign and the value

    /// Past `a2=` before a text in quotes, as the kernel's audit numbers arguments.
    private func pastArgument(_ index: Int) -> Int {
        guard text[index] == UInt8(ascii: "a") else { return index }
        let sign = text.skip(index + 1, limit: 3, while: Byte.isDigit)
        return sign > index + 1 && text[sign] == 61 && text[sign + 1] == 34 ? sign + 1 : index
    }

    /// `：` and `＝`, as keyboards of the East type them.
    func isWideSign(_ index: Int) -> Bool {
        text[index] == 0xEF && text[index + 1] == 0xBC
            && (text[index + 2] == 0x9A || text[index + 2] == 0x9D)
    }

    /// Past `String = ` in `key: String = value`.
    private func pastType(_ index: Int) -> Int {
        let first = text.pastBlanks(index, limit: 4)
        let word = text.skip(first, limit: 24) { Byte.isLetter($0) || $0 == 63 || $0 == 38 }
        let sign = text.pastBlanks(word, limit: 4)
        guard word > first, text[sign] == 61, text[sign + 1] != 61, text[sign - 1] == 32 else {
            return index
        }
        return sign + 1
    }

    /// Past `!!str ` and `&name "`, which YAML writes before a value.
    private func pastTag(_ index: Int) -> Int {
        let first = text.pastBlanks(index, limit: 4)
        let isTag = text.has("!!", at: first)
        guard first > index, isTag || text[first] == 38 else { return index }
        let name = text.skip(isTag ? first + 2 : first + 1, limit: 24, while: Byte.isWord)
        let value = text.pastBlanks(name, limit: 4)
        // Passwords begin with these signs too.
        let isKnown =
            isTag
            ? ["str", "binary", "int", "float"].contains(text.string(first + 2, name))
            : Byte.isQuote(text[value])
        return value > name && text[value] > 32 && isKnown ? value : index
    }

    private func startsLine(_ keyEnd: Int) -> Bool {
        let start = text.back(keyEnd, limit: 96) { Byte.isWord($0) || $0 == 46 }
        return hasLines && (start == 0 || text[start - 1] == 10)
    }

    /// `{:password, "x"}`, as Elixir and Ruby write a pair, and `{password,<<"x">>}` of Erlang.
    private func isAtom(_ keyEnd: Int) -> Bool {
        let start = text.back(keyEnd, limit: 96, while: Byte.isWord)
        let next = text.pastBlanks(keyEnd + 1)
        if text[start - 1] == 123 { return Byte.isQuote(text[next]) || text.has("<<\"", at: next) }
        return text[start - 1] == 58 && (text[start - 2] == 123 || text[start - 2] == 91)
            && Byte.isQuote(text[next])
    }

    /// `Unseal Key 1: …`
    private func pastNumber(_ index: Int) -> Int? {
        let end = text.skip(index, limit: 3, while: Byte.isDigit)
        return end > index && text[end] == 58 && Byte.isBlank(text[end + 1]) ? end : nil
    }
}
