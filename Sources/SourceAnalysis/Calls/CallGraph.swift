// Who calls what in one working copy: the basis of impact notices.
//
// A call is resolved where the language says which unit is meant: a definition of the same file, a
// name that an import brings in, a method of the same type. A name alone proves nothing, so
// everything else is suspected at most. Files are indexed by what stands in them only; imports are
// followed when somebody asks, so that a changed file costs its own size and no more.

import Support

/// A unit that calls another one.
public struct Call: Codable, Hashable, Sendable {
    /// How surely the caller calls what it is said to call.
    public enum Certainty: String, Codable, CaseIterable, Sendable {
        /// The language's rules lead from the call to this callee and to no other.
        case resolved
        /// The name fits, and nothing says that another unit is meant.
        case suspected
    }

    public let caller: FunctionID
    public let certainty: Certainty
}

/// A place where a unit stands: its file, and its name without the module.
struct CallPlace: Hashable, Sendable {
    let path: String
    let name: String
}

/// The calls between the units of a tree.
public struct CallGraph: Sendable {
    private(set) var files: [String: CallFile] = [:]
    /// Files by folder; Go's packages.
    private(set) var folders: [String: Set<String>] = [:]
    /// Files by their last path component; Java's classes.
    private(set) var fileNames: [String: Set<String>] = [:]
    private(set) var places: [FunctionID: CallPlace] = [:]
    /// Units by simple name.
    private(set) var definitions: [String: Set<CallPlace>] = [:]
    /// Go's imports by every way to cut them into module prefix and folder.
    private(set) var goFolders: [String: [String: Int]] = [:]
    /// Units that call a name, by the name as written and as the import calls it.
    private var sites: [String: [String: Set<Int>]] = [:]
    /// Other names under which a file hands a name on.
    private var aliases: [String: [String: Int]] = [:]

    public init() {}

    /// Replaces what is known of a file; nil forgets it.
    ///
    /// - Parameter ids: one for each of the file's units, in their order.
    public mutating func set(_ path: String, _ file: SourceFile?, ids: [FunctionID]) {
        if let old = files.removeValue(forKey: path) { index(old, isAdded: false) }
        guard let file, !file.units.isEmpty else { return }
        let new = CallFile(path: path, file: file, ids: ids)
        files[path] = new
        index(new, isAdded: true)
    }

    /// The units that call this one, sorted; empty for an unknown one.
    public func callers(of function: FunctionID) -> [Call] {
        guard let place = places[function], let file = files[place.path],
            let unit = file.units.first(where: { $0.id == function })
        else { return [] }
        let callee = Callee(place: place, kind: unit.kind, family: file.family)
        return callers(of: callee, except: function, overlay: nil)
    }

    /// The units that call one that is not here any more, sorted.
    ///
    /// - Parameter path: where it was; the file may be gone too.
    public func callers(
        ofName simpleName: String, qualifiedName: String, path: String
    ) -> [Call] {
        guard let language = Language.forPath(path) else { return [] }
        let name = UnitName.parts(of: qualifiedName).dropFirst().joined(
            separator: UnitName.separator)
        let place = CallPlace(path: path, name: name.isEmpty ? simpleName : name)
        let isMember = place.name != simpleName
        let callee = Callee(
            place: place, kind: isMember ? .method : .function,
            family: CallFamily(language: language.name))
        return callers(of: callee, except: nil, overlay: place)
    }

    private func callers(
        of callee: Callee, except own: FunctionID?, overlay: CallPlace?
    ) -> [Call] {
        let resolver = CallResolver(graph: self, overlay: overlay)
        let names = writtenNames(of: callee)
        var found: [FunctionID: Call.Certainty] = [:]
        for name in names {
            for (path, indices) in sites[name] ?? [:] {
                guard let file = files[path], file.family == callee.family else { continue }
                for index in indices where file.units[index].id != own {
                    let unit = file.units[index]
                    if found[unit.id] == .resolved { continue }
                    for call in unit.callees where unit.writes(call, as: name, in: file) {
                        let certainty = resolver.certainty(of: call, unit, file, for: callee)
                        if let certainty, found[unit.id] != .resolved {
                            found[unit.id] = certainty
                        }
                    }
                }
            }
        }
        return found.map { Call(caller: $0.key, certainty: $0.value) }
            .sorted { $0.caller < $1.caller }
    }

    /// The names under which calls of this unit may be written.
    private func writtenNames(of callee: Callee) -> Set<String> {
        var names: Set<String> = [callee.simpleName]
        // Callers of a constructor write the type's name.
        if callee.isConstructor, let type = callee.ownerName { names.insert(type) }
        for _ in 0..<2 {
            for name in names { names.formUnion((aliases[name] ?? [:]).keys) }
        }
        return names
    }

    // MARK: The index

    private mutating func index(_ file: CallFile, isAdded: Bool) {
        let path = file.path
        Self.change(&folders[PathName.folder(of: path), default: []], path, isAdded)
        Self.change(&fileNames[PathName.last(of: path), default: []], path, isAdded)
        if folders[PathName.folder(of: path)]?.isEmpty == true {
            folders[PathName.folder(of: path)] = nil
        }
        for (number, unit) in file.units.enumerated() {
            let place = CallPlace(path: path, name: unit.place)
            places[unit.id] = isAdded ? place : nil
            Self.change(&definitions[unit.name, default: []], place, isAdded)
            if definitions[unit.name]?.isEmpty == true { definitions[unit.name] = nil }
            for name in unit.writtenNames(in: file) {
                Self.change(&sites[name, default: [:]][path, default: []], number, isAdded)
                if sites[name]?[path]?.isEmpty == true { sites[name]?[path] = nil }
                if sites[name]?.isEmpty == true { sites[name] = nil }
            }
        }
        for name in file.exports {
            guard let original = name.name, original != name.local else { continue }
            Self.count(&aliases[original, default: [:]], name.local, isAdded)
        }
        for (prefix, folder) in file.goFolders {
            Self.count(&goFolders[prefix, default: [:]], folder, isAdded)
        }
    }

    private static func change<Value>(_ set: inout Set<Value>, _ value: Value, _ isAdded: Bool) {
        if isAdded { set.insert(value) } else { set.remove(value) }
    }

    private static func count(_ counts: inout [String: Int], _ key: String, _ isAdded: Bool) {
        let count = counts[key, default: 0] + (isAdded ? 1 : -1)
        counts[key] = count > 0 ? count : nil
    }
}

/// The unit whose callers are asked for.
struct Callee {
    private static let constructors: Set<String> = [
        "__init__", "constructor", "init", "__construct", "initialize",
    ]

    let place: CallPlace
    let kind: UnitKind
    let family: CallFamily

    private var parts: [String] { UnitName.parts(of: place.name) }
    var simpleName: String { parts.last ?? place.name }
    var ownerName: String? { parts.dropLast().last }
    var isConstructor: Bool { Self.constructors.contains(simpleName) || simpleName == ownerName }
}

extension PathName {
    /// The folder of a path in the tree; empty for the tree's own.
    static func folder(of path: String) -> String {
        let parent = parent(of: path)
        return parent == "." ? "" : parent
    }

    /// `name` in `folder`, which may be empty.
    static func join(_ folder: String, _ name: String) -> String {
        folder.isEmpty ? name : name.isEmpty ? folder : "\(folder)/\(name)"
    }
}
