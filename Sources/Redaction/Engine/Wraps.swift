// Values that somebody's terminal, mail program or editor broke over lines. Lines that could belong
// together are joined in a view; what is seen only across a joint is taken from each of its lines,
// as far as the joints are believable.

extension Scanner {
    private static let groupMax = 64 << 10
    /// Lines of a group that was cut are looked at again with the next one.
    private static let groupOverlap = 16 << 10
    /// No line is so narrow that a value is broken after fewer bytes.
    private static let partMin = 10
    /// What holds no blanks, and whose parts say by themselves what they are parts of.
    private static let unspacedRules: Set<RedactionRule> = [
        .urlUserInfo, .ipv4, .ipv6, .hardwareAddress, .decentralizedID, .deviceID,
    ]
    /// Wrapped text inside of JSON inside of JSON is still wrapped text.
    static let wrapDepthMax = 4

    mutating func scanWraps() {
        guard book.allows(.seeThroughWraps) else { return }
        var seen = Seen()
        var end = text.first(10, from: 0, to: text.count)
        while end < text.count {
            guard joins(end) else {
                end = text.feed(after: end)
                continue
            }
            let start = text.lineStart(end)
            let first = max(start, end - Self.groupMax)
            var last = text.lineEnd(end + 1)
            while last < text.count, last - first < Self.groupMax, joins(last) {
                last = text.lineEnd(last + 1)
            }
            let stop = min(last, first + 2 * Self.groupMax)
            joined(first, stop, &seen)
            let isCut = last < text.count && last - first >= Self.groupMax
            end = isCut ? max(end + 1, text.lineEnd(last - Self.groupOverlap)) : last
        }
    }

    private mutating func joined(_ start: Int, _ end: Int, _ seen: inout Seen) {
        let view = View(capacity: end - start)
        var joints: [Joint] = []
        var index = start
        while index < end {
            let byte = text.base[index]
            if byte == 10 || (byte == 13 && text[index + 1] == 10) {
                index += byte == 13 ? 1 : 0
                joints.append(Joint(view: view.count, raw: index))
                index = lineContent(index + 1)
                continue
            }
            if text[index + 1] == 10, isSoftBreak(index) {
                index += 1
                continue
            }
            if byte == 34 || byte == 39 || byte == 92, let feed = feedBehindPiece(index) {
                index = feed
                continue
            }
            view.append(byte, index, index + 1)
            index += 1
        }
        view.source = origin
        let child = view.withText { decoded in
            var child = inner(decoded, hasLines: false)
            child.origin = view
            child.scan()
            return child
        }
        // Each by itself: what spans would become together may cross what one of them does not. One
        // inside of another of its kind that was taken to its end adds nothing: a page of openings,
        // each with all that follows, would be taken line by line as often as it has openings.
        var whole: Span?
        for span in child.spans where span.replacement != .body {
            if let whole, span.isInside(whole) { continue }
            if take(span, from: view, joints, &seen) { whole = span }
        }
    }

    /// What was found before anything was joined, and what has been taken since.
    private struct Seen {
        private var ends: Set<Int> = []
        /// A bit for each byte of the text.
        private var covered: [UInt64] = []
        private var counted = 0

        /// Whether something ends at `index`.
        mutating func ends(at index: Int, _ scanner: Scanner) -> Bool {
            count(scanner)
            return ends.contains(index)
        }

        /// Whether something lies in the range already.
        mutating func touches(_ start: Int, _ end: Int, _ scanner: Scanner) -> Bool {
            count(scanner)
            return (start..<end).contains { covered[$0 >> 6] >> UInt64($0 & 63) & 1 != 0 }
        }

        private mutating func count(_ scanner: Scanner) {
            if covered.isEmpty {
                covered = Array(repeating: 0, count: scanner.text.count / 64 + 1)
            }
            for span in scanner.spans[counted...] {
                ends.insert(span.end)
                for index in span.start..<span.end {
                    covered[index >> 6] |= 1 << UInt64(index & 63)
                }
            }
            counted = scanner.spans.count
        }
    }

