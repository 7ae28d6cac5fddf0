// The two files by which others find a running agent: its record and its socket. Without them a living
// agent looks dead, commands fail, and a second agent would be started beside it; so they are
// put back where somebody removed them, or took their permissions away.

import Glibc
import Support
import Synchronization
import WriteAheadLog

extension Workspace {
    /// The record of this working copy's agent; nil when there is none, and when what is left of one is
    /// torn and no agent runs: a crash or a full disk must not keep the next one from starting.
    public func agentRecord() throws(PlainFailure) -> PidRecord? {
        do throws(PlainFailure) { return try PidRecord.load(agentRecordPath) } catch {
            if hasTornRecord { return nil }
            throw error
        }
    }

    /// True when the agent's record is torn and neither lock nor socket shows that somebody runs.
    public var hasTornRecord: Bool {
        PidRecord.isTorn(agentRecordPath) && !LogReader.isHeld(at: walFolder)
            && !ControlClient.isServed(path: agentSocketPath)
    }
}

/// The record and the socket of an agent, kept in their places from its start to its end.
final class RunFiles: Sendable {
    /// Between two looks. Two of them have to miss a file: somebody who stands before the socket moves
    /// it away first.
    static let period = Duration.seconds(1)

    private let workspace: Workspace
    private let record: PidRecord
    private let handler: ControlServer.Handler
    private let state: Mutex<State>

    private struct State {
        var server: ControlServer
        var missed: Set<String> = []
        var isEnded = false
    }

    /// Listens, and leaves the record.
    init(
        _ workspace: Workspace, record: PidRecord, handler: @escaping ControlServer.Handler
    ) throws {
        (self.workspace, self.record, self.handler) = (workspace, record, handler)
        let server = try ControlServer(path: workspace.agentSocketPath, handler: handler)
        state = Mutex(State(server: server))
        try record.save(workspace.agentRecordPath)
    }

    /// Looks at both, and puts back what two looks in a row have missed.
    ///
    /// - Returns: the paths that were put back.
    func tend() throws -> [String] {
        try state.withLock { state in
            // With the whole working copy gone there is nothing to be found by.
            guard !state.isEnded, FileAccess.exists(workspace.configurationPath) else { return [] }
            var missing: Set<String> = []
            if !hasRecord { missing.insert(workspace.agentRecordPath) }
            if !hasSocket { missing.insert(workspace.agentSocketPath) }
            let due = missing.intersection(state.missed)
            state.missed = missing
            guard !due.isEmpty else { return [] }
            try FileAccess.makeFolder(workspace.runFolder, mode: 0o700)
            // The socket first: what stands in the way of the record must not keep it away.
            if due.contains(workspace.agentSocketPath) { try putBackSocket(&state) }
            if due.contains(workspace.agentRecordPath) {
                try record.save(workspace.agentRecordPath)
            }
            state.missed.subtract(due)
            return due.sorted()
        }
    }

    private func putBackSocket(_ state: inout State) throws {
        let path = workspace.agentSocketPath
        if FileAccess.exists(path) {
            try retrying("chmod", path) { chmod(path, 0o600) }
            return
        }
        // Nobody can reach the old one any more; calls under way get their answers.
        state.server.stop()
        state.server = try ControlServer(path: path, handler: handler)
    }

    private var hasRecord: Bool {
        // One that cannot be read or parsed is as good as none.
        (try? PidRecord.load(workspace.agentRecordPath)) == record
    }

    /// Whatever else has its name is somebody's, and is left alone: a socket of one who stands before it,
    /// for instance.
    private var hasSocket: Bool {
        var status = stat()
        guard lstat(workspace.agentSocketPath, &status) == 0 else { return false }
        return status.st_mode & S_IFMT != S_IFSOCK || status.st_mode & 0o600 == 0o600
    }

    /// Takes no more callers. The record stays, so that an unclean end shows.
    func stop() {
        state.withLock { state in
            state.isEnded = true
            state.server.stop()
        }
    }

    /// Removes the record after a clean end, and lets calls under way have their answers.
    func finish(within limit: Duration) {
        // The log is free by now; a successor's record stays.
        if hasRecord { unlink(workspace.agentRecordPath) }
        state.withLock { $0.server }.finish(within: limit)
    }
}
