// What can be wrong with seeing saves.

import Diagnostics

/// The catalogue of bucket `scanner`.
public enum ScannerFinding: String, FindingKind {
    case stalled = "scanner.stalled"
    case watcherDeaf = "scanner.watcher-deaf"
    case slowTick = "scanner.slow-tick"
    case parseError = "scanner.parse-error"
    case canaryDirMissing = "scanner.canary-dir-missing"

    public static let bucket: Bucket = "scanner"

    public var severity: Severity {
        switch self {
        case .stalled, .watcherDeaf: .fail
        case .slowTick, .parseError, .canaryDirMissing: .warn
        }
    }

    public var fix: FixClass {
        switch self {
        case .stalled, .watcherDeaf, .canaryDirMissing: .safe
        case .slowTick, .parseError: .manual
        }
    }

    public var meaning: String {
        switch self {
        case .stalled: "the scanner makes no ticks although sync is active"
        case .watcherDeaf: "file-system events do not reach the scanner"
        case .slowTick: "a tick of the scanner takes too long"
        case .parseError: "functions are held back because their file does not parse"
        case .canaryDirMissing: "the folder that proves the watcher is gone"
        }
    }

    public var impact: String {
        switch self {
        case .stalled: "saves are not seen"
        case .watcherDeaf: "a save is seen minutes late, by the periodic comparison only"
        case .slowTick: "saves reach others late, and the processor is busy"
        case .parseError: "changes to those functions stay here, while the rest of the file syncs"
        case .canaryDirMissing: "nobody can tell whether events still arrive"
        }
    }

    public var nextStep: String {
        switch self {
        case .stalled: "run aura live sync disable, then enable"
        case .watcherDeaf: "raise fs.inotify.max_user_watches, then disable and enable sync"
        case .slowTick: "narrow the include globs in .aura/live.toml"
        case .parseError: "correct the syntax of the named files"
        case .canaryDirMissing: "examine again in ten seconds, the agent makes the folder anew"
        }
    }

    public var explains: [String] {
        switch self {
        case .canaryDirMissing: ["scanner.watcher-deaf"]
        case .stalled, .watcherDeaf, .slowTick, .parseError: []
        }
    }
}