    /// Keeps what crosses a joint, line by line, up to the first joint that is not believable.
    ///
    /// - Returns: whether it crosses joints, and all of them were believable.
    private mutating func take(
        _ span: Span, from view: View, _ joints: [Joint], _ seen: inout Seen
    ) -> Bool {
        let place = Joint.first(in: joints, after: span.start)
        guard place < joints.count, joints[place].view < span.end else {
            takeBehindJoint(
                span, to: view.end(of: span.end), from: view, joints, before: place, &seen)
            return false
        }
        let start = view.start(of: span.start)
        var end = view.end(of: span.end)
        var crossed: [Int] = []
        for joint in joints[place...] where joint.view < span.end {
            let isFirst = crossed.isEmpty
            guard isBelievable(joint.raw, span, from: start, isFirst: isFirst, &seen) else {
                end = joint.raw
                break
            }
            crossed.append(joint.raw)
        }
        guard !crossed.isEmpty else {
            // It ends with its line; what stands before it may have been broken all the same.
            // Not a name: `of user root.` and the word below are none.
            let rules: Set<RedactionRule> = [.keyedSecret, .commandFlag, .urlQuery, .header]
            if end > start, rules.contains(span.rule) {
                takeBehindJoint(span, to: end, from: view, joints, before: place, &seen)
            }
            return false
        }
        guard !Masks.standIn(text, start, end) else { return false }
        guards.append(min(start, crossed[0])..<end)
        var from = start
        for (count, joint) in (crossed + [end]).enumerated() {
            guard joint > from else { continue }
            var stop = text.back(min(joint, end), limit: 2) { $0 == 13 }
            if stop > from, joint < end, isSoftBreak(stop - 1) { stop -= 1 }
            if stop > from, joint < end, let piece = quotedPiece(joint) {
                stop = max(from, piece.upperBound)
            }
            let replacement = count == 0 ? span.replacement : rest(of: span.replacement)
            add(from, stop, span.rule, replacement)
            from = lineContent(joint + 1)
        }
        return end == view.end(of: span.end)
    }

    /// A value behind a joint whose key or beginning stands before it.
    ///
    /// - Parameter end: where it ends.
    private mutating func takeBehindJoint(
        _ span: Span, to end: Int, from view: View, _ joints: [Joint], before place: Int,
        _ seen: inout Seen
    ) {
        guard place > 0, joints[place - 1].view + 64 > span.start else { return }
        let joint = joints[place - 1]
        let start = view.start(of: span.start)
        guard joint.view > 0, isFolded(joint.raw), !Masks.standIn(text, start, end) else { return }
        if span.rule == .keyedSecret, hasOwnName(start, behind: joint.raw) { return }
        // The suspicious word stands on the line above, and words of its own before the value.
        if span.rule == .opaqueValue, start > lineContent(joint.raw + 1) { return }
        guard !seen.touches(start, end, self) else { return }
        guards.append(text.lineStart(joint.raw)..<end)
        add(start, end, span.rule, span.replacement)
    }

    /// Whether the value at `start` stands behind a name of its own line: that was seen without the line
    /// above. A name that only the two lines make together is one if a sign follows it, or a blank and
    /// what is no word.
    private func hasOwnName(_ start: Int, behind joint: Int) -> Bool {
        let content = lineContent(joint + 1)
        let sign = text.back(start, limit: 8) {
            Byte.isBlank($0) || Byte.isQuote($0) || $0 == 58 || $0 == 61 || $0 == 92
        }
        guard sign > content else { return false }
        let name = text.back(sign, limit: 96, while: Self.holdsName)
        // A name that was torn: what it is called is said by both lines.
        let isTorn =
            [45, 46, 95].contains(text[joint - 1])
            || Byte.isQuote(text[sign]) && !Byte.isQuote(text[content])
        if name <= content, isTorn { return false }
        if keyKind(max(name, content), sign) != .none { return true }
        guard name <= content, !(sign..<start).contains(where: { text[$0] == 61 }) else {
            return false
        }
        let before = text.back(joint, limit: 96, while: Self.holdsName)
        return keyKind(before, joint) != .none
            && !(text[sign] == 58 && Shape.isRandom(text, start, bareEnd(start)))
    }

    private func rest(of replacement: Replacement) -> Replacement {
        if case .alias = replacement { return .mask(.identity) }
        return replacement
    }

    /// Whether the line behind the joint begins with a whole name of a host, and the one before it
    /// ends with a short word of letters: `… ok` and `github.com/acme/…`.
    private func beginsWithHost(_ joint: Int, from start: Int) -> Bool {
        let word = text.skip(start, limit: 8, while: Byte.isLetter)
        let end = endBeforeFeed(joint)
        let first = lineContent(joint + 1)
        let stop = text.skip(first, limit: 253) { Byte.isAlnum($0) || $0 == 45 || $0 == 46 }
        return word == end && text[start - 1] == 32
            && (first..<stop).contains { text[$0] == 46 && $0 > first }
    }

    /// Whether whole groups of base64 end before the feed at `joint`: the `=` may be their padding.
    private func isPadded(_ joint: Int) -> Bool {
        let end = endBeforeFeed(joint)
        guard text[end - 1] == 61 else { return false }
        let start = text.back(end - 1, limit: 80, while: Byte.isRun)
        return end - start >= 20 && (end - start).isMultiple(of: 4)
    }

