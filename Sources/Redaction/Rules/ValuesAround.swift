// Values that stand somewhere else than behind their name: above it, before it, on the lines below it
// or in the words after it.

extension Scanner {
    /// No text of an object is further away.
    private static let aboveMax = 4 << 10

    // MARK: - Before the name

    /// The value before a name that announces it, wherever it is.
    func valueElsewhere(_ place: KeyPlace) -> KeyedValue? {
        valueAbove(place) ?? valueFor(place) ?? attributeBefore(place)
    }

    /// `"value": "X",` on a line above `"name": "APP_SECRET"`, in the same object.
    private func valueAbove(_ place: KeyPlace) -> KeyedValue? {
        guard hasLines, text[place.start - 1] == 34, text[place.end] == 34 else { return nil }
        var line = text.lineStart(place.start, limit: 200)
        let name = text.pastBlanks(line, limit: 128)
        guard text.has("\"name\"", at: name) || text.has("\"key\"", at: name) else { return nil }
        for _ in 0..<3 where line > 0 {
            line = text.lineStart(line - 1, limit: Self.aboveMax)
            let first = text.pastBlanks(line, limit: 128)
            guard text[first] == 34 else { return nil }
            guard text.has("\"value\"", at: first), let value = value(after: first + 6),
                value.quote == 34, value.end < place.start
            else { continue }
            return value
        }
        return nil
    }

    /// `invalid value "X" for API_TOKEN`, and `invalid value 'X' for '--token <TOKEN>'`, as programs refuse
    /// what stands behind a flag.
    func valueFor(_ place: KeyPlace) -> KeyedValue? {
        var name = place.start - place.dashes
        if place.dashes > 0, Byte.isQuote(text[name - 1]) {
            name = text.back(name - 1, limit: 4) { $0 == 92 }
        }
        guard text.has(" for ", at: name - 5), Byte.isQuote(text[name - 6]) else { return nil }
        let quote = text[name - 6]
        let end = text.back(name - 6, limit: 4) { $0 == 92 }
        let open = text.back(end, limit: 512) { $0 != quote && $0 != 10 }
        let word = text.back(open - 1, limit: 4) { $0 == 92 }
        guard text[open - 1] == quote, open < end,
            text.has("value ", at: word - 6, folded: true)
                || text.has("argument ", at: word - 9, folded: true)
        else { return nil }
        return KeyedValue(start: open, end: end, separator: 32, quote: quote)
    }

    // MARK: - Behind the name

    /// Values that commands and files set apart in ways of their own.
    mutating func valueBehind(_ place: KeyPlace, _ name: MaskClass) -> Bool {
        let end = place.end
        if text.has("::", at: end), text.has("name=", at: place.start - 5) {
            mask(end + 2, lineStop(end), as: name)
            return true
        }
        if text[end] == 32, text.has("ENV ", at: place.start - 4), text[end + 1] != 61 {
            mask(text.pastBlanks(end), textStop(end), as: name)
            return true
        }
        if text[end] == 32, isAssigned(place.start) {
            let value = text.pastBlanks(end)
            let first = Byte.isQuote(text[value]) ? value + 1 : value
            mask(first, Byte.isQuote(text[value]) ? quotedEnd(first) : textStop(end), as: name)
            return true
        }
        return text.has("<<", at: end) && hereDocument(place, name)
    }

    /// `set -gx NAME value`, `setenv NAME value`, `setx NAME value`: the name stands at `start`.
    func isAssigned(_ start: Int) -> Bool {
        if text.has("setenv ", at: start - 7) || text.has("setx ", at: start - 5) { return true }
        let flags = text.back(start - 1, limit: 4, while: Byte.isLetter)
        return text[start - 1] == 32 && flags < start - 1 && text.has("set -", at: flags - 5)
    }

    private func lineStop(_ index: Int) -> Int {
        text.back(text.lineEnd(index), limit: 8, while: Byte.isSpace)
    }

