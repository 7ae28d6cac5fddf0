// The lists of paths that git makes of a working copy. They need no more than its folder.

import Support

extension GitCommand {
    /// The paths whose content differs between `commit` and the working copy, untracked files that
    /// git does not ignore included; sorted, each once.
    public func changedPaths(since commit: String) throws(GitFailure) -> [String] {
        // Each walks the tree: side by side they take as long as the longer.
        let untracked = Meanwhile { () throws(GitFailure) in
            try entries(["ls-files", "-z", "--others", "--exclude-standard"])
        }
        let tracked = try differingPaths(since: commit)
        return Set(tracked + (try untracked.value())).sorted {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }
    }

    /// The tracked paths whose content differs between `commit` and the working copy.
    ///
    /// - Parameter paths: the only ones to look at; nil for all.
    func differingPaths(
        since commit: String, among paths: [String]? = nil
    ) throws(GitFailure) -> [String] {
        if let paths, paths.isEmpty { return [] }
        return try entries(Self.difference + [commit, "--"] + Self.literal(paths ?? []))
    }

    /// The paths that differ between `commit` and the index; needs no look at the files.
    func stagedPaths(since commit: String) throws(GitFailure) -> [String] {
        try entries(Self.difference + ["--cached", commit, "--"])
    }

    /// The untracked paths among `paths` and below them that git does not ignore.
    func untrackedPaths(among paths: [String]) throws(GitFailure) -> [String] {
        if paths.isEmpty { return [] }
        return try entries(
            ["ls-files", "-z", "--others", "--exclude-standard", "--"] + Self.literal(paths))
    }

    private static let difference = [
        "diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-textconv",
        "--ignore-submodules",
    ]

    /// A name with a star in it is a name.
    private static func literal(_ paths: [String]) -> [String] { paths.map { ":(literal)" + $0 } }

    /// The name of HEAD's tree.
    func headTree() throws(GitFailure) -> String {
        try line(["rev-parse", "--verify", "HEAD^{tree}"])
    }

    /// The names in git's index and the untracked ones that it does not ignore, from one walk.
    func names() throws(GitFailure) -> GitNames {
        let arguments = ["ls-files", "-t", "-z", "--cached", "--others", "--exclude-standard"]
        return GitNames(tagged: try run(arguments).output)
    }

    /// The tracked paths that git keeps out of the working copy; needs the index alone.
    func withheldPaths() throws(GitFailure) -> [String] {
        GitNames(tagged: try run(["ls-files", "-t", "-z", "--cached"]).output).withheld
    }

    /// Every untracked path that git ignores.
    ///
    /// A failing query throws: with an empty list instead, ignored files would start to travel.
    public func ignoreList() throws(GitFailure) -> IgnoreList {
        let found = try entries([
            "ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory",
        ])
        let folders = found.filter { $0.hasSuffix("/") }.map { String($0.dropLast()) }
        return IgnoreList(
            files: Set(found.filter { !$0.hasSuffix("/") }), folders: Set(folders))
    }
}
