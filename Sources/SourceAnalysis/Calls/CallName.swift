// What a unit calls and what it imports, as written: the raw material of the call graph.

/// The callee of a call as it is written.
public struct CallName: Codable, Hashable, Comparable, Sendable {
    /// What stands before the name, joined by dots whatever the language writes: `a.b` of
    /// `a::b::c()`. Nil for a plain name, empty for an expression that is no path.
    public let qualifier: String?
    public let name: String

    public init(qualifier: String?, name: String) {
        self.qualifier = qualifier
        self.name = name
    }

    /// Qualifier and name; nil when the qualifier is no path.
    var path: [String]? {
        guard let qualifier else { return [name] }
        return qualifier.isEmpty ? nil : qualifier.split(separator: ".").map(String.init) + [name]
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.name, left.qualifier ?? "", left.qualifier == nil ? 0 : 1)
            < (right.name, right.qualifier ?? "", right.qualifier == nil ? 0 : 1)
    }
}

/// One name that an import or export statement brings in or hands on.
public struct ImportedName: Codable, Hashable, Sendable {
    /// Stands for every name, in ``local`` and ``name``.
    public static let star = "*"

    /// The name as used here, or as others see it; dotted for Python's `import a.b`.
    public let local: String
    /// The module as written, without quotes; empty for this file itself.
    public let module: String
    /// The name within the module; nil for the module itself.
    public let name: String?
    /// Code of this file can use ``local``.
    public let isBound: Bool
    /// Other files can import ``local`` from this one.
    public let isExported: Bool

    public init(
        local: String, module: String, name: String?, isBound: Bool = true,
        isExported: Bool = true
    ) {
        self.local = local
        self.module = module
        self.name = name
        self.isBound = isBound
        self.isExported = isExported
    }
}
