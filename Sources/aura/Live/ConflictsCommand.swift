// `aura live conflicts …`: what waits for a decision, both sides of it, and the decision.

import ArgumentParser
import LiveSync
import Support

struct ConflictsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conflicts", abstract: "Changes that wait for your decision.",
        discussion: """
            Two people changed one function from the same base. Nothing was overwritten: your text \
            is in your file, the other one is kept until you decide.

              aura live conflicts list
              aura live conflicts show ID
              aura live conflicts resolve ID --take local|remote|both
              aura live conflicts resolve ID --file merged.txt
            """,
        subcommands: [
            ConflictsList.self, ConflictsShow.self, ConflictsResolve.self, ConflictsDismiss.self,
            ConflictsReopen.self,
        ],
        defaultSubcommand: ConflictsList.self)
}

struct ConflictsList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List staged conflicts.")

    @OptionGroup var output: OutputOptions
    @Flag(name: .long, help: "Also those that were dismissed.")
    var all = false

    func run() throws {
        let status = try AgentControl(try Workspace.find()).status()
        let rows = status.conflicts + (all ? status.dismissed : [])
        try output.show(rows) { rows in
            guard !rows.isEmpty else { return Output.line("no conflicts") }
            Output.table(
                [
                    "ID", "FUNCTION", "FILE", "KIND", "AGE", "REMOTE", "BASE", "LOCAL",
                    "REMOTE HASH",
                ],
                rows.map { row in
                    [
                        row.id, row.function, row.path, row.kind,
                        status.takenAt.since(row.openedAt).brief, row.remoteDevice,
                        row.base ?? "-", row.local ?? "-", row.remote ?? "-",
                    ]
                })
        }
    }
}

/// The conflict that a command is about.
struct ConflictArgument: ParsableArguments {
    @Argument(help: "The conflict's id, or an unambiguous beginning of it.")
    var id: String
}

struct ConflictsShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "The three sides: what both had, yours, theirs.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var conflict: ConflictArgument

    func run() throws {
        try output.show(try ConflictSides.find(conflict.id, in: try Workspace.find())) { sides in
            Output.line(
                "\(sides.id)  \(sides.function)  \(sides.path)  \(sides.kind)  \(sides.state)")
            let parts = [
                ("base", sides.base ?? "(kept nowhere, or there was none)"),
                ("local", sides.local ?? "(deleted here)"),
                ("remote from \(sides.remoteDevice)", sides.remote ?? "(deleted there)"),
            ]
            for (title, text) in parts {
                Output.line("--- \(title)")
                Output.line(text.hasSuffix("\n") ? String(text.dropLast()) : text)
            }
        }
    }
}

struct ConflictsResolve: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve", abstract: "End a conflict by taking one side, both, or a text.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var conflict: ConflictArgument
    @Option(name: .long, help: "local, remote, or both (theirs beside yours).")
    var take: Side?
    @Option(name: .long, help: "A file with the function's merged text.", completion: .file())
    var file: String?

    enum Side: String, ExpressibleByArgument, CaseIterable { case local, remote, both }

    func validate() throws {
        guard (take == nil) != (file == nil) else {
            throw ValidationError("give either --take local|remote|both or --file PATH")
        }
    }

    func run() throws {
        let control = AgentControl(try Workspace.find())
        let status: LiveStatus
        switch take {
        case .local: status = try control.resolve(conflict.id, taking: .local)
        case .remote: status = try control.resolve(conflict.id, taking: .remote)
        case .both: status = try control.merge(conflict.id, text: nil)
        case nil:
            let bytes = try FileAccess.read(PathName.absolute(file ?? ""), limit: 4 << 20)
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw PlainFailure(
                    file ?? "", "is not UTF-8", nextStep: "edit the source file and take local",
                    exitStatus: .usage)
            }
            status = try control.merge(conflict.id, text: text)
        }
        try output.show(status.conflicts) { rows in
            Output.line(
                "resolved \(conflict.id): \(take?.rawValue ?? "file"); \(rows.count) still open")
        }
    }
}

struct ConflictsDismiss: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dismiss",
        abstract: "Leave a conflict undecided; both sides stay apart and are kept.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var conflict: ConflictArgument

    func run() throws {
        let status = try AgentControl(try Workspace.find()).resolve(conflict.id, taking: .dismiss)
        try output.show(status.dismissed) { rows in
            Output.line(
                "dismissed \(conflict.id); aura live conflicts reopen \(conflict.id) takes it up again"
            )
        }
    }
}

struct ConflictsReopen: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reopen", abstract: "Take a dismissed conflict up again.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var conflict: ConflictArgument

    func run() throws {
        let status = try AgentControl(try Workspace.find()).reopen(conflict.id)
        try output.show(status.conflicts) { rows in
            Output.line("reopened \(conflict.id); \(rows.count) open")
        }
    }
}
