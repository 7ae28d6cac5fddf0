// A filter's state on the way down a tree, so that a walk decides a name by looking at the name.

/// What a filter knows after the folders so far.
struct FilterCursor: Sendable {
    private var states: [GlobState]
    /// Excludes that cover everything from here down.
    private var covering: [Int] = []

    init(_ filter: SelectiveFilter) {
        states = filter.globbed.map { GlobState(filter.rules[$0].glob) }
    }

    /// Enters a folder.
    mutating func descend(_ folder: String, in filter: SelectiveFilter) {
        if let rule = filter.folderNames[folder] { covering.append(rule) }
        for (slot, index) in filter.globbed.enumerated() where states[slot].isViable {
            states[slot].descend(folder.utf8, in: filter.rules[index].glob)
            if states[slot].coversBelow && filter.rules[index].kind == .exclude {
                covering.append(index)
            }
        }
    }

    /// True when nothing below takes part.
    func isPruned(in filter: SelectiveFilter) -> Bool {
        for index in covering {
            let exceptions = filter.rules[index].yieldsTo
            if !exceptions.contains(where: { isViable($0, in: filter) }) { return true }
        }
        if filter.includesAllCode || filter.admitsByName { return false }
        return !filter.globbed.enumerated().contains { slot, index in
            filter.rules[index].kind != .exclude && states[slot].isViable
        }
    }

    private func isViable(_ rule: Int, in filter: SelectiveFilter) -> Bool {
        // What is not matched by its glob is matched by names alone, in any folder.
        filter.globbed.firstIndex(of: rule).map { states[$0].isViable } ?? true
    }

    /// Decides a file in this folder.
    func decide(_ name: String, in filter: SelectiveFilter) -> SelectiveDecision {
        decide(name, matches(name, in: filter), in: filter)
    }

    private func decide(
        _ name: String, _ matched: [Int], in filter: SelectiveFilter
    ) -> SelectiveDecision {
        let excludes = covering + matched.filter { filter.rules[$0].kind == .exclude }
        for index in excludes
        where !filter.rules[index].yieldsTo.contains(where: matched.contains) {
            return filter.rules[index].decision(.excluded)
        }
        if let index = matched.first(where: { filter.rules[$0].kind == .include }) {
            return filter.rules[index].decision(.included)
        }
        if filter.includesAllCode && filter.isCode(name) {
            return SelectiveDecision(verdict: .included, rule: "all code", origin: .builtIn)
        }
        if let index = matched.first(where: { filter.rules[$0].kind == .whole }) {
            return filter.rules[index].decision(.wholeFile)
        }
        return SelectiveDecision(
            verdict: .notIncluded,
            rule: filter.includesAllCode ? "all code" : "include",
            origin: filter.includesAllCode ? .builtIn : .settings)
    }

    /// True when a file in this folder takes part.
    func admits(_ name: String, in filter: SelectiveFilter) -> Bool {
        // With the built-in include a name that is not code costs no glob at all.
        let isCode = filter.includesAllCode && filter.isCode(name)
        if filter.includesAllCode && !filter.hasWholeFiles && !isCode { return false }
        let matched = matches(name, in: filter)
        // Where no rule has a say, as for nearly every file, that was all.
        if covering.isEmpty && matched.isEmpty { return isCode }
        return decide(name, matched, in: filter).admitted
    }

    private func matches(_ name: String, in filter: SelectiveFilter) -> [Int] {
        var text = name
        var matched = text.withUTF8 { filter.names.matches($0) }
        for (slot, index) in filter.globbed.enumerated() where states[slot].isViable {
            var state = states[slot]
            state.descend(name.utf8, in: filter.rules[index].glob)
            if state.isMatch { matched.append(index) }
        }
        // In the order of the rules, so that the first of several that match is always the same.
        return matched.count > 1 ? matched.sorted() : matched
    }
}
