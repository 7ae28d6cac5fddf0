// `aura doctor live` put together: the checks, the host they look at, the form of the report.

import Diagnostics
import LiveSync
import Support

/// The examination of one working copy.
public enum LiveProfile {
    static let examiner = Examiner(
        system: "live sync", toolVersion: Release.version, clock: SystemClock())

    /// The checks under the thresholds of a working copy, what repairs left behind first.
    public static func checks(of host: SyncHost) -> [any Check<SyncHost>] {
        [RepairRecordsCheck { $0.workspace.journalFolder }]
            + Registry.checks(thresholds(of: host))
    }

    /// Everything the live checks and the framework can report.
    public static let catalogue = Catalogue(of: Registry.all)

    /// Examines a working copy; reads, and changes nothing.
    ///
    /// Settings that cannot be read leave the default thresholds in force: the config check then
    /// says what is wrong with them.
    public static func examine(
        _ workspace: Workspace, options: ExaminationOptions,
        surroundings: Surroundings = Surroundings()
    ) async -> Report {
        let host = SyncHost(workspace: workspace, mothershipHome: surroundings.mothershipHome)
        return await examiner.run(checks: checks(of: host), system: host, options: options)
    }

    /// The report in the field manual's form.
    public static func text(of report: Report, colour: Bool) -> String {
        TextRenderer(
            title: "live sync doctor", order: Registry.liveOrder,
            explainCommand: "aura doctor explain", colour: colour
        ).render(report)
    }

    private static func thresholds(of host: SyncHost) -> Thresholds {
        do {
            return try Thresholds(reading: try host.configuration().guests["doctor.thresholds"])
        } catch {
            return Thresholds()  // the config check reports the file
        }
    }
}
