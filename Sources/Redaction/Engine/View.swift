// A decoded copy of a part of a text, and for every byte of it where it came from.

/// Decoded bytes with a map back. In memory of its own: arrays would ask with every byte whether
/// somebody else holds them.
final class View {
    private let bytes: UnsafeMutablePointer<UInt8>
    private let starts: UnsafeMutablePointer<Int32>
    private let ends: UnsafeMutablePointer<Int32>
    private let capacity: Int
    private(set) var count = 0
    /// Whether anything was decoded; if not, a second look would see the same.
    var isChanged = false
    /// The view that this one was made from, if it was one.
    var source: View?

    /// - Parameter capacity: bytes of the source. What is decoded is never longer: the shortest mark
    ///   has as many bytes as what it stands for.
    init(capacity: Int) {
        self.capacity = max(1, capacity)
        bytes = .allocate(capacity: self.capacity + Text.padding)
        starts = .allocate(capacity: self.capacity)
        ends = .allocate(capacity: self.capacity)
    }

    deinit {
        bytes.deallocate()
        starts.deallocate()
        ends.deallocate()
    }

    @inline(__always)
    func append(_ byte: UInt8, _ start: Int, _ end: Int) {
        precondition(count < capacity, "a view is never longer than its source")
        bytes[count] = byte
        starts[count] = Int32(truncatingIfNeeded: start)
        ends[count] = Int32(truncatingIfNeeded: end)
        count += 1
    }

    /// A character above ASCII, as UTF-8.
    func append(scalar value: UInt32, _ start: Int, _ end: Int) {
        guard value >= 0x80 else { return append(UInt8(value), start, end) }
        guard let scalar = UnicodeScalar(value) else { return append(63, start, end) }
        for byte in UTF8.encode(scalar).map(Array.init) ?? [63] { append(byte, start, end) }
    }

    /// The position in the source of a span that starts at `index` here.
    func start(of index: Int) -> Int { Int(starts[index]) }

    /// The position in the source of a span that ends before `index` here.
    func end(of index: Int) -> Int { index > 0 ? Int(ends[index - 1]) : 0 }

    /// How many bytes the one at `index` was written with, in the first of the views.
    func width(at index: Int) -> Int {
        guard (0..<count).contains(index) else { return 1 }
        let width = end(of: index + 1) - start(of: index)
        guard let source else { return width }
        return (start(of: index)..<start(of: index) + width).reduce(0) { $0 + source.width(at: $1) }
    }

    /// Runs `body` on the decoded text.
    func withText<Result>(_ body: (Text) -> Result) -> Result {
        (bytes + count).update(repeating: 0, count: Text.padding)
        var memo = TextMemo()
        return withUnsafeMutablePointer(to: &memo) { memo in
            body(Text(base: UnsafePointer(bytes), count: count, memo: memo))
        }
    }
}

extension Text {
    /// Runs `body` on a copy of `bytes` with padding behind it.
    static func with<Result, Failed: Error>(
        _ bytes: [UInt8], _ body: (Text) throws(Failed) -> Result
    ) throws(Failed) -> Result {
        var copy = bytes
        return try with(padding: &copy, body)
    }

    /// Runs `body` on `bytes`, which have padding behind them meanwhile.
    static func with<Result, Failed: Error>(
        padding bytes: inout [UInt8], _ body: (Text) throws(Failed) -> Result
    ) throws(Failed) -> Result {
        let count = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: padding))
        defer { bytes.removeLast(padding) }
        return try bytes.withUnsafeBufferPointer { (buffer) throws(Failed) in
            guard let base = buffer.baseAddress else {
                preconditionFailure("padding was appended, so the buffer is not empty")
            }
            var memo = TextMemo()
            return try withUnsafeMutablePointer(to: &memo) { (memo) throws(Failed) in
                try body(Text(base: base, count: count, memo: memo))
            }
        }
    }
}

extension Scanner {
    /// Lines with escapes are looked at together up to this many bytes; one line is never cut.
    private static let groupMax = 128 << 10

    /// Notes that the line that holds `index` has escapes.
    mutating func mark(_ index: Int) {
        guard index >= escapedEnd else { return }
        let start = text.lineStart(index)
        let end = text.lineEnd(index)
        escapedEnd = end
        if let last = escaped.last, start <= last.upperBound + 1, start >= last.lowerBound,
            end - last.lowerBound < Self.groupMax
        {
            escaped[escaped.count - 1] = last.lowerBound..<max(end, last.upperBound)
        } else {
            escaped.append(start..<end)
        }
    }

    /// Looks at marked lines without their escapes.
    mutating func scanEscaped() {
        guard book.allows(.seeThroughEscapes) || book.allows(.seeThroughUTF16) else { return }
        for range in Self.disjoint(escaped) {
            if let view = Unescaper.view(
                of: text, range, utf16: book.allows(.seeThroughUTF16),
                escapes: book.allows(.seeThroughEscapes))
            {
                look(through: view, isUnquoted: isUnquoted)
            } else if hasQuotes, !isUnquoted, let view = Unescaper.unquoted(text, range) {
                // Once, where no other escapes are left: mail is not quoted twice.
                look(through: view, isUnquoted: true)
            }
        }
    }

    private mutating func look(through view: View, isUnquoted: Bool) {
        view.source = origin
        let child = view.withText { decoded in
            var child = inner(decoded, hasLines: hasLines)
            child.origin = view
            child.isUnquoted = isUnquoted
            child.scan()
            return child
        }
        adopt(child, through: view, rule: .seeThroughEscapes)
    }

    /// Marks are made in the order of the rules, not of the text: the same lines, each once.
    private static func disjoint(_ ranges: [Range<Int>]) -> [Range<Int>] {
        var result: [Range<Int>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            guard let last = result.last, range.lowerBound < last.upperBound else {
                result.append(range)
                continue
            }
            if range.upperBound > last.upperBound {
                result.append(last.upperBound + 1..<range.upperBound)
            }
        }
        return result
    }
}
