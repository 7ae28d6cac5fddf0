// Another machine, as far as aura can tell: a configuration folder and a Mothership's home of its
// own, in which no Mothership runs. What joins from here joins over the network.

import Drills
import Foundation
import LiveProtocol
import LiveSync
import Support

struct Machine: Sendable {
    let root: String
    let configHome: String
    private let tool: Tool
    private let control: AgentControl

    /// - Parameters:
    ///   - name: names the folders.
    ///   - user: the person in front of it; `name` unless said otherwise.
    ///   - source: the repository to clone.
    init(
        _ name: String, in sandbox: Sandbox, user: String? = nil, cloning source: String
    ) throws {
        let root = "\(sandbox.folder)/\(name)"
        try sandbox.git(in: sandbox.folder).require(["clone", "--quiet", source, root])
        try self.init(name, in: sandbox, user: user, at: root)
    }

    /// A machine whose working copy is there already.
    init(_ name: String, in sandbox: Sandbox, user: String? = nil, at root: String) throws {
        self.root = root
        var environment = sandbox.environment(user: name)
        environment["AURA_USER"] = user ?? name
        environment["AURA_HOME"] = "\(sandbox.folder)/no-mothership-\(name)"
        configHome = environment["AURA_CONFIG_HOME"] ?? ""
        tool = Tool(sandbox.executable, environment: environment, folder: root)
        control = AgentControl(Workspace(root: root))
        let record = Workspace(root: root).agentRecordPath
        sandbox.atEnd { Self.end(record) }
    }

    /// Ends the agent, whatever state it is in.
    private static func end(_ record: String) {
        // A record that cannot be read, or of a process that is gone, leaves nothing to end.
        guard let process = try? PidRecord.load(record)?.process, process.isAlive else { return }
        _ = try? process.signal(SIGTERM)  // as above
        if !process.waitUntilGone(limit: .seconds(10)) { _ = try? process.signal(SIGKILL) }  // dito
        _ = process.waitUntilGone(limit: .seconds(10))
    }

    @discardableResult
    func aura(_ arguments: [String]) throws -> ToolResult { try tool.require(arguments) }

    /// Any exit status is an answer.
    func tryAura(_ arguments: [String]) throws -> ToolResult { try tool.run(arguments) }

    func join(_ token: LocalMothership.CreatedJoinToken) throws {
        try aura(["init", "--join", token.token])
    }

    func enable() throws { try aura(["live", "sync", "enable"]) }
    func disable() throws { try aura(["live", "sync", "disable"]) }

    func status() throws -> LiveStatus { try control.status() }

    func wait(for what: String, _ condition: (LiveStatus) -> Bool) throws {
        try Waiting.until("\(root): \(what)") { condition(try status()) }
    }

    func text(_ path: String) throws -> String {
        String(decoding: try FileAccess.read(root + "/" + path), as: UTF8.self)
    }

    func edit(_ path: String, _ old: String, _ new: String) throws {
        let changed = try text(path).replacingOccurrences(of: old, with: new)
        try FileAccess.replace(root + "/" + path, with: Array(changed.utf8), mode: 0o644)
    }

    func wait(for path: String, toHold text: String) throws {
        try Waiting.until("\(root)/\(path) to hold \"\(text)\"") {
            // While a file is being replaced it may be missing for a moment.
            (try? self.text(path))?.contains(text) ?? false
        }
    }

    /// The files that hold this machine's tokens, proven and not.
    func tokenFiles() throws -> [String] {
        try FileAccess.names(in: configHome + "/devices").filter { $0.contains(".token") }
            .map { "\(configHome)/devices/\($0)" }
    }
}

extension Sandbox {
    /// Makes a join token as the operator does.
    func joinToken(
        room: String, _ options: [String] = []
    ) throws -> LocalMothership.CreatedJoinToken {
        let result = try aura().require(
            ["mothership", "token", "create", "--room", room, "--json"] + options)
        return try JSONText.decode(LocalMothership.CreatedJoinToken.self, from: result.output)
    }

    func listTokens() throws -> [LocalMothership.ListedToken] {
        let result = try aura().require(["mothership", "token", "list", "--json"])
        return try JSONText.decode([LocalMothership.ListedToken].self, from: result.output)
    }

    /// What the running Mothership says of itself.
    func mothership() throws -> LocalMothership.Status {
        try JSONText.decode(
            StatusAnswer.self,
            from: try aura().require(["mothership", "status", "--json"]).output
        ).socket.answered.value
    }

    private struct StatusAnswer: Decodable {
        struct Socket: Decodable {
            struct Answered: Decodable {
                let value: LocalMothership.Status

                enum CodingKeys: String, CodingKey { case value = "_0" }
            }
            let answered: Answered
        }
        let socket: Socket
    }
}

/// A Mothership and one peer beside it on the same machine.
struct Household {
    let ada: SandboxPeer
    let source: String
    let room: String

    init(in sandbox: Sandbox, mothership: String? = nil) throws {
        source = try ToyRepository.make(in: sandbox)
        try sandbox.startMothership(configuration: mothership)
        let isEncrypted = try sandbox.mothership().certificate != nil
        ada = try sandbox.addPeer(
            "ada", cloning: source,
            endpoint: "\(isEncrypted ? "wss" : "ws")://127.0.0.1:\(sandbox.port)")
        try ada.wait(for: "the link") { $0.link.state == .online }
        room = try ada.status().repository
    }

    /// A save on each side arrives on the other.
    func expectSync(with machine: Machine, _ mark: Int) throws {
        try ada.edit("pkg/billing.py", "return 3", "return 3\(mark)")
        try machine.wait(for: "pkg/billing.py", toHold: "return 3\(mark)")
        try machine.edit("web/cart.ts", "return 4", "return 4\(mark)")
        try ada.wait(for: "web/cart.ts", toHold: "return 4\(mark)")
    }
}
