// PEM: what stands between BEGIN and END, also with something before each line, with all lines in
// one, or with one of the two marks rotated into another file. Labels stay.

extension Scanner {
    private static func holdsKey(_ byte: UInt8) -> Bool {
        Byte.isAlnum(byte) || byte == 43 || byte == 47 || byte == 61
    }

    /// `-----BEGIN ` stands at `start`.
    mutating func privateKey(_ start: Int) {
        let labelEnd = text.skip(start + 11, limit: 64) {
            Byte.isUpper($0) || $0 == 32 || Byte.isDigit($0)
        }
        guard text.has("-----", at: labelEnd), start >= blockEnd else { return }
        let label = text.string(start + 11, labelEnd)
        if label.contains("PUBLIC") || label == "PGP MESSAGE" || label == "PGP SIGNATURE" { return }
        let mask = Self.keyClass(label)
        let body = labelEnd + 5
        let hasPrefix = text.pastBlanks(text.lineStart(start)) < start
        let feed = text.skip(body, limit: 16) { Self.closesLine($0) || $0 == 13 }
        // A record a line: the mark is a text in it, and more stands behind that.
        let isInRecord = hasPrefix && Byte.isQuote(text[body]) && feed < text.lineEnd(body)
        if isInRecord, listJoint(body) == nil, prefixedKey(start, body, mask) { return }
        if text[feed] == 10, hasPrefix || feed > body + 1, prefixedKey(start, body, mask) {
            return
        }
        let bodyEnd = keyBodyEnd(body)
        let end = text.has("-----END ", at: bodyEnd) ? endOfMark(bodyEnd) : bodyEnd
        blockEnd = end
        let last = text.back(end, limit: end - body, while: Byte.isSpace)
        add(start, last, .privateKey, .mask(mask))
    }

    /// The label stays as the name of the mask.
    private static func keyClass(_ label: String) -> MaskClass {
        if label.contains("CERTIFICATE") { return .certificate }
        if label.contains("RSA") { return .rsaKey }
        if label.contains("EC ") { return .ecKey }
        if label.contains("OPENSSH") { return .opensshKey }
        return label.contains("PGP") ? .pgpKey : .privateKey
    }

    /// Behind the dashes that close the mark at `start`.
    private func endOfMark(_ start: Int) -> Int {
        let label = text.skip(start + 9, limit: 64) { $0 != 45 && $0 != 10 }
        return text.skip(label, limit: 5) { $0 == 45 }
    }

    /// Behind the quotes, commas and blanks between two texts of a list, if what follows is a line of
    /// a key or its END mark: `["-----BEGIN …-----", "MIIE…"`.
    private func listJoint(_ index: Int) -> Int? {
        let next = text.skip(index, limit: 12) {
            Byte.isQuote($0) || $0 == 44 || $0 == 43 || $0 == 92 || Byte.isSpace($0)
        }
        let separators = text.bytes(index, next)
        guard separators.contains(44) || separators.contains(43), next > index + 2 else {
            return nil
        }
        if text.has("-----END ", at: next) { return next }
        let run = text.skip(next, limit: 80, while: Self.holdsKey)
        return run - next >= 16 && closesText(run) ? next : nil
    }

    /// The end of a body without prefixes: its END mark, or the first line that cannot be part.
    private func keyBodyEnd(_ start: Int) -> Int {
        var index = start
        while index < text.count {
            let byte = text.base[index]
            if byte == 45, text.has("-----END ", at: index) { return index }
            if Byte.isQuote(byte), let next = listJoint(index) {
                index = next
                continue
            }
            if Byte.isSpace(byte) || byte == 92 || Self.holdsKey(byte) {
                let word = text.skip(index, limit: 4096, while: Self.holdsKey)
                if word > index, text[word] == 58, let end = keyHeader(index, start) {
                    index = end
                    continue
                }
                if word > index, isForeign(index, word) { return index }
                index = max(index + 1, word)
                continue
            }
            if byte == 60, text.has("<br", at: index, folded: true) {
                index = text.skip(index, limit: 8) { $0 != 62 } + 1
                continue
            }
            guard let headerEnd = keyHeader(index, start) else { return index }
            index = headerEnd
        }
        return index
    }

