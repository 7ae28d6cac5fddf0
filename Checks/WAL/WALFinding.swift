// What can be wrong with the write-ahead log: its queues, and its files.

import Diagnostics

/// The catalogue of bucket `wal`.
public enum WALFinding: String, FindingKind {
    case fsyncFailed = "wal.fsync-failed"
    case diskFull = "wal.disk-full"
    case segmentGap = "wal.segment-gap"
    case segmentMisnamed = "wal.segment-misnamed"
    case linkedFolder = "wal.linked-folder"
    case foreignWriter = "wal.foreign-writer"
    case newerFormat = "wal.newer-format"
    case indexDamaged = "wal.index-damaged"
    case tornTail = "wal.torn-tail"
    case rejectPayloadTooLarge = "wal.reject-payload-too-large"
    case rejectSignature = "wal.reject-signature"
    case rejectRepoNotRegistered = "wal.reject-repo-not-registered"
    case rejectOther = "wal.reject-other"
    case applyFailedPermission = "wal.apply-failed-permission"
    case applyFailedLocked = "wal.apply-failed-locked"
    case applyMismatch = "wal.apply-mismatch"
    case applySkipped = "wal.apply-skipped"
    case applyReverted = "wal.apply-reverted"
    case applyNeedsPull = "wal.apply-needs-pull"
    case inboundStalled = "wal.inbound-stalled"
    case ackLost = "wal.ack-lost"
    case queueStalled = "wal.queue-stalled"
    case backlogOffline = "wal.backlog-offline"
    case inCloudFolder = "wal.in-cloud-folder"
    case oversized = "wal.oversized"
    case resetUnsafe = "wal.reset-unsafe"
    case resetResidue = "wal.reset-residue"

    public static let bucket: Bucket = "wal"

    public var severity: Severity {
        switch self {
        case .fsyncFailed, .diskFull, .segmentGap, .segmentMisnamed, .linkedFolder,
            .foreignWriter, .newerFormat, .rejectPayloadTooLarge,
            .rejectSignature, .rejectRepoNotRegistered, .rejectOther, .applyFailedPermission,
            .applyMismatch, .resetUnsafe:
            .fail
        case .indexDamaged, .applyFailedLocked, .applySkipped, .applyNeedsPull, .inboundStalled,
            .ackLost, .queueStalled, .inCloudFolder, .oversized, .resetResidue:
            .warn
        case .tornTail, .backlogOffline, .applyReverted: .info
        }
    }

    public var dataAtStake: Bool {
        switch self {
        case .fsyncFailed, .diskFull, .segmentGap, .segmentMisnamed, .foreignWriter,
            .resetUnsafe:
            true
        default: false
        }
    }

    public var fix: FixClass {
        switch self {
        case .fsyncFailed, .indexDamaged, .tornTail, .applyFailedLocked, .inboundStalled,
            .queueStalled, .applyMismatch, .ackLost, .oversized:
            .safe
        // After a reset sync is off, and turning it on is a person's word.
        case .segmentGap, .segmentMisnamed, .rejectSignature, .rejectRepoNotRegistered,
            .resetUnsafe, .resetResidue:
            .consent
        // Whoever put the link there wanted the log in that place, and moves it back.
        case .linkedFolder, .diskFull, .inCloudFolder, .foreignWriter, .newerFormat,
            .rejectPayloadTooLarge,
            .rejectOther,
            .applyFailedPermission, .applyNeedsPull:
            .manual
        case .backlogOffline, .applySkipped, .applyReverted: .none
        }
    }

    public var lossy: Bool { self == .segmentGap || self == .resetUnsafe }

    public var meaning: String {
        switch self {
        case .fsyncFailed: "the log cannot be written to the disk any more"
        case .diskFull: "the disk has no room for the log to grow"
        case .segmentGap: "a segment of the log is missing"
        case .segmentMisnamed: "files of the log have each other's names"
        case .linkedFolder: "the log's folder is a symbolic link, and the log is in another place"
        case .foreignWriter: "another program changed the log, or put a file into its folder"
        case .newerFormat: "a newer release of aura wrote a part of the log"
        case .indexDamaged: "the log's manifest is missing or damaged"
        case .tornTail: "the log ends in a write that a crash interrupted"
        case .rejectPayloadTooLarge: "the mothership refuses a push for its size"
        case .rejectSignature: "the mothership does not accept this peer's signature"
        case .rejectRepoNotRegistered: "the mothership does not know this repository"
        case .rejectOther: "the mothership refuses a push"
        case .applyFailedPermission: "a received change may not be written to its file"
        case .applyFailedLocked: "a received change waits for a program that locks its file"
        case .applyMismatch: "a received change was written and the file does not hold it"
        case .applySkipped: "a received change was left out because the local text is newer"
        case .applyReverted: "the next save here took a received change back"
        case .applyNeedsPull: "a received change was made on a commit that is not here"
        case .inboundStalled: "a received change does not get into its file"
        case .ackLost: "the answer to a push got lost while later ones came"
        case .queueStalled: "pushes wait although the link works"
        case .backlogOffline: "pushes wait for the link to return"
        case .inCloudFolder: "the log lies in a folder that another program copies"
        case .oversized: "the log has grown far beyond what waits in it"
        case .resetUnsafe: "a reset put unacknowledged changes out of the log"
        case .resetResidue: "a reset was not followed by a full reading of ledger and files"
        }
    }

