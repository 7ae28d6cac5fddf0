// What a language's table says about its grammar's node kinds.

import Support

/// How a unit's own name is read from its node.
enum NameRule: Hashable, Sendable {
    /// The text of a field.
    case field(String)
    /// The text of a field of the first child of this kind: Go's `type` and `const` groups.
    case childField(child: String, field: String)
    /// The base type in a field, without type arguments: Rust's `impl`.
    case type(String)
    /// The identifier that the pattern in a field binds: Swift's `var x` in protocols.
    case bound(String)
    /// Down the `declarator` fields of C and C++.
    case declarator
    /// The first child of one of these kinds, for grammars without a name field.
    case firstChild([String])
    case fixed(String)
}

/// How nodes of one kind become a unit.
struct UnitRule: Hashable, Sendable {
    let kind: UnitKind
    let name: NameRule
    /// A type whose functions are functions, not methods: a module or namespace.
    var isNamespace = false
    /// A unit only where the value is a function.
    var isOnlyFunction = false
    /// Owners that name no type: `exports` in `exports.f`.
    var ownersLeftOut: Set<String> = []
    /// The field that names the type a method belongs to, for methods outside their type.
    var ownerField: String?

    static func function(_ name: NameRule = .field("name"), owner: String? = nil) -> UnitRule {
        UnitRule(kind: .function, name: name, ownerField: owner)
    }

    static func type(_ name: NameRule = .field("name")) -> UnitRule {
        UnitRule(kind: .type, name: name)
    }

    static func namespace(_ name: NameRule = .field("name")) -> UnitRule {
        UnitRule(kind: .type, name: name, isNamespace: true)
    }

    static func constant(_ name: NameRule = .field("name")) -> UnitRule {
        UnitRule(kind: .constant, name: name)
    }

    static let imports = UnitRule(kind: .imports, name: .fixed(UnitName.imports))
}

/// One language's knowledge of its grammar, as data.
struct LanguageRules: Sendable {
    var units: [String: UnitRule]
    /// Bodies of types. Only direct children of a type with a rule are looked at.
    var containers: Set<String> = []
    var wrappers: Set<String> = []
    /// A wrapper with this field and no unit inside is an import: `export * from "x"`.
    var importField: String?
    /// Wrappers that hand names on to other files.
    var exports: Set<String> = []
    /// Blocks whose children count as children of what is around the block: `#if`.
    var splices: Set<String> = []
    var attributes: Set<String> = []
    var comments: Set<String>
    var atoms: Set<String>
    var functionValues: Set<String> = []
    /// Kinds of calls, and the field of the callee; empty for the first child.
    var calls: [String: String] = [:]
    /// Kinds of calls whose callee is only the last name, and the field of what stands before it.
    var callObjects: [String: String] = [:]
    var identifiers: Set<String> = ["identifier"]
    /// Kinds that bring names into being within a unit, and the field that holds them; empty for
    /// the whole node. A name listed too many only makes a call suspected instead of resolved.
    var bindings: [String: String] = [:]
    /// Within a binding: types and places, whose names are used and not bound.
    var bindingHoles: Set<String> = []
    /// How import statements are read.
    var importStyle: ImportStyle = .none
    /// Nested in a unit, these give `this` another meaning.
    var selfScopes: Set<String> = []
    /// Comments indented deeper than a unit's first line belong to that unit.
    var indentationMatters = false
    /// A node reaches over the comments that follow it.
    var swallowsComments = false
    /// A constant is one only while it is a plain name: Python's `a.b = 1` is a statement.
    var constantsArePlainNames = false
    /// See ``LinkageFrame``.
    var hasLinkageFrames = false
    /// See ``AnnotationArguments``.
    var hidesAnnotationArguments = false

    func traits(of kind: String) -> SymbolTraits {
        var traits: SymbolTraits = .named
        if comments.contains(kind) { traits.insert(.comment) }
        if atoms.contains(kind) { traits.insert(.atom) }
        if attributes.contains(kind) { traits.insert(.attribute) }
        if containers.contains(kind) { traits.insert(.container) }
        if wrappers.contains(kind) { traits.insert(.wrapper) }
        if functionValues.contains(kind) { traits.insert(.functionValue) }
        if calls[kind] != nil { traits.insert(.call) }
        if identifiers.contains(kind) { traits.insert(.identifier) }
        if units[kind] != nil { traits.insert(.unit) }
        if units[kind]?.kind == .imports || exports.contains(kind) { traits.insert(.importing) }
        if splices.contains(kind) { traits.insert(.spliced) }
        if bindingHoles.contains(kind) { traits.insert(.bindingHole) }
        if selfScopes.contains(kind) { traits.insert(.selfScope) }
        return traits
    }

    /// Every kind the table names, for the test that looks them up in the grammar.
    var mentionedKinds: Set<String> {
        var kinds = Set(units.keys).union(calls.keys)
            .union(callObjects.keys).union(bindings.keys)
        for set in [
            containers, wrappers, attributes, comments, atoms, functionValues, identifiers,
            bindingHoles, selfScopes, exports, splices,
        ] {
            kinds.formUnion(set)
        }
        for rule in units.values {
            switch rule.name {
            case .childField(let child, _): kinds.insert(child)
            case .firstChild(let list): kinds.formUnion(list)
            case .field, .bound, .type, .declarator, .fixed: break
            }
        }
        return kinds
    }

    /// Every field the table names, for the same test.
    var mentionedFields: Set<String> {
        var fields = Set(calls.values).union(callObjects.values).union(bindings.values)
        for rule in units.values {
            if let owner = rule.ownerField { fields.insert(owner) }
            switch rule.name {
            case .field(let field), .bound(let field), .type(let field): fields.insert(field)
            case .childField(_, let field): fields.insert(field)
            case .declarator, .firstChild, .fixed: break
            }
        }
        if let importField { fields.insert(importField) }
        return fields.subtracting([""])
    }
}
