// Making `.aura/` in a repository, and the state folders inside it.
//
// The settings file is written last: until it exists nothing counts as a workspace, so a crash
// half-way leaves folders that the next run simply reuses.

import Glibc
import Support

extension Workspace {
    /// Makes `.aura/` at the top of the repository that `folder` lies in.
    ///
    /// - Parameter settings: the text of `live.toml`; see ``LiveConfiguration/defaultText``.
    public static func create(
        in folder: String, settings: String
    ) throws(WorkspaceFailure) -> Workspace {
        let workspace = Workspace(root: try repositoryTop(from: folder))
        if FileAccess.exists(workspace.configurationPath) {
            throw WorkspaceFailure(folder: workspace.root, problem: .alreadySetUp)
        }
        try workspace.makeFolders()
        do throws(SystemFailure) {
            try workspace.writeIgnoreFile()
            try FileAccess.replace(workspace.configurationPath, with: settings.utf8, mode: 0o644)
        } catch {
            throw WorkspaceFailure(folder: workspace.root, problem: .system(error))
        }
        return workspace
    }

    private func writeIgnoreFile() throws(SystemFailure) {
        try FileAccess.replace(ignoreFilePath, with: "*\n".utf8, mode: 0o644)
    }

    /// True when no file tells git to leave `.aura` alone: `git add -A` would take the log.
    private var lacksIgnoreRules: Bool {
        guard FileAccess.exists(ignoreFilePath) else { return true }
        // What cannot be read may say something.
        guard let bytes = try? FileAccess.read(ignoreFilePath, limit: 1 << 20) else { return false }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").allSatisfy { line in
            line.hasPrefix("#") || line.allSatisfy(\.isWhitespace)
        }
    }

    /// Writes the file that keeps git out of `.aura` anew, where it is gone or empty. Rules that somebody
    /// wrote there are theirs.
    ///
    /// - Returns: whether it was.
    func keepIgnored() throws(SystemFailure) -> Bool {
        guard FileAccess.exists(configurationPath), lacksIgnoreRules else { return false }
        try writeIgnoreFile()
        return true
    }

    /// Where ``create(in:settings:)`` would make a workspace for `folder`.
    static func unfinished(around folder: String) throws(WorkspaceFailure) -> Workspace? {
        let workspace = Workspace(root: try repositoryTop(from: folder))
        return FileAccess.exists(workspace.configurationPath) ? nil : workspace
    }

    /// Makes the state folders that are missing, readable by their owner only.
    public func makeFolders() throws(WorkspaceFailure) {
        try refuseForeignAuraFolder()
        do throws(SystemFailure) {
            try FileAccess.makeFolder(auraFolder)
            for folder in stateFolders { try FileAccess.makeFolder(folder, mode: 0o700) }
            try FileAccess.syncFolder(liveFolder)
            try FileAccess.syncFolder(auraFolder)
        } catch {
            throw WorkspaceFailure(folder: root, problem: .system(error))
        }
    }

    /// A link in place of `.aura` would move the log to where the link's owner likes.
    private func refuseForeignAuraFolder() throws(WorkspaceFailure) {
        var status = stat()
        guard lstat(auraFolder, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == mode_t(Glibc.S_IFDIR) else {
            throw WorkspaceFailure(folder: root, problem: .auraNotAFolder)
        }
    }

    /// The nearest folder upwards that holds `.git`, as a folder or (linked worktree) as a file.
    private static func repositoryTop(from folder: String) throws(WorkspaceFailure) -> String {
        guard var current = PathName.resolved(folder) else {
            throw WorkspaceFailure(folder: folder, problem: .folderUnreadable)
        }
        while !FileAccess.exists(current + "/.git") {
            let parent = PathName.parent(of: current)
            guard parent != current else {
                throw WorkspaceFailure(folder: folder, problem: .noRepository)
            }
            current = parent
        }
        return current
    }
}
