// Values whose name stands in a field, a command or a block of its own, as formats of records, debuggers
// and settings have it.

extension Scanner {
    /// `(lldb) p name` and `(gdb) print name`, and the answer on the line below; the sign ends at `end`.
    mutating func debuggerAnswer(_ end: Int) {
        let lineEnd = text.lineEnd(end)
        let last = text.back(lineEnd, limit: 8, while: Byte.isSpace)
        let name = text.back(last, limit: 96, while: Self.holdsName)
        guard hasLines, name > end, lineEnd < text.count,
            text[name - 1] == 32 || text[name - 1] == 62
        else { return }
        let next = lineEnd + 1
        let limit = text.lineEnd(next)
        let quote = text.first(34, from: next, to: limit)
        // `(String) $0 = "X"`, `$1 = 0x55d0 "X"`
        guard quote < limit, text.first(36, from: next, to: quote) < quote else { return }
        let close = text.firstUnescaped(34, from: quote + 1, to: limit)
        cell(quote + 1..<max(quote + 1, close), keyKind(name, last))
    }

    /// `cs1Label=password cs1=X`, as CEF names its own fields; the sign ends at `end`.
    mutating func labelledField(_ end: Int) {
        let fieldEnd = end - "label=".utf8.count
        let field = text.back(fieldEnd, limit: 24, while: Byte.isAlnum)
        let stop = text.skip(end, limit: 96, while: Self.holdsName)
        let kind = keyKind(end, stop)
        guard field < fieldEnd, kind != .none else { return }
        let lineEnd = text.lineEnd(end)
        let name = text.bytes(field, fieldEnd)
        // The field stands on either side of its label.
        for sign in text.lineStart(end, limit: 2048)..<min(lineEnd, end + 1024)
        where text[sign] == 61 {
            let first = sign - name.count
            guard first > 0, !Byte.isAlnum(text[first - 1]), text.bytes(first, sign) == name else {
                continue
            }
            return cell(sign + 1..<max(sign + 1, fieldStop(sign + 1, lineEnd)), kind)
        }
    }

    /// Where the next ` name=` begins, or the line ends.
    private func fieldStop(_ start: Int, _ lineEnd: Int) -> Int {
        var blank = text.first(32, from: start, to: lineEnd)
        while blank < lineEnd {
            let name = text.skip(blank + 1, limit: 40, while: Byte.isAlnum)
            if text[name] == 61, name > blank + 1 { return blank }
            blank = text.first(32, from: blank + 1, to: lineEnd)
        }
        let stop = text.skip(start, limit: lineEnd - start) { $0 > 31 && $0 != 34 }
        return text.back(stop, limit: 4) { $0 == 92 || Byte.isSpace($0) }
    }

    /// `"key":"password","value":{"stringValue":"X"}`, as OpenTelemetry writes attributes; the quote ends
    /// at `end`.
    mutating func attributeValue(_ end: Int) {
        let above = max(0, end - 160)
        guard
            let mark = (above..<end).last(where: {
                text.has("\"key\"", at: $0) || text.has("\\\"key\\", at: $0)
            }), let name = value(after: mark + 4), name.end < end,
            !(name.end..<end).contains(where: { text[$0] == 125 })
        else { return }
        let first = text.skip(end, limit: 12) { $0 == 58 || $0 == 32 || $0 == 34 || $0 == 92 }
        guard text[first - 1] == 34 else { return }
        let close = text.firstUnescaped(34, from: first, to: text.lineEnd(first))
        let stop = text.back(close, limit: min(8, close - first)) { $0 == 92 }
        cell(first..<stop, keyKind(name.start, name.end))
    }

    /// `variable "password" {` and `default = "X"` below; the quote ends at `end`.
    mutating func variableDefault(_ end: Int) {
        let stop = text.skip(end, limit: 96, while: Self.holdsName)
        let kind = keyKind(end, stop)
        guard hasLines, text[stop] == 34, kind != .none else { return }
        let limit = min(text.count, end + 1024)
        let close = text.first(125, from: stop, to: limit)
        for index in stop..<close where text.has("default", at: index) {
            guard Byte.isSpace(text[index - 1]), let value = value(after: index + 7),
                value.quote == 34
            else { continue }
            return cell(value.start..<max(value.start, value.end), kind)
        }
    }

    /// `the password is X` at the end of a line; the words end at `end`.
    mutating func spokenPassword(_ end: Int) {
        let stop = text.skip(end, limit: 128) { $0 > 32 && $0 != 34 }
        let last = text.back(stop, limit: 2) { $0 == 46 || $0 == 92 }
        let word = text.string(end, min(last, end + 40)).lowercased()
        let census = Shape.Census(text, end, last)
        let dashes = (end..<last).count { text[$0] == 45 }
        guard last - end >= 5, Byte.isBreak(text[stop]) || stop >= text.count || text[stop] == 34,
            census.digits > 0 && census.upper + census.lower > 0 || dashes > 2,
            !KeyWords.status.contains(word), !KeyWords.verdicts.contains(word)
        else { return }
        mask(end, last, as: .password)
    }
}