    /// `Proc-Type: 4,ENCRYPTED`, `DEK-Info: …`, `Version: …`: lines of a name, a colon and a text.
    private func keyHeader(_ index: Int, _ start: Int) -> Int? {
        // In HTML a line begins behind a tag and ends before one.
        let isTagged = text[index - 1] == 62
        let lineStart = isTagged ? index : max(start, text.lineStart(index))
        let name = text.skip(lineStart, limit: 32) { Byte.isWord($0) || Byte.isSpace($0) }
        guard text[name] == 58, index - start < 1024, name > lineStart,
            Byte.isUpper(text[text.skip(lineStart, limit: 64, while: Byte.isSpace)])
        else { return nil }
        let lineEnd = text.first(60, from: index, to: text.lineEnd(index))
        return lineEnd > index ? lineEnd : nil
    }

    /// Prose behind a mark that has no body: several short words with blanks between them.
    private func isForeign(_ start: Int, _ end: Int) -> Bool {
        guard end - start < 16, text[end] == 32 || text[end] == 58 || text[end] == 44 else {
            return false
        }
        let next = text.skip(end, limit: 4, while: Byte.isBlank)
        let length = text.skip(next, limit: 4096, while: Self.holdsKey) - next
        return length < 24 && !Byte.isBreak(text[next])
    }

    /// A key whose lines each follow a time stamp or the like: the run that ends each line.
    private mutating func prefixedKey(_ start: Int, _ body: Int, _ mask: MaskClass) -> Bool {
        var lineStart = text.lineEnd(body) + 1
        var count = 0
        var misses = 0
        while lineStart < text.count, misses < 6 {
            let lineEnd = text.lineEnd(lineStart)
            if let mark = endMark(lineStart, lineEnd) {
                if count > 0 { add(mark, endOfMark(mark), .privateKey, .mask(mask)) }
                break
            }
            if count == 0, let header = headerLine(lineStart, lineEnd) {
                add(header, lineEnd, .privateKey, .mask(mask))
                lineStart = lineEnd + 1
                continue
            }
            let run =
                trailingRun(lineStart, lineEnd, min: count == 0 ? 16 : 4)
                ?? quotedRun(lineStart, lineEnd, min: count == 0 ? 40 : 12)
            if let run {
                add(run.lowerBound, run.upperBound, .privateKey, .mask(mask))
                count += 1
                misses = 0
            } else {
                misses += 1
            }
            lineStart = lineEnd + 1
        }
        guard count > 0 else { return false }
        add(start, body, .privateKey, .mask(mask))
        blockEnd = min(lineStart, text.count)
        guards.append(start..<blockEnd)
        return true
    }

    /// What lines before the first of a key say about it (RFC 1421, RFC 4880).
    private static let headers: [StaticString] = [
        "Proc-Type: ", "DEK-Info: ", "Version: ", "Comment: ", "Charset: ", "Hash: ",
    ]

    /// Where such a line begins behind what a logger wrote before it.
    private func headerLine(_ start: Int, _ end: Int) -> Int? {
        (start..<max(start, min(end, start + 160))).first { index in
            Self.headers.contains { text.has($0, at: index) }
        }
    }

    /// The longest run of key characters that is a whole text of a record.
    private func quotedRun(_ start: Int, _ lineEnd: Int, min length: Int) -> Range<Int>? {
        var longest: Range<Int>?
        var index = start
        while index < lineEnd {
            guard Byte.isQuote(text[index]) else {
                index += 1
                continue
            }
            let stop = text.skip(index + 1, limit: 256, while: Self.holdsKey)
            let run = index + 1..<stop
            if closesText(stop), run.count >= length, run.count > longest?.count ?? 0,
                isLineOfKey(run)
            {
                longest = run
            }
            index = max(stop, index + 1)
        }
        return longest
    }

    /// Whether a quote, plain or escaped, stands at `index`.
    private func closesText(_ index: Int) -> Bool {
        Byte.isQuote(text[index]) || text[index] == 92
    }

    private func isHexadecimal(_ start: Int, _ end: Int) -> Bool {
        text.skip(start, limit: end - start, while: Byte.isHex) == end
    }

    /// Not a digest, and not a word.
    private func isLineOfKey(_ run: Range<Int>) -> Bool {
        let census = Shape.Census(text, run.lowerBound, run.upperBound)
        let isDigest = isHexadecimal(run.lowerBound, run.upperBound)
        return !isDigest && (census.upper > 0 && census.lower > 0 || text[run.upperBound - 1] == 61)
    }

