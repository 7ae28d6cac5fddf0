// The world a drill plays in. Drills of one scene share a sandbox, one after the other.

/// Who is there, how they are connected, and by which settings.
public struct Scene: Hashable, Sendable {
    /// A second working copy beside the first.
    public var partner: Partner?
    /// The first peer reaches its Mothership through a proxy.
    public var isProxied = false
    /// The first peer's working copy is a small file system of its own.
    public var diskMebibytes: Int?
    /// The most files that file system holds.
    public var diskFiles: Int?
    /// The Mothership's configuration.
    public var mothership: String?
    /// Whether the link is encrypted.
    public var isEncrypted = false
    /// Files of the repository besides the usual ones.
    public var files: [String: String] = [:]
    /// Lines of `live.toml`, by table, on top of the usual ones.
    public var settings: [String: String] = [:]
    /// Information that the scene itself raises, all the time.
    public var standing: Set<String> = []

    /// Where the second working copy stands.
    public enum Partner: Hashable, Sendable { case sameBranch, otherBranch }

    public static let alone = Scene()
    public static let proxied = Scene(isProxied: true)
    public static let pair = Scene(partner: .sameBranch, isProxied: true)
    /// An agent that sends nothing again for minutes: what a repair is for, it does not do by itself.
    static let patient = Scene(
        isProxied: true,
        settings: ["live.presence": "heartbeat_s = 1\nwindow_s = 3\nping_s = 60"])
    /// Agents that try again what failed every two minutes, for the same reason. Between two drills on
    /// one stage nobody would wait for that.
    static let slowTicks = Scene(
        partner: .sameBranch,
        settings: [
            "doctor.thresholds": "scanner_stalled = \"600s\"", "live.scan": "tick_ms = 120000",
        ])

    public init(
        partner: Partner? = nil, isProxied: Bool = false, diskMebibytes: Int? = nil,
        diskFiles: Int? = nil, mothership: String? = nil, isEncrypted: Bool = false,
        files: [String: String] = [:],
        settings: [String: String] = [:], standing: Set<String> = []
    ) {
        self.partner = partner
        self.isProxied = isProxied
        self.diskMebibytes = diskMebibytes
        self.diskFiles = diskFiles
        self.mothership = mothership
        self.isEncrypted = isEncrypted
        self.files = files
        self.settings = settings
        self.standing = standing
    }

    /// Short limits, so that a rehearsal need not wait for minutes, but none that a loaded machine
    /// breaks by itself.
    private static let thresholds = [
        "scanner_stalled": "10s", "mothership_down_fail": "1s", "mothership_slow": "5s",
        "own_beat_warn": "10s", "own_beat_fail": "20s", "peer_stale": "3s",
        "queue_stalled_warn": "1s", "apply_stalled": "1s", "ack_lost": "1s", "disk_slow": "20s",
        "config_drift": "5s", "presence_ahead": "5s", "scanner_slow_warn": "5s",
    ]

    /// The settings of the scene's peers, by table.
    public var allSettings: [String: String] {
        var own = Self.pairs(settings["doctor.thresholds"] ?? "")
        // Rehearsals end links on purpose, more often than any network does.
        own.merge(["presence_flaps_count": "100000"]) { mine, _ in mine }
        // One marker of a busy machine's may come late, and the one after it.
        own.merge(["scanner_canaries_lost": "3"]) { mine, _ in mine }
        own.merge(Self.thresholds.mapValues { "\"\($0)\"" }) { mine, _ in mine }
        var all = [
            "live.presence": "heartbeat_s = 1\nwindow_s = 3\nping_s = 3",
            "live.scan": "tick_ms = 200", "live.selective": "exclude = [\"gen/**\"]",
        ]
        all.merge(settings) { $1 }
        all["doctor.thresholds"] = own.sorted { $0.key < $1.key }
            .map { "\($0.key) = \($0.value)" }.joined(separator: "\n")
        return all
    }

    private static func pairs(_ lines: String) -> [String: String] {
        let parts = lines.split(separator: "\n").map { $0.split(separator: "=", maxSplits: 1) }
        return Dictionary(
            parts.filter { $0.count == 2 }.map {
                (
                    $0[0].filter { $0 != " " },
                    String($0[1].drop { $0 == " " })
                )
            }, uniquingKeysWith: { $1 })
    }
}
