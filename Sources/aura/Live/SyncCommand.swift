// `aura live sync …`: on, off, health, push, pull.

import ArgumentParser
import LiveSync
import Support

struct SyncCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync", abstract: "Turn sync on and off, and see its health.",
        subcommands: [
            SyncStatus.self, SyncEnable.self, SyncDisable.self, SyncPush.self,
        ])
}

struct SyncStatus: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "One-line health; read-only, works without the agent.")

    @OptionGroup var output: OutputOptions
    @Option(name: .long, help: "Detail of one peer; `mothership` is the server.")
    var peer: String?

    func validate() throws {
        if let peer, peer != "mothership" {
            throw ValidationError(
                "--peer knows only mothership; teammates are in aura live presence")
        }
    }

    func run() throws {
        let status = try AgentControl(try Workspace.find()).status()
        if peer != nil {
            try output.show(status.link) { _ in StatusText.mothership(status).forEach(Output.line) }
        } else {
            try output.show(status) { StatusText.overview($0).forEach(Output.line) }
        }
    }
}

struct SyncEnable: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable", abstract: "Turn sync on for this working copy.")

    @OptionGroup var output: OutputOptions
    @Flag(name: .long, help: "Let source code travel in clear text beyond this machine.")
    var allowCleartext = false

    func run() throws {
        let enabled = try AgentService.enable(
            try Workspace.find(), executable: try DemoCommand.executable(),
            allowCleartext: allowCleartext)
        try output.show(enabled) { enabled in
            Output.line(enabled.wasRunning ? "already enabled" : "enabled")
            Output.line("  endpoint:   \(enabled.endpoint)")
            Output.line("  room:       \(enabled.room)")
            Output.line("  branch:     \(enabled.branch)")
            Output.line("  leaving:    changed functions of \(enabled.files) admitted files")
            Output.line("  agent:      pid \(enabled.pid)")
            if let problem = enabled.linkProblem {
                Output.line("  mothership: offline (\(problem)); it is tried again")
            }
        }
    }
}

struct SyncDisable: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable", abstract: "Turn sync off; files stay as they are.")

    @OptionGroup var output: OutputOptions

    func run() throws {
        try output.show(try AgentService.disable(try Workspace.find())) { stopped in
            Output.line("disabled")
            Output.line("  outcome:  \(stopped.outcome)")
            Output.line("  unsent:   \(stopped.unsent)")
        }
    }
}

struct SyncPush: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "push", abstract: "Drain the outbound queue now.")

    @OptionGroup var output: OutputOptions
    @Flag(name: .long, help: "Also send again what was refused before.")
    var flush = false

    func run() throws {
        let result = try AgentControl(try Workspace.find()).push(retryRefused: flush)
        try output.show(result) { result in
            Output.line("push")
            Output.line("  sent:     \(result.sent)")
            Output.line("  acked:    \(result.acked)")
            Output.line("  refused:  \(result.refused.values.reduce(0, +))")
            for (reason, count) in result.refused.sorted(by: { $0.key < $1.key }) {
                Output.line("    \(reason): \(count)")
            }
            Output.line("  waiting:  \(result.waiting)")
        }
    }
}
