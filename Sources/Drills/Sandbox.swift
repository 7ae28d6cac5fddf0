// A throw-away world: a Mothership and working copies with homes of their own, all of it real
// processes on loopback, none of it the user's.

import Foundation
import LiveProtocol
import LiveSync
import Support

/// A throw-away Mothership and the peers around it.
public final class Sandbox {
    public let folder: String
    public let executable: String
    public private(set) var peers: [SandboxPeer] = []
    private var mothershipPort = 0
    private var endings: [() -> Void] = []

    /// - Parameter executable: the `aura` to run.
    public init(executable: String) throws {
        self.executable = executable
        let base = FileManager.default.temporaryDirectory.path
        let made = "\(base)/aura-sandbox-\(getpid())-\(UUID().uuidString.prefix(8))"
        try FileAccess.makeFolder(made, mode: 0o700)
        folder = PathName.resolved(made) ?? made
    }

    public var mothershipHome: String { folder + "/mothership" }

    /// The port of the Mothership; 0 before the first start.
    public var port: Int { mothershipPort }

    /// Does something when the sandbox is closed, before its processes end.
    public func atEnd(_ ending: @escaping () -> Void) { endings.append(ending) }

    /// Runs a program when the sandbox is closed: to take back what needs taking back.
    public func atEnd(_ program: String, _ arguments: [String]) {
        atEnd(Tool(program, environment: [:], folder: "/"), arguments)
    }

    /// The same with a tool and its surroundings.
    public func atEnd(_ tool: Tool, _ arguments: [String]) {
        atEnd {
            // What is gone already need not be taken back.
            _ = try? tool.run(arguments)
        }
    }

    /// Does now what was left for the end.
    public func endAll() {
        for ending in endings.reversed() { ending() }
        endings = []
    }

    /// The address peers use.
    public var endpoint: String { "ws://127.0.0.1:\(mothershipPort)" }

    /// The variables that keep every process inside the sandbox.
    public func environment(user: String) -> [String: String] {
        var variables = ProcessInfo.processInfo.environment
        variables["AURA_HOME"] = mothershipHome
        variables["AURA_CONFIG_HOME"] = folder + "/config-" + user
        variables["AURA_USER"] = user
        variables["GIT_CONFIG_NOSYSTEM"] = "1"
        variables["NO_COLOR"] = "1"
        return variables
    }

    /// The program under test as one user of the sandbox, in a folder of it.
    public func aura(user: String = "operator", in place: String? = nil) -> Tool {
        Tool(executable, environment: environment(user: user), folder: place ?? folder)
    }

    public func git(in place: String) -> Tool {
        Tool("/usr/bin/git", environment: environment(user: "operator"), folder: place)
    }

    /// Starts the Mothership, on the port it had before when it had one.
    public func startMothership(
        _ options: [String] = [], configuration: String? = nil
    ) throws {
        if let configuration {
            try FileAccess.makeFolder(mothershipHome, mode: 0o700)
            try FileAccess.replace(
                mothershipHome + "/config.toml", with: Array(configuration.utf8))
        }
        let result = try aura().require(
            ["mothership", "start", "--port", "\(mothershipPort)", "--json"] + options)
        mothershipPort = try JSONText.decode(LocalMothership.Status.self, from: result.output).port
    }

    /// The Mothership's process as its record names it.
    public func mothershipProcess() throws -> ProcessIdentity {
        guard let record = try PidRecord.load(LocalMothership.pidRecord(home: mothershipHome))
        else {
            throw PlainFailure(
                mothershipHome, "has no pid record", nextStep: "start the Mothership first")
        }
        return record.process
    }

    /// SIGKILL, and the process is gone when this returns.
    public func killMothership() throws {
        let process = try mothershipProcess()
        _ = try process.signal(SIGKILL)
        try Waiting.until("the Mothership to be gone") {
            process.waitUntilGone(limit: .milliseconds(100))
        }
    }

    /// Clones `source` for a user and enables sync in it.
    ///
    /// - Parameter settings: lines of the clone's `live.toml`, by table.
    @discardableResult
    public func addPeer(
        _ user: String, cloning source: String, branch: String? = nil,
        settings: [String: String] = [:], endpoint: String? = nil
    ) throws -> SandboxPeer {
        let root = folder + "/" + user
        let branchOption = branch.map { ["--branch", $0] } ?? []
        try git(in: folder).require(["clone", "--quiet"] + branchOption + [source, root])
        let peer = SandboxPeer(user: user, root: root, sandbox: self)
        try peer.aura(["init", "--mothership", endpoint ?? self.endpoint])
        try peer.configure(settings)
        try peer.aura(["mothership", "register"])
        try peer.enable()
        peers.append(peer)
        return peer
    }

    /// Ends every process this sandbox started and removes its folder.
    ///
    /// - Returns: pids that had to be killed because they did not stop.
    @discardableResult
    public func close() -> [Int32] {
        endAll()
        var killed: [Int32] = []
        var records = peers.map(\.workspace.agentRecordPath)
        records.append(LocalMothership.pidRecord(home: mothershipHome))
        for path in records {
            // A record that cannot be read names no process we could end.
            guard let record = try? PidRecord.load(path) else { continue }
            // Gone already is as good as signalled.
            _ = try? record.process.signal(SIGCONT)
            _ = try? record.process.signal(SIGTERM)  // as above
            // A loaded machine needs a while to write the end of a log.
            if !record.process.waitUntilGone(limit: .seconds(60)) {
                _ = try? record.process.signal(SIGKILL)  // as above
                _ = record.process.waitUntilGone(limit: .seconds(10))
                killed.append(record.process.pid)
            }
        }
        // A leftover in the temporary folder harms nobody.
        try? FileManager.default.removeItem(atPath: folder)
        return killed
    }
}

