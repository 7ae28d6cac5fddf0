// Whose files lie in the tree when git changed them and HEAD did not follow: a switch that is about
// to move HEAD, one that was killed before it could, a merge that waits to be committed. Such files
// are another branch's, not anybody's edits.

import Support

extension GitRepository {
    /// How many branches are asked for their version of a path, newest first, and how many of
    /// those that have the one in question are compared whole.
    private static let askedMax = 256
    private static let comparedMax = 8
    /// Paths asked about at a time: a few tell a branch from all others.
    private static let pathsMax = 16

    /// The object that git's index has for each path that differs from HEAD; nil for a removed one.
    func stagedFiles() throws(GitFailure) -> [String: String?] {
        Self.changes(
            in: try command.entries([
                "diff-index", "--cached", "--raw", "-r", "-z", "--no-abbrev", "--no-renames",
                "--ignore-submodules", "HEAD", "--",
            ]))
    }

    /// The branch whose files the index holds wherever HEAD's differ; nil when there is none.
    ///
    /// - Parameter unseen: staged paths that a person may not have changed; the branch must
    ///   explain one of them.
    func branch(staged: [String: String?], unseen: [String]) throws(GitFailure) -> String? {
        let asked = Array(unseen.sorted().prefix(Self.pathsMax))
        let held = try objects(of: asked)
        let candidates = held.branches.filter { branch in
            asked.contains { path in
                branch.objects[path] == staged[path] && branch.objects[path] != held.head[path]
            }
        }
        for candidate in candidates.prefix(Self.comparedMax) {
            let changes = Self.changes(
                in: try command.entries([
                    "diff-tree", "--raw", "-r", "-z", "--no-abbrev", "--no-renames",
                    "--ignore-submodules", "HEAD", candidate.name,
                ]))
            let isExplained = changes.allSatisfy { staged[$0.key] == .some($0.value) }
            if isExplained, unseen.contains(where: { changes.keys.contains($0) }) {
                return Self.short(candidate.name)
            }
        }
        return nil
    }

    /// The branch whose version a file of the working copy has, or was being given when git died:
    /// the file is the branch's, its beginning, or gone.
    func branch(tearing unseen: [String]) throws(GitFailure) -> String? {
        let asked = Array(unseen.sorted().prefix(Self.pathsMax))
        let held = try objects(of: asked)
        for path in asked {
            let others = held.branches.filter { $0.objects[path] != held.head[path] }
            guard !others.isEmpty else { continue }
            guard FileAccess.exists(topLevel + "/" + path) else {
                return Self.short(others[0].name)
            }
            let own = try command.line(["hash-object", "--", path])
            for other in others.prefix(Self.comparedMax) where other.objects[path] != .some(nil) {
                let isBranchs = other.objects[path] == own
                if try isBranchs ? true : isBeginning(path, of: other.name) {
                    return Self.short(other.name)
                }
            }
        }
        return nil
    }

    private func isBeginning(_ path: String, of branch: String) throws(GitFailure) -> Bool {
        // Gone or unreadable by now, it is looked at again with its next change.
        guard let bytes = try? FileAccess.read(topLevel + "/" + path),
            let whole = try show(commit: branch, path: path)
        else { return false }
        return bytes.count < whole.count && whole.starts(with: bytes)
    }

    // MARK: Asking git

    private struct BranchObjects {
        let name: String
        /// Nil where the branch has no such file.
        var objects: [String: String?] = [:]
    }

    /// What HEAD and each branch have at these paths.
    private func objects(
        of paths: [String]
    ) throws(GitFailure) -> (head: [String: String?], branches: [BranchObjects]) {
        let listed = try command.run([
            "for-each-ref", "--format=%(refname)", "--sort=-committerdate",
            "--count=\(Self.askedMax)", "refs/heads", "refs/remotes",
        ]).output
        let names = String(decoding: listed, as: UTF8.self).split(separator: "\n").map(String.init)
        // The protocol ends a question with a line feed.
        let plain = paths.filter { !$0.utf8.contains(UInt8(ascii: "\n")) }
        let questions = (["HEAD"] + names).flatMap { name in plain.map { "\(name):\($0)\n" } }
        let answer = try command.run(
            ["cat-file", "--batch-check=%(objectname)"], input: Array(questions.joined().utf8)
        ).output
        let lines = answer.split(separator: UInt8(ascii: "\n"))
        guard lines.count == questions.count else {
            throw command.failure(.answer(word: "cat-file"))
        }
        var rest = lines[...]
        var all = (["HEAD"] + names).map { BranchObjects(name: $0) }
        for index in all.indices {
            for path in plain {
                let line = rest.popFirst().map { String(decoding: $0, as: UTF8.self) } ?? ""
                all[index].objects[path] = Self.isObjectName(line) ? .some(line) : .some(nil)
            }
        }
        return (all[0].objects, Array(all.dropFirst()))
    }

    /// Reads git's raw list of differences: each path with its new object, nil when it is removed.
    private static func changes(in entries: [String]) -> [String: String?] {
        var changes: [String: String?] = [:]
        for (what, path) in zip(entries, entries.dropFirst()) where what.hasPrefix(":") {
            let words = what.split(separator: " ")
            guard words.count == 5 else { continue }
            changes[path] = words[4] == "D" ? .some(nil) : String(words[3])
        }
        return changes
    }

    private static func short(_ name: String) -> String {
        for folder in ["refs/heads/", "refs/remotes/"] where name.hasPrefix(folder) {
            return String(name.dropFirst(folder.count))
        }
        return name
    }
}
