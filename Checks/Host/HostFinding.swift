// What can be wrong with the machine under a working copy: its disk, and where the folder lies.

import Diagnostics

/// The catalogue of bucket `host`.
public enum HostFinding: String, FindingKind {
    case wrongOwner = "host.wrong-owner"
    case wrongMode = "host.wrong-mode"
    case diskError = "host.disk-error"
    case readOnlyMount = "host.read-only-mount"
    case diskLow = "host.disk-low"
    case networkFileSystem = "host.network-fs"
    case diskSlow = "host.disk-slow"
    case inodesLow = "host.inodes-low"
    case descriptorLimit = "host.fd-limit"
    case inotifyWatches = "host.inotify-watches"
    case inotifyOverflow = "host.inotify-overflow"
    case caseFold = "host.case-fold"

    public static let bucket: Bucket = "host"

    public var severity: Severity {
        switch self {
        case .wrongOwner, .wrongMode, .diskError, .readOnlyMount: .fail
        case .diskLow, .networkFileSystem, .diskSlow, .inodesLow, .descriptorLimit,
            .inotifyWatches, .inotifyOverflow, .caseFold:
            .warn
        }
    }

    public var dataAtStake: Bool { self == .diskError }

    public var fix: FixClass {
        switch self {
        // The agent reads the whole tree by itself when events were dropped.
        case .diskSlow, .inotifyOverflow: .none
        // Owners are for root to change.
        case .wrongOwner, .diskError, .readOnlyMount, .diskLow, .networkFileSystem, .inodesLow,
            .descriptorLimit, .inotifyWatches, .caseFold:
            .manual
        case .wrongMode: .safe
        }
    }

    public var meaning: String {
        switch self {
        case .wrongOwner: "files of the sync state belong to another user, who keeps this one out"
        case .wrongMode: "files of the sync state have permissions that keep their own user out"
        case .diskError: "the disk does not give back what is stored on it"
        case .readOnlyMount: "the working copy or its log lies on a read-only mount"
        case .diskLow: "little space is left on the disk"
        case .networkFileSystem: "the working copy or its log lies on a network file system"
        case .diskSlow: "the disk takes long to make the log durable"
        case .inodesLow: "the disk can hold few more files"
        case .descriptorLimit: "the agent has almost as many files open as it may"
        case .inotifyWatches: "the agent watches almost as many folders as the kernel allows"
        case .inotifyOverflow: "the kernel dropped file-system events a while ago"
        case .caseFold: "two files have names that differ in case alone"
        }
    }

    public var impact: String {
        switch self {
        case .wrongOwner, .wrongMode:
            "no agent starts, one that runs cannot be asked or verified, or nothing can be repaired"
        case .diskError: "unsent changes in that place may be lost, and more may follow"
        case .readOnlyMount: "nothing can be recorded, pushed or applied"
        case .diskLow: "the log stops taking work when the space runs out"
        case .networkFileSystem: "events get lost, locks do not hold and scans are slow"
        case .inodesLow: "no file can be made once they run out, however much space is left"
        case .descriptorLimit: "files cannot be read and links cannot be made beyond the limit"
        case .inotifyWatches: "new folders will not be watched, and saves in them are seen late"
        case .inotifyOverflow: "none for the content, because the whole tree was compared after it"
        case .caseFold: "on a disk that ignores case one of them overwrites the other"
        case .diskSlow: "every save and every received change waits for the disk"
        }
    }

    public var nextStep: String {
        switch self {
        case .wrongOwner: "run sudo chown -R $(id -un) .aura, then aura live sync enable"
        case .wrongMode: "run chmod -R u+rwX .aura/live, then aura live sync enable"
        case .diskError: "copy the working copy to another disk, then check this one"
        case .readOnlyMount: "mount that file system writable"
        case .diskLow: "free space on that file system"
        case .networkFileSystem: "move the working copy to a local disk"
        case .inodesLow: "remove folders with many small files on that file system"
        case .descriptorLimit: "raise the limit of open files, then disable and enable sync"
        case .inotifyWatches: "raise fs.inotify.max_user_watches"
        case .inotifyOverflow: "raise fs.inotify.max_queued_events if it happens often"
        case .caseFold: "rename one of the two"
        case .diskSlow: "move the working copy to a faster disk, or see what keeps this one busy"
        }
    }

    public var explains: [String] {
        switch self {
        case .wrongOwner, .wrongMode:
            [
                "agent.down", "agent.log-broken", "agent.run-without-owner",
                "integrity.not-examined", "integrity.tail-lost", "scanner.canary-dir-missing",
                "scanner.watcher-deaf", "wal.fsync-failed", "wal.index-damaged", "wal.segment-gap",
            ]
        case .diskError:
            [
                "agent.down", "integrity.checksum-mismatch", "integrity.not-examined",
                "integrity.tail-lost", "wal.fsync-failed", "wal.segment-gap",
            ]
        case .readOnlyMount:
            ["agent.log-broken", "wal.apply-failed-permission", "wal.fsync-failed"]
        case .diskLow: ["wal.disk-full", "wal.fsync-failed", "wal.inbound-stalled"]
        case .networkFileSystem:
            [
                "host.disk-slow", "scanner.missed-change", "scanner.slow-tick",
                "scanner.watcher-deaf",
            ]
        case .diskSlow: ["scanner.slow-tick", "scanner.stalled", "wal.queue-stalled"]
        case .inotifyWatches: ["scanner.missed-change", "scanner.watcher-deaf"]
        case .inodesLow, .descriptorLimit, .inotifyOverflow, .caseFold: []
        }
    }
}
