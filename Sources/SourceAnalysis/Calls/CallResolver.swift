// From a call as written to the unit it means.
//
// The order is the languages' own: names bound within the unit, the method's own type, definitions
// of the file, imports, star imports, the package. Where two of these give an answer, or one gives
// two, nothing is resolved: a wrong answer would raise an impact that does not exist.

import Support

/// What a call means.
enum CallTarget {
    /// One of these places; one place alone is certain.
    case at(Set<CallPlace>)
    /// Any unit of that name.
    case somewhere
    /// Something of a module that is not in the tree.
    case outside(module: String)
    /// No unit of the tree, or none that can be asked for by name.
    case elsewhere
}

/// Follows calls through one graph.
struct CallResolver {
    /// Modules a name may be handed on through.
    static let stepsMax = 4

    let graph: CallGraph
    /// A unit that is gone and is looked for as if it were there.
    let overlay: CallPlace?

    func certainty(
        of call: CallName, _ unit: CallUnit, _ file: CallFile, for callee: Callee
    ) -> Call.Certainty? {
        switch target(of: call, unit, file) {
        case .at(let places):
            let meant = Set(places.flatMap { meanings(of: $0, for: callee) })
            guard meant.contains(callee.place) else { return nil }
            let isHidden = call.qualifier == nil && unit.bound.contains(call.name)
            let isOne = meant.count == 1 && unitCount(at: callee.place) == 1
            return isOne && !isHidden ? .resolved : .suspected
        case .somewhere: return isPlausible(call, file, callee) ? .suspected : nil
        case .outside(let module):
            let last = module.split(whereSeparator: { "./:".contains($0) }).last.map(String.init)
            let name = Language.forPath(callee.place.path)?.module(forPath: callee.place.path)
            return last == name && isPlausible(call, file, callee) ? .suspected : nil
        case .elsewhere: return nil
        }
    }

    /// A call of a type is one of its constructor too.
    private func meanings(of place: CallPlace, for callee: Callee) -> [CallPlace] {
        guard callee.isConstructor else { return [place] }
        let parts = UnitName.parts(of: place.name)
        if parts.last == callee.simpleName, place == callee.place { return [place] }
        let name = place.name + UnitName.separator + callee.simpleName
        let inner = CallPlace(path: place.path, name: name)
        return exists(inner) ? [inner] : []
    }

    private func isPlausible(_ call: CallName, _ file: CallFile, _ callee: Callee) -> Bool {
        if [.imports, .opaque, .file, .mode].contains(callee.kind) { return false }
        if call.qualifier == nil { return callee.kind != .method || file.family.hasImplicitSelf }
        return callee.kind == .method || !file.family.qualifiedMeansMember
    }

    func unitCount(at place: CallPlace) -> Int {
        (graph.files[place.path]?.byPlace[place.name]?.count ?? 0) + (overlay == place ? 1 : 0)
    }

    func exists(_ place: CallPlace) -> Bool { unitCount(at: place) > 0 }

    func hasFile(_ path: String) -> Bool { graph.files[path] != nil || overlay?.path == path }

    // MARK: Where a name leads

    private func target(of call: CallName, _ unit: CallUnit, _ file: CallFile) -> CallTarget {
        guard let path = call.path, let head = path.first else { return .somewhere }
        if path.count > 1, file.family.selfWords.contains(head),
            !(file.family == .rust && head == "self" && unit.owner == unit.scope)
        {
            return member(Array(path.dropFirst()), unit, file)
        }
        if path.count > 1, unit.bound.contains(head) { return .somewhere }
        if let target = imported(path, unit.imports, unit.scope, file) { return target }
        let own = ownPlaces(path, unit, file)
        let target = imported(path, file.imports[unit.scope] ?? [], unit.scope, file)
        if file.loose.contains(head), own != nil || target != nil { return .somewhere }
        switch (own, target) {
        case (.some, .some): return .somewhere
        case (.some(let places), .none): return .at(places)
        case (.none, .some(let target)): return target
        case (.none, .none): break
        }
        if let target = starred(path, unit.scope, file) { return target }
        return package(path, unit, file)
    }

