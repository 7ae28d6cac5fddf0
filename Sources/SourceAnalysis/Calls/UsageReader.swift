// What a unit uses and binds, gathered while its tokens are walked.

import CTreeSitter

/// Calls, imports and bound names of one unit.
struct UsageReader {
    /// Stands in ``bound`` for code in which `this` is not the method's own.
    static let selfMark = "this"

    private let grammar: Grammar
    private let bytes: UnsafeBufferPointer<UInt8>
    private let imports: ImportReader
    private var bindingEnd = 0
    private var holeEnd = 0

    private(set) var callees: Set<CallName> = []
    private(set) var bound: Set<String> = []
    private(set) var importedNames: [ImportedName] = []
    /// The name of the value a Go method is called on.
    var receiver: Range<Int>?

    init(grammar: Grammar, bytes: UnsafeBufferPointer<UInt8>) {
        self.grammar = grammar
        self.bytes = bytes
        imports = ImportReader(grammar: grammar, bytes: bytes)
    }

    mutating func begin() {
        callees.removeAll(keepingCapacity: true)
        bound.removeAll(keepingCapacity: true)
        importedNames.removeAll(keepingCapacity: true)
        receiver = nil
        (bindingEnd, holeEnd) = (0, 0)
    }

    /// A new walk begins; its bytes may lie before those of the last one.
    mutating func beginNode() { (bindingEnd, holeEnd) = (0, 0) }

    /// The names in this node are being bound.
    mutating func bind(_ node: TSNode) { bindingEnd = max(bindingEnd, node.end) }

    mutating func enter(_ node: TSNode, traits: SymbolTraits, isRoot: Bool) {
        if traits.contains(.bindingHole) { holeEnd = max(holeEnd, node.end) }
        if traits.contains(.selfScope) && !isRoot { bound.insert(Self.selfMark) }
        if traits.contains(.importing) { importedNames += imports.names(in: node) }
        if traits.contains(.call) { addCall(node) }
    }

    /// A leaf that is an identifier.
    mutating func add(identifier range: Range<Int>, unitName: Range<Int>?) {
        guard range.lowerBound < bindingEnd, range.lowerBound >= holeEnd, range != unitName,
            range != receiver
        else { return }
        bound.insert(text(range))
    }

    private mutating func addCall(_ node: TSNode) {
        guard let callee = grammar.callee(of: node).present else { return }
        var parts = CalleeText.parts(bytes[callee.range])
        guard let name = parts.popLast(), !name.isEmpty else { return }
        if let object = grammar.object(of: node) {
            parts = CalleeText.parts(bytes[object.range])
        }
        if let receiver, let first = parts.first, first == text(receiver) { parts[0] = "self" }
        let isPath = parts.allSatisfy { !$0.isEmpty }
        let qualifier = parts.isEmpty ? nil : isPath ? parts.joined(separator: ".") : ""
        callees.insert(CallName(qualifier: qualifier, name: name))
        if name == "require", qualifier == nil {
            importedNames += imports.required(by: node)
        }
    }

    private func text(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }
}

/// Splits a callee's text at `.`, `::`, `->`, `?.` and `!.`.
enum CalleeText {
    /// The parts of a path, type arguments cut out. A first part that is empty says that what
    /// stands there is no path: a call, an index, a parenthesis.
    ///
    /// Only the last 512 bytes are looked at; a chain of calls can be as long as its file.
    static func parts(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> [String] {
        var parts: [String] = []
        var end = text.endIndex
        let lower = max(text.startIndex, end - 512)
        while true {
            end = skipTypeArguments(text, back: end, lower)
            var start = end
            while start > lower && ByteText.isIdentifier(text[start - 1]) { start -= 1 }
            parts.append(String(decoding: text[start..<end], as: UTF8.self))
            guard start < end, let next = skipSeparator(text, back: start, lower) else {
                // Something else than a name or a separator stands before: no path.
                if start < end, skipMarks(text, back: start, lower) > text.startIndex {
                    parts.append("")
                }
                break
            }
            end = next
        }
        return parts.reversed()
    }

    private static func skipTypeArguments(
        _ text: Slice<UnsafeBufferPointer<UInt8>>, back end: Int, _ lower: Int
    ) -> Int {
        var end = end
        while end > lower, ByteText.isBlank(text[end - 1]) { end -= 1 }
        let close = end > lower ? text[end - 1] : 0
        guard close == UInt8(ascii: ">") else { return end }
        var depth = 0
        while end > lower {
            end -= 1
            if text[end] == close { depth += 1 }
            if text[end] == UInt8(ascii: "<") { depth -= 1 }
            if depth == 0 { break }
        }
        while end > lower && text[end - 1] == UInt8(ascii: ":") { end -= 1 }
        return end
    }

    /// The end of what stands before a separator; nil when there is none.
    private static func skipSeparator(
        _ text: Slice<UnsafeBufferPointer<UInt8>>, back start: Int, _ lower: Int
    ) -> Int? {
        var end = start
        while end > lower, ByteText.isBlank(text[end - 1]) { end -= 1 }
        guard end > lower else { return nil }
        switch text[end - 1] {
        case UInt8(ascii: "."): end -= 1
        case UInt8(ascii: ":"): end -= 1
        case UInt8(ascii: ">") where end - 1 > lower && text[end - 2] == UInt8(ascii: "-"):
            end -= 2
        default: return nil
        }
        return skipMarks(text, back: end, lower)
    }

    private static func skipMarks(
        _ text: Slice<UnsafeBufferPointer<UInt8>>, back start: Int, _ lower: Int
    ) -> Int {
        var end = start
        while end > lower,
            ByteText.isBlank(text[end - 1]) || text[end - 1] == UInt8(ascii: "?")
                || text[end - 1] == UInt8(ascii: "!") || text[end - 1] == UInt8(ascii: ":")
        {
            end -= 1
        }
        return end
    }
}
