// Acts of a repair that leave no file of the working copy to be put back: processes ended and
// started, tokens, registrations, and a copy written beside.

import Diagnostics
import Glibc
import LiveProtocol
import LiveSync
import Mothership
import Support

/// Something done around a working copy. None of it has bytes to take back.
public enum LiveAct: Codable, Hashable, Sendable {
    /// Ends an agent that does not answer: asked first, then killed. Its log takes that.
    case endAgent
    /// Lets exactly this process, the agent that a signal stopped, go on.
    case continueAgent(ProcessIdentity)
    /// Ends the agent, if it runs, and starts it where sync is on.
    case restartAgent
    /// Obtains a token and proves it; the old one stays until then.
    case renewToken
    /// Makes the repository known to the Mothership.
    case register
    /// Ends exactly this process, a Mothership of this user on another home.
    case endMothership(ProcessIdentity)
    /// Lets exactly this process, a Mothership of this user that a signal stopped, go on.
    case resumeMothership(ProcessIdentity)
    /// Writes the pid record of this user's Mothership, which runs without one.
    case recordMothership
    /// Writes what an earlier log held without an acknowledgement to files below `.aura/live`.
    case exportUnsent(log: String)
    /// Moves exactly this lock of git's index into quarantine. Where it was, no copy of it is wanted
    /// back.
    case setIndexLockAside(LeftIndexLock)
    /// Gives files of this user the permissions they need. They may be closed or secret, so that no
    /// copy of them is kept.
    case setModes([ModeChange])

    /// How long a process has to end when it is asked to.
    private static let patience = Duration.seconds(15)
    /// How long an agent that did not answer before has to end when it is asked to.
    private static let hangPatience = Duration.seconds(3)

    var title: String {
        switch self {
        case .endAgent: "end the agent that does not answer"
        case .continueAgent(let process): "let the agent go on (pid \(process.pid))"
        case .restartAgent: "start the agent afresh"
        case .renewToken: "obtain a new token and prove it"
        case .register: "register the repository at the mothership"
        case .endMothership(let process):
            "stop the other mothership on that port (pid \(process.pid))"
        case .resumeMothership(let process):
            "let the mothership go on (pid \(process.pid))"
        case .recordMothership: "write the pid record of the mothership that runs"
        case .exportUnsent(let log): "export what \(log) held unacknowledged"
        case .setIndexLockAside: "move .git/index.lock into quarantine"
        case .setModes(let changes): ModeChange.title(of: changes)
        }
    }

    var expected: Duration {
        switch self {
        case .exportUnsent, .setModes, .setIndexLockAside, .recordMothership: .seconds(2)
        case .endAgent, .continueAgent, .restartAgent, .renewToken, .register,
            .endMothership, .resumeMothership:
            .seconds(10)
        }
    }

    var turn: RepairTurn {
        switch self {
        case .exportUnsent, .setModes, .setIndexLockAside: .state
        case .endMothership, .resumeMothership, .recordMothership: .server
        case .endAgent, .continueAgent, .restartAgent, .renewToken, .register: .client
        }
    }

    func require(of host: SyncHost) throws(StepFailure) {
        switch self {
        case .endAgent:
            guard try host.runningAgent() != nil else {
                throw .preconditionGone(subject: "agent", reason: "does not run")
            }
        // One that runs already goes on as it is where another could not start.
        case .restartAgent: if try host.runningAgent() != nil { try host.requireRestart() }
        case .renewToken, .register: return
        case .endMothership(let process), .resumeMothership(let process),
            .continueAgent(let process):
            guard process.isAlive else {
                throw .preconditionGone(subject: "pid \(process.pid)", reason: "is gone")
            }
        case .recordMothership: _ = try unrecorded(on: host)
        case .exportUnsent(let log):
            let path = host.workspace.liveFolder + "/" + log
            guard FileAccess.isFolder(path) else {
                throw .preconditionGone(subject: path, reason: "is not there")
            }
        case .setIndexLockAside(let lock):
            guard host.leftIndexLock() == lock else {
                throw .preconditionGone(
                    subject: host.indexLockPath, reason: "is another one, or a git works there")
            }
        case .setModes(let changes): for change in changes { try change.require(of: host) }
        }
    }

