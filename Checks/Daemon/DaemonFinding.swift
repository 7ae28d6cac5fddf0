// What can be wrong with the Mothership process when it belongs on this machine.

import Diagnostics

/// The catalogue of bucket `daemon`.
public enum DaemonFinding: String, FindingKind {
    case portForeign = "daemon.port-foreign"
    case portOwn = "daemon.port-own"
    case down = "daemon.down"
    case stopped = "daemon.stopped"
    case storeMissing = "daemon.store-missing"
    case pidReused = "daemon.pid-reused"
    case pidStale = "daemon.pid-stale"
    case pidMissing = "daemon.pid-missing"

    public static let bucket: Bucket = "daemon"

    public var severity: Severity {
        switch self {
        case .portForeign, .portOwn, .down, .stopped, .storeMissing: .fail
        case .pidReused, .pidStale, .pidMissing: .warn
        }
    }

    public var dataAtStake: Bool { self == .storeMissing }

    public var fix: FixClass {
        switch self {
        case .portForeign, .storeMissing: .manual
        case .portOwn, .stopped: .consent
        case .down, .pidReused, .pidStale, .pidMissing: .safe
        }
    }

    public var meaning: String {
        switch self {
        case .portForeign: "another program holds the mothership's port"
        case .portOwn: "another mothership of this machine holds the port"
        case .down: "the mothership of this machine has died"
        case .stopped: "the mothership of this machine was stopped by a signal and answers nobody"
        case .storeMissing: "the file of the running mothership's ledger, or of its key, is lost"
        case .pidReused: "the mothership's pid record names a process that is another program now"
        case .pidStale: "the mothership's pid record names a process that is gone"
        case .pidMissing: "the mothership of this machine runs and its pid record is gone or torn"
        }
    }

    public var impact: String {
        switch self {
        case .portForeign, .portOwn, .down, .stopped:
            "nobody in its rooms syncs, and edits wait in each peer's log"
        case .storeMissing: "what it keeps ends with its process, and no start goes on with it"
        case .pidReused: "a careless stop by pid would hit a stranger's process"
        case .pidStale: "whoever trusts the record believes in a server that is not there"
        case .pidMissing: "aura mothership stop and restart do not know whom to end"
        }
    }

    public var nextStep: String {
        switch self {
        case .portForeign: "end that program, or start the mothership on another port"
        case .portOwn: "stop the other mothership, then run aura mothership start"
        case .down: "run aura mothership start"
        case .stopped: "let it go on with kill -CONT and the pid, if nobody holds it on purpose"
        case .storeMissing: "put it back where it was, before that mothership is stopped"
        case .pidReused: "run aura mothership start, which replaces the record, and signal nobody"
        case .pidStale: "run aura mothership start, which replaces the record"
        case .pidMissing: "run aura doctor live --fix, which writes it anew"
        }
    }

    public var explains: [String] {
        switch self {
        case .portForeign, .portOwn:
            [
                "daemon.down", "daemon.pid-reused", "mothership.*", "presence.own-beat-late",
                "wal.backlog-offline", "wal.queue-stalled",
            ]
        case .stopped:
            [
                "mothership.*", "presence.own-beat-late", "wal.backlog-offline",
                "wal.queue-stalled",
            ]
        case .down:
            [
                "daemon.pid-reused", "mothership.*", "presence.own-beat-late",
                "wal.backlog-offline", "wal.queue-stalled",
            ]
        case .storeMissing, .pidReused, .pidStale, .pidMissing: []
        }
    }
}
