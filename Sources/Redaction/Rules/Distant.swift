// Secrets at some distance from the word that announces them: on the next line, behind an arrow, in a
// document that says of itself that it is secret, at the end of a link.

extension Scanner {
    // MARK: - The next line

    /// `Initial password:` and nothing more: the one word on the line below. Where a logger writes the
    /// same beginning on each line, that beginning is skipped.
    mutating func followingLine(_ name: MaskClass, _ place: KeyPlace) {
        guard hasLines else { return }
        let colon = text.skip(place.end, limit: 2, while: Byte.isQuote)
        let lineEnd = text.lineEnd(place.end)
        // `password: |` behind a prefix: a block of YAML, of which one line is looked at.
        let mark = text.pastBlanks(colon + 1)
        let isBlock = mark > colon + 1 && (text[mark] == 124 || text[mark] == 62)
        let rest = isBlock ? text.skip(mark + 1, limit: 1) { $0 == 43 || $0 == 45 } : colon + 1
        guard text[colon] == 58, text.skip(rest, limit: 8, while: Byte.isSpace) >= lineEnd,
            lineEnd + 1 < text.count
        else { return }
        let next = lineEnd + 1
        let end = text.back(text.lineEnd(next), limit: 8, while: Byte.isSpace)
        let start = text.pastBlanks(pastSamePrefix(place.start, next))
        let stop = text.skip(start, limit: 256) { $0 > 32 }
        guard stop == end, stop - start >= 6, text[stop - 1] != 58, looksLikeSecret(start, stop)
        else { return }
        mask(start, stop, as: name)
    }

    /// `A temporary password is generated for ada@localhost: X`, and the same with X on a line below,
    /// an empty one between them or not.
    mutating func laterOn(_ name: MaskClass, _ place: KeyPlace) {
        valueBelow(name, place)
        guard name == .password || name == .secret || name == .token else { return }
        // `"token": "X", "note": "Y"}`: names and values in quotes are no sentence.
        if Byte.isQuote(text[place.end]) || text[place.end] == 92 { return }
        let lineEnd = text.lineEnd(place.end)
        let last = text.back(lineEnd, limit: 8, while: Byte.isSpace)
        guard last > place.end, last - place.end < Self.sentenceMax else { return }
        if text[last - 1] == 58 {
            guard hasLines, name == .password else { return }
            var next = lineEnd + 1
            if Byte.isBreak(text[next]) { next += text[next] == 13 ? 2 : 1 }
            return loneSecret(name, next)
        }
        let start = text.back(last, limit: 256) { $0 > 32 }
        if name == .password, isNewPassword(place.end, start), looksLikeSecret(start, last) {
            return mask(start, last, as: name)
        }
        // `token refresh: offset=2869…`, `…: "aura_id":"6a87…"`: what has a name of its own.
        let first = Byte.isQuote(text[start]) ? start + 1 : start
        let sign = text.skip(first, limit: 40, while: Self.holdsName)
        if Byte.isLetter(text[first]), sign > first + 1, sign + 1 < last, text[sign + 1] != 61,
            text[sign] == 61 || first > start && text.has("\":", at: sign)
        {
            return
        }
        guard start > place.end + 1, text[start - 2] == 58, text[start - 1] == 32,
            last - start >= 8, looksLikeSecret(start, last), !Shape.isPath(text, start, last)
        else { return }
        // The last member of an object, and `ETag: W/"…"`.
        if Byte.isQuote(text[start]), Byte.isQuote(text[start - 3]) || text[last - 1] == 125 {
            return
        }
        let label = text.back(start - 2, limit: 24, while: Byte.isAlnum)
        if Shape.digestNames.contains(text.string(label, start - 2).lowercased()) { return }
        if tellsItself(start, last, behind: text.string(label, start - 2)) { return }
        mask(start, last, as: name)
    }