    /// Where the line ends, or the text in quotes on it that the name ending at `index` stands in.
    private func textStop(_ index: Int) -> Int {
        let stop = lineStop(index)
        let line = text.lineStart(index, limit: Self.longText)
        guard isInQuotes(index, from: line) else { return stop }
        return text.firstUnescaped(34, from: index, to: stop)
    }

    /// `APP_TOKEN<<EOF`, and the value on the lines up to `EOF`.
    private mutating func hereDocument(_ place: KeyPlace, _ name: MaskClass) -> Bool {
        let mark = place.end + 2
        let markEnd = text.skip(mark, limit: 64, while: Byte.isWord)
        guard hasLines, markEnd > mark, markEnd >= lineStop(mark) else { return false }
        let delimiter = text.bytes(mark, markEnd)
        var line = text.lineEnd(mark) + 1
        var lines: [Range<Int>] = []
        while line < text.count, lines.count < 64 {
            let stop = lineStop(line)
            if text.bytes(line, min(stop, line + 64)) == delimiter {
                for range in lines { mask(range.lowerBound, range.upperBound, as: name) }
                return !lines.isEmpty
            }
            if stop > line { lines.append(line..<stop) }
            line = text.lineEnd(line) + 1
        }
        return false
    }

    /// `Authorization: Bearer` and the secret on the line below, as a header is folded.
    mutating func foldedHeader(_ place: KeyPlace) {
        guard hasLines, text[place.end] == 58 else { return }
        let scheme = text.pastBlanks(place.end + 1)
        let end = text.skip(scheme, limit: 16, while: Byte.isLetter)
        guard ["bearer", "basic", "token"].contains(text.string(scheme, end).lowercased()),
            text.skip(end, limit: 8, while: Byte.isSpace) > text.lineEnd(end)
        else { return }
        var first = text.lineEnd(end) + 1
        // The sign that programs put before the lines they show.
        if text[first] == 62 || text[first] == 60 { first += 1 }
        let start = text.pastBlanks(first)
        let stop = text.skip(start, limit: 4096) { Byte.isRun($0) || $0 == 46 || $0 == 61 }
        guard start > first, stop - start >= 8,
            text.skip(stop, while: Byte.isBlank) >= lineStop(stop)
        else { return }
        mask(start, stop, .keyedSecret, as: .credentials)
    }

    // MARK: - Several words

    /// Where a passphrase ends that is several words without quotes; nil when it is one.
    func phraseEnd(_ value: KeyedValue, _ place: KeyPlace) -> Int? {
        guard value.quote == 0, value.separator == 61 || value.separator == 58 else { return nil }
        if let end = groupsEnd(value) { return end }
        let marks: [StaticString] = ["phrase", "mnemonic", "seed"]
        let isPhrase = marks.contains { mark in
            (place.start..<place.end).contains { text.has(mark, at: $0, folded: true) }
        }
        guard isPhrase else { return nil }
        var (index, end, count) = (value.start, value.start, 0)
        while count < 32 {
            let stop = text.skip(index, limit: 16, while: Byte.isLower)
            let next = text[stop]
            guard stop - index >= 3, !KeyWords.status.contains(text.string(index, stop)),
                !KeyWords.prose.contains(text.string(index, stop)), next != 61, next != 58,
                !Byte.isWord(next)
            else { break }
            (end, count) = (stop, count + 1)
            guard next == 32 else { break }
            index = stop + 1
        }
        return count >= 4 ? end : nil
    }

    /// `abcd efgh ijkl mnop`: four groups of four, as Google writes passwords of apps.
    private func groupsEnd(_ value: KeyedValue) -> Int? {
        var index = value.start
        for group in 0..<4 {
            let stop = text.skip(index, limit: 5) { Byte.isLower($0) || Byte.isDigit($0) }
            guard stop == index + 4 else { return nil }
            if group == 3 { return Byte.isWord(text[stop]) || text[stop] == 61 ? nil : stop }
            guard text[stop] == 32 else { return nil }
            index = stop + 1
        }
        return nil
    }

    // MARK: - Arguments

