// `aura live sync …`: on, off, health, push, pull.

import ArgumentParser
import LiveSync

struct SyncCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync", abstract: "Turn sync on and off, and see its health.",
        subcommands: [
            SyncStatus.self, SyncEnable.self, SyncDisable.self, SyncPush.self, SyncPull.self,
            SyncReconcile.self,
        ])
}

struct SyncStatus: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "One-line health; read-only, works without the agent.")

    @OptionGroup var output: OutputOptions
    @Option(name: .long, help: "Detail of one peer; `mothership` is the server.")
    var peer: String?
    @Flag(
        name: .long,
        help: """
            Show it again whenever it changes, until interrupted; with --json, one object a line.
            """)
    var watch = false

    func validate() throws {
        if let peer, peer != "mothership" {
            throw ValidationError(
                "--peer knows only mothership; teammates are in aura live presence")
        }
    }

    func run() throws {
        let workspace = try Workspace.find()
        guard watch else { return try show(try AgentControl(workspace).status()) }
        try StatusWatch(workspace, areLines: output.json).run { status in
            if output.json { return try Output.json(status, pretty: false) }
            StatusText.watch(status, try TailRow.newest(of: workspace, count: 8, type: nil))
                .forEach(Output.line)
        }
    }

    private func show(_ status: LiveStatus) throws {
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
            if !enabled.pausedBy.isEmpty {
                Output.line("  PAUSED:     \(enabled.pausedBy.joined(separator: ", "))")
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

struct SyncPull: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull", abstract: "Bring in everything the Mothership has.",
        discussion: """
            Changes arrive by themselves; this waits until nothing is left to read. With --full the \
            whole room is read again: what differs here and has no known base becomes a conflict, \
            nothing is overwritten.
            """)

    @OptionGroup var output: OutputOptions
    @Flag(name: .long, help: "Read the room from its beginning.")
    var full = false

    func run() throws {
        let answer = try AgentControl(try Workspace.find()).pull(isFull: full)
        try output.show(answer) { answer in
            Output.line("pull")
            Output.line("  received:   \(answer.received)")
            Output.line("  applied:    \(answer.applied)")
            Output.line("  skipped:    \(answer.skipped)")
            Output.line("  conflicts:  \(answer.conflicts)")
            Output.line("  waiting:    \(answer.waiting)")
        }
    }
}

struct SyncReconcile: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile",
        abstract: "Derive the base of a function anew from the Mothership's ledger.",
        discussion: """
            For a conflict that keeps coming back although both sides look alike. Where no base can \
            be found, an ordinary conflict with both texts is opened.
            """)

    @OptionGroup var output: OutputOptions
    @Option(name: .long, help: "billing::compute_tax, or src/billing.rs#billing::compute_tax.")
    var function: String

    func run() throws {
        let answer = try AgentControl(try Workspace.find()).reconcile(function)
        try output.show(answer) { answer in
            Output.line("reconcile \(answer.function) (\(answer.path))")
            Output.line("  old base:  \(answer.oldBase ?? "none")")
            Output.line("  new base:  \(answer.newBase ?? "none")")
            let next = answer.conflict.map { " (aura live conflicts show \($0))" } ?? ""
            Output.line("  verdict:   \(answer.verdict.rawValue)\(next)")
        }
    }
}
