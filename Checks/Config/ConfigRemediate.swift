// Settings that a person agreed to put in force: sync on, or the file as it is now.

import Diagnostics
import LiveSync

extension ConfigCheck {
    public func remediate(
        _ finding: Finding<ConfigFinding>, seenIn snapshot: ConfigSnapshot
    ) -> [LiveStep] {
        switch finding.kind {
        case .syncDisabled: [.startAgent]
        case .drift: [.stopAgent, .resumeAgent]
        // What a setting should say is known to whoever wrote it.
        case .parseError, .unknownKey, .valueInvalid, .clonedIdentity, .endpointWrong,
            .ignoreListFailed, .wrongHome, .selectiveMismatch, .fileExcluded, .functionLocalOnly,
            .limitsImplicit, .grammarMismatch, .traceLeftOn:
            []
        }
    }
}
