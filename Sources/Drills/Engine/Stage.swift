// A scene that stands: the processes of a sandbox, the peer whose report is asked for, and what
// takes the present fault back.

import Foundation
import LiveSync
import Support

/// Where a drill plays.
public final class Stage {
    public let scene: Scene
    public let sandbox: Sandbox
    /// The repository that the peers cloned.
    public let source: String
    public private(set) var ada: SandboxPeer
    public private(set) var proxy: FaultProxy?
    private var ben: SandboxPeer?
    /// Whose report is asked for.
    public var subject: SandboxPeer
    /// How the examining process is started.
    public var look = Look()
    private var lifts: [() throws -> Void] = []
    /// Whether the present fault had a cause that was taken away. One without stays, or comes back.
    public private(set) var isLifted = false
    private var mends: [() throws -> Void] = []

    /// How the examining process is started.
    public struct Look {
        /// A program with its arguments, to which `aura` and its own are appended.
        public var wrapper: [String] = []
        /// Variables of its environment.
        public var variables: [String: String] = [:]
        /// Where it runs; the subject's folder unless said otherwise.
        public var folder: String?
        public var arguments: [String] = []
        /// Whether the repair is made in the same way; the cause alone is what a look is for otherwise.
        public var repairsToo = false

        public init() {}
    }

    /// Builds the scene and waits until everybody is online.
    public init(_ scene: Scene, executable: String) throws {
        self.scene = scene
        sandbox = try Sandbox(executable: executable)
        do {
            source = try ToyRepository.make(in: sandbox, extra: scene.files)
            if scene.partner == .otherBranch {
                try sandbox.git(in: source).require(["branch", "side"])
            }
            try sandbox.startMothership(configuration: scene.mothership)
            proxy = scene.isProxied ? try FaultProxy(to: sandbox.port) : nil
            try Self.makeDisk(scene, sandbox)
            let plain = scene.isEncrypted ? "wss://127.0.0.1:\(sandbox.port)" : nil
            ada = try sandbox.addPeer(
                "ada", cloning: source, settings: scene.allSettings,
                endpoint: proxy?.endpoint ?? plain)
            subject = ada
            if let partner = scene.partner {
                let made = try sandbox.addPeer(
                    "ben", cloning: source, branch: partner == .otherBranch ? "side" : nil,
                    settings: scene.allSettings, endpoint: plain)
                ben = made
                if partner == .otherBranch { subject = made }
            }
            for peer in peers { try peer.wait(for: "the link") { $0.link.state == .online } }
        } catch {
            proxy?.stop()
            sandbox.close()
            throw error
        }
    }

    /// Everybody on the stage.
    public var peers: [SandboxPeer] { [ada] + [ben].compactMap { $0 } }

    /// The second peer.
    public func partner() throws -> SandboxPeer {
        guard let ben else {
            throw PlainFailure("scene", "has nobody else", nextStep: "give the scene a partner")
        }
        return ben
    }

    /// The proxy before the first peer.
    public func link() throws -> FaultProxy {
        guard let proxy else {
            throw PlainFailure("scene", "has no proxy", nextStep: "make the scene a proxied one")
        }
        return proxy
    }

    /// A tmpfs in the place of the first working copy.
    private static func makeDisk(_ scene: Scene, _ sandbox: Sandbox) throws {
        guard let size = scene.diskMebibytes else { return }
        let root = sandbox.folder + "/ada"
        try FileAccess.makeFolder(root)
        let mount = Tool("/bin/mount", environment: [:], folder: "/")
        let files = scene.diskFiles.map { ",nr_inodes=\($0)" } ?? ""
        try mount.require(["-t", "tmpfs", "-o", "size=\(size)m\(files)", "none", root])
        sandbox.atEnd("/bin/umount", ["-l", root])
        // Before its folder goes: nobody could name its process after that.
        sandbox.atEnd {
            // What does not answer is found by its record when the sandbox is closed.
            _ = try? Workspace.agentOf(root)?.signal(SIGTERM)
            _ = try? Workspace.agentOf(root)?.waitUntilGone(limit: .seconds(10))  // as above
        }
    }

