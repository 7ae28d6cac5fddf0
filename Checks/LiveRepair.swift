// A working copy as something that can be repaired: where its journals lie, how it is looked at
// afresh, and how its state is copied for a rehearsal.

import Diagnostics
import LiveProtocol
import LiveSync
import Support

/// The repair of one working copy.
public struct LiveGround: RepairGround {
    public let workspace: Workspace
    public let clock: any Support.Clock
    private let options: ExaminationOptions
    private let mothershipHome: String
    private let userFolder: UserFolder?
    /// Names the user's memory of examinations.
    private let environment: [String: String]

    public init(
        _ workspace: Workspace,
        options: ExaminationOptions = ExaminationOptions(profile: "live"),
        surroundings: Surroundings = Surroundings(), clock: any Support.Clock = SystemClock()
    ) {
        self.init(
            workspace, options: options, mothershipHome: surroundings.mothershipHome,
            userFolder: surroundings.knownUserFolder, environment: surroundings.environment,
            clock: clock)
    }

    private init(
        _ workspace: Workspace, options: ExaminationOptions, mothershipHome: String,
        userFolder: UserFolder?, environment: [String: String], clock: any Support.Clock
    ) {
        self.workspace = workspace
        self.options = options
        self.mothershipHome = mothershipHome
        self.userFolder = userFolder
        self.environment = environment
        self.clock = clock
    }

    public var checks: [any Check<SyncHost>] { LiveProfile.checks(of: look()) }
    public var journalFolder: String { workspace.journalFolder }
    public var quarantineFolder: String { workspace.quarantineFolder }

    public func look() -> SyncHost {
        SyncHost(
            workspace: workspace, mothershipHome: mothershipHome, userFolder: userFolder,
            clock: clock)
    }

    public func examine() async -> Examination<SyncHost> {
        let host = look()
        var options = options
        // What a person left for later, a repair leaves too. A memory that cannot be read leaves nothing.
        if let memory = try? LiveMemory.store(of: workspace, environment: environment).memory() {
            options.memory = memory
        }
        // Of the log as it is now: a repair makes it longer, and what it costs is known by its size.
        return await LiveProfile.examiner.examine(
            checks: LiveProfile.checks(of: host), system: host,
            options: SharedLook.pricing(options, on: workspace))
    }

    /// Everything below `.aura` but what earlier repairs keep, and what would lead to a running
    /// process: its sockets and its record. Nothing may be asked or stopped through a copy.
    public func shadow(in folder: String) throws(SystemFailure) -> Shadow<LiveGround>? {
        let copy = Workspace(root: folder)
        try FileAccess.makeFolder(copy.liveFolder, mode: 0o700)
        if FileAccess.exists(workspace.configurationPath) {
            try PathTree.copy(workspace.configurationPath, to: copy.configurationPath)
        }
        let apart = [workspace.journalFolder, workspace.quarantineFolder, workspace.runFolder]
        var leftOut = try copyContents(
            of: workspace.liveFolder, to: copy.liveFolder, without: apart)
        if FileAccess.exists(workspace.runFolder) {
            try FileAccess.makeFolder(copy.runFolder, mode: 0o700)
            let live = livesByRecord ? [workspace.agentRecordPath] : []
            leftOut += try copyContents(
                of: workspace.runFolder, to: copy.runFolder,
                without: live + [workspace.agentSocketPath])
        }
        let home = copy.liveFolder + "/mothership"
        try copyMothership(to: home)
        return Shadow(
            LiveGround(
                copy, options: options, mothershipHome: home, userFolder: userFolder,
                environment: environment, clock: clock),
            leftOut: leftOut)
    }

    /// What a repair may change of a Mothership on this machine: its settings, and the record of one
    /// that is gone. Nothing may be asked or stopped through the copy of a live one's record.
    private func copyMothership(to home: String) throws(SystemFailure) {
        let record = LocalMothership.pidRecord(home: mothershipHome)
        try FileAccess.makeFolder(PathName.parent(of: LocalMothership.pidRecord(home: home)))
        let settings = "/config.toml"
        if FileAccess.exists(mothershipHome + settings) {
            try PathTree.copy(mothershipHome + settings, to: home + settings)
        }
        // A record that cannot be read might be of a process that lives.
        let isDead = (try? look().mothershipRecord()).map { $0?.isAlive == false } ?? false
        if isDead || look().hasTornMothershipRecord {
            try PathTree.copy(record, to: LocalMothership.pidRecord(home: home))
        }
    }

    private var livesByRecord: Bool {
        // A record that cannot be read might be of a process that lives.
        do throws(PlainFailure) { return try look().agentRecord()?.isAlive ?? false } catch {
            return true
        }
    }

    /// - Returns: what was left out because it is neither file nor folder.
    private func copyContents(
        of folder: String, to target: String, without apart: [String]
    ) throws(SystemFailure) -> [String] {
        var leftOut: [String] = []
        for name in try FileAccess.names(in: folder) where !apart.contains("\(folder)/\(name)") {
            leftOut += try PathTree.copyState("\(folder)/\(name)", to: "\(target)/\(name)")
        }
        return leftOut
    }
}

/// Lets another process of this program examine: `aura doctor verify RUN`.
public struct ProcessVerifier: RepairVerifier {
    /// How long what was started may take to come up; then the verdict stands.
    public static let settle: Duration = .seconds(40)

    private let workspace: Workspace
    private let environment: [String: String]
    private let isInterrupted: @Sendable () -> Bool

    /// - Parameter isInterrupted: asked while the other process examines; true ends it.
    public init(
        _ workspace: Workspace, surroundings: Surroundings = Surroundings(),
        isInterrupted: @escaping @Sendable () -> Bool = { false }
    ) {
        self.workspace = workspace
        environment = surroundings.environment
        self.isInterrupted = isInterrupted
    }

    public func verify(_ run: RunID, of plan: Plan) async throws(RepairFailure) -> RepairVerdict {
        let next = "run aura doctor verify \(run)"
        let result: ChildResult
        do {
            var child = ChildProcess(
                try ownProgram(),
                ["doctor", "verify", run.rawValue, "--json", "--root", workspace.root],
                environment: environment)
            child.deadline = Self.settle + .seconds(30)
            child.isUnwanted = isInterrupted
            result = try child.run()
        } catch {
            throw .unverified(reason: "the verifier did not run (\(error))", nextStep: next)
        }
        do { return try JSONText.decode(RepairVerdict.self, from: result.output) } catch {
            let said = result.errorText.prefix(200)
            throw .unverified(
                reason: "the verifier ended with \(result.status) and no verdict: \(said)",
                nextStep: next)
        }
    }
}
