// What can be wrong with signs of life, this peer's own and those of others.

import Diagnostics

/// The catalogue of bucket `presence`.
public enum PresenceFinding: String, FindingKind {
    case notRestored = "presence.not-restored"
    case ownBeatLate = "presence.own-beat-late"
    case peerStale = "presence.peer-stale"
    case editingHeld = "presence.editing-held"
    case clockFuture = "presence.clock-future"
    case flapping = "presence.flapping"

    public static let bucket: Bucket = "presence"

    public var severity: Severity { self == .clockFuture ? .info : .warn }
    public var fix: FixClass {
        self == .clockFuture || self == .flapping ? .none : .safe
    }

    public var meaning: String {
        switch self {
        case .notRestored: "this peer has not announced itself since the link came up"
        case .ownBeatLate: "this peer has sent no heartbeat for too long"
        case .peerStale: "a peer is shown as present although it has been silent for too long"
        case .editingHeld: "a peer is shown as editing although it has been silent for too long"
        case .clockFuture: "a peer's clock is ahead of the mothership's"
        case .flapping: "this peer comes and goes again and again"
        }
    }

    public var impact: String {
        switch self {
        case .notRestored: "others do not see this peer although it syncs"
        case .ownBeatLate: "others see this peer as offline, or will soon"
        case .peerStale: "people wait for somebody who is not there"
        case .editingHeld: "people leave a function alone that nobody works on"
        case .flapping: "others see this peer appear and vanish, and edits arrive in bursts"
        case .clockFuture: "none, as the mothership's own time is used"
        }
    }

    public var nextStep: String {
        switch self {
        case .notRestored: "run aura live sync disable, then enable"
        case .ownBeatLate: "see aura live sync status --peer mothership"
        case .peerStale, .editingHeld: "run aura live presence --refresh"
        case .flapping: "look for what ends the link, see aura live logs tail"
        case .clockFuture: "tell that person to turn on time synchronisation"
        }
    }

    public var explains: [String] {
        self == .notRestored ? ["presence.own-beat-late"] : []
    }
}
