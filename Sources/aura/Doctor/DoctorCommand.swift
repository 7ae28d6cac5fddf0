// `aura doctor …`: examinations and what their codes mean.

import ArgumentParser
import Checks
import Diagnostics
import LiveSync
import Runbooks
import Support

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say what is wrong with sync, from real state, without changing anything.",
        subcommands: [
            DoctorLive.self, DoctorList.self, DoctorExplain.self, DoctorSchema.self,
            DoctorPlan.self, DoctorApply.self, DoctorRuns.self, DoctorVerify.self,
            DoctorUndo.self, DoctorWatch.self,
            DoctorDrill.self,
        ])
}

struct DoctorLive: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "live", abstract: "The health of this working copy in one screen.")

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

    @Option(name: .long, help: "text or json.")
    var format = Format.text
    @Flag(name: .long, help: "Short for --format json.")
    var json = false
    @Option(name: .long, help: "Only these checks or codes; globs such as 'wal.*' work.")
    var only: [String] = []
    @Option(name: .long, help: "Leave these checks or codes out.")
    var skip: [String] = []
    @Option(name: .long, help: "quick, standard or deep.")
    var depth = Depth.standard
    @Option(name: .long, help: "Exit 1 from this severity on: info, warn or fail.")
    var failOn = Severity.warn
    @Option(name: .long, help: "End of the whole run, e.g. 5s.")
    var timeout: String?
    @OptionGroup var repair: RepairOptions

    func run() async throws {
        let options = ExaminationOptions(
            profile: "live", selection: try selection(), depth: depth, timeout: try limit(),
            failOn: failOn)
        if repair.fix {
            return try await LiveFix.run(
                repair, examination: options, json: json || format == .json)
        }
        let report = try await LiveProfile.examine(Workspace.find(), options: options)
        if json || format == .json {
            Output.line(try JSONRenderer().render(report))
        } else {
            Output.text(LiveProfile.text(of: report, colour: Output.wantsColour))
        }
        throw ExitCode(report.exitCode)
    }

    private func selection() throws -> Selection {
        let selection = Selection(only: only, skip: skip)
        let unknown = selection.unknownPatterns(in: LiveProfile.catalogue)
        guard unknown.isEmpty else {
            throw ValidationError(
                "unknown check or code: \(unknown.joined(separator: ", ")); see aura doctor list")
        }
        return selection
    }

    private func limit() throws -> Duration {
        guard let timeout else { return .seconds(5) }
        guard let limit = Duration(parsing: timeout) else {
            throw ValidationError("--timeout \(timeout) is no duration; write 500ms, 5s or 1m")
        }
        return limit
    }
}

extension Depth: ExpressibleByArgument {}
extension Severity: ExpressibleByArgument {}

struct DoctorList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Every code the doctor can report.")

    @OptionGroup var output: OutputOptions

    func run() throws {
        try output.show(LiveProfile.catalogue.entries) { entries in
            Output.table(
                ["CODE", "SEVERITY", "FIX", "MEANING"],
                entries.map { [$0.code, $0.severity.rawValue, $0.fix.rawValue, $0.meaning] })
        }
    }
}

struct DoctorExplain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "The runbook section of a code.")

    @OptionGroup var output: OutputOptions
    @Argument(help: "A code, e.g. daemon.down.")
    var code: String

    func run() throws {
        guard let section = Runbooks.section(code: code) else {
            throw PlainFailure(
                code, "is no code of this release", nextStep: "see aura doctor list",
                exitStatus: .usage)
        }
        try output.show(Explanation(code: code, text: section)) { Output.line($0.text) }
    }

    private struct Explanation: Encodable {
        let code: String
        let text: String
    }
}

struct DoctorSchema: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "The JSON Schema of reports, plans and journals.")

    enum Document: String, ExpressibleByArgument, CaseIterable { case report, plan, journal }

    @Argument(help: "report, plan or journal.")
    var document = Document.report

    func run() {
        switch document {
        case .report: Output.line(ReportSchema.text)
        case .plan: Output.line(PlanSchema.text)
        case .journal: Output.line(JournalSchema.text)
        }
    }
}
