// What can be wrong with records that were once written whole.

import Diagnostics

/// The catalogue of bucket `integrity`.
public enum IntegrityFinding: String, FindingKind {
    case checksumMismatch = "integrity.checksum-mismatch"
    case tailLost = "integrity.tail-lost"
    case chainBroken = "integrity.chain-broken"
    case hubWentBack = "integrity.hub-went-back"
    case ledgerGap = "integrity.ledger-gap"
    case signatureInvalid = "integrity.signature-invalid"
    case pathEscape = "integrity.path-escape"
    case notExamined = "integrity.not-examined"
    case lossLedger = "integrity.loss-ledger"

    public static let bucket: Bucket = "integrity"

    public var severity: Severity {
        switch self {
        case .checksumMismatch, .tailLost, .chainBroken, .hubWentBack, .ledgerGap,
            .signatureInvalid, .pathEscape:
            .fail
        case .notExamined: .warn
        case .lossLedger: .info
        }
    }

    public var dataAtStake: Bool { severity == .fail }

    public var fix: FixClass {
        switch self {
        case .checksumMismatch, .tailLost, .hubWentBack: .consent
        case .chainBroken, .ledgerGap: .manual
        case .signatureInvalid, .pathEscape, .notExamined, .lossLedger: .none
        }
    }

    public var lossy: Bool {
        switch self {
        case .checksumMismatch, .tailLost: true
        case .chainBroken, .hubWentBack, .ledgerGap, .signatureInvalid, .pathEscape,
            .notExamined, .lossLedger:
            false
        }
    }

    public var meaning: String {
        switch self {
        case .checksumMismatch: "bytes of the log do not match their checksum"
        case .tailLost:
            "the log ends before a record it is known to have held, or a file of it is empty"
        case .chainBroken: "records of the log do not follow each other as they were written"
        case .hubWentBack: "the mothership's ledger ends before what it had acknowledged"
        case .ledgerGap: "records of this machine's ledger are missing or not as they were written"
        case .signatureInvalid: "a change was delivered that its author did not sign as it is"
        case .pathEscape: "a change was delivered for a path outside of the working copy"
        case .notExamined: "the log or the ledger, or a part of it, could not be verified"
        case .lossLedger: "an earlier repair gave records up"
        }
    }

    public var impact: String {
        switch self {
        case .checksumMismatch: "the damaged records cannot be read, nor pushed if they still wait"
        case .tailLost: "the newest records are gone, and pushes among them with them"
        case .chainBroken: "what was recorded, and in which order, is not certain any more"
        case .hubWentBack: "changes that were pushed are in no ledger, and new peers lack them"
        case .ledgerGap: "whoever joins gets less than was pushed, or something else"
        case .signatureInvalid: "that change is in no file here, and somebody altered it on its way"
        case .pathEscape: "nothing was written, but somebody tried to reach beyond the tree"
        case .notExamined: "damage there would stay unnoticed"
        case .lossLedger: "the log is sound, and not all that was ever in it is still there"
        }
    }

    public var nextStep: String {
        switch self {
        case .checksumMismatch: "run aura live wal recover, which names what is lost"
        case .tailLost: "look for a newer copy of .aura/live/wal, then follow the runbook"
        case .chainBroken: "restore .aura/live/wal from a copy, after keeping this one"
        case .hubWentBack: "look for the newer ledger first, then follow the runbook"
        case .ledgerGap: "commit and pull everywhere, then restore the mothership's store"
        case .signatureInvalid:
            "look for what changes messages, then run aura live sync pull --full"
        case .pathEscape: "find out who works with the named device, and revoke its token"
        case .notExamined: "make .aura/live/wal readable, then examine again"
        case .lossLedger: "nothing to do, its page says how to acknowledge it"
        }
    }

    /// Without an agent the log alone says whether sync is on: where it is damaged, the word that
    /// turned sync off may be what is missing.
    public var explains: [String] { isAboutTheLog ? ["agent.down"] : [] }

    /// Whether it says that bytes of the log are not what they were.
    var isAboutTheLog: Bool {
        switch self {
        case .checksumMismatch, .tailLost, .chainBroken: true
        case .hubWentBack, .ledgerGap, .signatureInvalid, .pathEscape, .notExamined, .lossLedger:
            false
        }
    }
}
