// Damaged records are given up by name, with everything around them kept. What the ledger lost is
// pushed to it again.

import Diagnostics

extension IntegrityCheck {
    public func remediate(
        _ finding: Finding<IntegrityFinding>, seenIn snapshot: IntegritySnapshot
    ) -> [LiveStep] {
        switch finding.kind {
        case .checksumMismatch, .tailLost:
            snapshot.report.recovery(isOn: snapshot.isAgentUp == true)
        // What the ledger lost is found by comparing every file with it, and pushed again.
        case .hubWentBack:
            snapshot.isAgentUp == true
                ? [.stopAgent, .edit(.forgetBases), .resumeAgent] : [.edit(.forgetBases)]
        // Which of two orders is the true one, or what stood in a gap, is not for a program to say.
        case .chainBroken, .ledgerGap, .signatureInvalid, .pathEscape, .notExamined,
            .lossLedger:
            []
        }
    }
}
