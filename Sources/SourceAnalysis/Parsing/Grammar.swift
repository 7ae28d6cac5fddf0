// A grammar with everything that is asked about its symbols precomputed.
//
// Looking a node's kind up by its number in a table costs a few nanoseconds, comparing its name
// costs a hundred; a tree of one megabyte of source has some 400 000 nodes.

import CTreeSitter
import Support

/// What the analyzer wants to know about one symbol of a grammar.
struct SymbolTraits: OptionSet, Sendable {
    let rawValue: UInt16

    /// Has a kind of its own, as opposed to punctuation and keywords.
    static let named = SymbolTraits(rawValue: 1 << 0)
    /// Trivia: comments, line continuations, the shebang line.
    static let comment = SymbolTraits(rawValue: 1 << 1)
    /// Text that counts as a whole, blanks included: strings, characters, regular expressions.
    static let atom = SymbolTraits(rawValue: 1 << 2)
    /// Stands before a unit as its sibling and belongs to it: attributes, decorators.
    static let attribute = SymbolTraits(rawValue: 1 << 3)
    /// The body of a type, whose children are units.
    static let container = SymbolTraits(rawValue: 1 << 4)
    /// Stands around a unit and belongs to it: `export`, a decorated definition, `declare`.
    static let wrapper = SymbolTraits(rawValue: 1 << 5)
    /// A constant with a child of this kind is a function: a closure, a computed property.
    static let functionValue = SymbolTraits(rawValue: 1 << 6)
    /// A call; see ``LanguageRules/calls``.
    static let call = SymbolTraits(rawValue: 1 << 7)
    static let identifier = SymbolTraits(rawValue: 1 << 8)
    /// Has a ``UnitRule``.
    static let unit = SymbolTraits(rawValue: 1 << 9)
    /// An import, or a wrapper that may be one.
    static let importing = SymbolTraits(rawValue: 1 << 10)
    /// See ``LanguageRules/bindingHoles``.
    static let bindingHole = SymbolTraits(rawValue: 1 << 11)
    /// See ``LanguageRules/splices``.
    static let spliced = SymbolTraits(rawValue: 1 << 13)
    /// See ``LanguageRules/selfScopes``.
    static let selfScope = SymbolTraits(rawValue: 1 << 12)
}

/// Immutable tables over one grammar.
final class Grammar: Sendable {
    let pointer: GrammarPointer
    let digest: ContentDigest
    let rules: LanguageRules
    private let traits: [SymbolTraits]
    private let unitRules: [UnitRule?]
    private let calleeFields: [UInt16]
    private let objectFields: [UInt16]
    /// The field that holds bound names; 65535 for the whole node, 0 for none.
    private let bindingFields: [UInt16]
    /// Fields that the rules name and the grammar does not have.
    let unknownFields: [String]
    /// Kinds that the rules name and the grammar does not have; empty unless a table is wrong.
    let unknownKinds: [String]

    init(language: String, pointer: GrammarPointer, rules: LanguageRules) {
        self.pointer = pointer
        self.rules = rules
        digest = Self.digest(language: language)

        let count = Int(ts_language_symbol_count(pointer.raw))
        var traits = [SymbolTraits](repeating: [], count: count)
        var unitRules = [UnitRule?](repeating: nil, count: count)
        var calleeFields = [UInt16](repeating: 0, count: count)
        var objectFields = calleeFields
        var bindingFields = calleeFields
        func number(of field: String) -> UInt16 {
            ts_language_field_id_for_name(pointer.raw, field, UInt32(field.utf8.count))
        }
        var seen: Set<String> = []
        for symbol in 0..<count {
            let type = ts_language_symbol_type(pointer.raw, UInt16(symbol))
            guard type == TSSymbolTypeRegular,
                let text = ts_language_symbol_name(pointer.raw, UInt16(symbol))
            else { continue }
            let kind = String(cString: text)
            seen.insert(kind)
            traits[symbol] = rules.traits(of: kind)
            unitRules[symbol] = rules.units[kind]
            if let field = rules.calls[kind], !field.isEmpty {
                calleeFields[symbol] = number(of: field)
            }
            if let field = rules.callObjects[kind] { objectFields[symbol] = number(of: field) }
            if let field = rules.bindings[kind] {
                bindingFields[symbol] = field.isEmpty ? Self.wholeNode : number(of: field)
            }
        }
        self.traits = traits
        self.unitRules = unitRules
        self.calleeFields = calleeFields
        self.objectFields = objectFields
        self.bindingFields = bindingFields
        unknownFields = rules.mentionedFields.filter { number(of: $0) == 0 }.sorted()
        unknownKinds = rules.mentionedKinds.subtracting(seen).sorted()
    }

    /// The error symbol has the number 65535 and no entry.
    @inline(__always)
    func traits(of symbol: UInt16) -> SymbolTraits {
        Int(symbol) < traits.count ? traits[Int(symbol)] : .named
    }

    func unitRule(of symbol: UInt16) -> UnitRule? {
        Int(symbol) < unitRules.count ? unitRules[Int(symbol)] : nil
    }

    /// The node that names what a call calls.
    func callee(of call: TSNode) -> TSNode {
        let field = calleeFields[Int(call.symbol)]
        return field == 0 ? ts_node_child(call, 0) : ts_node_child_by_field_id(call, field)
    }

    /// Stands for a field number where names are bound anywhere in a node.
    static let wholeNode = UInt16.max

    @inline(__always)
    func bindingField(of symbol: UInt16) -> UInt16 {
        Int(symbol) < bindingFields.count ? bindingFields[Int(symbol)] : 0
    }

    /// What stands before the callee's name, where the grammar keeps the two apart.
    func object(of call: TSNode) -> TSNode? {
        let field = objectFields[Int(call.symbol)]
        return field == 0 ? nil : ts_node_child_by_field_id(call, field).present
    }

    /// The grammar's identity: its name and the sources of the grammar and the parser library.
    /// The number in front rises when a table splits the same tree into other units.
    ///
    /// The compiler is left out, so that machines with different ones still agree. The locale is
    /// part of it: scanners ask the C library about letters, and this program stays in "C".
    private static func digest(language: String) -> ContentDigest {
        var hasher = ContentHasher()
        for part in [
            "aura-grammar/4", language, sourceDigest(language), sourceDigest("core"), "LC_CTYPE=C",
        ] {
            hasher.update(part)
            hasher.update([0])
        }
        return hasher.finish()
    }

    private static func sourceDigest(_ name: String) -> String {
        ctreesitter_source_digest(name).map { String(cString: $0) } ?? "unknown"
    }
}

/// A grammar's entry point.
struct GrammarPointer: @unchecked Sendable {  // points at constant data of the executable
    let raw: OpaquePointer

    /// Nil only if a grammar function returned nothing, which none of the linked ones does.
    init?(_ raw: OpaquePointer?) {
        guard let raw else { return nil }
        self.raw = raw
    }
}
