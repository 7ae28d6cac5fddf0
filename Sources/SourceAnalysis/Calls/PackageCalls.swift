// Names that no import brings in: the package, the module or the language itself has them.

import Support

extension CallResolver {
    /// The last resort for a path whose first name nothing in the file explains.
    func package(_ path: [String], _ unit: CallUnit, _ file: CallFile) -> CallTarget {
        if file.isUncertain || file.loose.contains(path[0]) || isKnown(path, unit, file) {
            return .somewhere
        }
        switch file.family {
        case .python, .script: return .elsewhere
        case .rust: return rust(path, unit, file)
        case .go: return go(path, file)
        case .java: return java(path, file)
        case .swift: return swift(path, unit)
        case .cFamily: return path.count == 1 ? linked(path[0]) : .somewhere
        case .other: return .somewhere
        }
    }

    /// A name of the file without this member, which may be inherited.
    private func isKnown(_ path: [String], _ unit: CallUnit, _ file: CallFile) -> Bool {
        switch file.family {
        case .swift: return false
        case .rust:
            let place = ModulePlace(file.path, unit.scope).place([path[0]])
            return path.count > 1 && exists(place) && !file.namespaces.contains(place.name)
        case .python, .script, .go, .java, .cFamily, .other: return file.byPlace[path[0]] != nil
        }
    }

    /// A path from a module or crate; the names every program has are nobody's.
    private func rust(_ path: [String], _ unit: CallUnit, _ file: CallFile) -> CallTarget {
        guard path.count > 1 else { return .elsewhere }
        let module = path.dropLast().joined(separator: "::")
        let name = ImportedName(local: path[0], module: module, name: path[path.count - 1])
        let target = follow(name, rest: [], from: ModulePlace(file.path, unit.scope), steps: 0)
        guard case .outside = target else { return target }
        return path[0].first?.isUppercase == true ? .elsewhere : .somewhere
    }

    private func go(_ path: [String], _ file: CallFile) -> CallTarget {
        let places = inPackage(of: file, path.joined(separator: UnitName.separator))
        if !places.isEmpty { return .at(places) }
        return path.count == 1 ? .elsewhere : .somewhere
    }

    /// Units of this place in the files of one Go package.
    func inPackage(of file: CallFile, _ name: String) -> Set<CallPlace> {
        inGoFolder(PathName.folder(of: file.path), name, withTests: file.path.hasSuffix("_test.go"))
    }

    func inGoFolder(_ folder: String, _ name: String, withTests: Bool) -> Set<CallPlace> {
        var paths = graph.folders[folder] ?? []
        if let overlay, PathName.folder(of: overlay.path) == folder { paths.insert(overlay.path) }
        let places = paths.filter { path in
            path.hasSuffix(".go") && (withTests || !path.hasSuffix("_test.go"))
        }.map { CallPlace(path: $0, name: name) }
        return Set(places.filter(exists))
    }

    /// A class of the same package stands in the same folder, in a file of its name.
    private func java(_ path: [String], _ file: CallFile) -> CallTarget {
        let neighbour = PathName.join(PathName.folder(of: file.path), "\(path[0]).java")
        let place = CallPlace(path: neighbour, name: path.joined(separator: UnitName.separator))
        if exists(place) { return .at([place]) }
        return .somewhere
    }

    /// A Swift module has no imports within: a name means its only definition.
    private func swift(_ path: [String], _ unit: CallUnit) -> CallTarget {
        guard let name = path.last else { return .elsewhere }
        let all = named(name).filter { $0.path.hasSuffix(".swift") }
        if path.count > 1 {
            let full = path.joined(separator: UnitName.separator)
            let fitting = all.filter {
                $0.name == full || $0.name.hasSuffix(UnitName.separator + full)
            }
            return fitting.isEmpty ? .somewhere : .at(fitting)
        }
        let owner = unit.owner + UnitName.separator + name
        let members = all.filter { !unit.owner.isEmpty && $0.name == owner }
        if !members.isEmpty { return .at(members) }
        // Another type's member of that name may be inherited here.
        return all.allSatisfy { $0.name == name } ? .at(all) : .somewhere
    }

    /// A C function of another file: the only one of its name, and a header declares it.
    private func linked(_ name: String) -> CallTarget {
        var functions: Set<CallPlace> = []
        var isDeclared = false
        for place in named(name) {
            let known = graph.files[place.path]
            if let known, known.family != .cFamily { continue }
            let units = known?.byPlace[place.name] ?? []
            if units.contains(where: { known?.units[$0].kind == .constant }) {
                isDeclared = true
            } else {
                functions.insert(place)
            }
        }
        return functions.count == 1 && isDeclared ? .at(functions) : .somewhere
    }
}
