// What can be wrong between this peer and its Mothership.

import Diagnostics

/// The catalogue of bucket `mothership`.
public enum MothershipFinding: String, FindingKind {
    case unreachable = "mothership.unreachable"
    case nameUnresolved = "mothership.name-unresolved"
    case upgradeRefused = "mothership.upgrade-refused"
    case tokenExpired = "mothership.token-expired"
    case degraded = "mothership.degraded"
    case clockSkew = "mothership.clock-skew"

    public static let bucket: Bucket = "mothership"

    public var severity: Severity {
        switch self {
        case .upgradeRefused: .fail
        case .unreachable, .nameUnresolved, .tokenExpired, .degraded, .clockSkew: .warn
        }
    }

    public var fix: FixClass {
        switch self {
        case .unreachable, .nameUnresolved, .tokenExpired: .safe
        case .degraded: .none
        case .upgradeRefused, .clockSkew: .manual
        }
    }

    public var meaning: String {
        switch self {
        case .unreachable: "no connection to the mothership comes about"
        case .nameUnresolved: "the mothership's host name does not resolve"
        case .upgradeRefused: "the answer to the connection is no WebSocket"
        case .tokenExpired: "the token of this working copy has expired"
        case .degraded: "the connection to the mothership is slow or comes and goes"
        case .clockSkew: "this machine's clock and the mothership's differ"
        }
    }

    public var impact: String {
        switch self {
        case .unreachable, .nameUnresolved, .upgradeRefused:
            "edits wait in the log and nothing from others arrives"
        case .tokenExpired: "the mothership turns this peer away until the token is renewed"
        case .degraded: "edits arrive late in both directions"
        case .clockSkew: "times shown to people mislead, and tokens can be refused"
        }
    }

    public var nextStep: String {
        switch self {
        case .unreachable: "check the mothership with aura mothership status on its machine"
        case .nameUnresolved: "check the host name in [live].mothership of .aura/live.toml"
        case .upgradeRefused:
            "run aura mothership register, and look for a proxy in between"
        case .tokenExpired: "run aura live auth refresh"
        case .degraded: "watch aura live sync status --peer mothership"
        case .clockSkew: "set the clock that is off, best by turning on time synchronisation"
        }
    }

    public var explains: [String] {
        switch self {
        case .unreachable, .nameUnresolved, .upgradeRefused, .tokenExpired:
            ["presence.own-beat-late", "wal.backlog-offline"]
        case .degraded: ["presence.own-beat-late", "wal.queue-stalled"]
        case .clockSkew: ["mothership.token-expired"]
        }
    }
}
