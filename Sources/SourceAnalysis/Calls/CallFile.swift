// What the call graph keeps of one file.

import Support

/// Languages whose units can call each other, and what their calls have in common.
enum CallFamily: Hashable, Sendable {
    case python, script, rust, go, java, swift, cFamily
    /// Calls are resolved within a file; beyond it by name only.
    case other(String)

    init(language: String) {
        switch language {
        case "python": self = .python
        case "javascript", "typescript", "tsx": self = .script
        case "rust": self = .rust
        case "go": self = .go
        case "java": self = .java
        case "swift": self = .swift
        case "c", "cpp": self = .cFamily
        default: self = .other(language)
        }
    }

    /// Words that stand for the value or type that a method belongs to.
    var selfWords: Set<String> {
        switch self {
        case .python, .rust, .go: ["self", "cls", "Self"]
        case .swift: ["self", "Self"]
        case .script, .java, .cFamily: ["this"]
        case .other("lua"), .other("ruby"): ["self"]
        case .other: ["this", "$this", "self", "static"]
        }
    }

    /// A plain name may mean a member of the type around the call.
    var hasImplicitSelf: Bool {
        switch self {
        case .java, .swift, .cFamily: true
        case .other(let name): name != "lua" && name != "php" && name != "bash"
        case .python, .script, .rust, .go: false
        }
    }

    /// `x.f()` never calls a function that is no method, except through an import.
    var qualifiedMeansMember: Bool {
        switch self {
        case .rust, .go, .java, .swift: true
        case .python, .script, .cFamily, .other: false
        }
    }
}

/// A unit as the call graph sees it.
struct CallUnit: Sendable {
    let id: FunctionID
    let kind: UnitKind
    let name: String
    /// The qualified name without the module.
    let place: String
    /// The type that `self` is of here; empty outside types.
    let owner: String
    /// The module within the file that plain names belong to; Rust only.
    let scope: String
    let callees: [CallName]
    let bound: Set<String>
    let imports: [ImportedName]

    /// `const x = require("./x")` is an import, and no definition beside it.
    var isRequired: Bool { kind == .constant && imports.contains { $0.local == name } }

    /// The names a call may be looked up by: as written, and as an import calls it.
    func writtenNames(in file: CallFile) -> Set<String> {
        var names: Set<String> = []
        for call in callees {
            names.insert(call.name)
            if call.qualifier == nil { names.formUnion(originals(of: call.name, in: file)) }
        }
        return names
    }

    func writes(_ call: CallName, as name: String, in file: CallFile) -> Bool {
        call.name == name
            || call.qualifier == nil && originals(of: call.name, in: file).contains(name)
    }

    private func originals(of local: String, in file: CallFile) -> [String] {
        ((file.renames[scope] ?? [:])[local] ?? [])
            + imports.filter { $0.local == local }.compactMap(\.name)
    }
}

/// One file's units, imports and exports.
struct CallFile: Sendable {
    let path: String
    let family: CallFamily
    let units: [CallUnit]
    /// Units by place; overloads share one.
    let byPlace: [String: [Int]]
    /// Imports by the module within the file they stand in.
    let imports: [String: [ImportedName]]
    /// What each local name is called where it comes from, by scope.
    let renames: [String: [String: [String]]]
    let exports: [ImportedName]
    /// Places of modules and namespaces.
    let namespaces: Set<String>
    /// Names that statements between the units bind: conditional definitions and imports.
    let loose: Set<String>
    /// Parts of the file are not understood, so a name that is not found may still be there.
    let isUncertain: Bool

    init(path: String, file: SourceFile, ids: [FunctionID]) {
        self.path = path
        let family = CallFamily(language: file.language)
        self.family = family
        units = zip(file.units.indices, ids).map { index, id in
            Self.unit(at: index, id: id, in: file, isScoped: family == .rust)
        }
        byPlace = Dictionary(
            grouping: units.indices.filter { [units] in !units[$0].isRequired },
            by: { [units] in units[$0].place })
        var imports: [String: [ImportedName]] = [:]
        var loose: Set<String> = []
        for (unit, source) in zip(units, file.units) {
            guard [.imports, .opaque, .constant].contains(unit.kind) else {
                // Imports within a function are its own; `export default function` is the file's.
                imports[unit.scope, default: []] += unit.imports.filter { !$0.isBound }
                continue
            }
            if unit.kind == .opaque {
                loose.formUnion(source.boundNames)
                loose.formUnion(unit.imports.filter { $0.isBound && $0.module != "" }.map(\.local))
            }
            imports[unit.scope, default: []] += unit.imports
        }
        // `const x = require("./x")` binds as an import does, although it is a constant or text.
        if family == .script { loose.subtract(imports.values.joined().map(\.local)) }
        self.imports = imports
        self.loose = loose
        renames = imports.mapValues { names in
            Dictionary(
                names.compactMap { name in name.name.map { (name.local, [$0]) } },
                uniquingKeysWith: +)
        }
        exports = imports.values.joined().filter(\.isExported)
        namespaces = Set(
            file.units.indices.filter { file.units[$0].isNamespace }.map { [units] in
                $0 < units.count ? units[$0].place : ""
            })
        isUncertain =
            file.hasContainerError || file.units.contains { $0.kind == .imports && $0.isHeldBack }
    }

    private static func unit(
        at index: Int, id: FunctionID, in file: SourceFile, isScoped: Bool
    ) -> CallUnit {
        let unit = file.units[index]
        let parts = UnitName.parts(of: unit.qualifiedName).dropFirst()
        let place = parts.joined(separator: UnitName.separator)
        let isType = unit.kind == .type && !unit.isNamespace
        var scope = ""
        if isScoped {
            var parent = unit.isNamespace ? index : unit.parent
            while let index = parent, !file.units[index].isNamespace {
                parent = file.units[index].parent
            }
            scope =
                parent.map {
                    UnitName.parts(of: file.units[$0].qualifiedName).dropFirst()
                        .joined(separator: UnitName.separator)
                } ?? ""
        }
        let owner = isType ? place : parts.dropLast().joined(separator: UnitName.separator)
        return CallUnit(
            id: id, kind: unit.kind, name: unit.name, place: place, owner: owner, scope: scope,
            callees: unit.callees, bound: Set(unit.boundNames), imports: unit.imports)
    }

    /// Every way to cut a Go import into the module's prefix and the folder within it.
    var goFolders: [(prefix: String, folder: String)] {
        guard family == .go else { return [] }
        return imports.values.joined().flatMap { name in
            let parts = name.module.split(separator: "/").map(String.init)
            return (1..<max(1, parts.count)).map {
                (parts[..<$0].joined(separator: "/"), parts[$0...].joined(separator: "/"))
            }
        }
    }
}
