// `aura live …`: the families of the field manual.

import ArgumentParser
import LiveSync

struct LiveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "live",
        abstract: "Sync this working copy with its teammates, and look at how that goes.",
        subcommands: [
            SyncCommand.self, WALCommand.self, PresenceCommand.self, ConflictsCommand.self,
            ImpactsCommand.self, SelectiveCommand.self, AuthCommand.self, LogsCommand.self,
            AgentCommand.self,
        ])
}

struct AgentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent",
        abstract: "Run the agent of this working copy in the foreground.",
        discussion: "`aura live sync enable` starts it in the background.")

    @Option(name: .long, help: "The working copy (default: around this folder).")
    var root: String?
    @Flag(name: .long, help: "Let source code travel in clear text beyond this machine.")
    var allowCleartext = false

    func run() async throws {
        try await AgentService.runInForeground(
            try Workspace.find(from: root ?? "."),
            surroundings: Surroundings(allowCleartext: allowCleartext))
    }
}
