// One stream through the redactor: windows that overlap, cut where nothing is being replaced.
//
// What has been read but could still be the beginning of something is held back. A value that is
// longer than what can be held is masked, and the rest of it is dropped as it comes.

/// Redacts a stream piece by piece. Pieces may be cut anywhere.
public struct RedactionStream: ~Copyable, Sendable {
    /// Text that is looked at together.
    static let windowBytes = 768 << 10
    /// Bytes at the end of a window that wait for the next: more than the longest key.
    static let holdBytes = 48 << 10
    /// Ranges up to this long are never cut.
    private static let guardBytesMax = 32 << 10
    /// How far a chain of such ranges may lead back.
    private static let chainBytesMax = 4 * guardBytesMax
    /// Bytes before the window that rules may look back at.
    static let contextBytes = 8 << 10
    /// Looks at content that fits a window; two are usual.
    private static let passesMax = 4
    /// Settings and environments are read as a whole.
    public static let listBytesMax = 2 << 20

    private let book: RuleBook
    private let kind: ContentKind
    /// Whether what stands where a bundle's own lists have their digests is one.
    private let keepsDigests: Bool
    /// Context, then what is not yet given out, then padding while scanning.
    private var buffer: [UInt8] = []
    private var emitted = 0
    private var ended = false
    /// Whether nothing was given out yet.
    private var isFirst = true
    private var reader: UTF16Reader?
    private var isSniffed = false
    private var frame: JSONFrame?
    private var drop: Drop?
    private var table: OpenTable?
    private var learned = LearnedNames()
    private var bytesIn = 0

    /// The rest of a value that was too long to be held.
    private struct Drop {
        let isLine: Bool

        /// Whether the value goes on at `byte`.
        func holds(_ byte: UInt8) -> Bool {
            if isLine { return byte != 10 }
            return Byte.isRun(byte) || byte == 61 || byte == 92
        }
    }

    init(book: RuleBook, kind: ContentKind, keepsDigests: Bool = false) {
        self.book = book
        self.kind = kind
        self.keepsDigests = keepsDigests
    }

    /// Takes the next piece and gives what has become certain, which may be nothing yet.
    ///
    /// - Throws: ``RedactionFailure``. The stream is over then; what it gave before must go too.
    public mutating func feed(_ bytes: UnsafeRawBufferPointer) throws(RedactionFailure) -> Redacted
    {
        guard !ended else { throw .streamEnded }
        var result = Redacted.empty
        var start = 0
        while start < bytes.count {
            // Never more than a window and its context at a time, however large the pieces are.
            let room = isList ? Self.windowBytes : Self.windowBytes - (buffer.count - emitted)
            let count = min(bytes.count - start, max(room, 4096))
            let part = UnsafeRawBufferPointer(rebasing: bytes[start..<start + count])
            start += count
            bytesIn += count
            if var open = reader {
                buffer += open.read(Array(part))
                reader = open
                try checkMixture()
            } else {
                buffer.append(contentsOf: part)
            }
            try checkSize()
            if buffer.count - emitted >= Self.windowBytes, !isList {
                result.append(try advance(isLast: false))
            }
        }
        return result
    }

