// `aura doctor bundle FILE`: the examination of a working copy that is somewhere else.

import ArgumentParser
import Checks
import Diagnostics
import IssueBundle
import LiveSync
import Redaction
import Support

struct DoctorBundle: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bundle",
        abstract: "Run the checks on what a bundle recorded.",
        discussion: """
            The report is made again from the snapshots in the file, by this release; with the \
            release that made the bundle it is the bundle's own report.json. Nothing is unpacked.
            """)

    @Argument(help: "A file of aura live logs bundle.", completion: .file())
    var file: String
    @OptionGroup(title: "Where the report goes") var reporting: ReportArguments
    @Flag(name: .long, help: "Compare it with its manifest and search it again instead.")
    var verify = false

    func run() throws {
        let reader = BundleReader(file)
        let contents = try reader.read()
        if verify {
            let known = try Self.known()
            for key in known?.closed ?? [] {
                Output.note("aura: \(key.member): \(key.reason.rawValue)")
            }
            let verification = try reader.verify(contents, known: known?.values ?? KnownValues())
            let report = try LiveRecording(files: contents.recording).report()
            guard try isOwn(report, contents) else {
                throw BundleFailure.altered(path: file, why: Self.otherReport)
            }
            return try show(verification)
        }
        let report = try LiveRecording(files: contents.recording).report()
        let code = try reporting.deliver(
            report, LiveProfile.renderer(failOn: .warn, colour: Output.wantsColour))
        if contents.differences.isEmpty == false {
            Output.note("aura: \(file): its members are not as its manifest lists them")
            Output.note("      next: aura doctor bundle --verify \(file)")
        } else if try !isOwn(report, contents) {
            Output.note("aura: \(file): \(Self.otherReport)")
            Output.note("      next: rely on what is printed here; it follows from the snapshots")
        }
        throw ExitCode(code)
    }

    private static let otherReport = "its report.json is not what follows from its snapshots"

    /// Whether the report is the bundle's own; another release may have made another one.
    private func isOwn(_ report: Report, _ contents: BundleContents) throws -> Bool {
        guard contents.manifest.tools["aura"] == Release.version else { return true }
        return try JSONRenderer().render(report) + "\n" == contents.report
    }

    private func show(_ verification: BundleVerification) throws {
        let isJSON = reporting.targets(orElse: .text).contains { $0.format == .json }
        guard !isJSON else { return try Output.json(verification) }
        Output.line("bundle verify: OK")
        Output.line(
            "  members:   \(verification.members) as listed, "
                + "\(ByteText.of(verification.bytes)) unpacked")
        let canaries =
            verification.canaries > 0
            ? "\(verification.canaries), none found" : "planted by another release"
        Output.line("  canaries:  \(canaries)")
        let known = verification.knownValues
        Output.line("  known:     \(known) values of this machine, none found")
    }

    /// Outside of a working copy there is nothing this machine could know about one.
    private static func known() throws -> LiveKnowledge? {
        let workspace: Workspace
        do throws(WorkspaceFailure) { workspace = try Workspace.find() } catch { return nil }
        return try LiveBundle(workspace, time: SystemClock().now).known()
    }
}
