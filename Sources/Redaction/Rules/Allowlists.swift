// Settings and environment: only what is on a list keeps its value. A list of what is secret would
// be out of date with the next release of anything.

/// Values that are taken because their name is not on a list.
struct Allowlist {
    private let text: Text
    private let book: RuleBook
    private var spans: [Span] = []

    // MARK: - Environment

    /// Variables that say how a program runs and not who runs it.
    private static let variables: Set<String> = [
        "LANG", "LANGUAGE", "TERM", "COLORTERM", "SHELL", "TZ", "NO_COLOR", "CI", "COLUMNS",
        "LINES",
    ]

    static func environment(_ text: Text, _ book: RuleBook) -> [Span] {
        guard book.allows(.environmentAllowlist) else { return [] }
        var list = Allowlist(text: text, book: book)
        list.readEnvironment()
        return list.spans
    }

    private mutating func readEnvironment() {
        let hasZeros = text.first(0, from: 0, to: text.count) < text.count
        let separator: UInt8 = hasZeros ? 0 : 10
        var start = 0
        var keeps = true
        while start < text.count {
            let end = text.first(separator, from: start, to: text.count)
            let name = text.skip(start, limit: 256) { Byte.isWord($0) && $0 != 45 }
            if text[name] == 61, name > start {
                keeps = Self.keepsVariable(text.string(start, name))
                if !keeps { mask(name + 1, end, .environmentAllowlist, .variable) }
            } else if !keeps || hasZeros {
                // The next line of a value that was taken, or something that is no assignment.
                mask(start, end, .environmentAllowlist, .variable)
            }
            start = end + 1
        }
    }

    private static func keepsVariable(_ name: String) -> Bool {
        name.hasPrefix("AURA_") || name.hasPrefix("LC_") || variables.contains(name)
    }

    private mutating func mask(
        _ start: Int, _ end: Int, _ rule: RedactionRule, _ name: MaskClass, isBare: Bool = false
    ) {
        let last = text.back(end, limit: max(0, end - start), while: Byte.isSpace)
        guard start < last, !book.isSafe(text, start, last) else { return }
        spans.append(
            Span(
                start: start, end: last, rule: rule,
                replacement: isBare ? .quoted(name) : .mask(name)))
    }

    // MARK: - Settings

    static func settings(_ text: Text, _ book: RuleBook) -> [Span] {
        guard book.allows(.settingsAllowlist) else { return [] }
        var list = Allowlist(text: text, book: book)
        list.readSettings()
        return list.spans
    }

    private mutating func readSettings() {
        var line = 0
        var keepsItems = false
        while line < text.count {
            let end = text.lineEnd(line)
            var content = text.pastBlanks(line, limit: 256)
            var next = end + 1
            if text[content] == 45, Byte.isBlank(text[content + 1]) {
                content = text.pastBlanks(content + 1)
            }
            switch text[content] {
            case 10, 13, 35, 59, 0: break
            case 91 where isSection(content, end): keepsItems = false
            case 123, 125, 93: break
            default:
                if let setting = setting(content, end) {
                    keepsItems = keeps(setting.name)
                    next = take(setting, end, keepsItems)
                } else if !keepsItems {
                    bareLine(content, end)
                }
            }
            line = next
        }
    }

    private struct Setting {
        let name: String
        let value: Int
        let indent: Int
    }

    private func isSection(_ start: Int, _ end: Int) -> Bool {
        let last = text.back(end, limit: end - start, while: Byte.isSpace)
        return text[last - 1] == 93 && text.first(61, from: start, to: end) == end
    }

    private func setting(_ start: Int, _ end: Int) -> Setting? {
        let isQuoted = Byte.isQuote(text[start])
        let first = isQuoted ? start + 1 : start
        let stop = text.skip(first, limit: 128) {
            Byte.isWord($0) || $0 == 46 || (isQuoted && $0 == 32)
        }
        let closed = isQuoted ? stop + 1 : stop
        let sign = text.pastBlanks(closed)
        guard stop > first, sign < end, text[sign] == 61 || text[sign] == 58 else { return nil }
        if text[sign] == 58, !Byte.isSpace(text[sign + 1]), sign + 1 < end, !isQuoted { return nil }
        return Setting(
            name: text.string(first, stop), value: text.pastBlanks(sign + 1),
            indent: start - text.lineStart(start))
    }

