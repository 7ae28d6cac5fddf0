// Whether two lines that follow each other may be one that was broken. Most lines of a log say at
// once that they are not: they begin with a time, a bracket or a name.

extension Scanner {
    /// Where the line ends that the feed at `feed` ends: before its carriage return, where it has one.
    func endBeforeFeed(_ feed: Int) -> Int { text[feed - 1] == 13 ? feed - 1 : feed }

    /// Whether the line after the feed at `end` could continue the one before.
    func joins(_ end: Int) -> Bool {
        let next = end + 1
        guard end > 0, next < text.count, text[next] != 10 else { return false }
        let byte = text[next]
        let last = endBeforeFeed(end) - 1
        guard byte != 123, last >= 0, text[last] > 32 || isBrokenAtBlank(end), text[last] != 123,
            text[last] != 125
        else { return false }
        if let rest = restOfRepeatedHead(next) { return joins(end, behindHead: rest) }
        if byte == 91 { return false }
        let content = restOfCutRecord(next) ?? ownContent(next)
        let first = text[content]
        guard first > 32, first != 35, first != 60, first != 125 else { return false }
        // The padding of base64 is no soft break before the time of the next record.
        if text[end - 1] == 61, TimeStamp.end(text, content) != nil { return false }
        if isBrokenSoftly(end) { return true }
        if first == 45, text[content + 1] == 32 || text[content + 1] == 45 {
            return isRandomLine(content)
        }
        if Byte.isDigit(first) {
            if Record.begins(text, content, content + 64) { return false }
        } else if Record.begins(text, content, content + 64), !isAssignmentOnly(content),
            !tearsName(last + 1, content)
        {
            return false
        }
        if isListed(text.lineStart(end), next) { return false }
        return !Masks.endsAt(text, last + 1) && Masks.end(text, content) == nil
    }

    /// `--kUB1wEOnX…`: two signs of a token, and no name of a flag, for all of the line is random.
    private func isRandomLine(_ content: Int) -> Bool {
        let stop = text.skip(content, limit: 256) {
            Byte.isURLSafe($0) || $0 == 46 || $0 == 126
        }
        let first = text.skip(content, limit: 4) { $0 == 45 }
        guard first - content == 2 || first - content == 3,
            stop == endBeforeFeed(text.lineEnd(content))
        else { return false }
        let census = Shape.Census(text, first, stop)
        // Names of flags have a capital a word, and words have more than three letters.
        let isMixed = census.digits > 0 && census.upper > 1 || 3 * census.upper >= stop - first
        return stop - content >= 2 * Self.pieceMin && Shape.isRandom(text, first, stop)
            || stop - content >= Self.pieceMin / 2 && census.lower > 0 && isMixed
    }

    /// Whether the line was folded right behind the blank that stands before the feed at `end`.
    private func isBrokenAtBlank(_ end: Int) -> Bool {
        let last = endBeforeFeed(end) - 1
        guard last > 0, text[last] == 32, text[last - 1] > 32 else { return false }
        let line = text.lineStart(end)
        let width = last + 1 - line
        return Self.isFoldWidth(width)
            || Self.isFoldWidth(width + line - text.pastBlanks(line))
            || isFoldedBehindHead(end)
    }

    /// Whether the text at `rest`, behind a head that was written again, continues the line before.
    private func joins(_ end: Int, behindHead rest: Int) -> Bool {
        guard text[rest] != 123, text[rest] != 125 else { return false }
        let stop = text.skip(rest, limit: Self.listWidth) { $0 > 32 }
        let above = text.lineStart(end) + rest - end - 1
        if isListedDigest(rest, stop), isListedDigest(above, above + stop - rest) { return false }
        return !Masks.endsAt(text, endBeforeFeed(end)) && Masks.end(text, rest) == nil
    }

    /// Digests in one column: the lines are rows of a list, such as sums of files or names of commits.
    private func isListed(_ above: Int, _ below: Int) -> Bool {
        var index = text.pastBlanks(below)
        for _ in 0..<Self.listColumns {
            let end = text.skip(index, limit: Self.listWidth) { $0 > 32 }
            guard Byte.isBlank(text[end]) else { return false }
            if isListedDigest(index, end) {
                let other = above + index - below
                return isListedDigest(other, above + end - below)
                    && (other == above || Byte.isBlank(text[other - 1]))
            }
            index = text.pastBlanks(end)
        }
        return false
    }

    /// The digest of a list stands in one of its first columns.
    private static let listColumns = 3
    private static let listWidth = 80

