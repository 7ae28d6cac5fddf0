// Rust's modules: which file a path of names leads to.

import Support

extension CallResolver {
    func rust(
        _ name: ImportedName, _ path: [String], from: ModulePlace, steps: Int
    ) -> CallTarget {
        var parts = name.module.split(separator: ":").map(String.init)
        var modules = [from]
        guard let first = parts.first ?? path.first else { return .elsewhere }
        switch first {
        case "crate":
            modules = crateRoots(of: from.path)
            parts.removeFirst()
        case "self", "super":
            while let word = parts.first, word == "self" || word == "super" {
                if word == "super" { modules = modules.flatMap(parents) }
                parts.removeFirst()
            }
        default:
            if let child = rustChild(first, of: from) {
                modules = [child]
                if parts.isEmpty {
                    return look(up: Array(path.dropFirst()), in: child, steps: steps)
                }
                parts.removeFirst()
            } else {
                modules = crates(named: first, seenFrom: from.path)
                if parts.isEmpty { return .outside(module: first) }
                parts.removeFirst()
            }
        }
        if modules.isEmpty { return .outside(module: name.module) }
        let full = parts + path
        if full.isEmpty { return .elsewhere }
        let targets = modules.map { look(up: full, in: $0, steps: steps) }
            .filter { if case .elsewhere = $0 { false } else { true } }
        return joined(targets)
    }

    /// A module's child: a file of its own, or a block of the same file.
    func rustChild(_ name: String, of module: ModulePlace) -> ModulePlace? {
        let inner = module.scope.split(separator: ":").map(String.init).joined(separator: "/")
        let folder = PathName.join(childFolder(of: module.path), inner)
        for path in ["\(name).rs", "\(name)/mod.rs"].map({ PathName.join(folder, $0) })
        where hasFile(path) {
            return ModulePlace(path)
        }
        let place = module.place([name])
        let isBlock = graph.files[module.path]?.namespaces.contains(place.name) ?? false
        return isBlock ? ModulePlace(module.path, place.name) : nil
    }

    /// The folder that holds the files of a file's child modules.
    private func childFolder(of path: String) -> String {
        let name = PathName.last(of: path)
        if ["mod.rs", "lib.rs", "main.rs"].contains(name) { return PathName.folder(of: path) }
        return path.hasSuffix(".rs") ? String(path.dropLast(3)) : path
    }

    private func parents(of module: ModulePlace) -> [ModulePlace] {
        if !module.scope.isEmpty {
            let parts = UnitName.parts(of: module.scope).dropLast()
            return [ModulePlace(module.path, parts.joined(separator: UnitName.separator))]
        }
        let name = PathName.last(of: module.path)
        var folder = PathName.folder(of: module.path)
        if name == "lib.rs" || name == "main.rs" { return [] }
        if name == "mod.rs" { folder = PathName.folder(of: folder) }
        let inside = ["mod.rs", "lib.rs", "main.rs"].map { PathName.join(folder, $0) }
        return (inside + (folder.isEmpty ? [] : ["\(folder).rs"])).filter(hasFile)
            .map { ModulePlace($0) }
    }

    /// The root files of the crate a file belongs to; a program may have a library beside it.
    private func crateRoots(of path: String) -> [ModulePlace] {
        for folder in folders(above: path) {
            let roots = ["lib.rs", "main.rs"].map { PathName.join(folder, $0) }.filter(hasFile)
            if !roots.isEmpty { return roots.map { ModulePlace($0) } }
        }
        return [ModulePlace(path)]
    }

    /// Crates of the same workspace: folders of that name above or beside the file.
    private func crates(named name: String, seenFrom path: String) -> [ModulePlace] {
        let spellings = Set([name, name.replacing("_", with: "-")])
        var roots: Set<String> = []
        for folder in folders(above: path) {
            if spellings.contains(PathName.last(of: folder)) {
                roots.insert(PathName.join(folder, "src/lib.rs"))
            }
            for spelling in spellings {
                roots.insert(PathName.join(folder, "\(spelling)/src/lib.rs"))
                roots.insert(PathName.join(folder, "crates/\(spelling)/src/lib.rs"))
            }
        }
        return roots.filter(hasFile).sorted().map { ModulePlace($0) }
    }
}
