// Swift source with comments and string literals blanked out, so that a rule about code does not
// stumble over a sentence about code. Lines and columns stay where they are.

enum SwiftText {
    /// The code alone. Interpolations are blanked with their string.
    static func code(of text: String) -> String { scan(text, blankComments: true) }

    /// Code and comments: a `//` in it begins a comment, whatever strings hold.
    static func withoutStrings(_ text: String) -> String { scan(text, blankComments: false) }

    private static func scan(_ text: String, blankComments: Bool) -> String {
        var scanner = Scanner(text, blankComments: blankComments)
        return scanner.run()
    }
}

private struct Scanner {
    private let input: [UInt8]
    private var output: [UInt8]
    private var position = 0
    private let blankComments: Bool

    init(_ text: String, blankComments: Bool) {
        input = Array(text.utf8)
        output = input
        self.blankComments = blankComments
    }

    mutating func run() -> String {
        while position < input.count {
            let byte = input[position]
            if byte > UInt8(ascii: "/") || byte == UInt8(ascii: " ") {
                position += 1
            } else if starts(with: "//") {
                passLineComment()
            } else if starts(with: "/*") {
                passBlockComment()
            } else if let hashes = stringOpening() {
                blankString(hashes: hashes)
            } else {
                position += 1
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private func starts(with text: String, at offset: Int = 0) -> Bool {
        var index = position + offset
        for byte in text.utf8 {
            guard index < input.count, input[index] == byte else { return false }
            index += 1
        }
        return true
    }

    private mutating func pass(_ count: Int) {
        if blankComments { blank(count) } else { position += count }
    }

    private mutating func blank(_ count: Int) {
        for index in position..<min(position + count, input.count)
        where input[index] != UInt8(ascii: "\n") {
            output[index] = UInt8(ascii: " ")
        }
        position += count
    }

    private mutating func passLineComment() {
        while position < input.count, input[position] != UInt8(ascii: "\n") { pass(1) }
    }

    private mutating func passBlockComment() {
        var depth = 0
        repeat {
            if starts(with: "/*") {
                depth += 1
                pass(2)
            } else if starts(with: "*/") {
                depth -= 1
                pass(2)
            } else {
                pass(1)
            }
        } while depth > 0 && position < input.count
    }

    /// The number of `#` before a quotation mark that begins here; nil when none does.
    private func stringOpening() -> Int? {
        let hashes = input[position...].prefix { $0 == UInt8(ascii: "#") }.count
        return starts(with: "\"", at: hashes) ? hashes : nil
    }

    private mutating func blankString(hashes: Int) {
        let hash = String(repeating: "#", count: hashes)
        blank(hashes)
        let quote = starts(with: "\"\"\"") ? "\"\"\"" : "\""
        blank(quote.count)
        let escape = "\\" + hash
        while position < input.count, !starts(with: quote + hash) {
            if starts(with: escape + "(") {
                blank(escape.utf8.count)
                blankInterpolation()
            } else if starts(with: escape) {
                blank(escape.utf8.count + 1)
            } else {
                // A string on one line ends with it; what follows must not be lost to a typo.
                if quote == "\"", input[position] == UInt8(ascii: "\n") { return }
                blank(1)
            }
        }
        blank(quote.count + hashes)
    }

    /// From the opening parenthesis to its closing one; strings may nest.
    private mutating func blankInterpolation() {
        var depth = 0
        repeat {
            if let hashes = stringOpening() {
                blankString(hashes: hashes)
                continue
            }
            if starts(with: "(") { depth += 1 }
            if starts(with: ")") { depth -= 1 }
            blank(1)
        } while depth > 0 && position < input.count
    }
}
