// Why the agent did not start the last time somebody asked for it. The one who asked has read it; who
// looks later has not.

import Glibc
import Support

/// The last start of the agent, when it was refused.
public struct RefusedStart: Codable, Hashable, Sendable {
    public let subject: String
    public let reason: String
    public let nextStep: String
    public let at: Timestamp

    private static func path(_ workspace: Workspace) -> String {
        workspace.runFolder + "/refused-start.json"
    }

    /// Nil when the last start succeeded, or when nothing that can be read says otherwise.
    public static func last(in workspace: Workspace) -> RefusedStart? {
        // It is a help and no state: without it the trouble is told as before.
        guard let bytes = try? FileAccess.read(path(workspace), limit: 1 << 16) else { return nil }
        return try? JSONText.decode(RefusedStart.self, from: bytes)  // as above
    }

    /// Keeps why a start was refused.
    static func note(_ failure: any Failure, in workspace: Workspace, at now: Timestamp) {
        let refused = RefusedStart(
            subject: failure.subject, reason: failure.reason, nextStep: failure.nextStep, at: now)
        // The failure itself is on its way to whoever asked; a full disk must not replace it.
        guard let text = try? JSONText.encode(refused) else { return }
        try? FileAccess.replace(path(workspace), with: Array(text.utf8))  // as above
    }

    static func forget(in workspace: Workspace) { unlink(path(workspace)) }
}
