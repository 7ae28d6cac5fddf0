// Where a working copy keeps its sync state.
//
// Every path below `.aura/` is named here once. A workspace is found the way git finds a
// repository, by walking up, but never past git's own top level: a copy nested inside another
// person's tree must not pick up that person's settings.

import Glibc
import Support

/// A working copy that has an `.aura/live.toml`, or had one: its device is still there.
public struct Workspace: Hashable, Sendable {
    /// The absolute path of the working copy's top folder, links resolved.
    public let root: String

    public init(root: String) { self.root = root }

    public var auraFolder: String { root + "/" + Self.auraName }
    public var configurationPath: String { auraFolder + "/live.toml" }
    public var ignoreFilePath: String { auraFolder + "/.gitignore" }
    public var liveFolder: String { auraFolder + "/live" }
    public var walFolder: String { liveFolder + "/wal" }
    public var logFolder: String { liveFolder + "/logs" }
    public var runFolder: String { liveFolder + "/run" }
    public var agentRecordPath: String { runFolder + "/agent.pid" }
    public var agentSocketPath: String { runFolder + "/agent.sock" }
    public var quarantineFolder: String { liveFolder + "/quarantine" }
    public var journalFolder: String { liveFolder + "/journal" }
    public var canaryFolder: String { liveFolder + "/canary" }
    /// The record that binds this working copy to its device key and its root folder's inode.
    public var devicePath: String { liveFolder + "/device" }

    /// The folder's name, which never takes part in sync.
    public static let auraName = ".aura"

    /// The folders that hold state, in the order they are made.
    var stateFolders: [String] {
        [
            liveFolder, walFolder, logFolder, runFolder, quarantineFolder, journalFolder,
            canaryFolder,
        ]
    }

    /// The folders for state in whose place something else stands: no agent starts here then.
    public var blockedFolders: [String] {
        stateFolders.filter { FileAccess.exists($0) && !FileAccess.isFolder($0) }
    }

    /// Finds the workspace that `folder` lies in.
    ///
    /// Walks up to the first `.aura/live.toml`, or the device of a workspace that lost it, at most to
    /// the folder that holds `.git`. Whoever needs the settings says that they are gone.
    public static func find(from folder: String) throws(WorkspaceFailure) -> Workspace {
        guard let start = PathName.resolved(folder) else {
            throw WorkspaceFailure(folder: folder, problem: .folderUnreadable)
        }
        var current = start
        while true {
            let candidate = Workspace(root: current)
            if FileAccess.exists(candidate.configurationPath)
                || FileAccess.exists(candidate.devicePath)
            {
                return candidate
            }
            if FileAccess.isFolder(candidate.auraFolder),
                faccessat(AT_FDCWD, candidate.auraFolder, X_OK, AT_EACCESS) != 0, errno == EACCES
            {
                throw WorkspaceFailure(folder: candidate.auraFolder, problem: .closed)
            }
            if FileAccess.exists(current + "/.git") {
                throw WorkspaceFailure(folder: start, problem: .notSetUp(topLevel: current))
            }
            let parent = PathName.parent(of: current)
            if parent == current {
                throw WorkspaceFailure(folder: start, problem: .noRepository)
            }
            current = parent
        }
    }
}

/// Why there is no workspace here, or why none could be made.
public struct WorkspaceFailure: Failure, Equatable {
    /// Why not.
    public enum Problem: Equatable, Sendable {
        /// The folder does not exist or may not be entered.
        case folderUnreadable
        /// `.aura` is there, and the kernel keeps this user out of it.
        case closed
        /// No git repository around the folder.
        case noRepository
        /// A git repository without `.aura/live.toml`.
        case notSetUp(topLevel: String)
        /// `.aura/live.toml` exists already.
        case alreadySetUp
        /// `.aura` exists and is a link or no folder.
        case auraNotAFolder
        /// A write failed.
        case system(SystemFailure)
    }

    public let folder: String
    public let problem: Problem

    public init(folder: String, problem: Problem) {
        self.folder = folder
        self.problem = problem
    }

    public var subject: String {
        if case .system(let failure) = problem { failure.subject } else { folder }
    }

    public var reason: String {
        switch problem {
        case .folderUnreadable: "the folder does not exist or may not be read"
        case .closed: "this user may not enter the folder"
        case .noRepository: "not inside a git repository"
        case .notSetUp(let topLevel): "no .aura/live.toml between here and \(topLevel)"
        case .alreadySetUp: ".aura/live.toml exists already"
        case .auraNotAFolder: ".aura is a link or a file, not a folder"
        case .system(let failure): failure.reason
        }
    }

    public var nextStep: String {
        switch problem {
        case .folderUnreadable: "check the path"
        case .closed: "check owner and permissions"
        case .noRepository: "run git init, or change into a git working copy"
        case .notSetUp: "run aura init"
        case .alreadySetUp: "edit that file instead"
        case .auraNotAFolder: "move .aura away and run aura init again"
        case .system(let failure): failure.nextStep
        }
    }

    public var exitStatus: ExitStatus {
        switch problem {
        case .folderUnreadable, .closed, .noRepository, .notSetUp: .noWorkspace
        case .alreadySetUp, .auraNotAFolder: .cannotCreate
        case .system(let failure): failure.exitStatus
        }
    }
}
