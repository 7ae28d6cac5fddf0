// What differs between a commit and the working copy. The index says of most files that nobody touched
// them; git is asked about the rest, and about everything where the index cannot be read that way.

import Glibc
import Support

/// How a working copy differs from a commit, and which names it has.
struct TreeChanges: Sendable {
    /// Tracked paths whose content differs, and untracked ones that git does not ignore; sorted.
    let changed: [String]
    let names: GitNames

    init(differing: [String], untracked: [String], names: GitNames) {
        changed = Set(differing + untracked).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        self.names = names
    }
}

extension GitRepository {
    /// - Parameter tree: the tree of HEAD, which the caller may have asked for meanwhile.
    func changesSinceHead(
        tree: Meanwhile<String, GitFailure>
    ) throws(GitFailure) -> TreeChanges {
        let tree = try tree.value()
        guard let (index, written) = readIndex(digestBytes: tree.utf8.count / 2),
            let open = IndexWalk.run(index, written: written, root: topLevel)
        else { return try changesByGit() }
        // Both questions start a process, and most often neither has to be asked.
        let untracked = Meanwhile { () throws(GitFailure) in
            try command.untrackedPaths(among: open.unknown)
        }
        let staged = index.tree == tree ? [] : try command.stagedPaths(since: "HEAD")
        let differing = try command.differingPaths(
            since: "HEAD", among: staged.isEmpty ? open.tracked : open.tracked + staged)
        let unknown = try untracked.value()
        return TreeChanges(
            differing: differing, untracked: unknown,
            names: GitNames(index, untracked: unknown))
    }

    /// The same, from two walks of git's own.
    func changesByGit() throws(GitFailure) -> TreeChanges {
        let differing = Meanwhile { () throws(GitFailure) in
            try command.differingPaths(since: "HEAD")
        }
        let names = try command.names()
        return TreeChanges(
            differing: try differing.value(), untracked: names.untracked, names: names)
    }

    /// The index, and when it was written, in nanoseconds since 1970.
    private func readIndex(digestBytes: Int) -> (index: GitIndex, written: Int64)? {
        let descriptor = Glibc.open(markers.indexPath, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0,
            // What is wrong with an index that cannot be read git says, which is asked then.
            let bytes = try? FileAccess.read(
                descriptor: descriptor, path: markers.indexPath, limit: Self.indexBytesMax),
            let index = GitIndex(bytes, digestBytes: digestBytes)
        else { return nil }
        return (index, FileStamp(status).modified)
    }

    /// Three million names.
    private static let indexBytesMax = 256 << 20
}
