// From an import to the file it means, and through what that file hands on.

import Support

/// A module: a file, and for Rust the module within it.
struct ModulePlace: Hashable {
    let path: String
    let scope: String

    init(_ path: String, _ scope: String = "") {
        self.path = path
        self.scope = scope
    }

    func place(_ names: [String]) -> CallPlace {
        let name = ((scope.isEmpty ? [] : [scope]) + names).joined(separator: UnitName.separator)
        return CallPlace(path: path, name: name)
    }
}

extension CallResolver {
    /// What `rest` means behind an imported name.
    func follow(
        _ name: ImportedName, rest: [String], from: ModulePlace, steps: Int
    ) -> CallTarget {
        guard steps < Self.stepsMax else { return .somewhere }
        let own = name.name.map { $0 == ImportedName.star ? [] : [$0] } ?? []
        let path = own + rest
        switch CallFamily(path: from.path) {
        case .python: return python(name, path, from: from, steps: steps)
        case .script: return script(name, path, from: from, steps: steps)
        case .rust: return rust(name, path, from: from, steps: steps)
        case .go: return go(name, path, from: from)
        case .java: return java(name, rest: rest)
        case .swift, .cFamily, .other: return .somewhere
        }
    }

    /// Looks a path up in a module: its units, what it hands on, its submodules.
    func look(up path: [String], in module: ModulePlace, steps: Int) -> CallTarget {
        guard let first = path.first, steps < Self.stepsMax else { return .somewhere }
        let place = module.place(path)
        if exists(place) {
            let isLoose = graph.files[module.path]?.loose.contains(first) ?? false
            return isLoose ? .somewhere : .at([place])
        }
        let file = graph.files[module.path]
        let imports = file?.imports[module.scope] ?? []
        let rest = Array(path.dropFirst())
        let handed = imports.filter { $0.isExported && $0.local == first }
        if !handed.isEmpty {
            return joined(handed.map { follow($0, rest: rest, from: module, steps: steps + 1) })
        }
        if !rest.isEmpty, let child = child(first, of: module) {
            return look(up: rest, in: child, steps: steps + 1)
        }
        let stars = imports.filter { $0.isExported && $0.local == ImportedName.star }
        let found = stars.map { follow($0, rest: path, from: module, steps: steps + 1) }
            .filter { if case .elsewhere = $0 { false } else { true } }
        if !found.isEmpty { return joined(found) }
        let isKnown = file.map { $0.isUncertain || $0.loose.contains(first) } ?? false
        // A known type may have inherited the member.
        return isKnown || path.count > 1 ? .somewhere : .elsewhere
    }

    private func child(_ name: String, of module: ModulePlace) -> ModulePlace? {
        switch CallFamily(path: module.path) {
        case .python:
            guard PathName.last(of: module.path).hasPrefix("__init__.") else { return nil }
            return pythonFiles([name], in: PathName.folder(of: module.path)).first
                .map { ModulePlace($0) }
        case .rust: return rustChild(name, of: module)
        case .script, .go, .java, .swift, .cFamily, .other: return nil
        }
    }

    // MARK: Python

    private func python(
        _ name: ImportedName, _ path: [String], from: ModulePlace, steps: Int
    ) -> CallTarget {
        let dots = name.module.prefix { $0 == "." }.count
        let parts = name.module.dropFirst(dots).split(separator: ".").map(String.init)
        let roots = dots > 0 ? [ancestor(of: from.path, dots - 1)] : pythonRoots(for: from.path)
        let files = roots.flatMap { pythonFiles(parts, in: $0) }
        var targets = Set(files).filter { $0 != from.path || path.isEmpty }
            .map { look(up: path, in: ModulePlace($0), steps: steps) }
            .filter { if case .elsewhere = $0 { false } else { true } }
        // `from package import module`: the name is a file.
        if targets.isEmpty, let first = path.first, name.name == first, path.count > 1 {
            let modules = Set(roots.flatMap { pythonFiles(parts + [first], in: $0) })
            targets = modules.map {
                look(up: Array(path.dropFirst()), in: ModulePlace($0), steps: steps)
            }
            if !modules.isEmpty { return joined(targets) }
        }
        if !targets.isEmpty { return joined(targets) }
        return files.isEmpty ? .outside(module: name.module) : .elsewhere
    }

    private func ancestor(of path: String, _ count: Int) -> String {
        (0..<count).reduce(PathName.folder(of: path)) { folder, _ in PathName.folder(of: folder) }
    }

    /// Folders that absolute imports may start from: those above the file that are no packages,
    /// and their usual source folders.
    private func pythonRoots(for path: String) -> [String] {
        folders(above: path).flatMap { folder in
            ["", "src", "lib", "python"].map { PathName.join(folder, $0) }
        }.filter { !hasFile(PathName.join($0, "__init__.py")) }
    }