    /// `digest: sha256:…`, `algorithm: …`, `BuildID[sha1]=…`, `/nix/store/…`: what says what it is.
    func tellsItself(_ start: Int, _ end: Int, behind label: String) -> Bool {
        if ["algorithm", "cipher", "digest"].contains(label) { return true }
        let sign = text.first(58, from: start, to: end)
        let digest = max(start, text.back(sign, limit: 12, while: Byte.isAlnum))
        if sign < end, Shape.digestNames.contains(text.string(digest, sign).lowercased()) {
            return true
        }
        let close = text.first(93, from: start, to: end)
        return close < end && text[close + 1] == 61 && Byte.isLetter(text[start])
            || text.has("/nix/store/", at: start)
    }

    private static let sentenceMax = 160

    /// `password for ada was changed to X`: the last word of the sentence stands at `start`.
    private func isNewPassword(_ keyEnd: Int, _ start: Int) -> Bool {
        guard text.has(" to ", at: start - 4) else { return false }
        let verbs: [StaticString] = ["changed", "set", "reset", "updated", "rotated"]
        return verbs.contains { verb in
            start - 4 - verb.utf8CodeUnitCount > keyEnd
                && text.has(verb, at: start - 4 - verb.utf8CodeUnitCount)
        }
    }

    /// The one word of a line, if it can be a password that a program made up.
    private mutating func loneSecret(_ name: MaskClass, _ line: Int) {
        guard line < text.count else { return }
        let end = text.back(text.lineEnd(line), limit: 8, while: Byte.isSpace)
        let start = text.pastBlanks(line)
        let stop = text.skip(start, limit: 256) { $0 > 32 }
        let isDigest = stop - start >= 20 && Shape.isDigest(text, start, stop)
        guard stop == end, stop - start >= 8, isDigest || looksLikeSecret(start, stop) else {
            return
        }
        mask(start, stop, as: name)
    }

    func looksLikeSecret(_ start: Int, _ stop: Int) -> Bool {
        if Shape.isOpaque(text, start, stop) { return true }
        let census = Shape.Census(text, start, stop)
        return census.others > 0 && census.upper > 0 && census.lower > 0 && census.digits > 0
    }

    /// Where `line` differs from the line of `key`, digits aside, if that is at or behind its words.
    private func pastSamePrefix(_ key: Int, _ line: Int) -> Int {
        let start = text.lineStart(key, limit: 256)
        var index = start
        while index < key {
            let (left, right) = (text[index], text[line + index - start])
            guard left == right || Byte.isDigit(left) && Byte.isDigit(right) else { break }
            index += 1
        }
        // Words may stand before the key on its own line; a prefix ends with a blank.
        let same = text.back(index, limit: index - start) { !Byte.isBlank($0) }
        return same - start >= 8 ? line + same - start : line
    }

    // MARK: - Arrows

    /// Whatever follows the value of a name and belongs to the same name.
    mutating func nextValues(_ value: KeyedValue, _ name: MaskClass, isStrong: Bool) {
        afterArrow(value, name, isStrong: isStrong)
        afterOptional(value, name)
        afterExpected(value, name)
    }

    /// `password = "old" -> "new"`: what stands behind the arrow is the next secret.
    mutating func afterArrow(_ value: KeyedValue, _ name: MaskClass, isStrong: Bool) {
        var index = text.pastBlanks(value.quote == 0 ? value.end : value.end + 1 + value.quoteDepth)
        if text.has("->", at: index) || text.has("=>", at: index) {
            index += 2
        } else if text.has("→", at: index) {
            index += 3
        } else {
            return
        }
        index = text.pastBlanks(index)
        let quote = Byte.isQuote(text[index]) ? text[index] : 0
        let start = quote == 0 ? index : index + 1
        let end =
            quote == 0 ? bareEnd(start) : text.first(quote, from: start, to: text.lineEnd(start))
        if quote != 0 && isStrong || Shape.isOpaque(text, start, end) {
            mask(start, end, as: name)
        }
    }

