// The grammar of TOML 1.0, recognised before a text reaches the parser, and where its keys stand.
//
// The parser in use does not refuse everything that is wrong: a line such as `[=]`, or a value that is
// missing between brackets, ends the process by an assertion. Settings are written by people, so the
// shape of a text is looked at here: headers, keys, and where values begin and end. What a value means,
// and whether a key comes twice, stays the parser's. It gives positions for syntax errors only, so the
// lines of keys, which every other error names, are noted on the same way.

/// Whether a text has the shape of TOML.
public enum TOMLSyntax {
    /// What is wrong first.
    public struct Fault: Equatable, Sendable {
        /// From 1.
        public let line: Int
        public let words: String
    }

    /// Values within values, and names in one key: the parser goes down a level for each of either.
    /// Far more than a settings file needs; and what both make together a stack holds, also under
    /// the sanitizers.
    static let depthMax = 8

    /// The first place at which the text is no TOML; nil when its shape is right.
    public static func firstFault(in text: String) -> Fault? {
        var scan = TOMLScan(bytes: Array(text.utf8))
        do throws(TOMLScan.Stop) { try scan.document() } catch {
            return Fault(line: scan.line, words: error.words)
        }
        return nil
    }
}

/// Line numbers, from 1, of the keys in a TOML text, as far as its shape is right.
public struct TOMLKeyLines: Sendable {
    fileprivate var lines: [String: Int] = [:]
    fileprivate var elements: [String: [Int]] = [:]

    fileprivate init() {}

    public init(_ text: String) {
        var scan = TOMLScan(bytes: Array(text.utf8))
        // Whoever reads the text is told what is wrong with it by `TOMLSyntax`.
        try? scan.document()
        self = scan.found
    }

    /// The line of a dotted key that stands there; nil for any other.
    public subscript(key: String) -> Int? { lines[key] }

    /// The line of a dotted key; for a key inside an inline table the line of that table.
    public func line(of key: String) -> Int {
        var key = key[...]
        while true {
            if let line = lines[String(key)] { return line }
            guard let dot = key.lastIndex(of: ".") else { return 1 }
            key = key[..<dot]
        }
    }

    /// The line of a string in the array `key`.
    public func line(of key: String, element: Int) -> Int {
        guard let list = elements[key], element < list.count else { return line(of: key) }
        return list[element]
    }
}

/// Goes over a text once, from its beginning.
private struct TOMLScan {
    /// Why it goes no further.
    struct Stop: Error {
        let words: String
    }

    private let bytes: [UInt8]
    private var at = 0
    private(set) var line = 1
    private(set) var found = TOMLKeyLines()
    private var table: [String] = []

    init(bytes: [UInt8]) { self.bytes = bytes }

    private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    private func next(_ distance: Int) -> UInt8? {
        at + distance < bytes.count ? bytes[at + distance] : nil
    }

