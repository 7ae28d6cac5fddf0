// `aura doctor …`: examinations and what their codes mean.

import ArgumentParser
import Checks
import Diagnostics
import LiveSync
import Support

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say what is wrong with sync; repair it, prove it, take it back.",
        subcommands: [
            DoctorLive.self, DoctorList.self, DoctorExplain.self, DoctorAcks.self,
            DoctorDiff.self, DoctorCompare.self, DoctorTrust.self, DoctorAudit.self,
            DoctorSchema.self, DoctorPlan.self, DoctorApply.self, DoctorRuns.self,
            DoctorVerify.self, DoctorUndo.self, DoctorWatch.self, DoctorBundle.self,
            DoctorDrill.self,
        ])
}

struct DoctorLive: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "live", abstract: "The health of this working copy in one screen.")

    @OptionGroup(title: "What to examine") var examination: ExaminationArguments
    @OptionGroup(title: "Where the report goes") var reporting: ReportArguments
    @OptionGroup(title: "Leaving a finding for later")
    var acknowledgement: AcknowledgementArguments
    @OptionGroup(title: "Repairing what was found") var repair: RepairOptions
    @Flag(
        name: .long,
        help: """
            Examine again and again until interrupted. A terminal shows the report anew each time; a \
            pipe or file gets one JSON document a line, several for a report, with --json one.
            """)
    var watch = false
    @Option(name: .long, help: "Time between two examinations of --watch (default: 2s).")
    var interval: TypedDuration?

    /// Between two examinations, unless told.
    private static let usualInterval = Duration.seconds(2)

    func validate() throws {
        guard interval == nil || watch else {
            throw ValidationError("--interval is the time between examinations of --watch")
        }
        guard !watch || acknowledgement.ack == nil else {
            throw ValidationError("give --ack without --watch, then look on")
        }
        if repair.fix, let obstacle = obstacleToFix { throw ValidationError(obstacle) }
    }

    /// What was asked for that a repair does not give, with what does; nil when there is nothing. An
    /// option that is passed over in silence is taken for one that was heeded.
    private var obstacleToFix: String? {
        if watch {
            return "--fix repairs once; to keep looking and repairing: aura doctor watch --fix"
        }
        let others = reporting.format.filter {
            $0.file != nil || ![.text, .json].contains($0.format)
        }
        if !others.isEmpty {
            return "--fix prints what it did, as text or JSON; for a report in another format or "
                + "in a file, examine again: aura doctor live --format FORMAT:FILE"
        }
        if examination.since != nil {
            return "--fix says what it did; to see what came and went, examine again with --since"
        }
        guard acknowledgement.ack == nil else {
            return "a finding is repaired or left for later: give --ack without --fix"
        }
        return nil
    }

    func run() async throws {
        let look = try LiveLook(Workspace.find(), examination)
        if repair.fix {
            let isJSON = reporting.targets(orElse: .text).contains { $0.format == .json }
            return try await LiveFix.run(repair, examination: look.options, json: isJSON)
        }
        if watch { try await keepLooking(look) }
        var report = try await look.report()
        if try acknowledgement.store(report, in: try look.store(), at: SystemClock().now) {
            report = try await look.report()
        }
        throw ExitCode(try reporting.deliver(report, look.renderer))
    }

    private func keepLooking(_ look: LiveLook) async throws -> Never {
        let isTerminal = ReportWatch.standardOutputIsTerminal
        let format: ReportFormat = isTerminal ? .text : .ndjson
        let watch = ReportWatch(
            interval: interval?.value ?? Self.usualInterval, redraws: isTerminal)
        try await watch.run(examine: look.report) {
            _ = try reporting.deliver($0, look.renderer, orElse: format, isOneOfMany: true)
        }
    }
}

/// `aura doctor live` with nothing behind it. It is typed most often and has 30 ms (D1 in README), of
/// which reading two words by reflection over all commands takes more than three.
enum PlainLook {
    static func isAsked(by words: [String]) -> Bool {
        words
            == [
                DoctorCommand.configuration.commandName, DoctorLive.configuration.commandName,
            ].compactMap(\.self)
    }

    static func run() async throws -> Never {
        let look = LiveLook(try Workspace.find())
        throw ExitCode(
            try ReportArguments.print(try await look.report(), look.renderer, as: .text))
    }
}

/// One working copy with the arguments of a command and the user's memory of it.
struct LiveLook: Sendable {
    let renderer: ReportRenderer
    let options: ExaminationOptions
    let session: LiveSession
    private let since: TypedTime?
    private let workspace: Workspace

    /// As much is examined as usual.
    init(_ workspace: Workspace) {
        self.init(workspace, LiveSession(workspace), .live, since: nil)
    }

    init(_ workspace: Workspace, _ arguments: ExaminationArguments) throws {
        let session = LiveSession(workspace)
        self.init(
            workspace, session, try arguments.options(in: session.catalogue),
            since: try arguments.past(at: SystemClock().now))
    }

    private init(
        _ workspace: Workspace, _ session: LiveSession, _ options: ExaminationOptions,
        since: TypedTime?
    ) {
        self.workspace = workspace
        self.session = session
        self.options = options
        self.since = since
        renderer = session.renderer(
            failOn: options.failOn, colour: Output.wantsColour, selection: options.selection)
    }

    /// The user's memory of this working copy.
    func store() throws(PlainFailure) -> FindingStore { try LiveMemory.store(of: workspace) }

    /// Examines, and takes what came and went into the memory.
    ///
    /// A memory that cannot be read or written is said on standard error; the report does without.
    func report() async throws -> Report {
        var options = options
        do throws(PlainFailure) { options.memory = try store().memory() } catch {
            Output.explain(error)
        }
        let report = await session.examine(options)
        do throws(PlainFailure) {
            let store = try store()
            try store.remember(report, selection: options.selection)
            let dated = try report.withFirstSightings(from: store)
            guard let since else { return dated }
            return try dated.showingChanges(
                since: since.before(report.started.timestamp), from: store)
        } catch {
            Output.explain(error)
            return report
        }
    }
}

struct DoctorList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Every code the doctor can report.")

    @OptionGroup var output: OutputOptions

    func run() throws {
        // Outside of a working copy there are no third-party checks to list.
        let catalogue = (try? Workspace.find()).map { LiveSession($0).catalogue }
        try output.show((catalogue ?? LiveProfile.catalogue).entries) { entries in
            Output.table(
                ["CODE", "SEVERITY", "FIX", "MEANING"],
                entries.map { [$0.code, $0.severity.rawValue, $0.fix.rawValue, $0.meaning] })
        }
    }
}

struct DoctorSchema: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "The JSON Schema of what the doctor writes.")

    /// The documents that have a published schema.
    enum Document: String, ExpressibleByArgument, CaseIterable {
        case report, line, diff, comparison, plan, journal

        var text: String {
            switch self {
            case .report: ReportSchema.text
            case .line: ReportSchema.lineText
            case .diff: ComparisonSchema.diff
            case .comparison: ComparisonSchema.comparison
            case .plan: PlanSchema.text
            case .journal: JournalSchema.text
            }
        }
    }

    @Argument(help: "report, line (of ndjson), diff, comparison, plan or journal.")
    var document = Document.report

    func run() { Output.line(document.text) }
}