/// A working copy in a sandbox.
public struct SandboxPeer: Sendable {
    public let user: String
    public let root: String
    private let tool: Tool
    private let control: AgentControl

    init(user: String, root: String, sandbox: Sandbox) {
        self.user = user
        self.root = root
        tool = sandbox.aura(user: user, in: root)
        control = AgentControl(Workspace(root: root))
    }

    public var workspace: Workspace { Workspace(root: root) }

    /// Runs `aura` here; throws unless it succeeds.
    @discardableResult
    public func aura(_ arguments: [String], limit: Duration = .seconds(120)) throws -> ToolResult {
        try tool.require(arguments, limit: limit)
    }

    /// Runs `aura` here; any exit status is an answer.
    public func tryAura(_ arguments: [String], limit: Duration = .seconds(120)) throws -> ToolResult
    {
        try tool.run(arguments, limit: limit)
    }

    /// Adds lines to tables of `live.toml`, in place of those with the same keys; a missing table is
    /// made.
    public func configure(_ settings: [String: String]) throws {
        let path = workspace.configurationPath
        var lines = String(decoding: try FileAccess.read(path), as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        for (table, added) in settings.sorted(by: { $0.key < $1.key }) {
            let header = "[\(table)]"
            guard let start = lines.firstIndex(of: header) else {
                lines += [header, added, ""]
                continue
            }
            let keys = Set(added.split(separator: "\n").compactMap(Self.key))
            let body = lines[(start + 1)...].prefix { !$0.hasPrefix("[") }
            let kept = body.filter { line in Self.key(line[...]).map { !keys.contains($0) } ?? true
            }
            lines.replaceSubrange(body.startIndex..<body.endIndex, with: [added] + kept)
        }
        try FileAccess.replace(path, with: Array(lines.joined(separator: "\n").utf8), mode: 0o644)
    }

    /// The key of a line of settings; nil for comments and what goes on over several lines.
    private static func key(_ line: Substring) -> String? {
        let halves = line.split(separator: "=", maxSplits: 1)
        guard halves.count == 2, !line.hasPrefix("#"), !line.hasPrefix(" ") else { return nil }
        return String(halves[0].filter { $0 != " " })
    }

    /// Points `live.toml` to another Mothership.
    public func replaceEndpoint(_ url: String) throws {
        let path = workspace.configurationPath
        let text = String(decoding: try FileAccess.read(path), as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.hasPrefix("mothership = ") ? "mothership = \"\(url)\"" : String(line)
        }
        try FileAccess.replace(path, with: Array(lines.joined(separator: "\n").utf8), mode: 0o644)
    }

    /// Enables sync with more variables in the agent's environment, under a program that starts it.
    public func enable(with variables: [String: String], under wrapper: [String] = []) throws {
        var tool = tool
        tool.environment.merge(variables) { $1 }
        let words = wrapper + [tool.executable, "live", "sync", "enable"]
        tool.executable = words[0]
        try tool.require(Array(words.dropFirst()))
    }

    public func enable() throws { try aura(["live", "sync", "enable"]) }

    /// The snapshot of the running agent, or of its files.
    public func status() throws -> LiveStatus { try control.status() }

    public func path(_ relative: String) -> String { root + "/" + relative }

    public func read(_ relative: String) throws -> [UInt8] { try FileAccess.read(path(relative)) }

    /// Saves as editors do: a new file in place of the old one, with its mode.
    public func save(_ relative: String, _ bytes: [UInt8]) throws {
        var old = stat()
        let mode = stat(path(relative), &old) == 0 ? old.st_mode & 0o777 : 0o644
        try FileAccess.makeFolder(PathName.parent(of: path(relative)))
        try FileAccess.replace(path(relative), with: bytes, mode: mode)
    }

    public func save(_ relative: String, _ text: String) throws {
        try save(relative, Array(text.utf8))
    }

    /// The process of the agent, by its pid record.
    public func agentProcess() throws -> ProcessIdentity {
        guard let record = try PidRecord.load(workspace.agentRecordPath) else {
            throw PlainFailure(root, "has no running agent", nextStep: "enable sync first")
        }
        return record.process
    }

    /// SIGKILL, and the process is gone when this returns.
    public func killAgent() throws {
        let process = try agentProcess()
        _ = try process.signal(SIGKILL)
        try Waiting.until("the agent to be gone") {
            process.waitUntilGone(limit: .milliseconds(100))
        }
    }

    /// Waits until a file has exactly these bytes.
    public func wait(
        for relative: String, toBe bytes: [UInt8], limit: Duration = .seconds(60)
    ) throws {
        let path = path(relative)
        try Waiting.until(
            "\(user)'s \(relative) to change", limit: limit,
            watching: PathName.parent(of: path)
        ) {
            // While a file is being replaced it may be missing for a moment.
            (try? FileAccess.read(path)) == bytes
        }
    }

    /// Waits until the snapshot satisfies a condition.
    public func wait(
        for what: String, limit: Duration = .seconds(60),
        _ condition: (LiveStatus) throws -> Bool
    ) throws {
        try Waiting.until("\(user): \(what)", limit: limit) { try condition(try status()) }
    }
}
