// What can be wrong with signs of life, this peer's own and those of others.

import Diagnostics

/// The catalogue of bucket `presence`.
public enum PresenceFinding: String, FindingKind {
    case ownBeatLate = "presence.own-beat-late"
    case peerStale = "presence.peer-stale"

    public static let bucket: Bucket = "presence"

    public var severity: Severity { .warn }
    public var fix: FixClass { .safe }

    public var meaning: String {
        switch self {
        case .ownBeatLate: "this peer has sent no heartbeat for too long"
        case .peerStale: "a peer is shown as present although it has been silent for too long"
        }
    }

    public var impact: String {
        switch self {
        case .ownBeatLate: "others see this peer as offline, or will soon"
        case .peerStale: "people wait for somebody who is not there"
        }
    }

    public var nextStep: String {
        switch self {
        case .ownBeatLate: "see aura live sync status --peer mothership"
        case .peerStale: "run aura live presence --refresh"
        }
    }
}
