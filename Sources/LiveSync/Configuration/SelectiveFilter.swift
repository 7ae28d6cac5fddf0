// Which files take part in sync.
//
// Include and exclude are sets: no order, and exclude wins. One value answers for the scanner,
// for pushing and for an incoming change, so that the two directions can never disagree. Its
// digest travels to the Mothership, where a difference between two peers becomes visible.

import Support

/// The decision, for any path, whether it takes part in sync.
public struct SelectiveFilter: Hashable, Sendable {
    struct Rule: Hashable, Sendable {
        enum Kind: String, Sendable { case include, whole, exclude }

        let kind: Kind
        let glob: Glob
        let origin: RuleOrigin
        let line: Int?
        /// Includes before which a built-in exclude steps back.
        var yieldsTo: [Int] = []
    }

    let rules: [Rule]
    /// Plain names of built-in rules, so that most folders cost one look-up.
    let folderNames: [String: Int]
    /// Rules for file names in any folder; they need no memory of the way down.
    let names: NameRules
    /// Positions in `rules` of those that are matched by their glob.
    let globbed: [Int]
    /// The settings name no include: all code is included.
    let includesAllCode: Bool
    let hasWholeFiles: Bool
    /// A rule for names admits, in whatever folder the file stands.
    let admitsByName: Bool
    let codeExtensions: Set<String>
    /// Equal for two filters that admit the same paths by the same rules.
    public let digest: ContentDigest

    /// Compiles the rules of a settings file.
    public init(
        _ selective: LiveConfiguration.Selective = .init(),
        codeExtensions: Set<String> = BuiltInRules.codeExtensions
    ) throws(GlobFailure) {
        var rules: [Rule] = []
        for written in selective.include ?? [] { rules.append(try Rule(.include, written)) }
        for written in selective.wholeFiles { rules.append(try Rule(.whole, written)) }
        let admitting = rules.indices
        for pattern in BuiltInRules.always { rules.append(try Rule(builtIn: pattern)) }
        for pattern in BuiltInRules.exclude {
            var rule = try Rule(builtIn: pattern)
            let name = pattern.hasSuffix("/") ? String(pattern.dropLast()) : pattern
            rule.yieldsTo = admitting.filter { rules[$0].glob.names(name) }
            rules.append(rule)
        }
        for written in selective.exclude { rules.append(try Rule(.exclude, written)) }
        self.init(
            rules: rules, includesAllCode: selective.include == nil, codeExtensions: codeExtensions)
    }

    private init(rules: [Rule], includesAllCode: Bool, codeExtensions: Set<String>) {
        self.rules = rules
        hasWholeFiles = rules.contains { $0.kind == .whole }
        self.includesAllCode = includesAllCode
        self.codeExtensions = codeExtensions
        var (folders, names) = ([String: Int](), NameRules())
        var (admitsByName, globbed) = (false, [Int]())
        for (index, rule) in rules.enumerated() {
            if let name = rule.plainName {
                folders[name] = index
                if !rule.glob.text.hasSuffix("/") { names.add(name: name, rule: index) }
            } else if let pattern = rule.glob.namePattern {
                names.add(pattern, rule: index)
                if rule.kind != .exclude { admitsByName = true }
            } else {
                globbed.append(index)
            }
        }
        (folderNames, self.names, self.globbed) = (folders, names, globbed)
        self.admitsByName = admitsByName
        digest = Self.digest(rules, includesAllCode, codeExtensions)
    }

    private static func digest(
        _ rules: [Rule], _ includesAllCode: Bool, _ extensions: Set<String>
    ) -> ContentDigest {
        var lines = Set(rules.map { "\($0.kind.rawValue) \($0.glob.text)" })
        if includesAllCode { lines.insert("include code") }
        lines.formUnion(extensions.map { "code \($0)" })
        return ContentDigest.of((["aura-filter/1"] + lines.sorted()).joined(separator: "\n").utf8)
    }

    /// Says whether a relative path takes part, and by which rule.
    public func decide(_ path: String) -> SelectiveDecision {
        var parts = path.split(separator: "/")
        guard let name = parts.popLast() else {
            return SelectiveDecision(verdict: .notIncluded, rule: "", origin: .builtIn)
        }
        var cursor = FilterCursor(self)
        for part in parts { cursor.descend(String(part), in: self) }
        return cursor.decide(String(name), in: self)
    }

    /// True for a file that takes part and travels as a whole.
    public func travelsWhole(_ path: String) -> Bool {
        !isCode(path) && decide(path).verdict == .wholeFile
    }

    /// True when nothing below the folder can take part.
    public func prunes(folder: String) -> Bool {
        var cursor = FilterCursor(self)
        for part in folder.split(separator: "/") {
            cursor.descend(String(part), in: self)
            if cursor.isPruned(in: self) { return true }
        }
        return false
    }

    func isCode(_ path: String) -> Bool {
        // By bytes: a walk asks this of every file, and characters are ten times as dear.
        let bytes = path.utf8
        guard let dot = bytes.lastIndex(of: UInt8(ascii: ".")), dot != bytes.startIndex else {
            return false
        }
        return codeExtensions.contains(String(path[bytes.index(after: dot)...]))
    }
}

extension SelectiveFilter.Rule {
    fileprivate init(
        _ kind: Kind, _ written: LiveConfiguration.WrittenGlob
    ) throws(GlobFailure) {
        self.init(
            kind: kind, glob: try Glob(written.pattern), origin: .settings, line: written.line)
    }

    fileprivate init(builtIn pattern: String) throws(GlobFailure) {
        self.init(kind: .exclude, glob: try Glob(pattern), origin: .builtIn, line: nil)
    }

    /// The name when this is a built-in rule for one plain name.
    fileprivate var plainName: String? {
        guard origin == .builtIn, !glob.text.contains(where: { "*?[{".contains($0) }) else {
            return nil
        }
        return glob.text.hasSuffix("/") ? String(glob.text.dropLast()) : glob.text
    }

    func decision(_ verdict: SelectiveDecision.Verdict) -> SelectiveDecision {
        SelectiveDecision(verdict: verdict, rule: glob.text, origin: origin, line: line)
    }
}