    /// Random letters up to the sign that ends a cookie or a parameter.
    private func isRestOfPair(_ start: Int) -> Bool {
        let first = lineContent(start)
        let stop = text.skip(first, limit: 512, while: Byte.isRun)
        let census = Shape.Census(text, first, stop)
        return (text[stop] == 59 || text[stop] == 38) && stop - first >= 6
            && census.digits > 0 && census.lower + census.upper > 0
    }

    /// Where the line ends that the feed at `joint` ends, without what no reader sees: the carriage
    /// return, and the colour that a terminal goes back to.
    private func shownEnd(_ joint: Int) -> Int {
        let end = endBeforeFeed(joint)
        guard text[end - 1] == UInt8(ascii: "m") else { return end }
        let sign = text.back(end - 1, limit: 8) { Byte.isDigit($0) || $0 == 59 }
        return text[sign - 1] == 91 && text[sign - 2] == 0x1B ? sign - 2 : end
    }

    /// `…r3jv`, the end of a line and of a fold, and `X attempt=3` below: the rest of a random value is no
    /// word, as short as it is.
    private func isLastPiece(_ joint: Int, of span: Span, from start: Int) -> Bool {
        let rest = lineContent(joint + 1)
        let end = text.skip(rest, limit: 12) { Byte.isRun($0) }
        guard isFolded(joint), end > rest, end - rest < 12, text[end] <= 32 else { return false }
        guard (rest..<end).contains(where: { Byte.isAlnum(text[$0]) }) else { return false }
        // A word of a language has more than two letters, and capitals in front alone.
        let small = text.skip(rest + 1, limit: end - rest, while: Byte.isLower)
        if small == end, end - rest > 2 { return false }
        let from = max(start, text.lineStart(joint))
        let last = text.back(endBeforeFeed(joint), limit: 64, while: Byte.isRun)
        return endBeforeFeed(joint) - max(from, last) >= 12
            && Shape.isRandom(text, max(from, last), endBeforeFeed(joint))
    }

    /// Whether something that was found ends its line, before the mark of a sentence perhaps.
    private func endsWhole(_ joint: Int, _ seen: inout Seen) -> Bool {
        let end = shownEnd(joint)
        let mark = text[end - 1]
        return seen.ends(at: end, self)
            || (mark == 46 || mark == 44 || mark == 59) && seen.ends(at: end - 1, self)
    }

    private func isBelievable(
        _ joint: Int, _ span: Span, from start: Int, isFirst: Bool, _ seen: inout Seen
    ) -> Bool {
        if span.rule == .knownSecret { return true }
        if isBrokenSoftly(joint), !isPadded(joint) || isNoWord(joint + 1) { return true }
        if isLabel(joint + 1) { return false }
        if span.rule == .hostName, beginsWithHost(joint, from: start) { return false }
        // Without the next line nothing would have been seen: the token needs it.
        let isToken =
            span.rule == .vendorToken || span.rule == .webToken
            || span.replacement == .mask(.encoded)
        if isFirst, isToken, !endsWhole(joint, &seen) { return true }
        // `ID_TOKEN=eyJh` and the rest below: three parts belong to one, whatever was taken before.
        if isFirst, span.rule == .webToken, text.first(46, from: start, to: joint) == joint {
            return true
        }
        // Between the scheme and the `@` stands no text of anything else, and no word is the rest of an
        // address, of an id or of a key.
        if isFolded(joint), isNoWord(joint + 1) || Self.unspacedRules.contains(span.rule) {
            return true
        }
        if isLastPiece(joint, of: span, from: start) { return true }
        // The label of a key is torn: nothing else begins so.
        if span.rule == .privateKey, text.first(45, from: start, to: joint) < joint { return true }
        if isFolded(joint), span.rule == .email || span.rule == .hostName {
            // What is whole on the line below is another's, unless a sign opens this one.
            let rest = lineContent(joint + 1)
            let isOpened = [34, 39, 40, 58, 60, 61, 91].contains(text[start - 1])
            return !endsWhole(joint, &seen) && (isOpened || !seen.touches(rest, rest + 1, self))
        }
        if isFirst, span.rule == .header || span.rule == .urlQuery, isRestOfPair(joint + 1) {
            return true
        }
        // `token: null` is whole; what is broken fills its line.
        return isLoneWord(joint + 1)
            && (!isFirst || isFolded(joint) || joint - start >= Self.partMin)
    }
}

/// Where two lines were joined.
struct Joint {
    /// Position in the view of the first byte behind it.
    let view: Int
    /// Position in the text of its line feed.
    let raw: Int

    /// The index of the first joint whose place in the view lies after `position`.
    static func first(in joints: [Joint], after position: Int) -> Int {
        var (low, high) = (0, joints.count)
        while low < high {
            let middle = (low + high) / 2
            if joints[middle].view <= position { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
