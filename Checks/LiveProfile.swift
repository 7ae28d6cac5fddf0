// `aura doctor live` put together: the checks, the host they look at, the form of the report.

import Diagnostics
import LiveSync
import Support

/// The examination of one working copy.
public enum LiveProfile {
    static let examiner = Examiner(
        system: LiveRecording.system, toolVersion: Release.version, clock: SystemClock())

    /// The checks under the thresholds of a working copy, what repairs left behind first.
    public static func checks(of host: SyncHost) -> [any Check<SyncHost>] {
        checks(thresholds(of: host))
    }

    static func checks(
        _ thresholds: Thresholds, clock: any Clock = SystemClock()
    ) -> [any Check<SyncHost>] {
        [
            RepairRecordsCheck(
                clock: clock,
                commands: RepairCommands(
                    repair: "aura doctor live --fix", runs: "aura doctor runs"),
                quarantine: { $0.workspace.quarantineFolder },
                folder: { $0.workspace.journalFolder })
        ] + Registry.checks(thresholds)
    }

    private static func thresholds(of host: SyncHost) -> Thresholds {
        do {
            return try Thresholds(reading: try host.configuration().guests["doctor.thresholds"])
        } catch {
            return Thresholds()  // the config check reports the file
        }
    }

    /// Everything the live checks and the framework can report.
    public static let catalogue = Catalogue(of: Registry.all)

    /// Who is to blame when two people compare their reports: the daemon and what the Mothership
    /// itself says is the server's, every other end of a link is the way there, the rest is local.
    public static let sides = SideRules(
        remote: [
            "daemon", "mothership.server-overload", "mothership.service-restart",
            "mothership.tls-expiring",
        ],
        link: ["mothership"],
        own: [
            "mothership.clock-skew", "mothership.token-expired", "mothership.proto-version",
            "mothership.hello-rejected", "mothership.rate-limited",
        ],
        clockOffset: ("mothership", LiveFact.clockOffset),
        roundTrip: ("mothership", LiveFact.roundTrip))

    /// Examines a working copy; reads, and changes nothing.
    ///
    /// Settings that cannot be read leave the default thresholds in force: the config check then
    /// says what is wrong with them.
    public static func examine(
        _ workspace: Workspace, options: ExaminationOptions,
        surroundings: Surroundings = Surroundings()
    ) async -> Report {
        await LiveSession(workspace, surroundings: surroundings).examine(options)
    }

    /// Examines a working copy and keeps what the checks saw; see ``LiveRecording``.
    public static func record(
        _ workspace: Workspace, surroundings: Surroundings = Surroundings(),
        clock: any Clock = SystemClock()
    ) async throws -> LiveRecording {
        let host = SyncHost(
            workspace: workspace, mothershipHome: surroundings.mothershipHome,
            userFolder: surroundings.knownUserFolder, clock: clock)
        let thresholds = thresholds(of: host)
        let examiner = Examiner(
            system: LiveRecording.system, toolVersion: Release.version, clock: clock)
        let examination = await examiner.examine(
            checks: checks(thresholds, clock: clock), system: host,
            options: SharedLook.pricing(ExaminationOptions(profile: "live"), on: workspace))
        return try LiveRecording(
            of: examination.recording(), startedAt: clock.now, thresholds: thresholds)
    }

    /// The report in the field manual's form.
    public static func text(of report: Report, colour: Bool) -> String {
        textRenderer(colour: colour).render(report)
    }

    /// Renders reports in every format.
    ///
    /// - Parameter selection: what was asked for; a check that was named has its line in any case.
    public static func renderer(
        failOn: Severity, colour: Bool, catalogue: Catalogue = catalogue,
        selection: Selection = .everything
    ) -> ReportRenderer {
        ReportRenderer(
            text: textRenderer(colour: colour, listsHealthy: !selection.only.isEmpty), tool: "aura",
            catalogue: catalogue, failOn: failOn)
    }

    private static func textRenderer(colour: Bool, listsHealthy: Bool = false) -> TextRenderer {
        TextRenderer(
            title: "live sync doctor", order: Registry.liveOrder,
            explainCommand: "aura doctor explain", listsHealthy: listsHealthy, colour: colour)
    }
}