    public var impact: String {
        switch self {
        case .fsyncFailed, .diskFull:
            "nothing is pushed or applied, and the newest edits are in no log"
        case .segmentGap: "pushes recorded in it and never acknowledged are lost from the log"
        case .segmentMisnamed: "what is in them is not read, although every byte of it is there"
        case .linkedFolder: "no agent starts, as one place could hold the logs of two"
        case .foreignWriter: "the next change from outside can destroy unsent pushes"
        case .newerFormat: "this release cannot read those records, and never rewrites them"
        case .indexDamaged: "no record is lost, but the loss of a segment might go unnoticed"
        case .tornTail: "none, as nothing in it was ever acknowledged"
        case .rejectPayloadTooLarge, .rejectSignature, .rejectRepoNotRegistered, .rejectOther:
            "others do not get that change"
        case .applySkipped: "none for the local text, but the other version is not in the file"
        case .applyReverted: "everybody gets the old text again, as a change from here"
        case .applyNeedsPull: "the change waits, as alone it would be a piece of its file"
        case .ackLost: "nobody here knows whether others have that change"
        case .inCloudFolder: "that program can put back an old copy, and lose unsent pushes"
        case .oversized: "starts and verifies take longer, and the disk fills"
        case .resetUnsafe: "changes that are in no file any more reach nobody"
        case .resetResidue: "changes of others and of this copy may be missing without a word"
        case .applyFailedPermission, .applyFailedLocked, .inboundStalled, .applyMismatch:
            "the file here is older than what others have"
        case .queueStalled: "others do not get the newest changes"
        case .backlogOffline: "none for the work, which is safe here, but others do not get it"
        }
    }

    public var nextStep: String {
        switch self {
        case .fsyncFailed: "check disk and free space, then disable and enable sync"
        case .diskFull: "free space, then disable and enable sync"
        case .segmentGap: "look for the missing segment before anything else, and put it back"
        case .segmentMisnamed: "run aura doctor live --fix --yes wal.segment-misnamed"
        case .linkedFolder: "disable sync, put the folder itself in the link's place, enable it"
        case .foreignWriter: "stop that program, then run aura live wal recover"
        case .newerFormat: "use the newer release"
        case .indexDamaged: "run aura live wal recover, which writes the manifest anew"
        case .tornTail: "nothing to do, the next start goes on behind it"
        case .rejectPayloadTooLarge: "raise the mothership's size limit, or split the function"
        case .rejectSignature: "run aura live auth refresh, then aura live sync push --flush"
        case .rejectRepoNotRegistered:
            "run aura mothership register, then aura live sync push --flush"
        case .rejectOther: "see the reason with aura live wal tail --filter OUTBOUND_FAILED"
        case .applyFailedPermission: "give yourself write permission on the named file"
        case .applyFailedLocked: "close the program that holds the named file"
        case .applyMismatch: "see what else writes to the named file or its disk"
        case .applySkipped: "see aura live conflicts list"
        case .applyReverted: "if nobody meant it, load the file anew in that editor and edit again"
        case .applyNeedsPull: "run git pull in this working copy"
        case .inboundStalled: "see the reason with aura live wal tail --filter APPLY_FAILED"
        case .ackLost: "run aura live sync push --flush, sending twice is harmless"
        case .queueStalled: "run aura live sync push --flush"
        case .backlogOffline: "see mothership first"
        case .inCloudFolder: "move the working copy out of that folder"
        case .oversized: "run aura live sync disable, then enable, with the mothership in reach"
        case .resetUnsafe: "keep the old log, and look for the named functions in git"
        case .resetResidue: "run aura live sync enable with the mothership within reach"
        }
    }

    public var explains: [String] {
        switch self {
        case .fsyncFailed, .diskFull:
            ["mothership.close-unknown", "wal.inbound-stalled", "wal.queue-stalled"]
        // What says whether sync is on may be among what is gone or foreign.
        // And a writer whose files were taken away has stopped.
        case .segmentGap:
            ["agent.down", "integrity.not-examined", "integrity.tail-lost", "wal.fsync-failed"]
        case .foreignWriter:
            [
                "agent.down", "integrity.chain-broken", "integrity.checksum-mismatch",
                "integrity.not-examined",
            ]
        case .segmentMisnamed:
            [
                "agent.down", "integrity.chain-broken", "integrity.not-examined",
                "integrity.tail-lost", "wal.fsync-failed",
            ]
        case .newerFormat, .linkedFolder: ["agent.down", "integrity.not-examined"]
        case .ackLost: ["wal.queue-stalled"]
        case .inCloudFolder:
            ["integrity.checksum-mismatch", "integrity.tail-lost", "wal.foreign-writer"]
        // A new log knows of no enable: sync is off after a reset until somebody turns it on.
        case .resetUnsafe: ["config.sync-disabled", "wal.reset-residue"]
        case .resetResidue: ["config.sync-disabled"]
        default: []
        }
    }
}
