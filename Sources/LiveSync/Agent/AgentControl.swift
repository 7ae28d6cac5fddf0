// How the command line asks a working copy's agent, and what it reads when there is none.

import Support

/// The caller's side of an agent. Calls block their thread, each with an end.
public struct AgentControl: Sendable {
    /// Commands of the agent's socket.
    enum Command: String {
        case status, push, resolve, merge, reopen, reconcile, pull, disable, reconnect
        case resolveImpacts = "impacts-resolve"
        case refreshPresence = "presence-refresh"
    }

    private let workspace: Workspace
    private let clock: any Support.Clock

    public init(_ workspace: Workspace, clock: any Support.Clock = SystemClock()) {
        self.workspace = workspace
        self.clock = clock
    }

    /// The agent's snapshot; without an agent, what its files tell.
    public func status(
        timeout: Duration = .seconds(5)
    ) throws(StatusFailure) -> LiveStatus {
        let reply: ControlReply
        do throws(ControlFailure) {
            reply = try askTwice(timeout: timeout)
        } catch {
            switch error {
            case .notRunning: return try StatusFromFiles.take(workspace, clock: clock)
            // Whether anybody listens there is not known to whom the kernel keeps out.
            case .forbidden:
                throw .files(
                    PlainFailure(error.subject, error.reason, nextStep: error.nextStep))
            case .timedOut, .broken: throw .agentHangs(error)
            }
        }
        do throws(PlainFailure) { return try reply.decode(LiveStatus.self) } catch {
            throw .refused(error)
        }
    }

    /// A process that ends still takes connections for a moment, and drops them.
    private func askTwice(timeout: Duration) throws(ControlFailure) -> ControlReply {
        do throws(ControlFailure) {
            return try call(.status, timeout: timeout)
        } catch {
            guard case .broken = error else { throw error }
            pause(milliseconds: 50)
            return try call(.status, timeout: timeout)
        }
    }

    /// What a push moved.
    public struct Pushed: Codable, Sendable {
        public let sent: UInt64
        public let acked: UInt64
        public let refused: [String: Int]
        public let waiting: Int
    }

    /// Sends what waits, now, and waits until the queue is empty or nothing moves for a while.
    public func push(retryRefused: Bool, limit: Duration = .seconds(10)) throws -> Pushed {
        let before = try status()
        guard before.source == .agent else {
            throw PlainFailure(
                "agent", "does not run", nextStep: "run aura live sync enable",
                exitStatus: .refused)
        }
        guard before.lifecycle != .paused else {
            throw PlainFailure(
                "sync", "is paused: \(before.causes.joined(separator: ", "))",
                nextStep: "end that first", exitStatus: .refused)
        }
        _ = try call(.push, ["retry": retryRefused ? "yes" : "no"])
        let end = clock.uptime + limit
        var after = try status()
        while after.wal.pendingOut > 0, clock.uptime < end {
            pause(milliseconds: 20)
            after = try status()
        }
        return Pushed(
            sent: after.counters.setsSent - before.counters.setsSent,
            acked: after.counters.changesAcknowledged - before.counters.changesAcknowledged,
            refused: after.wal.refused, waiting: after.wal.pendingOut)
    }

    /// Pings every peer of the room; waits for the Mothership's answer.
    public func refreshPresence() throws -> RefreshAnswer {
        try call(.refreshPresence, timeout: .seconds(15)).decode(RefreshAnswer.self)
    }

    /// Ends a conflict.
    public func resolve(_ id: String, taking choice: ConflictChoice) throws -> LiveStatus {
        try call(.resolve, ["id": id, "choice": choice.rawValue]).decode(LiveStatus.self)
    }

    /// Ends a conflict with a text made from both sides; nil keeps both, side by side.
    public func merge(_ id: String, text: String?) throws -> LiveStatus {
        var arguments = ["id": id]
        arguments["text"] = text
        return try call(.merge, arguments).decode(LiveStatus.self)
    }

    /// Takes a dismissed conflict up again.
    public func reopen(_ id: String) throws -> LiveStatus {
        try call(.reopen, ["id": id]).decode(LiveStatus.self)
    }

    /// Ends one impact, or all of them.
    public func resolveImpacts(_ id: String?) throws -> LiveStatus {
        try call(.resolveImpacts, id.map { ["id": $0] } ?? [:]).decode(LiveStatus.self)
    }

    /// Derives the base of a function anew from the ledger; waits until that is done.
    public func reconcile(_ function: String) throws -> ReconcileAnswer {
        try call(.reconcile, ["function": function], timeout: .seconds(60))
            .decode(ReconcileAnswer.self)
    }

    /// Waits until everything the Mothership has was read, from the start when `isFull`.
    public func pull(isFull: Bool) throws -> PullAnswer {
        try call(.pull, ["full": isFull ? "yes" : "no"], timeout: .seconds(600))
            .decode(PullAnswer.self)
    }

    /// Lets the agent connect anew at once, with the newest token.
    public func reconnect() throws {
        _ = try call(.reconnect).decode(LiveStatus.self)
    }

    func disable() throws -> LiveStatus {
        try call(.disable, timeout: .seconds(15)).decode(LiveStatus.self)
    }

    private func call(
        _ command: Command, _ arguments: [String: String] = [:],
        timeout: Duration = .seconds(5)
    ) throws(ControlFailure) -> ControlReply {
        try ControlClient.call(
            path: workspace.agentSocketPath, command: command.rawValue, arguments: arguments,
            timeout: timeout)
    }
}