    /// `token: Optional("X")` and `- some: "X"` on the line below, as `dump` of Swift shows it twice.
    private mutating func afterOptional(_ value: KeyedValue, _ name: MaskClass) {
        guard value.quote == 34, text.has("\")", at: value.end),
            text.has("Optional(", at: value.start - 10)
        else { return }
        let next = text.skip(value.end + 2, limit: 64, while: Byte.isSpace)
        guard text.has("- some", at: next), next > value.end + 2 else { return }
        let colon = text.pastBlanks(next + 6, limit: 2)
        guard text[colon] == 58, text.has(" \"", at: colon + 1) else { return }
        let start = colon + 3
        mask(start, text.firstUnescaped(34, from: start, to: text.lineEnd(start)), as: name)
    }

    /// `changed password from X to Y`; the key ends at `end`.
    mutating func fromAndTo(_ name: MaskClass, _ end: Int) {
        var index = text.pastBlanks(end)
        for word: StaticString in ["changed ", "was ", "set ", "rotated ", "reset ", "updated "]
        where text.has(word, at: index) { index = text.pastBlanks(index + word.utf8CodeUnitCount) }
        for word: StaticString in ["from ", "to "] where text.has(word, at: index) {
            let first = text.pastBlanks(index + word.utf8CodeUnitCount)
            let start = Byte.isQuote(text[first]) ? first + 1 : first
            let stop = bareEnd(start)
            if Shape.isOpaque(text, start, stop) { mask(start, stop, as: name) }
            index = text.pastBlanks(Byte.isQuote(text[stop]) ? stop + 1 : stop)
        }
    }

    // MARK: - Documents

    /// What Kubernetes calls a secret: the word `Secret` of its kind ends at `end`. Its values have
    /// innocent names.
    mutating func secretDocument(_ start: Int, _ end: Int) {
        let next = text[end]
        guard Byte.isSpace(next) || Byte.isQuote(next) || end >= text.count else { return }
        if Byte.isQuote(text[start]) || text[start] == 92 { return secretObject(start) }
        let isFirst = [text.lineStart(start), contentStart(start)].contains {
            text.pastBlanks($0) == start
        }
        guard hasLines, isFirst else { return }
        let reach = 16 << 10
        var first = text.lineStart(start)
        while first > documentEnd, start - first < reach {
            let before = text.lineStart(first - 1)
            if text.has("---", at: before) { break }
            first = before
        }
        // What an earlier word of this kind had looked through is not looked through again.
        var line = max(first, documentEnd)
        defer { documentEnd = max(documentEnd, line) }
        while line < text.count, line - end < reach {
            let lineEnd = text.lineEnd(line)
            if line > start, text.has("---", at: line) { return }
            let name = text.pastBlanks(line, limit: 256)
            if text.has("data:", at: name) || text.has("stringData:", at: name) {
                line = secretMapping(lineEnd + 1, deeperThan: name - line)
            } else {
                line = lineEnd + 1
            }
        }
    }

    /// The lines `name: value` of a mapping.
    ///
    /// - Returns: where it ends.
    private mutating func secretMapping(_ first: Int, deeperThan indent: Int) -> Int {
        var line = first
        while line < text.count, line - first < Self.valueMax {
            let end = text.lineEnd(line)
            let name = text.pastBlanks(line, limit: 256)
            guard name - line > indent, name < end else { return line }
            let colon = text.first(58, from: name, to: end)
            let start = text.pastBlanks(colon + 1)
            let stop = text.back(end, limit: 8, while: Byte.isSpace)
            if colon < end {
                // A block begins with a sign, and its text below.
                if text[start] != 124, text[start] != 62 { mask(start, stop, as: .secret) }
            } else if !Masks.standIn(text, name, stop) {
                // A line of a text in a block.
                add(name, stop, .keyedSecret, .mask(.secret))
            }
            line = end + 1
        }
        return line
    }

