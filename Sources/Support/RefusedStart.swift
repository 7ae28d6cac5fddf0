// Why a background process did not start the last time somebody asked for it. The one who asked has read
// it; who looks later has not.

import Glibc

/// The last start of a background process, when it was refused.
public struct RefusedStart: Codable, Hashable, Sendable {
    public let subject: String
    public let reason: String
    public let nextStep: String
    public let at: Timestamp

    /// The file's name in the folder where the process leaves its record.
    private static func path(_ runFolder: String) -> String { runFolder + "/refused-start.json" }

    /// Nil when the last start succeeded, or when nothing that can be read says otherwise.
    public static func last(in runFolder: String) -> RefusedStart? {
        // It is a help and no state: without it the trouble is told as before.
        guard let bytes = try? FileAccess.read(path(runFolder), limit: 1 << 16) else { return nil }
        return try? JSONText.decode(RefusedStart.self, from: bytes)  // as above
    }

    /// Keeps why a start was refused.
    public static func note(_ failure: any Failure, in runFolder: String, at now: Timestamp) {
        let refused = RefusedStart(
            subject: failure.subject, reason: failure.reason, nextStep: failure.nextStep, at: now)
        // The failure itself is on its way to whoever asked; a full disk must not replace it.
        guard let text = try? JSONText.encode(refused) else { return }
        try? FileAccess.replace(path(runFolder), with: Array(text.utf8))  // as above
    }

    /// Removes the note: a start has succeeded, or nobody wants one any more.
    public static func forget(in runFolder: String) { unlink(path(runFolder)) }
}
