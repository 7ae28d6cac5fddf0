// `aura live presence|conflicts|impacts|selective|logs`: lists and explanations.

import ArgumentParser
import LiveSync
import Support

struct PresenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "presence", abstract: "Who is online, and what they edit.")

    @OptionGroup var output: OutputOptions
    @Flag(name: .long, help: "Ping every peer; who is silent for 10 s becomes offline.")
    var refresh = false

    func run() throws {
        let control = AgentControl(try Workspace.find())
        if refresh {
            let answer = try control.refreshPresence()
            Output.note("\(answer.answered) answered, \(answer.demoted) demoted to offline")
        }
        let status = try control.status()
        try output.show(status.presence) { presence in
            if presence.peers.isEmpty { Output.line("no peers (mothership \(status.link.state))") }
            guard !presence.peers.isEmpty else { return }
            Output.table(
                ["PEER", "DEVICE", "STATE", "LAST BEAT", "BRANCH", "EDITING"],
                presence.peers.map { peer in
                    [
                        peer.user + (peer.isSelf ? " (you)" : ""), peer.device.short,
                        peer.state.rawValue,
                        "\(status.takenAt.since(peer.lastBeatAt).briefAge) ago", peer.branch,
                        peer.function ?? "-",
                    ]
                })
        }
    }
}

struct SelectiveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "selective", abstract: "What syncs and what does not.",
        subcommands: [SelectiveWhy.self])
}

struct SelectiveWhy: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why", abstract: "Explain why a file syncs or does not.")

    @OptionGroup var output: OutputOptions
    @Argument(help: "A file of this working copy.", completion: .file())
    var path: String

    func run() throws {
        let answer = try Admission.explain(path, in: try Workspace.find())
        try output.show(answer) { answer in
            Output.line("\(answer.path): \(answer.admitted ? "admitted" : "not admitted")")
            Output.line("  rule:     \(answer.rule)")
            Output.line("  from:     \(answer.origin)")
            Output.line("  adapter:  \(answer.adapter ?? "none")")
            if let parse = answer.parse { Output.line("  parse:    \(parse)") }
            for function in answer.functions {
                let mark = function.localOnly ? "  local-only" : ""
                let held = function.heldBack ? "  held back: does not parse" : ""
                Output.line("    line \(function.line): \(function.name)\(mark)\(held)")
            }
        }
    }
}

struct LogsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "The agent's logs.",
        subcommands: [LogsTail.self, LogsGrep.self, LogsSince.self, LogsBundle.self])
}

struct LogsTail: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail", abstract: "The newest lines.")

    @OptionGroup var output: OutputOptions
    @Option(name: .long, help: "How many lines.")
    var n = 50

    func validate() throws {
        guard n > 0 else { throw ValidationError("--n must be at least 1") }
    }

    func run() throws {
        try output.show(try AgentLogs(of: try Workspace.find()).tail(n)) { $0.forEach(Output.line) }
    }
}

struct LogsGrep: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grep", abstract: "Lines that hold a text, literally.")

    @OptionGroup var output: OutputOptions
    @Argument(help: "What to look for.")
    var text: String
    @Flag(name: .long, help: "Take the text as a regular expression.")
    var regex = false

    func run() throws {
        let logs = AgentLogs(of: try Workspace.find())
        let lines = regex ? try logs.lines(matching: text) : try logs.lines(containing: text)
        try output.show(lines) { $0.forEach(Output.line) }
    }
}

struct LogsSince: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "since", abstract: "Lines newer than a duration, e.g. 15m.")

    @OptionGroup var output: OutputOptions
    @Argument(help: "90s, 15m, 2h, 3d.")
    var duration: String

    func run() throws {
        guard let span = Duration(parsing: duration) else {
            throw ValidationError("\(duration) is no duration; write 90s, 15m, 2h or 3d")
        }
        let since = SystemClock().now + (.zero - span)
        try output.show(try AgentLogs(of: try Workspace.find()).lines(since: since)) {
            $0.forEach(Output.line)
        }
    }
}
