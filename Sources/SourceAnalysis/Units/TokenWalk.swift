// A unit's token stream: the structure of its tree and the text of its tokens.
//
// Leaves alone are not enough. A statement moved out of an `if` in Python changes no leaf, so the
// kinds are written on entry and a marker on leave; some grammars have strings whose contents are
// in no node, so bytes that no child covers are written too, and strings count as a whole.

import CTreeSitter

/// Collects the tokens, calls and errors of one unit after another; its buffers are used again.
struct TokenWalk {
    private enum Mark {
        static let enter: UInt8 = 1
        static let text: UInt8 = 2
        static let leave: UInt8 = 3
        static let gap: UInt8 = 4
        static let hole: UInt8 = 5
    }

    private struct Frame {
        let end: Int
        let isWritten: Bool
        /// See ``Grammar/bindingField(of:)``.
        let binding: UInt16
    }

    private static let used: SymbolTraits = [.call, .importing, .bindingHole, .selfScope]

    private let grammar: Grammar
    private let bytes: UnsafeBufferPointer<UInt8>
    private let cursor: TreeCursor
    private var frames: [Frame] = []
    private var atomEnd = 0

    /// The encoded stream.
    private(set) var stream: [UInt8] = []
    /// Where the unit's own name stands in ``stream``.
    private(set) var nameInStream: Range<Int>?
    /// Hashes of the tokens that tell units apart: no brackets, separators or own name.
    private(set) var tokens: [UInt64] = []
    /// What the unit calls, imports and binds.
    var usage: UsageReader
    private(set) var identifiers: Set<String> = []
    /// An error node was met; looked for only where asked.
    private(set) var sawDamage = false

    init(grammar: Grammar, bytes: UnsafeBufferPointer<UInt8>, cursor: TreeCursor) {
        self.grammar = grammar
        self.bytes = bytes
        self.cursor = cursor
        usage = UsageReader(grammar: grammar, bytes: bytes)
    }

    mutating func begin() {
        stream.removeAll(keepingCapacity: true)
        tokens.removeAll(keepingCapacity: true)
        usage.begin()
        identifiers.removeAll(keepingCapacity: true)
        nameInStream = nil
        sawDamage = false
    }

    /// Adds a token that no node of the walk has, such as the name of a type's member.
    mutating func addToken(_ text: String) { tokens.append(ByteText.hash(text.utf8)) }

    /// Walks `root` without recursion: hostile input nests a million deep.
    ///
    /// - Parameter hole: a node that is passed over, a type's body.
    /// - Parameter name: the range of the unit's own name.
    mutating func add(_ root: TSNode, hole: TSNode?, name: Range<Int>?, looksForDamage: Bool) {
        cursor.reset(to: root)
        frames.removeAll(keepingCapacity: true)
        atomEnd = 0
        usage.beginNode()
        var covered = root.start
        while true {
            let node = cursor.node
            let (start, end) = (node.start, node.end)
            let symbol = node.symbol
            let traits = grammar.traits(of: symbol)
            if covered < start { writeGap(covered..<start) }
            if looksForDamage && node.isDamage { sawDamage = true }
            if traits.contains(.comment) {
                covered = max(covered, end)
            } else if let hole, hole.id == node.id {
                stream.append(Mark.hole)
                covered = end
            } else {
                if !traits.isDisjoint(with: Self.used) {
                    usage.enter(node, traits: traits, isRoot: frames.isEmpty)
                }
                if let frame = frames.last, frame.binding != 0,
                    frame.binding == Grammar.wholeNode || frame.binding == cursor.field
                {
                    usage.bind(node)
                }
                let isWritten = start >= atomEnd && traits.contains(.named)
                if isWritten { writeEnter(symbol) }
                if start >= atomEnd && traits.contains(.atom) {
                    writeText(start..<end, traits: traits, name: name)
                    atomEnd = end
                }
                if cursor.enter() {
                    frames.append(
                        Frame(
                            end: end, isWritten: isWritten,
                            binding: grammar.bindingField(of: symbol)))
                    covered = start
                    continue
                }
                if start >= atomEnd { writeText(start..<end, traits: traits, name: name) }
                if traits.contains(.identifier) {
                    usage.add(identifier: start..<end, unitName: name)
                }
                if isWritten { stream.append(Mark.leave) }
                covered = max(covered, end)
            }
            guard moveOn(&covered) else { return }
        }
    }

