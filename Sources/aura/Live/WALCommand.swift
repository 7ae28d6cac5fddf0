// `aura live wal …`: the log's side of things.

import ArgumentParser
import LiveSync
import Support
import WriteAheadLog

struct WALCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wal", abstract: "Look at the write-ahead log, and mend it.",
        subcommands: [
            WALStatusCommand.self, WALTail.self, WALVerify.self, WALRecover.self,
            WALResetCommand.self,
        ])
}

struct WALStatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Records, queues and the newest sync.")

    @OptionGroup var output: OutputOptions

    func run() throws {
        let status = try AgentControl(try Workspace.find()).status()
        try output.show(status.wal) { wal in
            let now = status.takenAt
            let oldest = wal.oldestPendingAt.map { now.since($0).briefAge } ?? "-"
            let sync = wal.lastSyncAt.map { "\(now.since($0).briefAge) ago" } ?? "-"
            Output.line("wal")
            Output.line("  records:         \(wal.records)")
            Output.line("  segments:        \(wal.segments)")
            Output.line("  bytes:           \(wal.bytes)")
            Output.line("  pending out:     \(wal.pendingOut)")
            Output.line("  pending in:      \(wal.pendingIn)")
            Output.line("  oldest pending:  \(oldest)")
            Output.line("  last fsync:      \(sync) (policy \(wal.syncPolicy))")
            Output.line("  ack watermark:   \(wal.acknowledged)")
            for (reason, count) in wal.refused.sorted(by: { $0.key < $1.key }) {
                Output.line("  refused:         \(count) \(reason)")
            }
            if let problem = wal.writeProblem { Output.line("  problem:         \(problem)") }
        }
    }
}

struct WALTail: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail", abstract: "The newest records; never their bodies.")

    @OptionGroup var output: OutputOptions
    @Option(name: .long, help: "How many records.")
    var n = 20
    @Option(name: .long, help: "Only records of this type, e.g. APPLY_FAILED.")
    var filter: String?

    func validate() throws {
        guard n > 0 else { throw ValidationError("--n must be at least 1") }
        if let filter, RecordType(name: filter) == nil {
            let known = RecordType.allCases.map(\.name).joined(separator: ", ")
            throw ValidationError("--filter \(filter) is no record type; there are: \(known)")
        }
    }

    func run() throws {
        let rows = try TailRow.newest(
            of: try Workspace.find(), count: n, type: filter.flatMap(RecordType.init(name:)))
        try output.show(rows) { rows in
            Output.table(
                ["SEQ", "TIME", "TYPE", "FUNCTION", "HASH", "REASON"],
                rows.map {
                    ["\($0.sequence)", $0.time, $0.type, $0.function, $0.hash, $0.reason]
                })
        }
    }
}

struct WALVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check every checksum, the chain and the manifest.")

    @OptionGroup var output: OutputOptions

    func run() throws {
        let report = try VerifyRow.verify(try Workspace.find())
        try output.show(report) { report in
            Output.line("wal verify: \(report.isSound ? "OK" : "FAIL")")
            Output.line("  segments:  \(report.segmentsExamined)/\(report.segmentsTotal) examined")
            Output.line("  records:   \(report.recordsExamined) examined")
            for row in report.damage {
                Output.line(
                    "  \(row.word)  segment \(row.segment) offset \(row.offset) "
                        + "seq \(row.sequences): \(row.detail)")
            }
        }
        if !report.isSound { throw ExitCode(ExitStatus.findings.rawValue) }
    }
}