    /// `mysqli_connect('h','u','X')`: the third text of a call whose parenthesis ends at `end`.
    mutating func thirdArgument(_ end: Int) {
        let stop = min(text.lineEnd(end), end + 1024)
        var index = end
        for number in 0..<3 {
            index = text.pastBlanks(index)
            let quote = text[index]
            guard quote == 39 || quote == 34 else { return }
            let close = text.firstUnescaped(quote, from: index + 1, to: stop)
            guard close < stop else { return }
            if number == 2 { return mask(index + 1, close, as: .password) }
            index = text.pastBlanks(close + 1)
            guard text[index] == 44 else { return }
            index += 1
        }
    }

    /// `curl -sulena:X`: a flag that is glued to others and to its value; `-` stands before `start`.
    mutating func gluedFlag(_ start: Int) {
        let word = text.skip(start, limit: 256) { $0 > 32 }
        let letters = text.skip(start, limit: 8) { "sSkLfivgqNG".utf8.contains($0) }
        guard text[letters] == UInt8(ascii: "u"), text[start - 1] == 45 else { return }
        let colon = text.first(58, from: letters + 1, to: word)
        guard colon < word, colon > letters + 1 else { return }
        mask(colon + 1, word, .commandFlag, as: .password)
        userValue(letters + 1, colon, text.string(letters + 1, colon).lowercased())
    }

    // MARK: - By the form of the line

    /// `password | x` and `password,x`: a line that is a name, a sign, one word and nothing more.
    func isPairLine(_ keyEnd: Int, _ index: Int) -> Bool {
        let name = text.back(keyEnd, limit: 96) { Byte.isWord($0) || $0 == 46 }
        let start = text.back(name, limit: 8) { $0 == 32 || $0 == 124 || $0 == 96 }
        let value = text.pastBlanks(index)
        let end = text.skip(value, limit: 1024) { $0 > 32 && $0 != 44 && $0 != 124 }
        let rest = text.skip(end, limit: 8) { $0 == 32 || $0 == 124 || $0 == 13 }
        guard hasLines, end > value, start == 0 || text[start - 1] == 10,
            text[rest] == 10 || rest >= text.count
        else { return false }
        // The names of columns: a key beside a key, or a line with a rule below.
        return keyKind(value, end) == .none && !isRuler(rest + 1, text.lineEnd(rest + 1))
    }

    /// Past the words between a name and a text in quotes that is its value: `to equal "x"`.
    func pastRelation(_ index: Int) -> Int? {
        let words: [StaticString] = [
            "to equal ", "to be ", "to eq ", "equal to ", "equals ", "should be ", "set to ",
            "!= ", "TO ", ". ", "mismatch: expected ", "mismatch: ",
        ]
        guard let word = words.first(where: { text.has($0, at: index) }) else { return nil }
        let quote = index + word.utf8CodeUnitCount
        guard Byte.isQuote(text[quote]) else { return nil }
        // Passwords are one word; what is said of them are several.
        let end = text.skip(quote + 1, limit: 512) { $0 > 32 && $0 != text[quote] }
        guard text[end] == text[quote] else { return nil }
        // `token != "identifier"`, `(token . "EOF")`: what a parser reads is called so, too.
        let isSign =
            ["!= ", ". ", "mismatch: expected "].contains { text.has($0, at: index) as Bool }
        let census = Shape.Census(text, quote + 1, end)
        let isPlain = census.digits == 0 && (census.upper == 0 || census.lower == 0)
        return isSign && isPlain && census.others == 0 ? nil : quote
    }

    /// `Token { value: "X" }`: what the structure is called that holds the value alone.
    func outerKind(_ place: KeyPlace) -> KeyKind? {
        let brace = text.back(place.start, limit: 2) { $0 == 32 }
        let end = text.back(brace - 1, limit: 2) { $0 == 32 }
        guard text[brace - 1] == 123, text[place.end] == 58 else { return nil }
        let name = text.back(end, limit: 64, while: Byte.isWord)
        guard name < end, Byte.isUpper(text[name]), case .strong(let mask) = keyKind(name, end)
        else { return nil }
        return .strong(mask)
    }
}
