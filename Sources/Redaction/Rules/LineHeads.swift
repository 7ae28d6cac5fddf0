// Where the content of a line begins: behind what loggers, containers and mail write before each line,
// or behind the quote of a text that holds whole lines. Rules of whole lines ask here.

extension Scanner {
    /// No line has more heads before its content.
    private static let headsMax = 6
    /// A head is not longer.
    private static let headMax = 400

    /// Where the content begins of the line, or of the text in quotes, that holds `index`.
    func contentStart(_ index: Int) -> Int {
        let line = text.lineStart(index, limit: Self.headMax)
        let head = lineHead(line)
        // A text of JSON and the like that is a whole line of something else.
        let quote = text.back(index, limit: index - line) { $0 != 34 && $0 != 39 }
        guard quote > head, Byte.isQuote(text[quote - 1]), opensText(quote - 1) else {
            let field = depth > 0 ? fieldStart(line, index) : line
            return min(field > line ? lineHead(field) : head, index)
        }
        return min(lineHead(quote), index)
    }

    /// `GET /log?m=Mar  5 10:11:12 box …` and `POST body=…`, decoded: where the field begins that holds
    /// `index`; `line` when none does.
    private func fieldStart(_ line: Int, _ index: Int) -> Int {
        let opens: [StaticString] = ["GET /", "POST ", "PUT /"]
        let method = (line..<min(index, line + 64)).first { at in
            opens.contains { text.has($0, at: at) }
        }
        guard let method else { return line }
        let sign = text.first(61, from: method, to: index)
        let name = text.back(sign, limit: 40, while: Byte.isWord)
        let before = text[name - 1]
        return sign < index && (before == 63 || before == 38 || before == 32) ? sign + 1 : line
    }

    private func opensText(_ quote: Int) -> Bool {
        let before = text[text.back(quote, limit: 4) { $0 == 92 } - 1]
        return before == 58 || before == 32 || before == 44 || before == 40 || before == 91
            || before == 98 || before == 61
    }

    /// Past the heads of the line that begins at `start`; blanks that indent the content stay.
    func lineHead(_ start: Int) -> Int {
        var index = start
        for _ in 0..<Self.headsMax {
            let next = pastHead(index, isFirst: index == start)
            if next == index { break }
            index = next
        }
        return index
    }

    /// Past the first head alone.
    func firstHead(_ start: Int) -> Int { pastHead(start, isFirst: true) }

    private func pastHead(_ start: Int, isFirst: Bool) -> Int {
        let byte = text[start]
        switch byte {
        case 62, 35: return text[start + 1] == 32 ? start + 2 : start
        case 60 where isFirst && Byte.isLower(text[start + 1]):
            let close = text.skip(start + 1, limit: 16, while: Byte.isAlnum)
            return text[close] == 62 ? close + 1 : start
        case 43: return isFirst && text[start + 1] != 43 ? start + 1 : start
        case 91:
            let close = text.skip(start + 1, limit: 100) { $0 != 93 && $0 > 31 && $0 != 34 }
            return text[close] == 93 && text[close + 1] == 32 ? close + 2 : start
        default: break
        }
        if Byte.isDigit(byte), let end = TimeStamp.end(text, start) {
            let zone = text.skip(end, limit: 16) { $0 > 32 }
            guard text[zone] == 32 else { return start }
            // Some pad a level on its left: `10:20:30Z  INFO …`.
            let padded = text.skip(zone + 1, limit: 4) { $0 == 32 }
            return isLevel(padded) ? padded : zone + 1
        }
        for word: StaticString in ["stdout F ", "stderr F ", "stdout P ", "stderr P "]
        where text.has(word, at: start) {
            return start + word.utf8CodeUnitCount
        }
        guard Byte.isLetter(byte) else { return start }
        if Byte.isUpper(byte), let end = pastSystemHead(start) { return end }
        let word = text.skip(start, limit: 64) { Byte.isWord($0) || $0 == 58 || $0 == 46 }
        let blank = text.skip(word, limit: 16) { $0 == 32 }
        guard blank > word else { return start }
        // `aura-1  | `, as lines of several containers are told apart.
        let number = text.back(word, limit: 4, while: Byte.isDigit)
        if text[blank] == 124, text[blank + 1] == 32, number < word,
            text[number - 1] == 45 || text[number - 1] == 95
        {
            return blank + 2
        }
        guard !isFirst else { return start }
        // `10:20:30Z stdout | `, as streams are told apart.
        if text[blank] == 124, text[blank + 1] == 32,
            text.has("stdout ", at: start) || text.has("stderr ", at: start)
        {
            return blank + 2
        }
        if (start..<word - 1).contains(where: { text[$0] == 58 && text[$0 + 1] == 58 }) {
            return word + 1
        }
        guard let level = Self.levels.first(where: { text.has($0, at: start, folded: true) }),
            level.utf8CodeUnitCount == word - start
        else { return start }
        // Levels are padded to five letters.
        return word - start < 5 && blank > word + 1 ? word + 2 : word + 1
    }

    /// Whether a level and a blank stand at `start`.
    private func isLevel(_ start: Int) -> Bool {
        let end = text.skip(start, limit: 8, while: Byte.isLetter)
        return text[end] == 32
            && Self.levels.contains {
                $0.utf8CodeUnitCount == end - start && text.has($0, at: start, folded: true)
            }
    }

    private static let levels: [StaticString] = [
        "info", "debug", "warn", "error", "trace", "notice", "fatal", "warning",
    ]

    /// Past `Mar  5 10:11:12 box aura[812]: `.
    private func pastSystemHead(_ start: Int) -> Int? {
        guard text[start + 3] == 32, Byte.isLower(text[start + 1]), Byte.isLower(text[start + 2])
        else { return nil }
        let day = text.pastBlanks(start + 4, limit: 2)
        let time = text.skip(day, limit: 2, while: Byte.isDigit) + 1
        guard time > day + 1, text[time + 2] == 58, text[time + 5] == 58 else { return nil }
        let clock = text.skip(time, limit: 16) { Byte.isDigit($0) || $0 == 58 || $0 == 46 }
        let host = text.skip(clock + 1, limit: 64) { $0 > 32 }
        let program = text.skip(host + 1, limit: 64) { $0 > 32 }
        guard text[clock] == 32, text[host] == 32, text[program] == 32, text[program - 1] == 58
        else { return nil }
        return program + 1
    }
}
