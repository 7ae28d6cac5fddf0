// The one list of live checks, in the order in which a person should read them: what is switched
// off or broken at the root first, then along the way a change takes.

import Diagnostics
import LiveSync

/// The checks of one working copy.
public enum Registry {
    /// The checks under the default thresholds.
    public static let all = checks(Thresholds())

    /// The lines that a report always has, in the field manual's order.
    public static let liveOrder: [Bucket] = [
        "scanner", "mothership", "wal", "conflicts", "impacts", "presence", "integrity",
    ]

    public static func checks(_ thresholds: Thresholds) -> [any Check<SyncHost>] {
        [
            ConfigCheck(thresholds),
            AuthCheck(),
            HostCheck(thresholds),
            AgentCheck(),
            DaemonCheck(),
            ScannerCheck(thresholds),
            MothershipCheck(thresholds),
            WALCheck(thresholds),
            ConflictsCheck(thresholds),
            ImpactsCheck(),
            PresenceCheck(thresholds),
            IntegrityCheck(),
        ]
    }
}
