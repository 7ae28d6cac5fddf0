// One unit of a file: what is synced, matched and compared on its own.

import Support

/// A function, method, type header, constant, import block, or opaque text.
///
/// Ranges are byte offsets into the file. A type is one unit with a hole: its members are units of
/// their own between ``head`` and ``tail``.
public struct SourceUnit: Codable, Hashable, Sendable {
    public let kind: UnitKind
    /// The simple name; `(imports)` and `(text)` where there is none.
    public let name: String
    /// `module::Type::name`.
    public let qualifiedName: String
    /// Position among the units of the same kind and qualified name, from 0.
    public internal(set) var ordinal: Int
    /// Index of the enclosing type in ``SourceFile/units``.
    public let parent: Int?
    /// The bytes the unit owns: leading blank lines, comments and attributes, through its line end.
    public internal(set) var head: Range<Int>
    /// Types with members only: from the last member's end through the closing brace's line.
    public internal(set) var tail: Range<Int>?
    /// The grammar's node, with decorators where the grammar counts them in, without comments
    /// before or after it.
    public internal(set) var declaration: Range<Int>
    /// First line of ``declaration``, from 1.
    public internal(set) var startLine: Int
    /// Last line of ``declaration``, from 1.
    public internal(set) var endLine: Int
    /// Nil while the unit is held back.
    public internal(set) var auraID: AuraID?
    /// The code is broken here; the last good version stays the one that is synced.
    public internal(set) var isHeldBack: Bool
    /// Marked `@aura-local`, or a member of a type that is: never leaves this machine.
    public internal(set) var isLocalOnly: Bool
    /// A type that only groups names: a module, a namespace.
    public let isNamespace: Bool
    /// What the unit calls, as written; sorted, each once.
    public internal(set) var callees: [CallName]
    /// Names that mean something of the unit's own in it: parameters, variables, inner functions;
    /// `this` when some code in the unit has another `this`. Sorted, each once.
    public internal(set) var boundNames: [String]
    /// What the unit's import statements bring in, in order.
    public internal(set) var imports: [ImportedName]
    /// Identifiers in an import block, sorted, each once; empty for other kinds.
    public internal(set) var importedNames: [String]
    /// A hash like ``auraID`` that leaves out kind and own name, so that it survives a rename.
    public internal(set) var shape: UInt64?
    /// The unit's tokens in short, for ``UnitMatcher``.
    public internal(set) var sketch: TokenSketch

    /// Simple names of what the unit calls, sorted, each once.
    public var calls: [String] {
        var names: [String] = []
        for callee in callees where names.last != callee.name { names.append(callee.name) }
        return names
    }

    /// The bytes in front of the members and those behind them.
    public var ranges: [Range<Int>] { tail.map { [head, $0] } ?? [head] }
}

/// Names of units that have none.
public enum UnitName {
    public static let imports = "(imports)"
    public static let opaque = "(text)"
    public static let separator = "::"

    /// The module, the types and the simple name of a qualified name.
    public static func parts(of qualifiedName: String) -> [String] {
        qualifiedName.split(separator: separator).map(String.init)
    }
}