    private func isListedDigest(_ start: Int, _ end: Int) -> Bool {
        guard [7, 8, 32, 40, 64].contains(end - start), Byte.isSpace(text[end]) else {
            return false
        }
        guard text.skip(start, limit: end - start, while: Byte.isHex) == end else { return false }
        // What reads as text is no digest: text in hexadecimal, folded at the width of one.
        return end - start < 32 || !isHexText(start, end)
    }

    /// Whether digits in hexadecimal are those of ASCII: no byte begins with an `8` or more.
    private func isHexText(_ start: Int, _ end: Int) -> Bool {
        stride(from: start, to: end, by: 2).allSatisfy { text[$0] < UInt8(ascii: "8") }
    }

    /// Past blanks and the marks of quoted mail, and past the head of a line that goes on.
    func lineContent(_ start: Int) -> Int {
        restOfCutRecord(start) ?? restOfRepeatedHead(start) ?? ownContent(start)
    }

    /// Past blanks and the marks of quoted mail alone.
    private func ownContent(_ start: Int) -> Int {
        var index = text.pastBlanks(start, limit: 64)
        while text[index] == 62, text[index + 1] == 32 { index = text.pastBlanks(index + 1) }
        if text[index] == 34 || text[index] == 39 { return pastPieceQuote(index, start) ?? index }
        return pastLineMark(index, start) ?? index
    }

    /// Past the quote at `index` that opens the rest of the text of the line above: `"abc" +` and `"def"`
    /// below, of the same quote and no longer.
    private func pastPieceQuote(_ index: Int, _ start: Int) -> Int? {
        guard start > 0, let piece = quotedPiece(start - 1),
            text[piece.lowerBound - 1] == text[index]
        else { return nil }
        let rest = pieceEnd(index + 1)
        let isBroken = text[rest] == 92 && text[rest + 1] == UInt8(ascii: "n")
        let isClosed = text[isBroken ? rest + 2 : rest] == text[index]
        return isClosed && rest - index - 1 <= piece.count ? index + 1 : nil
    }

    /// The inside of the text in quotes that the line before `feed` ends with, as programs are written
    /// whose text does not fit: `"abc" +`, `'abc'`, `"abc\n"`, `"abc",`. Not a digest, for lists of
    /// digests are laid out so; the digits of a text are none.
    func quotedPiece(_ feed: Int) -> Range<Int>? {
        let last = text.back(endBeforeFeed(feed), limit: 3) { [32, 43, 44, 46, 92].contains($0) }
        let quote = text[last - 1]
        guard quote == 34 || quote == 39 else { return nil }
        let isBroken = text[last - 2] == UInt8(ascii: "n") && text[last - 3] == 92
        let stop = isBroken ? last - 3 : last - 1
        let start = text.back(stop, limit: 1024) { Byte.isRun($0) || $0 == 46 }
        guard stop - start >= 2 * Self.pieceMin, text[start - 1] == quote,
            !Shape.isDigest(text, start, stop) || isHexText(start, stop)
        else { return nil }
        return start..<stop
    }

    /// The feed behind the piece of a text that ends at `index`, if the next line goes on with it.
    func feedBehindPiece(_ index: Int) -> Int? {
        let closers: [UInt8] = [34, 39, 92, 110, 32, 43, 44, 46, 13]
        let feed = text.skip(index, limit: 7, while: closers.contains)
        guard text[feed] == 10, let piece = quotedPiece(feed), piece.upperBound == index else {
            return nil
        }
        return ownContent(feed + 1) > text.pastBlanks(feed + 1, limit: 64)
            ? endBeforeFeed(feed) : nil
    }

    /// Past the `# ` of a comment, the `| ` of a quotation and the `+` of a change, where the line above
    /// has it too and one unbroken run is all that follows.
    private func pastLineMark(_ index: Int, _ start: Int) -> Int? {
        let mark = text[index]
        guard mark == 35 || mark == 124 || mark == 43, start > 0 else { return nil }
        let above = text.lineStart(start - 1) + index - start
        guard text[above] == mark else { return nil }
        let rest = text.pastBlanks(index + 1, limit: 8)
        let stop = pieceEnd(rest)
        guard stop > rest, endBeforeFeed(text.lineEnd(rest)) == stop else { return nil }
        if stop - rest >= Self.pieceMin { return rest }
        // The last piece may be of any length, behind one that fills its line.
        let first = text.pastBlanks(above + 1, limit: 8)
        return pieceEnd(first) == endBeforeFeed(start - 1) && start - first > 2 * Self.pieceMin
            ? rest : nil
    }

