// `aura doctor live` put together: the checks, the host they look at, the form of the report.

import Diagnostics
import LiveSync
import Support

/// The examination of one working copy.
public enum LiveProfile {
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

    /// The report in the field manual's form.
    public static func text(of report: Report, colour: Bool) -> String {
        textRenderer(colour: colour).render(report)
    }

    static func textRenderer(colour: Bool) -> TextRenderer {
        TextRenderer(
            title: "live sync doctor", order: Registry.liveOrder,
            explainCommand: "aura doctor explain", colour: colour)
    }
}
