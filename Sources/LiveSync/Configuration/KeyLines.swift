// On which line each key of a TOML text stands.
//
// The parser gives positions for syntax errors only. This pass reads a text that has parsed
// already, so it needs to know no more than where keys, strings and brackets begin and end.

/// Line numbers, from 1, of the keys in a TOML text.
struct KeyLines: Sendable {
    private var lines: [String: Int] = [:]
    private var elements: [String: [Int]] = [:]

    /// The line of a dotted key; for a key inside an inline table the line of that table.
    func line(of key: String) -> Int {
        var key = key[...]
        while true {
            if let line = lines[String(key)] { return line }
            guard let dot = key.lastIndex(of: ".") else { return 1 }
            key = key[..<dot]
        }
    }

    /// The line of a string in the array `key`.
    func line(of key: String, element: Int) -> Int {
        guard let list = elements[key], element < list.count else { return line(of: key) }
        return list[element]
    }

    init(_ text: String) {
        var scan = Scan(bytes: Array(text.utf8))
        var table: [String] = []
        while scan.skipToEntry() {
            let line = scan.line
            if scan.peek == UInt8(ascii: "[") {
                table = scan.header()
                lines[table.joined(separator: ".")] = line
            } else {
                let key = (table + scan.keyPath()).joined(separator: ".")
                lines[key] = line
                elements[key] = scan.value()
            }
        }
    }
}

/// The reading position in a TOML text.
private struct Scan {
    let bytes: [UInt8]
    var index = 0
    var line = 1

    init(bytes: [UInt8]) { self.bytes = bytes }

    var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    mutating func advance(_ count: Int = 1) {
        for _ in 0..<count where index < bytes.count {
            if bytes[index] == UInt8(ascii: "\n") { line += 1 }
            index += 1
        }
    }

    mutating func skipComment() {
        while let byte = peek, byte != UInt8(ascii: "\n") { advance() }
    }

    /// Moves to the next key or table header; false at the end.
    mutating func skipToEntry() -> Bool {
        while let byte = peek {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"):
                advance()
            case UInt8(ascii: "#"): skipComment()
            default: return true
            }
        }
        return false
    }

    /// Reads `[a.b]` or `[[a.b]]`.
    mutating func header() -> [String] {
        while peek == UInt8(ascii: "[") { advance() }
        let parts = keyPath()
        while peek == UInt8(ascii: "]") { advance() }
        return parts
    }

    /// Reads a dotted key up to `=` or `]`; consumes the `=`.
    mutating func keyPath() -> [String] {
        var parts: [String] = []
        var part: [UInt8] = []
        while let byte = peek, byte != UInt8(ascii: "\n") {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                let start = index + 1
                string()
                part += bytes[start..<max(start, index - 1)]
                continue
            }
            if byte == UInt8(ascii: "]") { break }
            advance()
            if byte == UInt8(ascii: "=") { break }
            if byte == UInt8(ascii: ".") {
                parts.append(String(decoding: part, as: UTF8.self))
                part = []
            } else if byte != UInt8(ascii: " ") && byte != UInt8(ascii: "\t") {
                part.append(byte)
            }
        }
        return parts + [String(decoding: part, as: UTF8.self)]
    }

    /// Passes a value; returns the lines of the strings directly inside an array.
    mutating func value() -> [Int] {
        var depth = 0
        var found: [Int] = []
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\n") where depth == 0: return found
            case UInt8(ascii: "#"): skipComment()
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                if depth == 1 { found.append(line) }
                string()
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                advance()
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                depth -= 1
                advance()
            default: advance()
            }
        }
        return found
    }

    /// Passes a string of any of TOML's four kinds.
    mutating func string() {
        guard let quote = peek else { return }
        let triple = bytes[index...].prefix(3).elementsEqual([quote, quote, quote])
        let length = triple ? 3 : 1
        advance(length)
        while let byte = peek {
            if byte == UInt8(ascii: "\\") && quote == UInt8(ascii: "\"") {
                advance(2)
            } else if bytes[index...].prefix(length).allSatisfy({ $0 == quote }) {
                advance(length)
                // A multi-line string may end in up to two quotes of its own.
                while triple && peek == quote { advance() }
                return
            } else {
                advance()
            }
        }
    }
}