    // MARK: Taking a fault back

    /// Takes away the cause before a repair is tried; what it left behind stays.
    public func lift(_ cause: @escaping () throws -> Void) { lifts.append(cause) }

    /// Takes the fault back by hand, where no repair did.
    public func mend(_ fault: @escaping () throws -> Void) { mends.append(fault) }

    /// Ends every cause, newest first.
    public func liftAll() throws {
        isLifted = !lifts.isEmpty
        while let cause = lifts.popLast() { try cause() }
        if !look.repairsToo { look = Look() }
    }

    /// Puts everything back, newest first.
    public func mendAll() throws {
        try liftAll()
        look = Look()
        while let fault = mends.popLast() { try fault() }
        resetSubject()
    }

    private func resetSubject() {
        subject = scene.partner == .otherBranch ? ben ?? ada : ada
    }

    /// Ends the scene.
    ///
    /// - Returns: pids that had to be killed.
    @discardableResult
    public func close() -> [Int32] {
        // What cannot be taken back goes with the sandbox.
        try? liftAll()
        proxy?.stop()
        return sandbox.close()
    }

    // MARK: Looking

    /// Runs `aura doctor …` as the look of this stage wants it.
    public func doctor(_ arguments: [String], limit: Duration = .seconds(180)) throws -> ToolResult
    {
        try looked(["doctor"] + arguments + look.arguments, limit: limit)
    }

    /// Types a command into a shell in the subject's working copy, as the look of this stage wants it.
    func type(_ command: String, limit: Duration = .seconds(180)) throws -> ToolResult {
        let words = ["/bin/sh", "-c", command]
        return try looking(words, in: subject.root, limit: limit)
    }

    /// Makes a bundle as the look of this stage wants it. Another user has no place for its key, so
    /// where the look is that of one it is the subject's own.
    func bundle(to path: String, limit: Duration = .seconds(180)) throws -> ToolResult {
        let words = ["live", "logs", "bundle", path]
        if look.repairsToo { return try subject.tryAura(words, limit: limit) }
        return try looked(words, limit: limit)
    }

    /// What the program says, where and how this stage looks.
    private func looked(_ words: [String], limit: Duration) throws -> ToolResult {
        let folder = look.folder ?? subject.root
        return try looking([sandbox.executable] + words, in: folder, limit: limit)
    }

    private func looking(
        _ words: [String], in folder: String, limit: Duration
    ) throws -> ToolResult {
        let all = look.wrapper + words
        var tool = sandbox.aura(user: subject.user, in: folder)
        tool.executable = all[0]
        let path = PathName.parent(of: sandbox.executable)
        tool.environment["PATH"] = "\(path):\(tool.environment["PATH"] ?? "")"
        tool.environment.merge(look.variables) { $1 }
        return try tool.run(Array(all.dropFirst()), limit: limit)
    }

    /// The report of the subject.
    public func report() throws -> DoctorAnswer { try DoctorAnswer(doctor(["live", "--json"])) }

    // MARK: Changing the proxy

    /// Puts a proxy on the old port again, after the old one was stopped.
    public func replaceProxy() throws {
        guard let old = proxy else { return }
        old.stop()
        try Waiting.until("the proxy's port to be free") {
            // Until the kernel has let go of the old connections it is taken.
            guard let made = try? FaultProxy(to: sandbox.port, port: old.port) else { return false }
            proxy = made
            return true
        }
    }
}

extension Workspace {
    /// The process that the agent's record of a working copy names.
    fileprivate static func agentOf(_ root: String) throws -> ProcessIdentity? {
        try PidRecord.load(Workspace(root: root).agentRecordPath)?.process
    }
}
