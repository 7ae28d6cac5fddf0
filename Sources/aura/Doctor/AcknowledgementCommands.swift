// `--ack` and `aura doctor acks`: a person says "seen, leave it until then".

import ArgumentParser
import Checks
import Diagnostics
import LiveSync
import Support

struct AcknowledgementArguments: ParsableArguments {
    /// An acknowledgement without an end is a way to forget.
    private static let spanMax = Duration.seconds(366 * 86_400)

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Acknowledge the finding with this fingerprint, which ends its explain: line: it stays "
                + "visible and no longer decides the exit code.", valueName: "fingerprint"))
    var ack: String?
    @Option(name: .long, help: "End of the acknowledgement: 2026-12-01 or 7d.")
    var until: TypedTime?
    @Option(name: .long, help: "Why the finding may wait.")
    var reason: String?

    func validate() throws {
        if ack == nil, until == nil, reason == nil { return }
        guard ack != nil, until != nil, let reason, !reason.allSatisfy(\.isWhitespace) else {
            throw ValidationError("--ack, --until and --reason belong together")
        }
    }

    /// Stores what was asked for; false when nothing was.
    func store(
        _ report: Report, in store: @autoclosure () throws -> FindingStore, at now: Timestamp
    ) throws -> Bool {
        guard let ack, let reason, let end = until?.after(now) else { return false }
        guard end > now else { throw ValidationError("--until lies in the past") }
        guard end.since(now) <= Self.spanMax else {
            throw ValidationError("--until lies more than a year ahead")
        }
        guard let finding = report.findings.first(where: { $0.fingerprint.rawValue == ack }) else {
            throw ValidationError(
                "no finding of the present report has the fingerprint \(ack); each ends its "
                    + "finding's explain: line")
        }
        try store().acknowledge(finding, until: end, reason: reason, at: now)
        return true
    }
}

struct DoctorAcks: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "acks", abstract: "The acknowledged findings of this working copy.")

    @OptionGroup var output: OutputOptions
    @Option(
        name: .long, help: ArgumentHelp("Take this one back.", valueName: "fingerprint"))
    var remove: String?

    func run() throws {
        let store = try LiveMemory.store(of: try Workspace.find())
        if let remove {
            guard try store.withdraw(Fingerprint(rawValue: remove)) else {
                throw PlainFailure(
                    remove, "is not acknowledged", nextStep: "see aura doctor acks",
                    exitStatus: .usage)
            }
        }
        let now = SystemClock().now
        try output.show(try store.acknowledgements()) { notes in
            Output.table(
                ["FINGERPRINT", "CODE", "UNTIL", "REASON"],
                notes.map { note in
                    let lapsed = note.until.timestamp <= now ? " (lapsed)" : ""
                    return [
                        note.fingerprint.rawValue, note.code,
                        note.until.timestamp.iso8601 + lapsed, note.reason,
                    ]
                })
        }
    }
}
