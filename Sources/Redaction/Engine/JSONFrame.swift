// Keeps JSON what it is: what is replaced in a line of JSON is cut to the insides of its texts, and
// a number that goes comes back as a text.

/// Follows the quotes of one line of JSON, also over the edge of a window.
struct JSONFrame {
    /// Whether the line is JSON at all.
    private(set) var isActive = false
    private var isInText = false
    private var isEscaped = false

    /// - Parameter isDocument: lines of a document that is laid out over many lines count too.
    static func atLine(_ text: Text, _ start: Int, isDocument: Bool) -> JSONFrame {
        var frame = JSONFrame()
        let first = text.pastBlanks(start, limit: 256)
        let next = text[text.skip(first + 1, limit: 8, while: Byte.isSpace)]
        switch text[first] {
        case 123: frame.isActive = next == 34 || next == 125
        case 91: frame.isActive = next == 123 || next == 34
        case 34: frame.isActive = isDocument || isMember(text, first)
        default: frame.isActive = false
        }
        return frame
    }

    /// `"name": …`: a line of a document that is laid out over many, in the midst of others.
    private static func isMember(_ text: Text, _ quote: Int) -> Bool {
        let close = text.skip(quote + 1, limit: 96) { $0 != 34 && $0 != 92 && $0 != 10 }
        return text[close] == 34 && text[close + 1] == 58
    }

    /// Reads on from `start` to `end`.
    mutating func walk(_ text: Text, _ start: Int, _ end: Int) {
        guard isActive else { return }
        for index in start..<max(start, end) { step(text.base[index]) }
    }

    /// Where the text that `start` lies in ends, if that is before `end`.
    func endOfText(_ text: Text, _ start: Int, _ end: Int) -> Int {
        guard isActive, isInText else { return end }
        var frame = self
        for index in start..<max(start, end) {
            frame.step(text.base[index])
            if !frame.isInText { return index }
        }
        return end
    }

    /// Whether behind the quote at `index` stands what may follow a text.
    static func ends(_ text: Text, _ index: Int) -> Bool {
        let next = text[text.pastBlanks(index + 1)]
        return next == 44 || next == 58 || next == 93 || next == 125
    }

    private mutating func step(_ byte: UInt8) {
        if isEscaped {
            isEscaped = false
        } else if byte == 92 {
            isEscaped = isInText
        } else if byte == 34 {
            isInText.toggle()
        }
    }

    /// The parts of `span` that may be replaced; reads on to its end.
    mutating func fit(_ span: Span, _ text: Text) -> [Span] {
        // Numbers that say something together come back as one text.
        if !isInText, case .mask(.encoded) = span.replacement, Self.isNumbers(text, span),
            isActive || Self.isInList(text, span)
        {
            return [piece(of: span, span.start, span.end, isText: false)]
        }
        guard isActive else { return [span] }
        var parts: [Span] = []
        var part: (start: Int, isText: Bool)?
        func close(_ end: Int) {
            guard let open = part, open.start < end else { return }
            parts.append(piece(of: span, open.start, end, isText: open.isText))
            part = nil
        }
        for index in span.start..<span.end {
            let byte = text.base[index]
            let wasInText = isInText
            step(byte)
            let belongs = wasInText ? isInText : !isInText && Self.isScalar(byte)
            if !belongs {
                close(index)
            } else if part == nil {
                part = (index, wasInText)
            }
        }
        close(span.end)
        return parts.isEmpty ? [] : parts
    }

    /// Whether the numbers stand in brackets, over lines too.
    private static func isInList(_ text: Text, _ span: Span) -> Bool {
        let before = text.back(span.start, limit: 64, while: Byte.isSpace)
        let behind = text.skip(span.end, limit: 64, while: Byte.isSpace)
        return text[before - 1] == 91 && text[behind] == 93
    }

    private static func isNumbers(_ text: Text, _ span: Span) -> Bool {
        (span.start..<span.end).allSatisfy {
            let byte = text.base[$0]
            return Byte.isDigit(byte) || byte == 44 || Byte.isSpace(byte)
        }
    }

    private func piece(of span: Span, _ start: Int, _ end: Int, isText: Bool) -> Span {
        var piece = span
        piece.start = start
        piece.end = end
        if !isText {
            if case .mask(let name) = span.replacement { piece.replacement = .quoted(name) }
            if case .alias = span.replacement { piece.replacement = .quoted(.identity) }
            if case .body = span.replacement { piece.replacement = .quoted(.body) }
        } else if start != span.start, case .alias = span.replacement {
            piece.replacement = .mask(.identity)
        }
        return piece
    }

    private static func isScalar(_ byte: UInt8) -> Bool {
        Byte.isAlnum(byte) || byte == 45 || byte == 43 || byte == 46 || byte == 95
    }
}
