// Files that differ from git's HEAD and take no part in sync, with the rule that says so.
//
// The agent never looks at a file it does not admit, so this is asked of git, from outside.

import Glibc
import SourceAnalysis
import Support

/// A changed file that the filter leaves out, that no grammar reads, that this user may not read, or
/// that is too large.
public struct StrandedFile: Codable, Hashable, Sendable {
    public var path: String
    /// True for a file that is admitted and in no language, closed, or too large.
    public var isAdmitted: Bool
    /// The deciding rule as it was written.
    public var rule: String
    /// The rule's line in the settings file; nil for a built-in rule.
    public var line: Int?
    /// Its size, where that is why it takes no part; nil in an older recording.
    public var bytes: Int?
    /// Whether this user may not read it; nil where it may, and in an older recording.
    public var isClosed: Bool?

    public init(
        path: String, isAdmitted: Bool, rule: String, line: Int? = nil, bytes: Int? = nil,
        isClosed: Bool? = nil
    ) {
        self.path = path
        self.isAdmitted = isAdmitted
        self.rule = rule
        self.line = line
        self.bytes = bytes
        self.isClosed = isClosed
    }
}

/// What git said of the changed files.
public enum StrandedFiles: Codable, Hashable, Sendable {
    case known([StrandedFile])
    /// Not in a repository, or the settings do not parse: nobody can say.
    case untold
    /// git does not answer; without its list of ignored files nothing may start to travel.
    /// The next step is nil where git itself says more than we know, and in an older recording.
    case failed(reason: String, nextStep: String? = nil)
}

extension SyncHost {
    /// Looks at what changed since HEAD, and at all names. Starts git, which takes no lock.
    func readTree() -> TreeLook {
        do throws(GitFailure) {
            let environment = Surroundings().environment
            let git = GitCommand(folder: workspace.root, environment: environment)
            // Each starts git: side by side they take as long as the longer.
            let tree = Meanwhile { () throws(GitFailure) in try git.headTree() }
            let repository = try GitRepository.open(at: workspace.root, environment: environment)
            guard let filter, try repository.head().commit != nil else {
                _ = try git.names()
                return TreeLook(stranded: .untold)
            }
            let changes = try repository.changesSinceHead(tree: tree)
            // Git ignores none of these: it tracks them, or has listed them without what it ignores.
            let scope = ScanScope(filter: filter)
            return TreeLook(
                stranded: .known(changes.changed.compactMap { stranded($0, in: scope) }),
                // Deciding about a name costs more than comparing it: only names that clash are asked.
                twins: twins(among: changes.names.clashing.filter(scope.admits)),
                marked: marked(among: changes.changed.filter(scope.admits)))
        } catch {
            switch error.problem {
            case .child:
                return TreeLook(
                    stranded: .failed(reason: error.reason, nextStep: error.nextStep))
            case .command, .answer:
                return TreeLook(stranded: .failed(reason: error.reason))
            case .noRepository where FileAccess.exists(workspace.root + "/.git"):
                return TreeLook(
                    stranded: .failed(
                        reason: "git finds no repository here, although .git is there",
                        nextStep: "mend .git, or clone anew and bring your changes over"))
            case .noRepository, .bare, .foreignOwner, .unborn, .shallow:
                return TreeLook(stranded: .untold)
            }
        }
    }

    private var filter: SelectiveFilter? {
        // Settings that do not parse are reported by whoever asks for them.
        guard let configuration = try? configuration() else { return nil }
        return try? SelectiveFilter(configuration.selective)  // as above
    }

    private func stranded(_ path: String, in scope: ScanScope) -> StrandedFile? {
        let decision = scope.decide(path)
        let isCode = Language.forPath(path) != nil
        if decision.admitted {
            let (bytes, isClosed) = (oversize(path), isClosed(path))
            guard bytes != nil || isClosed || !isCode && decision.verdict != .wholeFile
            else { return nil }
            return StrandedFile(
                path: path, isAdmitted: true, rule: decision.rule, line: decision.line,
                bytes: bytes, isClosed: isClosed ? true : nil)
        }
        // A text file was never meant to travel, unless somebody wrote a rule about it.
        guard isCode || decision.origin == .settings && decision.line != nil else { return nil }
        return StrandedFile(
            path: path, isAdmitted: false, rule: decision.rule, line: decision.line)
    }

    /// Whether permissions, the file's or those of a folder above it, keep this user from reading it.
    private func isClosed(_ path: String) -> Bool {
        let flags = AT_EACCESS | AT_SYMLINK_NOFOLLOW
        return faccessat(AT_FDCWD, workspace.root + "/" + path, R_OK, flags) != 0 && errno == EACCES
    }

    /// The size of a regular file that is read by nobody because of it; nil for any other.
    private func oversize(_ path: String) -> Int? {
        var status = stat()
        guard lstat(workspace.root + "/" + path, &status) == 0,
            status.st_mode & S_IFMT == S_IFREG, status.st_size > StableRead.limit
        else { return nil }
        return status.st_size
    }
}
