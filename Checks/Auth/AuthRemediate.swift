// Closes what others can read, and asks for a new token where the old one is none.

import Diagnostics
import LiveSync

extension AuthCheck {
    public func remediate(
        _ finding: Finding<AuthFinding>, seenIn snapshot: AuthSnapshot
    ) -> [LiveStep] {
        switch finding.kind {
        case .keyModes:
            let changes = (snapshot.credentials?.exposed ?? []).map {
                ModeChange(path: $0.path, mode: $0.mode & 0o700)
            }
            // A key that lets others in is one that no agent starts with.
            return changes.isEmpty ? [] : [.act(.setModes(changes)), .resumeAgent]
        case .tokenInvalid: return [.act(.renewToken), .resumeAgent]
        // Which device this was nobody can make up, nor what an address should be.
        case .identityMissing, .cleartextLink: return []
        }
    }
}
