// The two files by which others find a running background process: its record and its socket. Without
// them a living process looks dead, commands fail, and a second one would be started beside it; so they
// are put back where somebody removed them, or took their permissions away.

import Glibc
import Synchronization

/// The record and the socket of a background process, kept in their places from its start to its end.
public final class RunFiles: Sendable {
    /// Between two looks. Two of them have to miss a file: somebody who stands before the socket moves
    /// it away first.
    public static let period = Duration.seconds(1)

    private let recordPath: String
    private let socketPath: String
    /// What the process works on; with it gone there is nothing to be found by.
    private let ground: String
    private let record: PidRecord
    private let handler: ControlServer.Handler
    private let state: Mutex<State>

    private struct State {
        var server: ControlServer
        var missed: Set<String> = []
        var isEnded = false
    }

    /// Listens, and leaves the record.
    ///
    /// - Parameter ground: a path whose absence says that all of it was taken away.
    public init(
        record: PidRecord, at recordPath: String, socket socketPath: String, ground: String,
        handler: @escaping ControlServer.Handler
    ) throws {
        (self.record, self.recordPath, self.socketPath) = (record, recordPath, socketPath)
        (self.ground, self.handler) = (ground, handler)
        let server = try ControlServer(path: socketPath, handler: handler)
        state = Mutex(State(server: server))
        do { try record.save(recordPath) } catch {
            server.stop()
            throw error
        }
    }

    /// Looks at both, and puts back what two looks in a row have missed.
    ///
    /// - Returns: the paths that were put back.
    public func tend() throws -> [String] {
        try state.withLock { state in
            guard !state.isEnded, FileAccess.exists(ground) else { return [] }
            var missing: Set<String> = []
            if !hasRecord { missing.insert(recordPath) }
            if !hasSocket { missing.insert(socketPath) }
            let due = missing.intersection(state.missed)
            state.missed = missing
            guard !due.isEmpty else { return [] }
            // The socket first: what stands in the way of the record must not keep it away.
            if due.contains(socketPath) {
                try FileAccess.makeFolder(PathName.parent(of: socketPath), mode: 0o700)
                try putBackSocket(&state)
            }
            if due.contains(recordPath) { try record.save(recordPath) }
            state.missed.subtract(due)
            return due.sorted()
        }
    }

    private func putBackSocket(_ state: inout State) throws {
        if FileAccess.exists(socketPath) {
            try retrying("chmod", socketPath) { chmod(socketPath, 0o600) }
            return
        }
        // Nobody can reach the old one any more; calls under way get their answers.
        state.server.stop()
        state.server = try ControlServer(path: socketPath, handler: handler)
    }

    private var hasRecord: Bool {
        // One that cannot be read or parsed is as good as none.
        (try? PidRecord.load(recordPath)) == record
    }

    /// Whatever else has its name is somebody's, and is left alone: a socket of one who stands before it,
    /// for instance.
    private var hasSocket: Bool {
        var status = stat()
        guard lstat(socketPath, &status) == 0 else { return false }
        return status.st_mode & S_IFMT != S_IFSOCK || status.st_mode & 0o600 == 0o600
    }

    /// Takes no more callers. The record stays, so that an unclean end shows.
    public func stop() {
        state.withLock { state in
            state.isEnded = true
            state.server.stop()
        }
    }

    /// Removes the record after a clean end; a successor's stays.
    public func removeRecord() { if hasRecord { unlink(recordPath) } }

    /// Lets calls under way have their answers.
    public func finish(within limit: Duration) {
        state.withLock { $0.server }.finish(within: limit)
    }
}