    private func pythonFiles(_ parts: [String], in folder: String) -> [String] {
        let base = PathName.join(folder, parts.joined(separator: "/"))
        let names = ["\(base).py", PathName.join(base, "__init__.py"), "\(base).pyi"]
        return Array((base.isEmpty ? ["__init__.py"] : names).filter(hasFile).prefix(1))
    }

    /// The file's folder and all above it, up to the tree's own.
    func folders(above path: String) -> [String] {
        var folder = PathName.folder(of: path)
        var folders = [folder]
        while !folder.isEmpty && folder != "/" {
            folder = PathName.folder(of: folder)
            folders.append(folder)
        }
        return folders
    }

    // MARK: JavaScript and TypeScript

    private func script(
        _ name: ImportedName, _ path: [String], from: ModulePlace, steps: Int
    ) -> CallTarget {
        if name.module.isEmpty {
            // `export { f as g }` of the file itself: f is defined or imported here.
            if exists(from.place(path)) { return .at([from.place(path)]) }
            let names = (graph.files[from.path]?.imports[""] ?? []).filter {
                $0.isBound && $0.local == path.first
            }
            let rest = Array(path.dropFirst())
            return names.isEmpty
                ? .elsewhere
                : joined(names.map { follow($0, rest: rest, from: from, steps: steps + 1) })
        }
        guard name.module.hasPrefix(".") else { return .outside(module: name.module) }
        guard let file = scriptFile(name.module, from: from.path) else {
            return .outside(module: name.module)
        }
        // What a module called as a function is, its last assignment decides.
        if path.isEmpty { return .somewhere }
        return look(up: path, in: ModulePlace(file), steps: steps)
    }

    private func scriptFile(_ module: String, from path: String) -> String? {
        var parts = PathName.folder(of: path).split(separator: "/").map(String.init)
        for part in module.split(separator: "/") where part != "." {
            if part != ".." {
                parts.append(String(part))
            } else if parts.popLast() == nil {
                return nil
            }
        }
        let base = parts.joined(separator: "/")
        let endings = ["ts", "tsx", "d.ts", "js", "jsx", "mjs", "cjs", "mts", "cts"]
        var names = [base]
        // TypeScript imports the file that will be compiled by the name it will have.
        for (written, source) in [
            (".js", ".ts"), (".js", ".tsx"), (".mjs", ".mts"), (".jsx", ".tsx"),
        ]
        where base.hasSuffix(written) {
            names.append(String(base.dropLast(written.count)) + source)
        }
        names += endings.map { "\(base).\($0)" }
        names += endings.map { PathName.join(base, "index.\($0)") }
        return names.first(where: hasFile)
    }

    // MARK: Go

    private func go(_ name: ImportedName, _ path: [String], from: ModulePlace) -> CallTarget {
        guard !path.isEmpty else { return .elsewhere }
        let parts = name.module.split(separator: "/").map(String.init)
        let full = path.joined(separator: UnitName.separator)
        for start in 1..<max(1, parts.count) {
            let prefix = parts[..<start].joined(separator: "/")
            let folder = parts[start...].joined(separator: "/")
            let roots = folders(above: from.path).filter {
                graph.folders[PathName.join($0, folder)] != nil
                    && PathName.join($0, folder) != PathName.folder(of: from.path)
            }
            if roots.isEmpty { continue }
            // A prefix is this tree's module when all its imports lead to folders of one root.
            let known = graph.goFolders[prefix] ?? [:]
            let root = roots[0]
            let isOurs =
                roots.count == 1 && known.count > 1
                && known.keys.allSatisfy { graph.folders[PathName.join(root, $0)] != nil }
            let places = inGoFolder(PathName.join(root, folder), full, withTests: false)
            return isOurs && !places.isEmpty ? .at(places) : .somewhere
        }
        return .outside(module: name.module)
    }

    // MARK: Java

    private func java(_ name: ImportedName, rest: [String]) -> CallTarget {
        let isStatic = name.module.hasPrefix("static ")
        var parts = name.module.dropFirst(isStatic ? 7 : 0).split(separator: ".").map(String.init)
        var path = rest
        if isStatic, let member = name.name, member != ImportedName.star { path = [member] + rest }
        if name.name == ImportedName.star && !isStatic {
            guard let type = rest.first else { return .elsewhere }
            (parts, path) = (parts + [type], Array(rest.dropFirst()))
        }
        guard let type = parts.last else { return .elsewhere }
        let file = parts.joined(separator: "/") + ".java"
        var paths = graph.fileNames["\(type).java"] ?? []
        if let overlay { paths.insert(overlay.path) }
        let files = paths.filter { $0 == file || $0.hasSuffix("/\(file)") }
        if files.isEmpty { return .outside(module: parts.joined(separator: ".")) }
        let full = ([type] + path).joined(separator: UnitName.separator)
        let places = Set(files.map { CallPlace(path: $0, name: full) }.filter(exists))
        return places.isEmpty ? .somewhere : .at(places)
    }
}

extension CallFamily {
    init(path: String) { self.init(language: Language.forPath(path)?.name ?? "") }
}