    /// A member of the type around the call.
    private func member(_ path: [String], _ unit: CallUnit, _ file: CallFile) -> CallTarget {
        guard path.count == 1, !unit.owner.isEmpty, !unit.bound.contains(UsageReader.selfMark)
        else { return .somewhere }
        let name = unit.owner + UnitName.separator + path[0]
        let place = CallPlace(path: file.path, name: name)
        var places: Set<CallPlace> = exists(place) ? [place] : []
        // Go's methods and Swift's extensions of one type may stand in several files.
        if file.family == .go { places.formUnion(inPackage(of: file, name)) }
        if file.family == .swift { places.formUnion(named(path[0]).filter { $0.name == name }) }
        return places.isEmpty ? .somewhere : .at(places)
    }

    /// Definitions of the same file, the innermost first.
    private func ownPlaces(
        _ path: [String], _ unit: CallUnit, _ file: CallFile
    ) -> Set<CallPlace>? {
        let name = path.joined(separator: UnitName.separator)
        var owners = [unit.scope]
        if file.family.hasImplicitSelf {
            let parts = UnitName.parts(of: unit.owner)
            owners = (0...parts.count).reversed().map {
                parts[..<$0].joined(separator: UnitName.separator)
            }
            // An inner class may have or inherit a member of that name.
            if unit.bound.contains(UsageReader.selfMark) { return nil }
        }
        for owner in owners {
            let full = owner.isEmpty ? name : owner + UnitName.separator + name
            let place = CallPlace(path: file.path, name: full)
            guard exists(place) else { continue }
            // Within a type a member of that name may be inherited, and Swift's files are one.
            let isOutside = owner.isEmpty && path.count == 1
            if isOutside && file.family == .swift { return nil }
            if isOutside && !unit.owner.isEmpty && isMember(path[0]) { return nil }
            return [place]
        }
        return nil
    }

    /// Whether some type has a member of this name.
    private func isMember(_ name: String) -> Bool { named(name).contains { $0.name != name } }

    /// What the longest import that fits the path leads to; nil when none does.
    private func imported(
        _ path: [String], _ imports: [ImportedName], _ scope: String, _ file: CallFile
    ) -> CallTarget? {
        var best: [ImportedName] = []
        var length = 0
        for name in imports where name.isBound && name.local != ImportedName.star {
            let parts = name.local.split(separator: ".").map(String.init)
            let fits = file.family == .python ? path.starts(with: parts) : path[0] == name.local
            let count = file.family == .python ? parts.count : 1
            guard fits, count >= length else { continue }
            best = count > length ? [name] : best + [name]
            length = count
        }
        if best.isEmpty { return nil }
        let rest = Array(path.dropFirst(length))
        return joined(
            Set(best).map { follow($0, rest: rest, from: ModulePlace(file.path, scope), steps: 0) })
    }

    /// Star imports: resolved when exactly one module of the tree has the name.
    private func starred(_ path: [String], _ scope: String, _ file: CallFile) -> CallTarget? {
        let stars = (file.imports[scope] ?? []).filter {
            $0.isBound && $0.local == ImportedName.star
        }
        if stars.isEmpty { return nil }
        let from = ModulePlace(file.path, scope)
        let targets = stars.map { follow($0, rest: path, from: from, steps: 0) }
        var places: Set<CallPlace> = []
        var isOpen = false
        for target in targets {
            switch target {
            case .at(let found): places.formUnion(found)
            // A module that cannot be read may have the name as well.
            case .outside, .somewhere: isOpen = true
            case .elsewhere: break
            }
        }
        if places.isEmpty { return isOpen ? .somewhere : nil }
        return isOpen ? .somewhere : .at(places)
    }

    /// Several answers count as none, unless they agree.
    func joined(_ targets: [CallTarget]) -> CallTarget {
        guard let first = targets.first else { return .elsewhere }
        if targets.count == 1 { return first }
        var places: Set<CallPlace> = []
        for target in targets {
            guard case .at(let found) = target else { return .somewhere }
            places.formUnion(found)
        }
        return .at(places)
    }

    /// All units of this simple name.
    func named(_ name: String) -> Set<CallPlace> {
        var places = graph.definitions[name] ?? []
        if let overlay, UnitName.parts(of: overlay.name).last == name { places.insert(overlay) }
        return places
    }
}
