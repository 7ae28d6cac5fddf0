// `aura doctor audit`: the checks themselves under examination.

import ArgumentParser
import Checks
import Diagnostics
import LiveSync
import Support

struct DoctorAudit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Say whether each check only looks, judges one state in one way, and keeps to "
            + "what it declares.",
        discussion: """
            Run it while sync is off: a state that moves by itself tells nothing about a check. \
            Exit code: 1 a check misbehaved, 2 not everything could be told, else 0.
            """)

    @OptionGroup var output: OutputOptions
    @Option(name: .long, help: "Only these checks; globs work.")
    var only: [String] = []

    func run() async throws {
        let session = LiveSession(try Workspace.find())
        var arguments = try ExaminationArguments.parse([])
        arguments.only = only
        let options = try arguments.options(profile: "audit", in: session.catalogue)
        let audit = try await onOwnThread { session.audit(options) }
        try output.show(audit, text: Self.show)
        throw ExitCode(audit.exitStatus.rawValue)
    }

    private static func show(_ audit: Audit) {
        Output.table(
            ["CHECK", "PURE", "DETERMINISTIC", "CPU ms", "DECLARED", "READ B", "DECLARED"],
            audit.rows.map { row in
                [
                    row.check.rawValue, row.pure.rawValue, row.deterministic.rawValue,
                    row.processorMilliseconds.map(String.init) ?? "-",
                    String(row.processorDeclaredMilliseconds),
                    row.readBytes.map(String.init) ?? "-", String(row.readDeclaredBytes),
                ]
            })
        for finding in audit.findings { Output.line("  \(finding.code): \(finding.symptom)") }
    }
}