    private func keeps(_ name: String) -> Bool {
        let last = name.split(separator: ".").last.map(String.init) ?? name
        return book.policy.keepsSetting(last.lowercased())
    }

    /// Masks the value unless it is kept; gives where the next line to read begins.
    private mutating func take(_ setting: Setting, _ lineEnd: Int, _ keeps: Bool) -> Int {
        let start = setting.value
        guard start < lineEnd, text[start] != 35 else { return lineEnd + 1 }
        let byte = text[start]
        if Byte.isQuote(byte), text[start + 1] == byte, text[start + 2] == byte {
            return multiline(start, byte, keeps)
        }
        if byte == 124 || byte == 62 { return block(setting, lineEnd, keeps) }
        if byte == 91 || byte == 123 { return collection(start, lineEnd, keeps) }
        guard !keeps else { return lineEnd + 1 }
        if Byte.isQuote(byte) {
            let stop = closing(start + 1, byte, lineEnd)
            mask(start + 1, stop, .settingsAllowlist, .setting)
        } else {
            mask(start, commentStart(start, lineEnd), .settingsAllowlist, .setting, isBare: true)
        }
        return lineEnd + 1
    }

    private func closing(_ start: Int, _ quote: UInt8, _ end: Int) -> Int {
        var index = start
        while index < end, text[index] != quote || text.isEscaped(index) { index += 1 }
        return index
    }

    private func commentStart(_ start: Int, _ end: Int) -> Int {
        var index = start
        while index < end, !(text[index] == 35 && Byte.isBlank(text[index - 1])) { index += 1 }
        let last = text.back(index, limit: index - start, while: Byte.isSpace)
        return text[last - 1] == 44 ? last - 1 : last
    }

    private mutating func multiline(_ start: Int, _ quote: UInt8, _ keeps: Bool) -> Int {
        var index = start + 3
        while index < text.count,
            !(text[index] == quote && text[index + 1] == quote && text[index + 2] == quote)
        {
            index += 1
        }
        if !keeps {
            let first = text.skip(start + 3, limit: 2, while: Byte.isBreak)
            mask(first, index, .settingsAllowlist, .setting)
        }
        return text.lineEnd(min(index, text.count)) + 1
    }

    private mutating func block(_ setting: Setting, _ lineEnd: Int, _ keeps: Bool) -> Int {
        var end = lineEnd
        while end + 1 < text.count {
            let next = text.lineEnd(end + 1)
            let content = text.pastBlanks(end + 1, limit: 256)
            if content < next, content - end - 1 <= setting.indent { break }
            end = next
        }
        if !keeps, end > lineEnd {
            mask(text.pastBlanks(lineEnd + 1, limit: 256), end, .settingsAllowlist, .setting)
        }
        return end + 1
    }

    /// Every item of a list or table in brackets, over as many lines as it takes.
    private mutating func collection(_ start: Int, _ lineEnd: Int, _ keeps: Bool) -> Int {
        var level = 0
        var index = start
        while index < text.count {
            let byte = text.base[index]
            if byte == 91 || byte == 123 { level += 1 }
            if byte == 93 || byte == 125 { level -= 1 }
            if level <= 0 { break }
            if Byte.isQuote(byte) {
                let stop = closing(index + 1, byte, text.lineEnd(index))
                let sign = text.pastBlanks(stop + 1)
                if !keeps, text[sign] != 61, text[sign] != 58 {
                    mask(index + 1, stop, .settingsAllowlist, .setting)
                }
                index = stop + 1
            } else if Byte.isWord(byte) {
                let stop = text.skip(index, limit: 4096) { Byte.isWord($0) || $0 == 46 || $0 == 43 }
                let sign = text.pastBlanks(stop)
                if !keeps, text[sign] != 61, text[sign] != 58 {
                    mask(index, stop, .settingsAllowlist, .setting, isBare: true)
                }
                index = stop
            } else {
                index += 1
            }
        }
        return text.lineEnd(min(index, text.count)) + 1
    }

    /// A line that is no setting, comment or section.
    private mutating func bareLine(_ start: Int, _ end: Int) {
        if Byte.isQuote(text[start]) {
            mask(start + 1, closing(start + 1, text[start], end), .settingsAllowlist, .setting)
        } else {
            mask(start, end, .settingsAllowlist, .setting)
        }
    }

    private init(text: Text, book: RuleBook) {
        self.text = text
        self.book = book
    }
}
