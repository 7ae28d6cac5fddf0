// A repository as the peer needs it: where it is, which one it is, and what HEAD says.

import Support

/// Where HEAD stands.
public struct GitHead: Hashable, Sendable, Codable {
    /// The branch's short name; nil when HEAD is detached.
    public let branch: String?
    /// The commit; nil on a branch without one.
    public let commit: String?

    public init(branch: String?, commit: String?) {
        self.branch = branch
        self.commit = commit
    }
}

/// A working copy of a git repository.
public struct GitRepository: Hashable, Sendable {
    /// The working copy's top folder, links resolved.
    public let topLevel: String
    /// This working copy's git folder; in a linked worktree not `.git` below the top.
    public let gitFolder: String
    /// The git folder shared by all worktrees.
    public let commonFolder: String
    /// Where this working copy's state markers are.
    public let markers: GitMarkers
    public let command: GitCommand

    /// Opens the repository that `folder` lies in.
    public static func open(
        at folder: String, environment: [String: String], deadline: Duration = .seconds(5)
    ) throws(GitFailure) -> GitRepository {
        let outside = GitCommand(folder: folder, environment: environment, deadline: deadline)
        guard FileAccess.isFolder(folder) else { throw outside.failure(.noRepository) }
        // One call: starting git costs more than what it says here.
        let asked =
            ["--path-format=absolute", "--show-toplevel", "--absolute-git-dir", "--git-common-dir"]
            + GitMarkers.names.flatMap { ["--git-path", $0] }
        let lines = String(
            decoding: try outside.run(["rev-parse"] + asked).output, as: UTF8.self
        ).split(separator: "\n").map(String.init)
        guard lines.count == 3 + GitMarkers.names.count,
            let resolved = PathName.resolved(lines[0]),
            let markers = GitMarkers(paths: Array(lines.dropFirst(3)))
        else { throw outside.failure(.answer(word: "rev-parse")) }
        return GitRepository(
            topLevel: resolved, gitFolder: lines[1], commonFolder: lines[2], markers: markers,
            command: GitCommand(folder: resolved, environment: environment, deadline: deadline))
    }

    /// The folder of a clone, a worktree or a submodule that `path` lies in, below the working copy's
    /// root; nil when it lies in none. What is in it is another repository's.
    public static func nested(above path: String, in root: String) -> String? {
        var folder = ""
        for part in path.split(separator: "/").dropLast() {
            folder += folder.isEmpty ? String(part) : "/" + part
            if FileAccess.exists("\(root)/\(folder)/.git") { return folder }
        }
        return nil
    }

    /// The repository's id: the first 16 hexadecimal digits of SHA-256 over its root commits,
    /// sorted, one a line. Every full clone derives the same.
    public func repositoryID() throws(GitFailure) -> String {
        if try head().commit == nil { throw command.failure(.unborn) }
        guard try command.line(["rev-parse", "--is-shallow-repository"]) == "false" else {
            throw command.failure(.shallow)
        }
        let output = try command.run(["rev-list", "--max-parents=0", "HEAD"]).output
        let roots = String(decoding: output, as: UTF8.self).split(separator: "\n").sorted()
        guard !roots.isEmpty else { throw command.failure(.answer(word: "rev-list")) }
        let digest = ContentDigest.of(roots.map { $0 + "\n" }.joined().utf8)
        return String(digest.hex.prefix(16))
    }

    /// The files of a commit that may be executed.
    public func executablePaths(in commit: String) throws(GitFailure) -> Set<String> {
        let entries = try command.entries(["ls-tree", "-r", "-z", commit])
        return Set(
            entries.compactMap { entry in
                guard entry.hasPrefix("100755 "), let tab = entry.firstIndex(of: "\t") else {
                    return nil
                }
                return String(entry[entry.index(after: tab)...])
            })
    }

    /// False where the file system does not keep modes, or a person told git not to look at them.
    public func tracksModes() throws(GitFailure) -> Bool {
        try command.line(["config", "--type=bool", "--default", "true", "core.fileMode"]) == "true"
    }

    /// The bytes of a file in a commit; nil when the commit has no such file.
    ///
    /// Starts git once per call. For many files use ``GitBlobReader``.
    public func show(commit: String, path: String) throws(GitFailure) -> [UInt8]? {
        let kind = try command.run(
            ["cat-file", "-t", "\(commit):\(path)"], accepting: 0...128)
        if kind.status == 128 {
            // 128 says "no such path" and "no such commit" alike; the latter is a failure.
            try command.run(["cat-file", "-e", commit + "^{commit}"])
            return nil
        }
        guard kind.output.starts(with: "blob".utf8) else { return nil }
        return try command.run(["cat-file", "blob", "\(commit):\(path)"]).output
    }
}
