// Signs of life are renewed by asking for them, and one's own by a fresh connection, which announces
// this peer first of all. Only what is shown changes.

import Diagnostics

extension PresenceCheck {
    public func remediate(
        _ finding: Finding<PresenceFinding>, seenIn snapshot: PresenceSnapshot
    ) -> [LiveStep] {
        switch finding.kind {
        case .notRestored, .ownBeatLate: [.ask(.reconnect)]
        case .peerStale, .editingHeld: [.ask(.pingPeers)]
        case .clockFuture, .flapping: []
        }
    }
}
