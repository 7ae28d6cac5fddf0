// The faults of bucket `agent`: a process that is killed, stopped, or of another release.

import Checks
import Glibc
import LiveSync
import Support

extension AgentFinding: Drilled {
    public var fault: Fault {
        switch self {
        case .down: .real(in: .alone) { try $0.killAgent() }
        case .commandHang:
            .real(in: .alone) { try $0.freeze(try $0.ada.agentProcess()) }
        case .foldersMoved: .real(in: .alone, Self.move)
        case .versionSkew:
            .real(in: .alone) { stage in
                let relay = try AgentRelay(stage.ada) { $0.version = "0.0.0" }
                stage.mend { try relay.end() }
            }
        case .runWithoutOwner:
            .real(in: .alone, beside: ["config.sync-disabled"]) { stage in
                try stage.killAgent()
                try stage.ada.aura(["live", "sync", "disable"])
            }
        case .logBroken:
            .real(in: .alone) { stage in
                stage.mend { try stage.restartAgent() }
                try stage.moveAway(stage.ada.workspace.agentLogPath)
                stage.mend {
                    // The agent may have begun another one meanwhile, which the old one replaces.
                    unlink(stage.ada.workspace.agentLogPath)
                }
            }
        }
    }

    /// The whole working copy, as by a person who tidies up.
    @Sendable private static func move(_ stage: Stage) throws {
        let (here, there) = (stage.ada.root, stage.ada.root + "-moved")
        try retrying("rename", there) { rename(here, there) }
        stage.look.folder = there
        stage.mend {
            try retrying("rename", here) { rename(there, here) }
            try stage.ada.aura(["live", "sync", "disable"])
            try stage.ada.enable()
        }
    }
}

/// Stands before an agent's socket and changes what it tells, as an agent of another build would.
final class AgentRelay {
    private let path: String
    private let hidden: String
    private let server: ControlServer
    private var own: UInt64?

    init(_ peer: SandboxPeer, _ change: @escaping @Sendable (inout LiveStatus) -> Void) throws {
        let path = peer.workspace.agentSocketPath
        let hidden = path + ".own"
        (self.path, self.hidden) = (path, hidden)
        try retrying("rename", path) { rename(path, hidden) }
        server = try ControlServer(path: path) { request in
            do {
                let reply = try ControlClient.call(
                    path: hidden, command: request.command, arguments: request.arguments)
                guard request.command == "status" else { return reply }
                var status = try reply.decode(LiveStatus.self)
                change(&status)
                return .success(status)
            } catch let failure as any Failure {
                return .failure(failure)
            } catch {
                return .failure(PlainFailure("relay", "\(error)", nextStep: "see the agent"))
            }
        }
        own = Self.identity(of: path)
    }

    /// Gives the socket back; a new agent's is left where it is.
    func end() throws {
        guard Self.identity(of: path) == own else {
            let apart = path + ".new"
            try retrying("rename", path) { rename(path, apart) }
            server.stop()
            try retrying("rename", apart) { rename(apart, path) }
            // Nobody listens on the old one any more.
            unlink(hidden)
            return
        }
        server.stop()
        try retrying("rename", hidden) { rename(hidden, path) }
    }

    private static func identity(of path: String) -> UInt64? {
        var status = stat()
        return lstat(path, &status) == 0 ? UInt64(status.st_ino) : nil
    }
}
