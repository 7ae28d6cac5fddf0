// What git is in the middle of, from the marker files it leaves.
//
// Asked on every tick, so it is a handful of status calls on paths that git named once; in a
// linked worktree they lie somewhere else than below `.git`. Only when the index file has changed
// is git started, to say whether it holds unmerged entries.

import Glibc
import Support

/// A reason to hold sync that git's state gives.
public enum GitCause: Hashable, Sendable, Codable {
    case merge, rebase, cherryPick, revert, am, bisect
    /// Another git command is writing, or one died while it was.
    case indexLock
    /// A git command is moving HEAD, or one died while it was.
    case headLock
    /// The files of this branch are in the tree, and HEAD is not on it: a switch that did not end,
    /// or a merge that waits for its commit.
    case leftover(String)
    /// A conflicted file that no operation owns, as after a stash pop.
    case unmergedIndex
    /// HEAD names a commit and no operation explains it.
    case detachedHead
    /// HEAD is on this branch instead of the expected one.
    case otherBranch(String)
    /// The branch has no commit.
    case unborn
}

/// The paths of the marker files, absolute.
public struct GitMarkers: Hashable, Sendable {
    static let names = [
        "MERGE_HEAD", "rebase-merge", "rebase-apply", "CHERRY_PICK_HEAD", "REVERT_HEAD",
        "sequencer", "BISECT_LOG", "BISECT_START", "index.lock", "HEAD.lock", "index",
    ]

    private let paths: [String: String]

    init?(paths: [String]) {
        guard paths.count == Self.names.count else { return nil }
        self.paths = Dictionary(uniqueKeysWithValues: zip(Self.names, paths))
    }

    /// The path of a marker of the list above.
    func path(_ name: String) -> String { paths[name] ?? name }

    func isPresent(_ name: String) -> Bool { FileAccess.exists(path(name)) }

    public var indexPath: String { path("index") }
}

/// Git's state at one instant.
public struct GitState: Hashable, Sendable, Codable {
    public let head: GitHead
    /// Every reason to hold sync; empty when there is none.
    public let causes: [GitCause]

    public init(head: GitHead, causes: [GitCause]) {
        self.head = head
        self.causes = causes
    }
}

/// Reads ``GitState`` again and again, and remembers what costs a process to learn.
public struct GitStateReader: Sendable {
    public let repository: GitRepository
    private var lastIndex: FileStamp?
    private var lastIndexIsUnmerged = false
    private var lastRead: Timestamp?

    public init(repository: GitRepository) { self.repository = repository }

    /// The state now.
    ///
    /// - Parameter expectedBranch: the branch the session is bound to; nil for none.
    /// - Throws: when git cannot answer, which is itself a reason to hold.
    public mutating func current(
        expectedBranch: String?, clock: any Support.Clock
    ) throws(GitFailure) -> GitState {
        var causes = operations()
        if repository.markers.isPresent("index.lock") { causes.append(.indexLock) }
        if repository.markers.isPresent("HEAD.lock") { causes.append(.headLock) }
        let isExplained = causes.contains { ![.indexLock, .headLock].contains($0) }
        if try indexIsUnmerged(clock), !isExplained { causes.append(.unmergedIndex) }
        let head = try repository.head()
        if head.commit == nil {
            causes.append(.unborn)
        }
        switch head.branch {
        case nil where !causes.contains(where: { [.rebase, .bisect, .am].contains($0) }):
            causes.append(.detachedHead)
        case let branch? where expectedBranch != nil && branch != expectedBranch:
            causes.append(.otherBranch(branch))
        default: break
        }
        return GitState(head: head, causes: causes)
    }

    /// The state once a git command that only just runs has ended: a commit or a switch holds its
    /// locks for a moment, and one that died holds them for ever.
    ///
    /// - Parameter patience: how long a lock may stay before it is told as a cause.
    public mutating func afterShortLocks(
        clock: any Support.Clock, patience: Duration = .seconds(3)
    ) throws(GitFailure) -> GitState {
        let end = clock.uptime + patience
        while repository.trace().isLocked, clock.uptime < end { usleep(20_000) }
        return try current(expectedBranch: nil, clock: clock)
    }

    private func operations() -> [GitCause] {
        let markers = repository.markers
        var causes: [GitCause] = []
        if markers.isPresent("MERGE_HEAD") { causes.append(.merge) }
        if markers.isPresent("rebase-apply") {
            let isAm = FileAccess.exists(markers.path("rebase-apply") + "/applying")
            causes.append(isAm ? .am : .rebase)
        } else if markers.isPresent("rebase-merge") {
            causes.append(.rebase)
        }
        if markers.isPresent("CHERRY_PICK_HEAD") { causes.append(.cherryPick) }
        if markers.isPresent("REVERT_HEAD") { causes.append(.revert) }
        if let sequence = sequence(), !causes.contains(sequence) { causes.append(sequence) }
        if markers.isPresent("BISECT_LOG") || markers.isPresent("BISECT_START") {
            causes.append(.bisect)
        }
        return causes
    }

    /// Between two commits of a range only the to-do list is left.
    private func sequence() -> GitCause? {
        let markers = repository.markers
        guard markers.isPresent("sequencer") else { return nil }
        let first = GitRepository.line(of: markers.path("sequencer") + "/todo") ?? ""
        return first.hasPrefix("revert") ? .revert : .cherryPick
    }

    private mutating func indexIsUnmerged(_ clock: any Support.Clock) throws(GitFailure) -> Bool {
        guard let stamp = repository.indexStamp else { return false }
        // A stamp as new as the last look may hide a second write in the same clock tick.
        if let lastRead, lastIndex == stamp, !stamp.isRacy(at: lastRead) {
            return lastIndexIsUnmerged
        }
        let now = clock.now
        let unmerged = try repository.command.run(["ls-files", "-u", "-z"]).output
        (lastIndex, lastRead, lastIndexIsUnmerged) = (stamp, now, !unmerged.isEmpty)
        return lastIndexIsUnmerged
    }
}
