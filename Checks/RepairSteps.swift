// What repairs of a working copy are made of. A check names these in its `remediate`; what only
// one bucket needs is a step of its own beside its check.
//
// Paths are relative to the working copy, so that a step runs on a copy of its state as well.

import Diagnostics
import Glibc
import LiveSync
import Mothership
import Support
import WriteAheadLog

/// One change to a working copy, or to a process that serves it.
public enum LiveStep: RepairStep {
    /// Moves a file or folder into quarantine.
    case moveAside(String)
    /// Replaces a file's text.
    case write(String, text: String)
    /// Ends the agent and leaves sync on: whoever looks in between sees that it is missing.
    case stopAgent
    /// Starts the agent; turns sync on where it was off.
    case startAgent
    /// Starts the agent where sync is on.
    case resumeAgent
    /// Asks the running agent for something.
    case ask(AgentRequest)
    case startMothership(home: String, port: Int?, tls: Bool)
    /// Keeps what is whole of the log, sets damage aside, and names what is lost.
    case recoverLog(losing: Loss)
    /// Changes one file in its own way.
    case edit(LiveEdit)
    /// Does something that leaves no bytes to take back.
    case act(LiveAct)

    public var title: String {
        switch self {
        case .moveAside(let path): "move \(path) into quarantine"
        case .write(let path, _): "write \(path)"
        case .stopAgent: "stop the agent"
        case .startAgent: "start the agent"
        case .resumeAgent: "start the agent again if sync is on"
        case .ask(let request): request.title
        case .startMothership(let home, _, _): "start the mothership of \(home)"
        case .recoverLog(let loss):
            "set the log's damage aside, giving up \(loss.words)"
        case .edit(let edit): edit.title
        case .act(let act): act.title
        }
    }

    public var loss: Loss {
        if case .recoverLog(let loss) = self { loss } else { .none }
    }

    /// What was stopped is started again, afresh where a later step did that already: it then reads
    /// what was put back. A start is not taken back: it leaves nothing behind.
    public var undo: LiveStep? {
        switch self {
        case .stopAgent: .act(.restartAgent)
        case .moveAside, .write, .startAgent, .resumeAgent, .ask, .startMothership,
            .recoverLog, .edit, .act:
            nil
        }
    }

    public var consequence: String? {
        switch self {
        case .ask(let request): request.consequence
        case .act(.register): "the mothership knows the repository from then on"
        case .act(.setModes): "the permissions stay as they are then"
        case .act(.recordMothership): "the record stays"
        case .act(.setIndexLockAside): "the lock stays in quarantine"
        default: nil
        }
    }

    public var expected: Duration {
        switch self {
        case .moveAside, .write, .edit: .seconds(1)
        case .stopAgent: .seconds(3)
        case .act(let act): act.expected
        case .startAgent, .resumeAgent, .ask, .startMothership, .recoverLog: .seconds(10)
        }
    }

    public var turn: RepairTurn {
        switch self {
        case .moveAside, .write, .recoverLog, .edit: .state
        case .startMothership: .server
        case .stopAgent, .startAgent, .resumeAgent, .ask: .client
        case .act(let act): act.turn
        }
    }

    public func touches(in host: SyncHost) -> [Touch] {
        switch self {
        case .moveAside(let path): [Touch(.replaces, host.absolute(path))]
        case .write(let path, _): [Touch(.changes, host.absolute(path))]
        // The agent goes on writing until it is stopped; the finding names the damaged place.
        case .recoverLog: [Touch(.changes, host.workspace.walFolder, isBound: false)]
        case .edit(let edit): edit.touches(in: host)
        case .stopAgent, .startAgent, .resumeAgent, .ask, .startMothership, .act: []
        }
    }
}

extension LiveStep {
    public func require(of host: SyncHost) async throws(StepFailure) {
        switch self {
        case .moveAside(let path):
            guard FileAccess.exists(host.absolute(path)) else {
                throw .preconditionGone(subject: path, reason: "is not there")
            }
        case .write: return
        case .stopAgent:
            guard try host.runningAgent() != nil else {
                throw .preconditionGone(subject: "agent", reason: "does not run")
            }
            // A living agent has in memory what another one could not start without.
            guard FileAccess.exists(host.workspace.devicePath) else {
                throw .preconditionGone(
                    subject: host.workspace.devicePath,
                    reason: "is gone: the agent could not be started again")
            }
            if let blocked = host.workspace.blockedFolders.first {
                throw .preconditionGone(
                    subject: blocked,
                    reason: "is no folder: the agent could not be started again")
            }
            try host.requireRestart()
        case .startAgent, .resumeAgent:
            if let process = try host.runningAgent() {
                throw .preconditionGone(
                    subject: "agent", reason: "runs already (pid \(process.pid))")
            }
            if self == .resumeAgent, try !host.isSyncOn() {
                throw .preconditionGone(subject: "sync", reason: "is off")
            }
        case .ask(let request):
            try host.requireAgent()
            if request == .reconnect { try host.requireServer() }
        case .startMothership(let home, _, _):
            if case .answered = MothershipProbe.socketSign(
                MothershipHome(root: home), timeout: .seconds(2))
            {
                throw .preconditionGone(subject: home, reason: "is served already")
            }
        case .recoverLog:
            if let process = try host.runningAgent() {
                throw .preconditionGone(
                    subject: "log", reason: "the agent writes it (pid \(process.pid))")
            }
            if try host.isLogSound() {
                throw .preconditionGone(subject: "log", reason: "is whole")
            }
        case .edit(let edit): try edit.require(of: host)
        case .act(let act): try act.require(of: host)
        }
    }