    private func pieceEnd(_ start: Int) -> Int {
        text.skip(start, limit: 1024) { Byte.isRun($0) || $0 == 46 || $0 == 61 }
    }

    /// A run that is shorter is a word or a name of the line.
    private static let pieceMin = 20

    /// So long are lines with the head of a record before what quoted-printable made of it.
    private static let headedMax = 400

    /// Whether the line that ends at `index` is as long as quoted-printable makes lines, or longer by the
    /// head of a record and with a sign in it that only quoted-printable writes so.
    private func isMailLine(_ index: Int) -> Bool {
        let line = text.lineStart(index, limit: Self.headedMax + 1)
        let length = index + 1 - line
        if length < 78 { return length >= 70 }
        guard length <= Self.headedMax else { return false }
        var sign = text.first(61, from: line, to: index)
        while sign < index {
            if text.has("=3D", at: sign) { return true }
            sign = text.first(61, from: sign + 1, to: index)
        }
        return false
    }

    private static let nameMax = 64

    /// A backslash of a shell, or the `=` with which quoted-printable breaks lines.
    func isSoftBreak(_ index: Int) -> Bool {
        let byte = text[index]
        if byte == 92 { return !text.isEscaped(index) }
        guard byte == 61, isMailLine(index) else { return false }
        if text.has("=3D", at: index + 2) || text[index + 2] == 58 { return true }
        // `password=` at the end of a line that something else broke there.
        let name = text.back(index, limit: Self.nameMax, while: Self.holdsName)
        switch keyKind(name, index) {
        case .none, .strictName, .weakBody: return true
        // A token in which chance wrote `Pwd` is no name: the line broke inside of it.
        default: return index - name >= Self.nameMax / 2 && Shape.isRandom(text, name, index)
        }
    }

    func isBrokenSoftly(_ joint: Int) -> Bool {
        joint > 0 && (isSoftBreak(joint - 1) || restOfCutRecord(joint + 1) != nil)
    }

    /// Where the rest of a record stands that a container runtime cut: its lines have a time, a
    /// stream and a letter before them, `P` on all but the last.
    private func restOfCutRecord(_ start: Int) -> Int? {
        guard start > 0, text[start + 4] == 45, Byte.isDigit(text[start]),
            let rest = pastStreamTag(start), let first = pastStreamTag(text.lineStart(start - 1))
        else { return nil }
        return text[first - 2] == UInt8(ascii: "P") ? rest : nil
    }

    /// Past `2026-05-04T10:20:30Z stdout P `; nil on any other line.
    private func pastStreamTag(_ start: Int) -> Int? {
        let time = text.firstBlank(start, limit: 40)
        guard text.has(" stdout ", at: time) || text.has(" stderr ", at: time) else { return nil }
        let tag = time + 8
        let isTag = text[tag] == UInt8(ascii: "P") || text[tag] == UInt8(ascii: "F")
        return isTag && text[tag + 1] == 32 && text[start + 4] == 45 ? tag + 2 : nil
    }

    /// A value may hold `=`: only a name and a sign are not yet a record.
    private func isAssignmentOnly(_ start: Int) -> Bool {
        let name = text.skip(start, limit: 40) { Byte.isWord($0) || $0 == 46 }
        return text[name] == 61 && (text[name + 1] == 61 || Byte.isBreak(text[name + 1]))
    }

    /// `…join_tok` above `en=X`: a name that tells of a secret only when both lines are read as one.
    private func tearsName(_ end: Int, _ content: Int) -> Bool {
        let end = isSoftBreak(end - 1) ? end - 1 : end
        let name = text.skip(content, limit: Self.nameMax, while: Self.holdsName)
        let before = text.back(end, limit: Self.nameMax, while: Self.holdsName)
        guard text[name] == 61, before < end, isFolded(text.lineEnd(end)) else { return false }
        let kind = KeyWords.kind(of: text.bytes(before, end) + text.bytes(content, name))
        switch kind {
        case .strong, .weak, .authorization, .cookie: return kind != keyKind(content, name)
        default: return false
        }
    }

