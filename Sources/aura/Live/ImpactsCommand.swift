// `aura live impacts …`: functions called here that changed on another branch.

import ArgumentParser
import LiveSync
import Support

struct ImpactsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "impacts", abstract: "Functions you call that changed on another branch.",
        discussion: """
            An impact closes by itself when every function here that makes the call was changed or \
            removed, or when the change arrives on this branch.
            """,
        subcommands: [ImpactsList.self, ImpactsResolve.self], defaultSubcommand: ImpactsList.self)
}

struct ImpactsList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List unresolved impacts.")

    @OptionGroup var output: OutputOptions

    func run() throws {
        let status = try AgentControl(try Workspace.find()).status()
        try output.show(status.impacts) { rows in
            guard !rows.isEmpty else { return Output.line("no unresolved impacts") }
            Output.table(
                ["ID", "FUNCTION", "CALLER", "KIND", "CALL", "BRANCH", "BY", "AGE"],
                rows.map { row in
                    [
                        row.id, row.function, row.caller, row.kind,
                        row.isSuspected ? "suspected" : "resolved", row.branch, row.user,
                        status.takenAt.since(row.openedAt).brief,
                    ]
                })
            Output.line("clear one with aura live impacts resolve ID")
        }
    }
}

struct ImpactsResolve: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve", abstract: "Clear one impact, or all of them.")

    @OptionGroup var output: OutputOptions
    @Argument(help: "The impact's id, or an unambiguous beginning of it.")
    var id: String?
    @Flag(name: .long, help: "Clear every impact.")
    var all = false

    func validate() throws {
        guard (id == nil) == all else { throw ValidationError("give an ID or --all") }
    }

    func run() throws {
        let status = try AgentControl(try Workspace.find()).resolveImpacts(id)
        try output.show(status.impacts) { rows in
            Output.line("resolved \(id ?? "all"); \(rows.count) left")
        }
    }
}