    public func perform(on host: SyncHost) async throws(StepFailure) {
        switch self {
        case .moveAside: return  // the runner moved it into quarantine, as `touches` asks
        case .write(let path, let text):
            try performing { try FileAccess.replace(host.absolute(path), with: text.utf8) }
        case .stopAgent: try host.stopAgent()
        case .startAgent, .resumeAgent:
            try host.enableAgent()
        case .ask(let request): try request.ask(AgentControl(host.workspace))
        case .startMothership(let home, let port, let tls):
            try performing {
                _ = try MothershipService.start(
                    executable: try ownProgram(), home: home,
                    options: StartOptions(port: port, tls: tls))
            }
        case .recoverLog:
            try performing {
                _ = try LogMaintenance(host.workspace).recover(
                    executable: try ownProgram(), beginsAnew: true)
            }
        case .edit(let edit): try edit.perform(on: host)
        case .act(let act): try await act.perform(on: host)
        }
    }

    public func ensure(of host: SyncHost) async throws(StepFailure) {
        switch self {
        case .moveAside(let path):
            if FileAccess.exists(host.absolute(path)) {
                throw .withoutEffect(subject: path, reason: "is still there")
            }
        case .write(let path, let text):
            let now = try performing { try FileAccess.read(host.absolute(path)) }
            if now != Array(text.utf8) {
                throw .withoutEffect(subject: path, reason: "holds something else")
            }
        case .stopAgent:
            if let process = try host.runningAgent() {
                throw .withoutEffect(subject: "agent", reason: "still runs (pid \(process.pid))")
            }
        case .startAgent: try host.ensureAgent()
        case .resumeAgent: if try host.isSyncOn() { try host.ensureAgent() }
        case .ask: try host.requireAgent()
        case .startMothership(let home, _, _):
            guard
                case .answered = MothershipProbe.socketSign(
                    MothershipHome(root: home), timeout: .seconds(2))
            else { throw .withoutEffect(subject: home, reason: "nobody serves it") }
        case .recoverLog:
            guard try host.isLogSound() else {
                throw .withoutEffect(subject: "log", reason: "is still damaged")
            }
        case .edit(let edit): try edit.ensure(of: host)
        case .act(let act): try act.ensure(of: host)
        }
    }
}

extension SyncHost {
    /// What stands where the agent writes its log and its markers and is no folder, by paths in the
    /// working copy. Neither folder holds what has to be kept; the log of records is another matter.
    var blockedFolders: [String] {
        let kept = [workspace.logFolder, workspace.canaryFolder]
        return workspace.blockedFolders.filter(kept.contains).map {
            String($0.dropFirst(workspace.root.count + 1))
        }
    }

    /// The path of something in the working copy.
    func absolute(_ path: String) -> String { "\(workspace.root)/\(path)" }

    /// Exactly the agent of this working copy; nil when its record is missing or its process gone.
    func runningAgent() throws(StepFailure) -> ProcessIdentity? {
        do throws(PlainFailure) {
            guard let recorded = try agentRecord(), recorded.isAlive,
                recorded.record.root == workspace.root
            else { return nil }
            return recorded.record.process
        } catch { throw StepFailure(error) }
    }

    /// An agent that runs is left alone where git, the settings or what proves the device would keep the
    /// next one from starting.
    func requireRestart() throws(StepFailure) {
        guard let obstacle = AgentService.obstacleToStart(workspace) else { return }
        throw .preconditionGone(
            subject: obstacle.subject,
            reason: "\(obstacle.reason): the agent could not be started again")
    }

    func isSyncOn() throws(StepFailure) -> Bool {
        do throws(StatusFailure) { return try status().enabled } catch { throw StepFailure(error) }
    }

    fileprivate func isLogSound() throws(StepFailure) -> Bool {
        do throws(LogFailure) { return try verifyLog().isSound } catch {
            if case .notALog = error { return false }
            throw StepFailure(error)
        }
    }

    fileprivate func requireAgent() throws(StepFailure) {
        guard try runningAgent() != nil else {
            throw .preconditionGone(subject: "agent", reason: "does not run")
        }
    }

    /// Starts the agent; turns sync on where it was off.
    func enableAgent() throws(StepFailure) {
        try performing { _ = try AgentService.enable(workspace, executable: try ownProgram()) }
    }

    func ensureAgent() throws(StepFailure) {
        do throws(StatusFailure) {
            if try status().source == .agent { return }
        } catch { throw StepFailure(error) }
        throw .withoutEffect(subject: "agent", reason: "does not answer")
    }

    /// A signal to exactly the recorded process, which then ends in its own time.
    func stopAgent() throws(StepFailure) {
        guard let process = try runningAgent() else { return }
        _ = try performing { try process.signal(SIGTERM) }
        guard process.waitUntilGone(limit: .seconds(15)) else {
            throw .notPerformed(
                subject: "agent (pid \(process.pid))", reason: "did not end in 15s",
                nextStep: "see aura live logs tail; its log takes kill -9 \(process.pid)")
        }
    }
}

/// Runs what may fail in `perform`: the failure becomes the step's.
func performing<Value>(_ body: () throws -> Value) throws(StepFailure) -> Value {
    do { return try body() } catch let failure as any Failure {
        throw StepFailure(failure)
    } catch {
        throw .notPerformed(
            subject: "step", reason: "\(error)", nextStep: "report it with the journal attached")
    }
}

/// The program that runs, to be started again as agent or Mothership.
func ownProgram() throws(SystemFailure) -> String {
    guard let path = PathName.link("/proc/self/exe") else {
        throw SystemFailure(operation: "readlink", path: "/proc/self/exe")
    }
    return path
}
