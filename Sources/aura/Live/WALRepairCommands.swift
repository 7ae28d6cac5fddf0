// `aura live wal recover` and `reset`: the two commands that change a log.

import ArgumentParser
import Checks
import Diagnostics
import LiveSync
import Support

struct WALRecover: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover", abstract: "Keep what is intact, set damage aside, and go on.",
        discussion: """
            Nothing is rewritten: damaged files are copied to quarantine, every lost record is \
            named, and the whole tree is compared again so that a lost push is found and sent. \
            A running agent is stopped for it and started again.
            """)

    @OptionGroup var output: OutputOptions

    func run() throws {
        let workspace = try Workspace.find()
        // What a repair by the doctor would leave in its ledger: no later report is simply green.
        var unnoted: RepairFailure?
        let report = try LogMaintenance(workspace).recover(
            executable: try DemoCommand.executable()
        ) { records, ranges, hasMore in
            do throws(RepairFailure) {
                try LossLedger(folder: workspace.journalFolder).note(
                    Loss(
                        records: records, names: ranges.map { "records \($0)" },
                        hasMore: hasMore),
                    for: [IntegrityFinding.checksumMismatch.rawValue], at: SystemClock().now)
            } catch { unnoted = error }
        }
        try output.show(report) { report in
            Output.line(report.changed ? "recovered" : "nothing to recover")
            Output.line("  found:   \(report.verdicts.joined(separator: ", "))")
            Output.line("  kept:    \(report.kept) records")
            let cut = report.cut.isEmpty ? "none" : report.cut.joined(separator: ", ")
            Output.line("  cut:     \(cut)")
            if let folder = report.quarantine { Output.line("  copies:  \(folder)") }
            let lost = report.unacknowledged
            Output.line("  unacked: \(lost.isEmpty ? "none lost" : "\(lost.count) lost")")
            for name in lost { Output.line("    \(name)") }
            for verdict in report.remaining { Output.line("  remains: \(verdict)") }
            if !report.cut.isEmpty {
                Output.line("  next:    every file is read and compared with the ledger again")
            }
            if report.restarted { Output.line("  agent:   started again") }
        }
        if let unnoted { throw unnoted }
        if !report.remaining.isEmpty { throw ExitCode(ExitStatus.partlyRepaired.rawValue) }
    }
}

struct WALResetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset", abstract: "Discard the log and its pending pushes, and begin anew.",
        discussion: """
            The last resort. Your files are not touched; the old log is moved aside, not deleted. \
            Without --confirm it only lists what would be lost. In order:

              git status                       # clean or committed
              aura live sync disable
              aura live wal reset --confirm
              aura live sync enable
              aura live sync pull --full
            """)

    @OptionGroup var output: OutputOptions
    @Flag(name: .long, help: "Really do it.")
    var confirm = false
    @Option(name: .long, help: "Go on although unsent work is in no commit: wal.reset-unsafe.")
    var allowLoss: String?

    func validate() throws {
        if let allowLoss, allowLoss != "wal.reset-unsafe" {
            throw ValidationError("--allow-loss knows only wal.reset-unsafe here")
        }
    }

    func run() throws {
        let maintenance = LogMaintenance(try Workspace.find())
        let losses = try maintenance.losses()
        if !output.json { list(losses) }
        guard confirm else {
            if output.json { try Output.json(losses) }
            Output.note("aura: nothing was done; give --confirm to go on")
            throw ExitCode(ExitStatus.refused.rawValue)
        }
        let done = try maintenance.reset(allowsLoss: allowLoss != nil)
        try output.show(done) { done in
            Output.line("reset")
            Output.line("  old log:   \(done.movedTo ?? "-")")
            if let folder = done.exportedTo { Output.line("  exported:  \(folder)") }
            Output.line("  next:      aura live sync enable, then aura live sync pull --full")
        }
    }

    private func list(_ losses: WALReset) {
        Output.line("a reset gives up \(losses.unsent.count) pushes that nobody has")
        for change in losses.unsent {
            let git = change.isCommitted ? "committed" : "NOT COMMITTED"
            Output.line(
                "  \(change.path)#\(change.function)  \(change.change)  \(change.state)  \(git)")
        }
        if losses.conflicts > 0 {
            Output.line("and \(losses.conflicts) conflicts; their remote texts stay in the ledger")
        }
    }
}
