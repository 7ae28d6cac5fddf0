// `aura live …`: the families of the field manual.

import ArgumentParser
import Diagnostics
import LiveSync
import Support

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
        let workspace = try Workspace.find(from: root ?? ".")
        try refuseHalfRepaired(workspace)
        try await AgentService.runInForeground(
            workspace, surroundings: Surroundings(allowCleartext: allowCleartext))
    }

    /// What a cut-off repair began is put back as it was before: over whatever an agent wrote since.
    /// The agent that a repair itself starts passes, because that run's process lives.
    private func refuseHalfRepaired(_ workspace: Workspace) throws {
        guard let run = try RunHistory(folder: workspace.journalFolder).cutOff() else { return }
        let failure = PlainFailure(
            "sync", "was being repaired when run \(run) was cut off",
            nextStep: "run aura doctor live --fix, which first brings that run to its end",
            exitStatus: .refused)
        Readiness.report(failure: failure)
        throw failure
    }
}