    private func endMark(_ start: Int, _ end: Int) -> Int? {
        var index = text.first(45, from: start, to: end)
        while index < end {
            if text.has("-----END ", at: index) { return index }
            index = text.first(45, from: index + 1, to: end)
        }
        return nil
    }

    /// What may stand behind the last character of a key in its line: ends of texts and objects.
    private static func closesLine(_ byte: UInt8) -> Bool {
        switch byte {
        case 32, 9, 13, 34, 39, 96, 125, 93, 41, 44, 59: true
        default: false
        }
    }

    /// The run of key characters that ends a line, if it can be a line of a key.
    private func trailingRun(_ start: Int, _ lineEnd: Int, min length: Int) -> Range<Int>? {
        var end = text.back(lineEnd, limit: lineEnd - start, while: Self.closesLine)
        if text[end - 1] == 43, Byte.isBlank(text[end - 2]) {
            end = text.back(end - 1, limit: end - start, while: Self.closesLine)
        }
        if text[end - 1] == 110, text[end - 2] == 92 { end = text.back(end - 1) { $0 == 92 } }
        let first = text.back(end, limit: end - start, while: Self.holdsKey)
        let isMarked = text[first - 1] == 45 && first - 1 == start
        guard end - first >= length, first == start || isMarked || !Byte.isWord(text[first - 1])
        else { return nil }
        // A digest of a commit or an image, which no line of a key looks like.
        if end - first >= 24, isHexadecimal(first, end) { return nil }
        if end - first < 24 {
            // A short last line: mixed, and not a word of a message.
            let census = Shape.Census(text, first, end)
            let isMixed = census.upper > 0 && (census.lower > 0 || census.digits > 0)
            guard isMixed || text[end - 1] == 61 else { return nil }
        }
        if book.isSafe(text, first, end) { return nil }
        return first..<end
    }

    /// `-----END ` stands at `start`: the lines before it are a body, if BEGIN is elsewhere.
    mutating func privateKeyTail(_ start: Int) {
        guard start >= blockEnd, text.has("PRIVATE KEY", at: labelOfEnd(start)) else { return }
        var line = text.lineStart(start)
        var found = false
        defer { if found { add(start, endOfMark(start), .privateKey, .mask(.privateKey)) } }
        // With everything in one line the body touches the mark.
        let touching = text.back(start, limit: 32 << 10) { Self.holdsKey($0) || Byte.isSpace($0) }
        if touching > line, start - touching > 24,
            touching > text.back(line, limit: 1, while: Byte.isBreak)
        {
            add(touching, start, .privateKey, .mask(.privateKey))
            found = true
        }
        while line > 0 {
            let previous = text.lineStart(line - 1)
            guard let run = trailingRun(previous, line - 1, min: 4),
                isBodyLine(run, line - 1) || run.upperBound - run.lowerBound >= 40
            else { return }
            add(run.lowerBound, run.upperBound, .privateKey, .mask(.privateKey))
            found = true
            guards.append(previous..<start)
            line = previous
        }
    }

    private func labelOfEnd(_ start: Int) -> Int {
        var index = start + 9
        while index < start + 40, !text.has("PRIVATE KEY", at: index), text[index] != 45 {
            index += 1
        }
        return index
    }

    private func isBodyLine(_ run: Range<Int>, _ lineEnd: Int) -> Bool {
        Shape.Census(text, run.lowerBound, run.upperBound).turns * 6 >= run.count
            || text[run.upperBound - 1] == 61
    }

    /// Lines of 64, 70 or 76 characters one below the other: a body that lost both its marks.
    mutating func keyBlockLine(_ start: Int, _ stop: Int) {
        guard hasLines, [64, 70, 76].contains(stop - start), Byte.isBreak(text[stop]),
            text.skip(start, limit: 80, while: Byte.isHex) < stop,
            Shape.isRandom(text, start, stop)
        else { return }
        let width = stop - start
        let prefix = start - text.lineStart(start)
        let nextStart = text.lineEnd(stop) + 1 + prefix
        let nextRun = text.skip(nextStart, limit: 80, while: Self.holdsKey) - nextStart
        let lastStart = text.lineStart(max(0, text.lineStart(start) - 1)) + prefix
        let lastRun =
            lastStart < start
            ? text.skip(lastStart, limit: 80, while: Self.holdsKey) - lastStart : 0
        guard nextRun == width || lastRun == width else { return }
        add(start, stop, .privateKey, .mask(.privateKey))
    }
}
