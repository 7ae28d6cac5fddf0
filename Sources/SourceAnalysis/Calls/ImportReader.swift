// The names in an import statement, read from its tokens.
//
// Statements are short and regular; their tokens are the same in every shape that a grammar gives
// the tree, so a list of tokens is all that the readers for the languages see.

import CTreeSitter

/// Which reader a language's imports need; ``none`` where calls are not resolved by imports.
enum ImportStyle: Sendable {
    case none, python, script, rust, go, java
}

/// Reads imports out of trees.
struct ImportReader {
    /// Tokens of one statement; an import list of a thousand names has fewer.
    private static let tokensMax = 4_096

    let grammar: Grammar
    let bytes: UnsafeBufferPointer<UInt8>

    func names(in node: TSNode) -> [ImportedName] {
        switch grammar.rules.importStyle {
        case .none: return []
        case .python: return PythonImports.names(tokens(of: node))
        case .rust: return RustImports.names(tokens(of: node))
        case .go: return GoImports.names(tokens(of: node))
        case .java: return JavaImports.names(tokens(of: node))
        case .script:
            // An export of a whole class is told by its first words.
            let head = tokens(of: node, max: 6)
            let isList = head.count > 1 && ["{", "*", "type"].contains(head[1])
            let isImport = head.first == "import"
            return ScriptImports.names(isList || isImport ? tokens(of: node) : head)
        }
    }

    /// `const x = require("./x")` and `const { a, b: c } = require("./x")`.
    func required(by call: TSNode) -> [ImportedName] {
        guard grammar.rules.importStyle == .script,
            let statement = ts_node_parent(call).present,
            statement.kind == "variable_declarator"
        else { return [] }
        return ScriptImports.required(tokens(of: statement, max: 512))
    }

    /// The leaves of a node in order, strings as one token, comments left out.
    private func tokens(of root: TSNode, max: Int = tokensMax) -> [String] {
        let cursor = TreeCursor(at: root)
        var tokens: [String] = []
        var depth = 0
        while tokens.count < max {
            let node = cursor.node
            let traits = grammar.traits(of: node.symbol)
            let isWhole = traits.contains(.atom) || traits.contains(.comment)
            if !isWhole, cursor.enter() {
                depth += 1
                continue
            }
            let range = node.range
            if !traits.contains(.comment) && !range.isEmpty {
                tokens.append(String(decoding: bytes[range], as: UTF8.self))
            }
            while depth > 0, !cursor.advance() {
                cursor.leave()
                depth -= 1
            }
            if depth == 0 { break }
        }
        return tokens
    }
}

/// Reads a list of tokens from the front.
struct TokenReader {
    private let tokens: [String]
    private var position = 0

    init(_ tokens: [String]) { self.tokens = tokens }

    var next: String? { position < tokens.count ? tokens[position] : nil }

    mutating func take() -> String? {
        defer { position += 1 }
        return next
    }

    /// Takes the token if it is this one.
    mutating func take(_ token: String) -> Bool {
        guard next == token else { return false }
        position += 1
        return true
    }

    /// Whether a token is a name, as opposed to punctuation or a string.
    static func isName(_ token: String) -> Bool { token.utf8.allSatisfy(ByteText.isIdentifier) }

    /// The text between the quotes of a string token; nil for other tokens.
    static func unquoted(_ token: String?) -> String? {
        guard let token, token.utf8.count >= 2, let first = token.first, "\"'`".contains(first)
        else { return nil }
        return String(token.dropFirst().dropLast())
    }
}
