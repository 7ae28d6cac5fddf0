// What can be looked at on this machine without changing it: read-only probes over the agent, the
// files it leaves, and the Mothership beside it.
//
// One host is one look: the agent's snapshot is taken once and shared, so that two readers of one
// look can never contradict each other.

import LiveProtocol
import Support
import Synchronization
import WriteAheadLog

/// A read-only view of one working copy and its surroundings, at one instant.
public final class SyncHost: Sendable {
    /// Tables of `live.toml` that higher floors read.
    public static let guestTables: Set<String> = ["doctor.thresholds"]

    public let workspace: Workspace
    /// The home a Mothership of this user would have on this machine.
    public let mothershipHome: String
    /// Where this user's keys and pins are; nil when that is not known.
    public let userFolder: UserFolder?
    public let clock: any Clock
    private let controlTimeout: Duration
    private let busyTimeout: Duration
    private let statusOnce = Mutex<Result<LiveStatus, StatusFailure>?>(nil)
    private let logOnce = Mutex<Result<VerifyReport, LogFailure>?>(nil)
    private let treeOnce = Mutex<TreeLook?>(nil)

    /// - Parameters:
    ///   - controlTimeout: how long the agent may take to answer; it normally takes 1 ms.
    ///   - busyTimeout: how much longer it may take while it computes, as on a loaded machine. Both
    ///     together leave a check of 5 s time to judge.
    public init(
        workspace: Workspace, mothershipHome: String, userFolder: UserFolder? = nil,
        clock: any Clock = SystemClock(),
        controlTimeout: Duration = .milliseconds(1500), busyTimeout: Duration = .seconds(2)
    ) {
        self.workspace = workspace
        self.mothershipHome = mothershipHome
        self.userFolder = userFolder
        self.clock = clock
        self.controlTimeout = controlTimeout
        self.busyTimeout = busyTimeout
    }

    /// The agent's snapshot, or the one its files tell when it does not run. Blocks its thread, at
    /// most for the control timeout and the busy timeout.
    public func status() throws(StatusFailure) -> LiveStatus {
        try statusOnce.withLock { (held) throws(StatusFailure) -> LiveStatus in
            if let held { return try held.get() }
            let taken: Result<LiveStatus, StatusFailure>
            do throws(StatusFailure) { taken = .success(try askedStatus()) } catch {
                taken = .failure(error)
            }
            held = taken
            return try taken.get()
        }
    }

    /// An agent that got something done meanwhile is not hung; it is asked once more.
    private func askedStatus() throws(StatusFailure) -> LiveStatus {
        let control = AgentControl(workspace, clock: clock)
        // The agent's own check reports a record that cannot be read.
        let process = ((try? agentRecord()) ?? nil)?.record.process
        let before = process?.activity
        do throws(StatusFailure) { return try control.status(timeout: controlTimeout) } catch {
            guard case .agentHangs(.timedOut) = error, let after = process?.activity,
                after.isRunnable || after != before
            else { throw error }
        }
        return try control.status(timeout: busyTimeout)
    }

    /// Every checksum, the chain and the manifest of the log, judged from outside.
    public func verifyLog(threads: Int = 2) throws(LogFailure) -> VerifyReport {
        try logOnce.withLock { (held) throws(LogFailure) -> VerifyReport in
            if let held { return try held.get() }
            let taken: Result<VerifyReport, LogFailure>
            do throws(LogFailure) {
                taken = .success(
                    try LogReader.verify(at: workspace.walFolder, threads: threads))
            } catch { taken = .failure(error) }
            held = taken
            return try taken.get()
        }
    }

    /// Files that changed since HEAD and take no part in sync.
    public func strandedFiles() -> StrandedFiles { tree().stranded }

    /// Admitted paths that a file system without case takes for one.
    public func caseTwins() -> [CaseTwins] { tree().twins }

    /// Changed admitted files that hold the marks of a merge.
    public func markedFiles() -> [String] { tree().marked }

    private func tree() -> TreeLook {
        treeOnce.withLock { held in
            let taken = held ?? readTree()
            held = taken
            return taken
        }
    }

    /// The configuration as the file has it now.
    public func configuration() throws(ConfigurationFailure) -> LiveConfiguration {
        try LiveConfiguration.load(
            workspace.configurationPath, guestTables: Self.guestTables)
    }

    /// Why the agent did not start the last time somebody asked for it; nil when it did, and when the
    /// settings were changed since: what they said then is no advice for what they say now.
    public func refusedStart() -> RefusedStart? {
        guard let refused = RefusedStart.last(in: workspace.runFolder) else { return nil }
        guard let changed = settingsChangedAt() else { return refused }
        return changed > refused.at ? nil : refused
    }

    /// The same for the Mothership of ``mothershipHome``.
    public func refusedMothershipStart() -> RefusedStart? {
        RefusedStart.last(in: LocalMothership.runFolder(home: mothershipHome))
    }

    /// What the agent's pid record says, and whether exactly that process lives.
    public func agentRecord() throws(PlainFailure) -> RecordedProcess? {
        try workspace.agentRecord().map(RecordedProcess.init)
    }

    /// True when that record is torn, and no agent runs.
    public var hasTornAgentRecord: Bool { workspace.hasTornRecord }

    /// The same for the Mothership of ``mothershipHome``.
    public func mothershipRecord() throws(PlainFailure) -> RecordedProcess? {
        try PidRecord.load(LocalMothership.pidRecord(home: mothershipHome))
            .map(RecordedProcess.init)
    }
}

/// A pid record together with the answer to "does it live".
public struct RecordedProcess: Codable, Hashable, Sendable {
    public let record: PidRecord
    public let isAlive: Bool

}

extension RecordedProcess {
    init(_ record: PidRecord) { self.init(record: record, isAlive: record.process.isAlive) }
}

/// Why there is no snapshot.
public enum StatusFailure: Failure {
    /// The agent lives and does not answer.
    case agentHangs(ControlFailure)
    /// The agent answered with something else.
    case refused(PlainFailure)
    /// No agent runs, and its files cannot be read.
    case unreadable(LogFailure)
    case configuration(ConfigurationFailure)
    case files(PlainFailure)

    private var inner: any Failure {
        switch self {
        case .agentHangs(let failure): failure
        case .refused(let failure), .files(let failure): failure
        case .unreadable(let failure): failure
        case .configuration(let failure): failure
        }
    }

    public var subject: String { inner.subject }
    public var reason: String { inner.reason }
    public var nextStep: String { inner.nextStep }
    public var exitStatus: ExitStatus { inner.exitStatus }
}
