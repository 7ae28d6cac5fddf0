// Turning sync on and off for a working copy.

import Foundation
import Support
import WriteAheadLog

/// The agent of a working copy as the command line handles it.
public enum AgentService {
    /// Runs the agent in this process until SIGTERM, SIGINT or `disable`.
    public static func runInForeground(
        _ workspace: Workspace, surroundings: Surroundings = Surroundings()
    ) async throws {
        do {
            try await AgentProcess(
                workspace: workspace, surroundings: surroundings, clock: SystemClock()
            ).run()
        } catch let failure as any Failure {
            Readiness.report(failure: failure)
            throw failure
        }
    }

    /// What `enable` did.
    public struct Enabled: Codable, Sendable {
        public let wasRunning: Bool
        public let pid: Int32
        public let endpoint: String
        public let room: String
        public let branch: String
        public let files: Int
        public let linkProblem: String?
        /// Why sync is paused although it is on, in words; empty unless it is.
        public let pausedBy: [String]
    }

    /// Starts the agent in the background and waits until its watcher is proven and its hello
    /// answered.
    ///
    /// - Parameters:
    ///   - executable: the program to run `live agent` with.
    ///   - allowCleartext: let source code leave this machine in clear text.
    public static func enable(
        _ workspace: Workspace, executable: String, allowCleartext: Bool = false
    ) throws -> Enabled {
        // A copied folder has a copied record of somebody else's agent in it.
        _ = try DeviceBinding.load(workspace)
        if let record = try workspace.agentRecord(), record.process.isAlive,
            let status = try running(workspace, record.process)
        {
            RefusedStart.forget(in: workspace.runFolder)
            try Self.refuseUnwritableLog(status)
            // One that was sent away does not try again by itself; a new token may be there by now.
            if status.link.state == .offline { try AgentControl(workspace).reconnect() }
            return Enabled(
                wasRunning: true, pid: record.process.pid, endpoint: status.endpoint,
                room: status.repository, branch: status.branch,
                files: status.scanner?.files ?? 0, linkProblem: nil, pausedBy: status.causes)
        }
        let started: (pid: Int32, message: String)
        do {
            started = try DetachedProcess.start(
                executable,
                ["live", "agent", "--root", workspace.root]
                    + (allowCleartext ? ["--allow-cleartext"] : []),
                environment: ["PWD": workspace.root],
                log: workspace.logFolder + "/agent.out", limit: .seconds(60))
        } catch let failure as any Failure {
            RefusedStart.note(failure, in: workspace.runFolder, at: SystemClock().now)
            throw failure
        }
        let ready = try JSONText.decode(AgentReady.self, from: started.message)
        let status = try AgentControl(workspace).status()
        try Self.refuseUnwritableLog(status)
        return Enabled(
            wasRunning: false, pid: ready.pid, endpoint: ready.endpoint, room: ready.room,
            branch: ready.branch, files: ready.files, linkProblem: ready.linkProblem,
            pausedBy: status.causes)
    }

    /// An agent that cannot write its log is on and syncs nothing: whoever turned sync on must not
    /// believe that it works.
    static func refuseUnwritableLog(_ status: LiveStatus) throws(PlainFailure) {
        if status.wal.isFull {
            throw PlainFailure(
                "log", "the agent runs, and no space is left for what it records",
                nextStep: "free space on that file system, then disable and enable sync")
        }
        if let problem = status.wal.writeProblem {
            throw PlainFailure(
                "log", "the agent runs and cannot write its log: \(problem)",
                nextStep: "see aura live wal status")
        }
    }

    /// What a living agent says of itself; nil when it is gone after all. One that was killed just now
    /// answers nobody any more and is alive for the kernel still.
    private static func running(
        _ workspace: Workspace, _ process: ProcessIdentity
    ) throws -> LiveStatus? {
        let status = try AgentControl(workspace).status()
        if status.source != .agent, process.waitUntilGone(limit: .seconds(2)) { return nil }
        return status
    }

    /// How sync ended.
    public struct Disabled: Codable, Sendable {
        /// `stopped cleanly`, `stopped with unsent work`, `stopped while paused`, `not running`.
        public let outcome: String
        public let unsent: Int
    }

    /// Flushes for at most 15 s, ends the agent, and remembers that sync is off.
    public static func disable(_ workspace: Workspace) throws -> Disabled {
        RefusedStart.forget(in: workspace.runFolder)
        let control = AgentControl(workspace)
        let before = try control.status()
        guard before.source == .agent else {
            if before.enabled { try turnOff(workspace) }
            return Disabled(outcome: "not running", unsent: before.wal.pendingOut)
        }
        if before.lifecycle != .paused, before.link.state != .offline {
            // What could not be sent is told as unsent; sync is turned off all the same.
            _ = try? control.push(retryRefused: false, limit: .seconds(15))
        }
        let process = try workspace.agentRecord()?.process
        let last = try control.disable()
        guard process?.waitUntilGone(limit: .seconds(10)) ?? true else {
            throw PlainFailure(
                "agent", "did not end in 10s", nextStep: "see aura live logs tail",
                exitStatus: .busy)
        }
        // An agent without space for its log ends, and could not write that it was told to.
        // A log that cannot be read says nothing of it, and is told of elsewhere.
        if let left = try? StatusFromFiles.fold(workspace), left.lifecycle != .off {
            try turnOff(workspace)
        }
        let unsent = last.wal.pendingOut
        let outcome =
            before.lifecycle == .paused
            ? "stopped while paused" : unsent > 0 ? "stopped with unsent work" : "stopped cleanly"
        return Disabled(outcome: outcome, unsent: unsent)
    }

    /// The agent is gone, and the log must say that it was meant to go.
    private static func turnOff(_ workspace: Workspace) throws {
        do { try recordOff(workspace) } catch let failure as any Failure {
            throw PlainFailure(
                "sync",
                "no agent runs, but the log does not say that sync is off: \(failure.reason)",
                nextStep: "\(failure.nextStep), then run aura live sync disable again")
        }
    }

    /// A killed agent left "active" behind; the user says off.
    private static func recordOff(_ workspace: Workspace) throws {
        let (log, _) = try WriteAheadLog.open(
            at: workspace.walFolder, options: LogOptions(), clock: SystemClock())
        _ = try log.enqueue([PeerRecord.stateChanged(.lifecycle(.off)).draft])
        try log.close()
    }
}
