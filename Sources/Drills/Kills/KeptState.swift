// The state of a stage on which nobody is at work: a copy of it, and whether what is there later is
// still that state.
//
// Before any process was started on it, it is the same byte for byte. An agent or a Mothership that
// ran writes a log, a socket, caches and a database of its own, with times in them; what is compared
// then is what outlives them: the user's files and git, the settings and keys, the device, what earlier
// repairs keep, and of the log what it folds to. What waits to be sent or applied, and what waits
// for a person, must all still be there; there may be more of it, since an agent reads every file.

import Diagnostics
import LiveSync
import Support
import WriteAheadLog

struct KeptState {
    private let peer: SandboxPeer
    private let folders: [String]
    private let copies: String
    private let mothershipHome: String
    private let bytes: [String: String]
    private let settings: [String: String]
    private let user: [String: String]
    private let log: LogContent

    init(of stage: Stage, in copies: String) throws {
        peer = stage.subject
        self.copies = copies
        mothershipHome = stage.sandbox.mothershipHome
        let workspace = peer.workspace
        folders = [
            workspace.auraFolder, mothershipHome,
            stage.sandbox.folder + "/config-" + peer.user,
        ].filter { FileAccess.isFolder($0) }
        try FileAccess.makeFolder(copies)
        for (index, folder) in folders.enumerated() {
            try Self.shell("cp -a --sparse=always '\(folder)' '\(copies)/\(index)'")
        }
        bytes = try Self.digests(of: folders, apart: Self.apart(workspace))
        settings = try Self.settings(of: workspace, mothershipHome)
        user = try Self.user(peer, stage)
        log = LogContent(of: workspace)
    }

    /// The folders themselves stay, because a working copy knows its own by its number.
    func putBack() throws {
        for (index, folder) in folders.enumerated() {
            try Self.shell(
                "find '\(folder)' -mindepth 1 -delete && "
                    + "cp -a --sparse=always '\(copies)/\(index)/.' '\(folder)/'")
        }
    }

    /// Whether an agent has written to its log of events since.
    func hasAgentWritten() throws -> Bool {
        let folder = peer.workspace.logFolder
        return try PathTree.digest(of: folder)?.hex != bytes[folder]
    }

    /// The first path that is not what it was; nil when all is, byte for byte.
    func difference() throws -> String? {
        let now = try Self.digests(of: folders, apart: Self.apart(peer.workspace))
        return Set(now.keys).union(bytes.keys).sorted().first { now[$0] != bytes[$0] }
    }

    /// What of the user's own is not as it was; nil when all is. No repair without live peers may
    /// touch any of it, done or taken back.
    func differenceForUser(_ stage: Stage) throws -> String? {
        let now = try Self.user(peer, stage)
        return Set(now.keys).union(user.keys).sorted().first { now[$0] != user[$0] }
    }

    /// The first setting or key that is not what it was.
    func differenceOfSettings() throws -> String? {
        let now = try Self.settings(of: peer.workspace, mothershipHome)
        return Set(now.keys).union(settings.keys).sorted().first { now[$0] != settings[$0] }
    }

    /// What the log held and does not hold any more; nil when nothing is.
    func lostFromLog() -> String? { log.missing(in: LogContent(of: peer.workspace)) }

    private static func shell(_ command: String) throws {
        try Tool("/bin/sh", environment: ["PATH": "/usr/bin:/bin"], folder: "/")
            .require(["-c", command])
    }

    /// What a repair keeps for itself, and the name of the process that had the log open last.
    private static func apart(_ workspace: Workspace) -> Set<String> {
        [workspace.journalFolder, workspace.quarantineFolder, workspace.walFolder + "/LOCK"]
    }

    /// Of each file and folder below; of the user's own memory only what others rely on is state.
    private static func digests(
        of folders: [String], apart: Set<String>
    ) throws -> [String: String] {
        var digests: [String: String] = [:]
        for folder in folders.prefix(2) { try add(folder, apart, to: &digests) }
        return digests
    }

    /// A folder that holds something apart is entered; of any other the digest says it all.
    private static func add(
        _ folder: String, _ apart: Set<String>, to digests: inout [String: String]
    ) throws {
        for name in try FileAccess.names(in: folder) {
            let path = "\(folder)/\(name)"
            if apart.contains(path) { continue }
            let isEntered =
                FileAccess.isFolder(path) && apart.contains { $0.hasPrefix(path + "/") }
            if isEntered {
                try add(path, apart, to: &digests)
            } else {
                digests[path] = try PathTree.digest(of: path)?.hex
            }
        }
    }

    private static func settings(
        of workspace: Workspace, _ mothershipHome: String
    ) throws -> [String: String] {
        var digests: [String: String] = [:]
        for path in [
            workspace.configurationPath, workspace.ignoreFilePath, workspace.devicePath,
            mothershipHome + "/config.toml", mothershipHome + "/keys",
        ] {
            digests[path] = try PathTree.digest(of: path)?.hex
        }
        return digests
    }

    /// The files, and what git says of them.
    private static func user(_ peer: SandboxPeer, _ stage: Stage) throws -> [String: String] {
        var all = try peer.contentDigest()
        let git = stage.sandbox.git(in: peer.root)
        all["git's HEAD"] = try git.require(["rev-parse", "HEAD"]).output
        all["git's index"] = try git.require(["ls-files", "--stage"]).output
        return all
    }
}

/// What a log still has to do, read from outside.
private struct LogContent {
    /// Change sets that wait to be sent or have no answer, those that wait to be applied, and
    /// conflicts and alerts, each by its name.
    private var waiting: Set<String> = []

    init(of workspace: Workspace) {
        // A log that cannot be read at all has nothing that could be missed later.
        guard let contents = try? LogReader.records(at: workspace.walFolder) else { return }
        let state = PeerState.replay(contents).state
        waiting.formUnion(state.outbound.map { "the set \($0.id) to be sent" })
        waiting.formUnion(state.inbound.map { "the set \($0.id) to be applied" })
        waiting.formUnion(state.conflicts.map { "the conflict \($0.id)" })
        waiting.formUnion(state.impacts.map { "the alert \($0.id)" })
    }

    func missing(in now: LogContent) -> String? { waiting.subtracting(now.waiting).sorted().first }
}
