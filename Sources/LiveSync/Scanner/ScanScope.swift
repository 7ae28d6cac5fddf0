// What a scan looks at: the filter of the settings, less what git ignores.

/// The paths that git ignores, as of one query.
public struct IgnoreList: Hashable, Sendable {
    /// Ignored files.
    public let files: Set<String>
    /// Ignored folders, without a slash at the end; everything below is ignored.
    public let folders: Set<String>

    public init(files: Set<String> = [], folders: Set<String> = []) {
        self.files = files
        self.folders = folders
    }

    public var isEmpty: Bool { files.isEmpty && folders.isEmpty }

    /// True for an ignored path or one below an ignored folder.
    public func contains(_ path: String) -> Bool {
        if files.contains(path) || folders.contains(path) { return true }
        if folders.isEmpty { return false }
        var rest = path[...]
        while let slash = rest.lastIndex(of: "/") {
            rest = rest[..<slash]
            if folders.contains(String(rest)) { return true }
        }
        return false
    }
}

/// The decision, for one scan, which files and folders it looks at.
public struct ScanScope: Hashable, Sendable {
    public let filter: SelectiveFilter
    public let ignored: IgnoreList

    public init(filter: SelectiveFilter, ignored: IgnoreList = IgnoreList()) {
        self.filter = filter
        self.ignored = ignored
    }

    /// Says whether a path takes part, and why not.
    public func decide(_ path: String) -> SelectiveDecision {
        let decision = filter.decide(path)
        guard decision.admitted, ignored.contains(path) else { return decision }
        return SelectiveDecision(verdict: .gitIgnored, rule: "git's ignore rules", origin: .builtIn)
    }

    /// Whether a relative path takes part.
    public func admits(_ path: String) -> Bool { decide(path).admitted }

    /// True when the folder is worth reading and watching.
    public func enters(folder: String) -> Bool {
        !filter.prunes(folder: folder) && !ignored.contains(folder)
    }
}