    private func stop(_ words: String) -> Stop { Stop(words: words) }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        at += 1
        return true
    }

    // MARK: Lines

    mutating func document() throws(Stop) {
        while next != nil {
            skipSpace()
            switch next {
            case nil: return
            case UInt8(ascii: "["): try header()
            case UInt8(ascii: "#"), 0x0A, 0x0D: break
            default: try entry()
            }
            try endLine()
        }
    }

    private mutating func skipSpace() {
        while next == 0x20 || next == 0x09 { at += 1 }
    }

    /// Space, a comment, and the end of the line or of the text.
    private mutating func endLine() throws(Stop) {
        skipSpace()
        try skipComment()
        guard next != nil else { return }
        guard try takeLineBreak() else { throw stop("something stands behind the value") }
    }

    private mutating func skipComment() throws(Stop) {
        guard next == UInt8(ascii: "#") else { return }
        while let byte = next, byte != 0x0A, byte != 0x0D {
            try checkControl(byte)
            at += 1
        }
    }

    private mutating func takeLineBreak() throws(Stop) -> Bool {
        if take(0x0D), next != 0x0A { throw stop("a carriage return stands alone") }
        guard take(0x0A) else { return false }
        line += 1
        return true
    }

    /// Space, comments and line breaks, as between the values of an array.
    private mutating func skipLines() throws(Stop) {
        repeat {
            skipSpace()
            try skipComment()
        } while try takeLineBreak()
    }

    private func checkControl(_ byte: UInt8) throws(Stop) {
        if byte < 0x20 && byte != 0x09 || byte == 0x7F { throw stop("a control character") }
    }

    // MARK: Keys

    private mutating func header() throws(Stop) {
        at += 1
        let isArray = take(UInt8(ascii: "["))
        skipSpace()
        guard isKeyNext else { throw stop("a table without a name") }
        table = try key()
        found.lines[table.joined(separator: ".")] = line
        guard take(UInt8(ascii: "]")), !isArray || take(UInt8(ascii: "]")) else {
            throw stop("the table's name does not end with a bracket")
        }
    }

    private var isKeyNext: Bool {
        guard let byte = next else { return false }
        return Self.isBare(byte) || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
    }

    private static func isBare(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
        default: false
        }
    }

    /// Names with dots between them, and the space behind.
    @discardableResult
    private mutating func key() throws(Stop) -> [String] {
        var names: [String] = []
        repeat {
            skipSpace()
            guard isKeyNext, let byte = next else { throw stop("a key is expected") }
            let start = at
            if Self.isBare(byte) {
                while let byte = next, Self.isBare(byte) { at += 1 }
                names.append(String(decoding: bytes[start..<at], as: UTF8.self))
            } else {
                guard next(1) != byte || next(2) != byte else {
                    throw stop("a key of several lines")
                }
                try text(byte)
                names.append(String(decoding: bytes[start + 1..<at - 1], as: UTF8.self))
            }
            skipSpace()
            guard names.count <= TOMLSyntax.depthMax else { throw stop("a key of too many names") }
        } while take(UInt8(ascii: "."))
        return names
    }

    /// A key and its value on a line of their own.
    private mutating func entry() throws(Stop) {
        let start = line
        let name = (table + (try key())).joined(separator: ".")
        found.lines[name] = start
        try assignment(depth: 0, textsOf: name)
    }

    private mutating func pair(depth: Int) throws(Stop) {
        try key()
        try assignment(depth: depth)
    }

    private mutating func assignment(depth: Int, textsOf name: String? = nil) throws(Stop) {
        guard take(UInt8(ascii: "=")) else { throw stop("an equals sign is expected") }
        skipSpace()
        if let name, next == UInt8(ascii: "[") {
            found.elements[name] = try array(depth: depth)
        } else {
            try value(depth: depth)
        }
    }

    // MARK: Values

    private mutating func value(depth: Int) throws(Stop) {
        guard depth < TOMLSyntax.depthMax else { throw stop("values nested too deeply") }
        switch next {
        case UInt8(ascii: "\""): try text(UInt8(ascii: "\""))
        case UInt8(ascii: "'"): try text(UInt8(ascii: "'"))
        case UInt8(ascii: "["): try array(depth: depth)
        case UInt8(ascii: "{"): try inlineTable(depth: depth)
        default: try word()
        }
    }

    /// The lines of the texts directly in it.
    @discardableResult
    private mutating func array(depth: Int) throws(Stop) -> [Int] {
        var texts: [Int] = []
        at += 1
        try skipLines()
        while !take(UInt8(ascii: "]")) {
            if next == UInt8(ascii: "\"") || next == UInt8(ascii: "'") { texts.append(line) }
            try value(depth: depth + 1)
            try skipLines()
            guard take(UInt8(ascii: ",")) || next == UInt8(ascii: "]") else {
                throw stop("an array without an end")
            }
            try skipLines()
        }
        return texts
    }

    private mutating func inlineTable(depth: Int) throws(Stop) {
        at += 1
        skipSpace()
        if take(UInt8(ascii: "}")) { return }
        repeat {
            skipSpace()
            try pair(depth: depth + 1)
            skipSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw stop("an inline table without an end") }
    }

    /// `true`, a number, or a date, whose time may stand behind a space.
    private mutating func word() throws(Stop) {
        let start = at
        while let byte = next, Self.isOfWord(byte) { at += 1 }
        if at == start + 10, bytes[start + 4] == 0x2D, next == 0x20, let digit = next(1),
            (0x30...0x39).contains(digit)
        {
            at += 1
            while let byte = next, Self.isOfWord(byte) { at += 1 }
        }
        switch start < at ? bytes[start] : 0 {
        case 0x30...0x39: return
        case 0x2B where at > start + 1, 0x2D where at > start + 1: return
        case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "i"), UInt8(ascii: "n"):
            let word = bytes[start..<at]
            if ["true", "false", "inf", "nan"].contains(where: { word.elementsEqual($0.utf8) }) {
                return
            }
            throw stop("a text without quotes")
        case 0: throw stop("a value is expected")
        default: throw stop("a text without quotes")
        }
    }

    private static func isOfWord(_ byte: UInt8) -> Bool {
        isBare(byte) || byte == 0x2B || byte == 0x2E || byte == 0x3A
    }

    // MARK: Texts

    private mutating func text(_ quote: UInt8) throws(Stop) {
        let isLong = next(1) == quote && next(2) == quote
        if !isLong && next(1) == quote {
            at += 2
            return
        }
        at += isLong ? 3 : 1
        while let byte = next {
            if byte == quote, !isLong || next(1) == quote && next(2) == quote {
                endText(quote, isLong: isLong)
                return
            }
            if byte == 0x0A || byte == 0x0D {
                guard isLong else { throw stop("a text without its closing quote") }
                _ = try takeLineBreak()
                continue
            }
            try checkControl(byte)
            at += 1
            if byte == 0x5C, quote == UInt8(ascii: "\""), let escaped = next, escaped > 0x20 {
                at += 1
            }
        }
        throw stop("a text without its closing quote")
    }

    /// Up to two quotes more belong to a long text.
    private mutating func endText(_ quote: UInt8, isLong: Bool) {
        at += isLong ? 3 : 1
        guard isLong else { return }
        for _ in 0..<2 where next == quote { at += 1 }
    }
}