    public mutating func feed(_ bytes: [UInt8]) throws(RedactionFailure) -> Redacted {
        let result: Result<Redacted, RedactionFailure> = bytes.withUnsafeBytes { raw in
            do throws(RedactionFailure) { return .success(try feed(raw)) } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Gives the rest.
    public mutating func finish() throws(RedactionFailure) -> Redacted {
        guard !ended else { throw .streamEnded }
        var result = try advance(isLast: true)
        ended = true
        result.append(Redacted(bytes: [], report: RedactionReport()))
        return result
    }

    private var isList: Bool { kind == .config || kind == .environment }

    private mutating func checkMixture() throws(RedactionFailure) {
        guard reader?.isMixed == true else { return }
        ended = true
        throw .notText("text in two encodings")
    }

    private mutating func checkSize() throws(RedactionFailure) {
        guard isList, buffer.count > Self.listBytesMax else { return }
        ended = true
        throw .tooLarge(bytes: buffer.count, allowed: Self.listBytesMax)
    }

    private mutating func sniff() throws(RedactionFailure) {
        guard !isSniffed, kind != .fileName else { return }
        isSniffed = true
        let encoding = try Text.with(Array(buffer.prefix(Encoding.sampleMax))) {
            (sample) throws(RedactionFailure) in try Encoding.sniffed(sample)
        }
        guard case .utf16(let isBigEndian) = encoding, book.allows(.seeThroughUTF16) else { return }
        var open = UTF16Reader(isBigEndian: isBigEndian)
        buffer = open.read(buffer)
        reader = open
        try checkMixture()
    }

    /// Scans the window and gives out all that is certain.
    private mutating func advance(isLast: Bool) throws(RedactionFailure) -> Redacted {
        do throws(RedactionFailure) {
            try sniff()
        } catch {
            ended = true
            throw error
        }
        if isLast, var open = reader {
            buffer += open.finish()
            reader = open
        }
        swallow()
        var window: [UInt8] = []
        swap(&window, &buffer)
        var step = look(&window, isLast: isLast)
        swap(&window, &buffer)
        if isLast, isFirst { settle(&step) }
        isFirst = false
        frame = step.frame
        table = step.table
        learned = step.learned
        drop = isLast ? nil : step.drop
        let keep = max(0, step.cut - Self.contextBytes)
        buffer.removeSubrange(0..<keep)
        emitted = step.cut - keep
        var report = step.report
        let output = reader.map { $0.write(step.output) } ?? step.output
        report.count(bytesIn: bytesIn, bytesOut: output.count)
        bytesIn = 0
        return Redacted(bytes: output, report: report)
    }

    /// What fits a window is looked at until nothing more is found: a mask may bring to light what
    /// stood beside it, and a second pass over the whole must find nothing.
    private func settle(_ step: inout Step) {
        for _ in 0..<Self.passesMax where step.report.replacements > 0 {
            var output = step.output
            let next = look(&output, isLast: true)
            guard next.report.replacements > 0 else { return }
            step.output = next.output
            step.report.add(next.report)
        }
    }

    private func look(_ bytes: inout [UInt8], isLast: Bool) -> Step {
        Text.with(padding: &bytes) { look($0, isLast: isLast) }
    }

    /// Drops what goes on from a value that was masked in the last window.
    private mutating func swallow() {
        guard let drop else { return }
        var end = emitted
        while end < buffer.count, drop.holds(buffer[end]) { end += 1 }
        if end < buffer.count { self.drop = nil }
        buffer.removeSubrange(emitted..<end)
    }

    // MARK: - One window

    private struct Step {
        var output: [UInt8] = []
        var report = RedactionReport()
        var cut = 0
        var frame: JSONFrame?
        var drop: Drop?
        /// The table that is cut.
        var table: OpenTable?
        var learned = LearnedNames()
    }

    private func look(_ text: Text, isLast: Bool) -> Step {
        var scanner = Scanner(
            book: book, text: text, depth: 0, hasLines: kind != .fileName, keyCache: KeyCache())
        if let table { scanner.goOn(in: table, from: text.lineStart(emitted)) }
        scanner.scan()
        if kind == .config { scanner.spans += Allowlist.settings(text, book) }
        if kind == .environment { scanner.spans += Allowlist.environment(text, book) }
        var step = Step(learned: learned)
        step.learned.learn(from: scanner.spans, text)
        scanner.spans += step.learned.spans(in: text, from: emitted, book)
        if keepsDigests { scanner.spans.removeAll { OwnDigest.holds($0, text) } }
        let spans = Span.merged(endingWithTheirTexts(scanner.spans, text))
            .map { Masks.rounded($0, text) }
        step.cut = isLast ? text.count : cut(text, spans, scanner.guards, &step)
        if let open = scanner.openTable, open.rows.contains(step.cut) { step.table = open }
        write(spans, text, &step)
        return step
    }

    /// A body ends with the JSON text it began in, whatever a rule took it for, and so does what a
    /// rule took up to the end of a line. Before spans are united: one that reached into the next
    /// texts would take theirs with it, and then be cut.
    private func endingWithTheirTexts(_ spans: [Span], _ text: Text) -> [Span] {
        var json = JSONWalk(frame: frame, position: emitted, isDocument: kind == .json)
        var result = spans
        let lines: Set<RedactionRule> = [
            .functionBody, .keyedSecret, .commandFlag, .header, .passwordFile,
        ]
        let ones = spans.indices.filter { lines.contains(spans[$0].rule) }
        for index in ones.sorted(by: { spans[$0].start < spans[$1].start })
        where spans[index].end > emitted {
            let start = max(spans[index].start, emitted)
            let end = json.endOfText(from: start, to: spans[index].end, text)
            // A line that is no JSON after all has quotes that end nothing.
            let isEnd = spans[index].rule == .functionBody || JSONFrame.ends(text, end)
            if isEnd, end > start { result[index].end = end }
        }
        return result
    }

    /// Where to stop: after a line if there is one, and never inside a span or guarded range.
    private func cut(_ text: Text, _ spans: [Span], _ guards: [Range<Int>], _ step: inout Step)
        -> Int
    {
        let target = max(emitted, text.count - Self.holdBytes)
        var cut = text.lineStart(target)
        let isLine = cut > emitted
        if !isLine { cut = characterStart(text, target) }
        cut = outside(guards, cut)
        guard let span = spans.first(where: { $0.start < cut && cut < $0.end }) else { return cut }
        if span.start > emitted { return span.start }
        // It fills the window: what was read of it is masked now, the rest of it when it comes.
        if span.end >= text.count - 1 {
            step.drop = Drop(
                isLine: span.rule == .functionBody
                    || text[span.end] != 10 && !Byte.isRun(text[span.end - 1]))
        }
        return span.end
    }

    /// The last place up to `cut` that no guarded range lies across.
    ///
    /// No value is longer than what is held; of a longer range each line stands for itself. So does each
    /// of a page where one range leads to the next: those that the next window sees as a whole, with
    /// what it may look back at, are let go first.
    private func outside(_ guards: [Range<Int>], _ cut: Int) -> Int {
        let sorted = guards.filter { $0.count <= Self.guardBytesMax && $0.lowerBound > emitted }
            .sorted { $0.lowerBound > $1.lowerBound }
        for shortest in [0, Self.contextBytes] {
            var result = cut
            for range in sorted where range.count >= shortest {
                if range.lowerBound < result, result < range.upperBound {
                    result = range.lowerBound
                }
            }
            if cut - result <= Self.chainBytesMax { return result }
        }
        return cut
    }

    private func characterStart(_ text: Text, _ target: Int) -> Int {
        var index = text.back(target, limit: 4096) { $0 > 32 && $0 != 44 && $0 != 59 }
        if index == max(0, target - 4096) { index = target }
        while index > emitted, text[index] & 0xC0 == 0x80 { index -= 1 }
        return max(index, emitted)
    }

    /// Copies the text up to the cut with its spans replaced.
    private func write(_ spans: [Span], _ text: Text, _ step: inout Step) {
        step.output.reserveCapacity(step.cut - emitted + 256)
        var position = emitted
        var json = JSONWalk(frame: frame, position: emitted, isDocument: kind == .json)
        for span in spans where span.end > emitted && span.start < step.cut {
            var visible = span
            visible.start = max(span.start, emitted)
            visible.end = min(span.end, step.cut)
            for part in json.fit(visible, text) {
                copy(text, position, part.start, &step.output)
                step.output += part.replacement.bytes(for: part.end - part.start)
                step.report.count(part.rule, part.replacement.className)
                position = part.end
            }
        }
        copy(text, position, step.cut, &step.output)
        step.frame = json.frame(at: step.cut, text)
    }

    private func copy(_ text: Text, _ start: Int, _ end: Int, _ output: inout [UInt8]) {
        guard start < end else { return }
        output.append(contentsOf: UnsafeBufferPointer(start: text.base + start, count: end - start))
    }
}

/// Walks the lines of a window that hold spans, and the line that is cut.
private struct JSONWalk {
    /// State at `position`, if the line of `position` was begun before.
    private var frame: JSONFrame?
    private var position: Int
    private let isDocument: Bool

    init(frame: JSONFrame?, position: Int, isDocument: Bool) {
        self.frame = frame
        self.position = position
        self.isDocument = isDocument
    }

    private mutating func move(to index: Int, _ text: Text) -> JSONFrame {
        let lineStart = text.lineStart(index)
        var now: JSONFrame
        if let frame, lineStart <= position {
            now = frame
        } else {
            now = JSONFrame.atLine(text, lineStart, isDocument: isDocument)
            position = lineStart
        }
        now.walk(text, position, index)
        return now
    }

    /// Where the JSON text around `start` ends, if that is before `end`.
    mutating func endOfText(from start: Int, to end: Int, _ text: Text) -> Int {
        let now = move(to: start, text)
        frame = now
        position = start
        return now.endOfText(text, start, end)
    }

    mutating func fit(_ span: Span, _ text: Text) -> [Span] {
        var now = move(to: span.start, text)
        let parts = now.fit(span, text)
        frame = now
        position = span.end
        return parts
    }

    /// The state to go on with, nil at the start of a line.
    mutating func frame(at cut: Int, _ text: Text) -> JSONFrame? {
        guard cut > 0, text[cut - 1] != 10 else { return nil }
        return move(to: cut, text)
    }
}
