// `aura doctor diff` and `aura doctor compare`: reports against reports. A bundle counts as the
// report that this release makes of it.

import ArgumentParser
import Checks
import Diagnostics
import IssueBundle
import LiveSync
import Support

struct DoctorDiff: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "What changed between reports on one system.",
        discussion: """
            Each file holds a report (--format json), a stream of them (--format ndjson) or a \
            bundle of aura live logs bundle. With more than two reports, what comes and goes is \
            told from what is new. Exit code: 1 something new or back, 2 something lost from \
            sight, else 0.
            """)

    @OptionGroup var output: OutputOptions
    @Option(name: .long, help: "Exit 1 from this severity on: info, warn or fail.")
    var failOn = Severity.warn
    @Argument(help: "Files of reports, and bundles.")
    var files: [String]

    func run() throws {
        let reports = try files.flatMap { try ReportReader.reports(orBundleAt: $0) }
        let diff = try ReportDiff(of: reports, failOn: failOn)
        if files.count == 2, reports.count == 2,
            reports[1].started.timestamp < reports[0].started.timestamp
        {
            Output.note("aura: \(files[1]): is the older one by its clock, and counts as the first")
            Output.note("      next: if a clock was set back in between, read new as fixed")
        }
        if output.json {
            Output.line(try OrderedJSON.encode(diff, order: ReportDiff.fieldOrder, pretty: true))
        } else {
            Output.text(diff.text)
        }
        throw ExitCode(diff.exitCode)
    }
}

struct DoctorCompare: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Say from two people's reports whether client, link or server is to blame.",
        discussion: """
            The other person runs `aura doctor live --format json:report.json` and sends the \
            file. Without --with this side is examined now.
            """)

    /// A report goes from one person to the other by mail or chat.
    private static let apartMax = Duration.seconds(900)

    @OptionGroup var output: OutputOptions
    @Option(name: .long, help: "The other side's report, or its bundle.")
    var peer: String
    @Option(name: .long, help: "This side's report, in place of an examination now.")
    var with: String?

    func run() async throws {
        let theirs = try Self.newest(at: peer)
        let mine: Report
        if let with {
            mine = try Self.newest(at: with)
        } else {
            mine = await LiveProfile.examine(
                try Workspace.find(), options: ExaminationOptions(profile: "live"))
        }
        let comparison = TwoSidedComparison(
            here: mine, peer: theirs, rules: LiveProfile.sides, hereIsNow: with == nil)
        // Two states an hour apart say nothing of each other, nor does a file that is one's own.
        let apart = abs(mine.started.timestamp.since(theirs.started.timestamp).milliseconds)
        let skew = abs(comparison.clockSkew?.milliseconds ?? 0)
        if apart - skew > Self.apartMax.milliseconds {
            let words = Duration.milliseconds(apart).brief
            Output.note("aura: \(peer): was made \(words) apart from this side's report")
            Output.note("      next: ask for a fresh one")
        }
        if output.json {
            Output.line(
                try OrderedJSON.encode(
                    comparison, order: TwoSidedComparison.fieldOrder, pretty: true))
        } else {
            Output.text(comparison.text)
        }
        throw ExitCode(comparison.exitCode)
    }

    private static func newest(at path: String) throws -> Report {
        let reports = try ReportReader.reports(orBundleAt: path)
        guard let newest = reports.max(by: { $0.started.timestamp < $1.started.timestamp }) else {
            throw PlainFailure(
                path, "holds no report", nextStep: "make one with --format json",
                exitStatus: .usage)
        }
        return newest
    }
}

extension ReportReader {
    /// The reports in a file, or the one that follows from a bundle's snapshots.
    fileprivate static func reports(orBundleAt path: String) throws -> [Report] {
        let bundle = BundleReader(path)
        guard bundle.isPacked else { return try reports(at: path) }
        return [try LiveRecording(files: bundle.read().recording).report()]
    }
}