    func perform(on host: SyncHost) async throws(StepFailure) {
        switch self {
        case .endAgent: try end(host)
        case .restartAgent:
            if try host.runningAgent() != nil { try host.stopAgent() }
            if try host.isSyncOn() { try host.enableAgent() }
        case .renewToken:
            try await awaiting { _ = try await Enrolment().refresh(host.workspace) }
        case .register:
            try await awaiting { _ = try await Enrolment().register(host.workspace) }
        case .endMothership(let process):
            _ = try performing { try process.signal(SIGTERM) }
            guard process.waitUntilGone(limit: Self.patience) else {
                throw .notPerformed(
                    subject: "pid \(process.pid)", reason: "did not end in 15s",
                    nextStep: "stop it by hand, then make a new plan")
            }
        case .resumeMothership(let process), .continueAgent(let process):
            _ = try performing { try process.signal(SIGCONT) }
        case .recordMothership:
            let (status, process) = try unrecorded(on: host)
            let record = PidRecord(
                process: process, root: host.mothershipHome, port: status.port,
                instance: status.instance, version: status.version, startedAt: status.startedAt)
            try performing {
                let path = LocalMothership.pidRecord(home: host.mothershipHome)
                // A folder there gives no way to a file.
                if FileAccess.exists(path), !FileAccess.isFile(path) {
                    let aside = "\(path).aside-\(host.clock.now.rawValue)"
                    try retrying("rename", path) { rename(path, aside) }
                }
                try record.save(path)
            }
        case .exportUnsent(let log):
            _ = try performing {
                try LogMaintenance(host.workspace)
                    .exportUnsent(of: host.workspace.liveFolder + "/" + log)
            }
        case .setIndexLockAside(let lock):
            let aside = "\(host.workspace.quarantineFolder)/index.lock-\(lock.modifiedAt.rawValue)"
            _ = try performing {
                try FileAccess.makeFolder(host.workspace.quarantineFolder, mode: 0o700)
                return try retrying("rename", aside) { rename(host.indexLockPath, aside) }
            }
        // What lies in a folder can be reached once the folder is open.
        case .setModes(let changes): for change in changes { try change.perform(on: host) }
        }
    }

    func ensure(of host: SyncHost) throws(StepFailure) {
        switch self {
        case .endAgent:
            if let process = try host.runningAgent() {
                throw .withoutEffect(subject: "agent", reason: "still runs (pid \(process.pid))")
            }
        case .restartAgent: if try host.isSyncOn() { try host.ensureAgent() }
        // Each of these fails loudly while it is done, and leaves nothing here to look at.
        case .renewToken, .register, .exportUnsent: return
        case .recordMothership:
            guard try performing({ try host.mothershipRecord()?.isAlive }) == true else {
                throw .withoutEffect(
                    subject: host.mothershipHome, reason: "has no record that holds")
            }
        case .setIndexLockAside(let lock):
            if host.leftIndexLock() == lock {
                throw .withoutEffect(subject: host.indexLockPath, reason: "is still there")
            }
        case .setModes(let changes): for change in changes { try change.ensure(of: host) }
        case .endMothership(let process):
            if process.isAlive {
                throw .withoutEffect(subject: "pid \(process.pid)", reason: "still runs")
            }
        case .resumeMothership(let process), .continueAgent(let process):
            if process.activity?.isStopped ?? true {
                throw .withoutEffect(subject: "pid \(process.pid)", reason: "is still stopped")
            }
        }
    }

    /// Exactly the process that answers on the home's socket, by a program of this name.
    private func unrecorded(
        on host: SyncHost
    ) throws(StepFailure) -> (LocalMothership.Status, ProcessIdentity) {
        let own = PathName.last(of: try performing { try ownProgram() })
        guard let status = host.unrecordedMothership(),
            let process = ProcessIdentity.of(pid: status.pid)
        else {
            throw .preconditionGone(
                subject: host.mothershipHome, reason: "nobody serves it without a record")
        }
        guard PathName.last(of: process.executable) == own else {
            throw .preconditionGone(
                subject: "pid \(process.pid)", reason: "is another program, \(process.executable)")
        }
        return (status, process)
    }

    private func end(_ host: SyncHost) throws(StepFailure) {
        guard let process = try host.runningAgent() else { return }
        _ = try performing { try process.signal(SIGTERM) }
        if process.waitUntilGone(limit: Self.hangPatience) { return }
        _ = try performing { try process.signal(SIGKILL) }
        guard process.waitUntilGone(limit: Self.patience) else {
            throw .notPerformed(
                subject: "agent (pid \(process.pid))", reason: "did not end when killed",
                nextStep: "look at its state with ps; the kernel may wait for a disk")
        }
    }
}

/// The same as `performing`, for what waits.
private func awaiting(
    _ body: @Sendable () async throws -> Void
) async throws(StepFailure) {
    do { try await body() } catch let failure as any Failure {
        throw StepFailure(failure)
    } catch {
        throw .notPerformed(
            subject: "step", reason: "\(error)", nextStep: "report it with the journal attached")
    }
}
