// What can be wrong with the Mothership process when it belongs on this machine.

import Diagnostics

/// The catalogue of bucket `daemon`.
public enum DaemonFinding: String, FindingKind {
    case down = "daemon.down"

    public static let bucket: Bucket = "daemon"

    public var severity: Severity { .fail }
    public var fix: FixClass { .safe }
    public var meaning: String { "the mothership of this machine has died" }
    public var impact: String { "nobody in its rooms syncs, and edits wait in each peer's log" }
    public var nextStep: String { "run aura mothership start" }
    public var explains: [String] {
        ["mothership.*", "presence.own-beat-late", "wal.backlog-offline", "wal.queue-stalled"]
    }
}
