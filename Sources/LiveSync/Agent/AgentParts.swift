// What the agent is made of before it runs: settings, identity, repository, log. Everything that
// can be wrong with them is found here, and named all at once.

import Foundation
import LiveProtocol
import Logging
import SourceAnalysis
import Support

/// Which branch this working copy syncs; written by `enable`.
struct Session: Codable, Hashable, Sendable {
    var branch: String

    static func path(_ workspace: Workspace) -> String { workspace.liveFolder + "/session.json" }

    static func load(_ workspace: Workspace) -> Session? {
        // Without a readable session the branch is bound anew, which asks the same questions.
        guard let bytes = try? FileAccess.read(path(workspace), limit: 1 << 16) else { return nil }
        return try? JSONText.decode(Session.self, from: bytes)  // as above
    }

    func save(_ workspace: Workspace) throws {
        try FileAccess.replace(Self.path(workspace), with: Array(try JSONText.encode(self).utf8))
    }
}

/// Several reasons not to start, named together.
struct StartBlockers: Failure {
    let blockers: [any Failure]

    var subject: String { blockers.count == 1 ? blockers[0].subject : "sync cannot start" }
    var reason: String {
        blockers.count == 1
            ? blockers[0].reason
            : blockers.map { "\($0.subject): \($0.reason)" }.joined(separator: "; ")
    }
    var nextStep: String { blockers.map(\.nextStep).joined(separator: "; ") }
    var exitStatus: ExitStatus { blockers.first?.exitStatus ?? .refused }
}

/// The parts a running agent holds on to.
struct AgentParts {
    let workspace: Workspace
    let configuration: LiveConfiguration
    let surroundings: Surroundings
    let userFolder: UserFolder
    let binding: DeviceBinding
    let key: DeviceKey
    let repository: GitRepository
    let branch: String
    let commit: String
    let scope: ScanScope
    let reader: SourceReader
    let cache: AnalysisCache
    let logger: Logger

    var room: String { configuration.room ?? binding.repository }

    /// Collects everything, or throws every blocker at once.
    static func collect(
        _ workspace: Workspace, surroundings: Surroundings, clock: any Support.Clock
    ) throws -> AgentParts {
        let configuration = try LiveConfiguration.load(
            workspace.configurationPath, guestTables: SyncHost.guestTables)
        try workspace.makeFolders()
        let logger = try makeLogger(workspace, configuration)
        let userFolder = try surroundings.userFolder()
        let binding = try DeviceBinding.load(workspace)
        let key = try binding.key(in: userFolder)
        let repository = try GitRepository.open(
            at: workspace.root, environment: surroundings.environment)
        var blockers: [any Failure] = []
        let head = try repository.head()
        if head.branch == nil {
            blockers.append(
                PlainFailure(
                    "HEAD", "is detached", nextStep: "check out a branch", exitStatus: .refused))
        }
        var states = GitStateReader(repository: repository)
        let state = try states.afterShortLocks(clock: SystemClock())
        for cause in state.causes where ![.detachedHead, .unborn].contains(cause) {
            blockers.append(
                PlainFailure(
                    "git", "is in the middle of something (\(cause.words))",
                    nextStep: "finish or abort it", exitStatus: .refused))
        }
        if let refusal = surroundings.cleartextRefusal(configuration.mothership) {
            blockers.append(refusal)
        }
        let scope = ScanScope(
            filter: try SelectiveFilter(configuration.selective),
            ignored: try repository.command.ignoreList())
        guard blockers.isEmpty else { throw StartBlockers(blockers: blockers) }
        let cache = try AnalysisCache(path: workspace.liveFolder + "/analysis.cache")
        return AgentParts(
            workspace: workspace, configuration: configuration, surroundings: surroundings,
            userFolder: userFolder, binding: binding, key: key, repository: repository,
            branch: head.branch ?? "", commit: head.commit ?? "", scope: scope,
            reader: SourceReader(
                root: workspace.root, analyzer: SourceAnalyzer(), cache: cache, clock: clock,
                filter: scope.filter, tracksModes: try repository.tracksModes()),
            cache: cache, logger: logger)
    }

    private static func makeLogger(
        _ workspace: Workspace, _ configuration: LiveConfiguration
    ) throws -> Logger {
        let level: Logger.Level =
            switch configuration.debug.logLevel {
            case .trace: .trace
            case .debug: .debug
            case .info: configuration.debug.verboseLogs ? .debug : .info
            case .warn: .warning
            case .error: .error
            }
        let log = try RotatingLog(path: workspace.agentLogPath)
        RotatingLog.removeOld(
            workspace.agentLogPath, olderThan: .seconds(86_400 * configuration.debug.retainLogDays))
        return JSONLinesHandler.logger("agent", to: log, level: level)
    }
}

extension Workspace {
    /// The newest of the agent's log files.
    public var agentLogPath: String { logFolder + "/agent.jsonl" }

    /// The workspace around the current folder.
    public static func find() throws(WorkspaceFailure) -> Workspace { try find(from: ".") }
}

extension AgentLogs {
    /// The logs of a workspace.
    public init(of workspace: Workspace) { self.init(path: workspace.agentLogPath) }
}

extension GitCause {
    /// The cause as status shows it.
    public var words: String {
        switch self {
        case .merge: "merge in progress"
        case .rebase: "rebase in progress"
        case .cherryPick: "cherry-pick in progress"
        case .revert: "revert in progress"
        case .am: "am in progress"
        case .bisect: "bisect in progress"
        case .indexLock: "git holds index.lock"
        case .headLock: "git holds HEAD.lock"
        case .leftover(let branch): "the files of \(branch) are in the tree, HEAD is not on it"
        case .unmergedIndex: "unmerged files in the index"
        case .detachedHead: "HEAD is detached"
        case .otherBranch(let name): "on branch \(name)"
        case .unborn: "the branch has no commit"
        }
    }
}