    /// The same in JSON: texts of the object `data`, which may stand before or behind.
    private mutating func secretObject(_ start: Int) {
        let from = max(documentEnd, text.lineStart(start, limit: 16 << 10))
        let to = max(from, min(text.count, start + 16 << 10))
        documentEnd = to
        for index in from..<to
        where text.has("\"data\"", at: index) || text.has("\"stringData\"", at: index) {
            let open = text.first(123, from: index, to: min(to, index + 32))
            guard open < min(to, index + 32) else { continue }
            // By its texts, one a name and one a value: a brace may stand in any of them.
            var at = text.skip(open + 1, limit: 64, while: Byte.isSpace)
            while at < to, text[at] == 34 {
                let sign = text.pastBlanks(endOfText(at) + 1)
                let quote = text.skip(sign + 1, limit: 64, while: Byte.isSpace)
                guard text[sign] == 58, text[quote] == 34 else { break }
                let end = endOfText(quote)
                mask(quote + 1, end, as: .secret)
                at = text.skip(end + 1, limit: 64) { Byte.isSpace($0) || $0 == 44 }
            }
        }
    }

    /// The quote that ends the text which the quote at `start` begins.
    private func endOfText(_ start: Int) -> Int {
        text.firstUnescaped(34, from: start + 1, to: min(text.count, start + Self.valueMax))
    }

    // MARK: - Codes

    private static func setsApart(_ byte: UInt8) -> Bool {
        byte == 32 || byte == 58 || byte == 61 || byte == 35 || Byte.isQuote(byte)
    }

    /// `Your verification code is 123456`: the digits behind the phrase, which ends at `end`.
    mutating func spokenCode(_ start: Int, _ end: Int) {
        guard !Byte.isWord(text[start - 1]) else { return }
        var sign = text.skip(end, limit: 4, while: Self.setsApart)
        guard sign > end else { return }
        for word: StaticString in ["is", "was", "lautet", "est"] where text.has(word, at: sign) {
            sign = text.skip(sign + word.utf8CodeUnitCount, limit: 4, while: Self.setsApart)
        }
        var stop = text.skip(sign, limit: 12) { Byte.isDigit($0) || $0 == 45 }
        while stop > sign, text[stop - 1] == 45 { stop -= 1 }
        let digits = (sign..<stop).count { Byte.isDigit(text[$0]) }
        guard digits >= 4, digits <= 10, !Byte.isWord(text[stop]),
            text[stop] != 46 || !Byte.isDigit(text[stop + 1]), text[stop] != 58
        else { return writtenCodes(sign, isTold: text.first(58, from: end, to: sign) < sign) }
        add(sign, stop, .keyedSecret, .mask(.password))
    }

    /// `recovery codes: 8f3a1-c92d4 77b0e-13fa9`: words of letters and digits, one or a list of them.
    private mutating func writtenCodes(_ start: Int, isTold: Bool) {
        guard isTold, hasLines else { return }
        let lineEnd = text.lineEnd(start)
        var index = start
        while index < lineEnd {
            let stop = text.skip(index, limit: 64) { Byte.isAlnum($0) || $0 == 45 }
            let isDigest = stop - index >= 16 && Shape.isDigest(text, index, stop)
            guard isDigest || Shape.isOpaque(text, index, stop), !Byte.isWord(text[stop]) else {
                return
            }
            mask(index, stop, as: .password)
            index = text.skip(stop, limit: 4) { $0 == 44 || $0 == 32 }
            if index == stop { return }
        }
    }

    // MARK: - Links

    /// Links that give a right to whoever has them; the segment that says so ends at `end`.
    mutating func secretLink(_ end: Int) {
        let stop = text.skip(end, limit: 512) { Byte.isURLSafe($0) || $0 == 46 || $0 == 61 }
        let census = Shape.Census(text, end, stop)
        guard stop - end >= 10, census.digits > 0 || census.turns > 2,
            census.lower + census.upper > 0
        else { return }
        mask(end, stop, .urlQuery, as: .token)
    }
}