    /// Lines as long as their neighbours, or as wide as terminals and mail are.
    func isFolded(_ joint: Int) -> Bool {
        let start = text.lineStart(joint)
        if isBrokenSoftly(joint) || isFoldedBehindHead(joint) { return true }
        guard let width = width(start) else { return false }
        // What is folded with blanks before it was as wide without.
        let indent = text.pastBlanks(start) - start
        if Self.isFoldWidth(width) || indent > 0 && Self.isFoldWidth(width - indent),
            !isLonger(joint + 1, than: start..<start + width)
        {
            return true
        }
        guard width >= 16, start > 0 else { return false }
        if self.width(joint + 1) == width { return true }
        // A record begins a line of its own, however wide the one above it is.
        return TimeStamp.end(text, start) == nil && self.width(text.lineStart(start - 1)) == width
    }

    /// Whether the line at `start` has more characters behind its indent than the one above, which holds
    /// blanks: a text that was folded has no longer line, but where a value alone was folded the rest of the
    /// text follows its last piece.
    private func isLonger(_ start: Int, than above: Range<Int>) -> Bool {
        let end = endBeforeFeed(text.lineEnd(start))
        let content = lineContent(start)
        guard end > content + above.count,
            text.first(32, from: text.pastBlanks(above.lowerBound), to: above.upperBound)
                < above.upperBound
        else { return false }
        let stop = min(end, content + 4 * above.count + 1)
        return (content..<stop).count { text[$0] & 0xC0 != 0x80 } > above.count
    }

    /// Bytes of the line at `start`; nil when a mask hides how many there were.
    private func width(_ start: Int) -> Int? {
        let end = max(start, endBeforeFeed(text.lineEnd(start)))
        return Masks.standIn(text, start, end) ? nil : end - start
    }

    /// `note: …` or `name = …`: the line begins something of its own.
    func isLabel(_ start: Int) -> Bool {
        let first = restOfRepeatedHead(start) ?? text.pastBlanks(start)
        let name = text.skip(first, limit: 32) { Byte.isWord($0) || $0 == 46 }
        guard name > first, name - first < 32 else { return false }
        let sign = text.pastBlanks(name, limit: 2)
        guard text[sign] == 58 || text[sign] == 61, text[sign + 1] != 61 else { return false }
        guard Byte.isSpace(text[sign + 1]) || Byte.isQuote(text[sign + 1]) else { return false }
        return !Byte.isBreak(text[sign + 1]) || text[sign] == 58
    }

    /// A word of random letters rather than of a language.
    func isNoWord(_ start: Int) -> Bool {
        var first = lineContent(start)
        // A sign in the middle of a password, as no word has one before it.
        let signs: [UInt8] = [33, 35, 36, 37, 42, 46, 63, 64, 94, 126]
        if signs.contains(text[first]), Byte.isAlnum(text[first + 1]) { first += 1 }
        let stop = text.skip(first, limit: 64, while: Byte.isRun)
        let census = Shape.Census(text, first, stop)
        if census.turns > 0 || stop - first > 12 { return true }
        // `p.st.prd.WqeN2s…`: parts of a token.
        let end = text.skip(stop, limit: 64) { Byte.isRun($0) || $0 == 46 || $0 == 126 }
        return text[stop] == 46 && end - first > 12 && Shape.isRandom(text, first, end)
    }

    /// A line that is one word, and no assignment or heading.
    func isLoneWord(_ start: Int) -> Bool {
        let first = lineContent(start)
        let stop = text.skip(first, limit: 4096) {
            $0 > 32 && $0 != 34 && $0 != 39 && $0 != 60 && $0 != 92
        }
        let after = text[stop]
        guard stop - first >= 2, stop >= text.count || after != 32 && after != 9 else {
            return false
        }
        let last = text[stop - 1]
        // `requests_total{method="post"…`: the word opens something of its own.
        if after == 34, last == 61 { return false }
        if last == 58 || last == 123 || last == 40 || last == 44 { return false }
        let name = text.skip(first, limit: 64, while: Byte.isWord)
        // `click==8.4.0` asks for a package, `page_token=` has no value.
        let isName =
            name > first && (text[name] == 61 || text[name] == 58)
            && (name + 1 < stop
                ? text[name + 1] != 61 || Byte.isDigit(text[name + 2])
                : (first..<name).contains { text[$0] == 95 })
        let isPart = Byte.isRun(text[first]) || text[first] == 46 || text[first] == 126
        // A password that was broken before a sign; what lists and prompts begin with has a blank behind it.
        let signs: [UInt8] = [33, 36, 37, 42, 58, 64, 94]
        let isSign = signs.contains(text[first]) && Byte.isAlnum(text[first + 1])
        return !isName && (isPart || isSign && start > 0 && isFolded(start - 1))
    }
}
