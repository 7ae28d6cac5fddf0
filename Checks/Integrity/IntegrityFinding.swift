// What can be wrong with records that were once written whole.

import Diagnostics

/// The catalogue of bucket `integrity`.
public enum IntegrityFinding: String, FindingKind {
    case checksumMismatch = "integrity.checksum-mismatch"
    case tailLost = "integrity.tail-lost"
    case chainBroken = "integrity.chain-broken"
    case notExamined = "integrity.not-examined"
    case lossLedger = "integrity.loss-ledger"

    public static let bucket: Bucket = "integrity"

    public var severity: Severity {
        switch self {
        case .checksumMismatch, .tailLost, .chainBroken: .fail
        case .notExamined: .warn
        case .lossLedger: .info
        }
    }

    public var dataAtStake: Bool { severity == .fail }

    public var fix: FixClass {
        switch self {
        case .checksumMismatch, .tailLost: .consent
        case .chainBroken: .manual
        case .notExamined, .lossLedger: .none
        }
    }

    public var lossy: Bool {
        switch self {
        case .checksumMismatch, .tailLost: true
        case .chainBroken, .notExamined, .lossLedger: false
        }
    }

    public var meaning: String {
        switch self {
        case .checksumMismatch: "bytes of the log do not match their checksum"
        case .tailLost: "the log ends before a record that is known to have been written"
        case .chainBroken: "records of the log do not follow each other as they were written"
        case .notExamined: "the log, or a part of it, could not be verified"
        case .lossLedger: "an earlier repair gave records up"
        }
    }

    public var impact: String {
        switch self {
        case .checksumMismatch: "the damaged records cannot be read, nor pushed if they still wait"
        case .tailLost: "the newest records are gone, and pushes among them with them"
        case .chainBroken: "what was recorded, and in which order, is not certain any more"
        case .notExamined: "damage there would stay unnoticed"
        case .lossLedger: "the log is sound, and not all that was ever in it is still there"
        }
    }

    public var nextStep: String {
        switch self {
        case .checksumMismatch: "copy .aura/live/wal aside, then follow the runbook"
        case .tailLost: "look for a newer copy of .aura/live/wal, then follow the runbook"
        case .chainBroken: "restore .aura/live/wal from a copy, after keeping this one"
        case .notExamined: "make .aura/live/wal readable, then examine again"
        case .lossLedger: "nothing to do, acknowledge it once you know what was lost"
        }
    }
}
