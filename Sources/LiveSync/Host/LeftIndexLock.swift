// Whether git's lock of the index belongs to nobody: a git that was killed leaves it, and while it is
// there neither git nor sync goes on.

import Glibc
import Support

/// A lock of git's index that no process works under.
public struct LeftIndexLock: Codable, Hashable, Sendable {
    public var modifiedAt: Timestamp
    public var bytes: Int

    public init(modifiedAt: Timestamp, bytes: Int) {
        self.modifiedAt = modifiedAt
        self.bytes = bytes
    }
}

extension SyncHost {
    /// Where git locks its index; a linked working tree has it elsewhere and is not looked at.
    public var indexLockPath: String { workspace.root + "/.git/index.lock" }

    /// Nil where there is no lock, somebody may be working under it, or that cannot be told.
    public func leftIndexLock() -> LeftIndexLock? {
        // A git that ends while processes are looked at takes its lock along.
        guard let lock = indexLock, !isGitAtWork, indexLock == lock else { return nil }
        return lock
    }

    private var indexLock: LeftIndexLock? {
        var status = stat()
        guard lstat(indexLockPath, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return nil
        }
        let seconds = Int64(status.st_mtim.tv_sec)
        return LeftIndexLock(
            modifiedAt: Timestamp(
                rawValue: seconds * 1000 + Int64(status.st_mtim.tv_nsec) / 1_000_000),
            bytes: Int(status.st_size))
    }

    /// A program that has the lock open, or a git in this working copy that may be changing the index.
    /// A git that cannot be looked into might be one.
    private var isGitAtWork: Bool {
        // Without the list of processes nobody knows.
        guard let names = try? FileAccess.names(in: "/proc") else { return true }
        return names.compactMap { Int32($0) }.contains { pid in
            let folder = "/proc/\(pid)"
            // One that has just ended tells nothing, and holds nothing.
            let name = (try? FileAccess.kernelText(folder + "/comm"))?.filter { $0 != "\n" }
            if name?.hasPrefix("git") == true {
                // One that has ended works nowhere; another user's might.
                guard let place = PathName.link(folder + "/cwd") else { return errno == EACCES }
                let isHere = place == workspace.root || place.hasPrefix(workspace.root + "/")
                return isHere && !GitProcess.onlyReads(folder)
            }
            // Other users' programs cannot be looked into; only git locks an index by rights.
            let open = (try? FileAccess.names(in: folder + "/fd")) ?? []
            return open.contains { PathName.link("\(folder)/fd/\($0)") == indexLockPath }
        }
    }
}

/// What a running git was asked for.
enum GitProcess {
    /// Commands of git that never lock an index. An agent, and many an editor, keeps a `cat-file` for
    /// as long as it runs itself.
    private static let readers: Set<String> = [
        "cat-file", "check-attr", "check-ignore", "diff-index", "diff-tree", "for-each-ref", "log",
        "ls-files", "ls-tree", "rev-list", "rev-parse", "show", "symbolic-ref",
    ]
    /// What stands before the command and takes the next argument along.
    private static let pairs: Set<String> = [
        "-C", "-c", "--config-env", "--git-dir", "--namespace", "--work-tree",
    ]

    /// - Parameter folder: the process's own, below `/proc`.
    /// - Returns: false where that cannot be told.
    static func onlyReads(_ folder: String) -> Bool {
        // One that has ended meanwhile is not at work either; its place says so next time.
        guard let line = try? FileAccess.kernelText(folder + "/cmdline") else { return false }
        return command(in: line.split(separator: "\0", omittingEmptySubsequences: false)[...])
            .map(readers.contains) ?? false
    }

    /// The command among the arguments of a git, whose own name comes first.
    private static func command(in arguments: ArraySlice<Substring>) -> String? {
        var rest = arguments.dropFirst()
        while let next = rest.popFirst() {
            if pairs.contains(String(next)) {
                rest = rest.dropFirst()
            } else if !next.hasPrefix("-") {
                return String(next)
            }
        }
        return nil
    }
}
