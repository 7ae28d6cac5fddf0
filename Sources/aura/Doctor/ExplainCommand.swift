// `aura doctor explain`: the page of a code, or one finding with its evidence and its page.

import ArgumentParser
import Checks
import Diagnostics
import LiveSync
import Runbooks
import Support

struct DoctorExplain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "The runbook section of a code; for a fingerprint the finding as well.")

    @OptionGroup var output: OutputOptions
    @Option(name: .long, help: "Look the fingerprint up in this report.")
    var report: String?
    @Argument(help: "A code, e.g. daemon.down, or a fingerprint out of a report.")
    var subject: String

    func run() async throws {
        if subject.wholeMatch(of: /[0-9a-f]{16}/) != nil {
            return try await explain(Fingerprint(rawValue: subject))
        }
        if let guide = Runbooks.guide(subject) {
            return try output.show(Explanation(code: subject, text: guide)) { _ in
                Output.line(guide)
            }
        }
        guard let section = Runbooks.section(code: subject) ?? ownWords(of: subject) else {
            throw PlainFailure(
                subject, "is no code of this release", nextStep: "see aura doctor list",
                exitStatus: .usage)
        }
        try output.show(Explanation(code: subject, text: section)) { _ in Output.line(section) }
    }

    /// What a third-party check says of a code; it has no runbook.
    private func ownWords(of code: String) -> String? {
        // Outside of a working copy there are no third-party checks.
        guard let workspace = try? Workspace.find(),
            let entry = LiveSession(workspace).catalogue[code]
        else { return nil }
        return "## \(code)\n\n`\(entry.severity.rawValue) · \(entry.fix.rawValue)`\n\n"
            + "**Meaning** \(entry.meaning)\n\n**From** a check of your own; "
            + "aura doctor explain FINGERPRINT asks it for its steps."
    }

    private func explain(_ fingerprint: Fingerprint) async throws {
        let (finding, isPresent) = try await find(fingerprint)
        let explanation = Explanation(
            code: finding.code, text: Runbooks.section(code: finding.code), finding: finding,
            present: isPresent, steps: try steps(for: finding))
        try output.show(explanation) { explanation in
            Output.text(FindingText.block(finding, isPresent: isPresent))
            for step in explanation.steps { Output.line("      step:     \(step)") }
            if let text = explanation.text { Output.line("\n" + text) }
        }
    }

    /// A third-party check's own plan; ours are made by the repair.
    private func steps(for finding: AnyFinding) throws -> [String] {
        // A report may be read outside of any working copy.
        guard let workspace = try? Workspace.find() else { return [] }
        return try LiveSession(workspace).plan(for: finding)
    }

    /// In the report that was named; else in a fresh one, else among what went away.
    private func find(
        _ fingerprint: Fingerprint
    ) async throws -> (finding: AnyFinding, isPresent: Bool) {
        if let report {
            let found = try ReportReader.reports(at: report).flatMap(\.findings)
                .last { $0.fingerprint == fingerprint }
            if let found { return (found, true) }
        } else {
            let look = LiveLook(try Workspace.find())
            let present = try await look.report().findings
                .first { $0.fingerprint == fingerprint }
            if let present { return (present, true) }
            let gone = try look.store().sightings().first { $0.fingerprint == fingerprint }
            if let gone { return (gone.finding, false) }
        }
        throw PlainFailure(
            fingerprint.rawValue, "is not in the report",
            nextStep: "name the report it is from with --report", exitStatus: .usage)
    }

    private struct Explanation: Encodable {
        let code: String
        let text: String?
        var finding: AnyFinding?
        /// False for a finding that an earlier run saw and this one does not.
        var present: Bool?
        var steps: [String] = []
    }
}