    /// True when a damaged node may have swallowed units that stood behind it: a brace that is
    /// missing makes the rest of the file part of the function that lost it.
    mutating func mayHideUnits(_ root: TSNode) -> Bool {
        cursor.reset(to: root)
        var depth = 0
        while true {
            let node = cursor.node
            if ts_node_is_missing(node) { return true }
            if let rule = grammar.unitRule(of: node.symbol),
                rule.kind == .function || rule.kind == .type,
                node.start > root.start
            {
                return true
            }
            if cursor.enter() {
                depth += 1
                continue
            }
            while depth > 0, !cursor.advance() {
                cursor.leave()
                depth -= 1
            }
            if depth == 0 { return false }
        }
    }

    /// Goes to the next node in document order that is no descendant; false at the end.
    private mutating func moveOn(_ covered: inout Int) -> Bool {
        if frames.isEmpty { return false }
        while !cursor.advance() {
            cursor.leave()
            let frame = frames.removeLast()
            if covered < frame.end { writeGap(covered..<frame.end) }
            if frame.isWritten { stream.append(Mark.leave) }
            covered = max(covered, frame.end)
            if frames.isEmpty { return false }
        }
        return true
    }

    private mutating func writeEnter(_ symbol: UInt16) {
        stream.append(Mark.enter)
        stream.append(UInt8(truncatingIfNeeded: symbol))
        stream.append(UInt8(truncatingIfNeeded: symbol >> 8))
    }

    private mutating func writeText(_ range: Range<Int>, traits: SymbolTraits, name: Range<Int>?) {
        if !traits.contains(.named) && isBlank(range) { return }
        let begin = stream.count
        stream.append(Mark.text)
        writeCounted(range)
        if range == name {
            nameInStream = begin..<stream.count
            return
        }
        if traits.contains(.identifier) { identifiers.insert(text(range)) }
        if range.count == 1 && Self.isPunctuation(bytes[range.lowerBound]) { return }
        if !range.isEmpty { tokens.append(ByteText.hash(bytes[range])) }
    }

    private mutating func writeGap(_ range: Range<Int>) {
        if range.lowerBound < atomEnd || isBlankGap(range) { return }
        stream.append(Mark.gap)
        writeCounted(range)
    }

    private mutating func writeCounted(_ range: Range<Int>) {
        var count = UInt32(range.count)
        while count >= 0x80 {
            stream.append(UInt8(truncatingIfNeeded: count) | 0x80)
            count >>= 7
        }
        stream.append(UInt8(count))
        stream.append(contentsOf: bytes[range])
    }

    private func text(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }

    private func isBlank(_ range: Range<Int>) -> Bool {
        range.allSatisfy { ByteText.isBlank(bytes[$0]) }
    }

    /// Between tokens a backslash at a line's end is layout; only some grammars give it a node.
    private func isBlankGap(_ range: Range<Int>) -> Bool {
        range.allSatisfy { index in
            if ByteText.isBlank(bytes[index]) { return true }
            guard bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count else { return false }
            return bytes[index + 1] == UInt8(ascii: "\n") || bytes[index + 1] == UInt8(ascii: "\r")
        }
    }

    private static func isPunctuation(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "["), UInt8(ascii: "]"),
            UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: ","), UInt8(ascii: ";"),
            UInt8(ascii: ":"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}

/// Questions about single bytes of source text.
enum ByteText {
    /// FNV-1a, 64 bits.
    static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    @inline(__always)
    static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || (byte >= 0x09 && byte <= 0x0D)
    }

    /// ASCII letters, digits, `_`, `$` and every byte of a longer UTF-8 sequence.
    @inline(__always)
    static func isIdentifier(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"):
            true
        default: byte >= 0x80
        }
    }
}
