// Damaged records are given up by name, with everything around them kept.

import Diagnostics
import LiveSync

extension IntegrityCheck {
    public func remediate(
        _ finding: Finding<IntegrityFinding>, seenIn snapshot: IntegritySnapshot
    ) -> [LiveStep] {
        switch finding.kind {
        case .checksumMismatch, .tailLost: snapshot.report.recovery
        // Which of two orders is the true one is not for a program to say.
        case .chainBroken, .hubWentBack, .signatureInvalid, .pathEscape, .notExamined,
            .lossLedger:
            []
        }
    }
}
