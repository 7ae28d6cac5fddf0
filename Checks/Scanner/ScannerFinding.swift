// What can be wrong with seeing saves.

import Diagnostics

/// The catalogue of bucket `scanner`.
public enum ScannerFinding: String, FindingKind {
    case stalled = "scanner.stalled"
    case watcherDeaf = "scanner.watcher-deaf"
    case missedChange = "scanner.missed-change"
    case slowTick = "scanner.slow-tick"
    case parseError = "scanner.parse-error"
    case canaryDirMissing = "scanner.canary-dir-missing"
    case scopeTooBroad = "scanner.scope-too-broad"
    case cacheCold = "scanner.cache-cold"
    case deferredOverflow = "scanner.deferred-overflow"
    case indexLock = "scanner.index-lock"
    case triviaOnly = "scanner.trivia-only"
    case noAdapter = "scanner.no-adapter"
    case paused = "scanner.paused"
    case fileTooLarge = "scanner.file-too-large"
    case fileClosed = "scanner.file-closed"

    public static let bucket: Bucket = "scanner"

    public var severity: Severity {
        switch self {
        case .stalled, .watcherDeaf, .missedChange: .fail
        case .slowTick, .parseError, .canaryDirMissing, .scopeTooBroad, .deferredOverflow,
            .indexLock, .fileClosed:
            .warn
        case .cacheCold, .triviaOnly, .noAdapter, .paused, .fileTooLarge: .info
        }
    }

    public var fix: FixClass {
        switch self {
        case .stalled, .watcherDeaf, .missedChange, .canaryDirMissing: .safe
        case .indexLock: .consent
        case .slowTick, .parseError, .scopeTooBroad, .deferredOverflow, .paused, .fileTooLarge,
            .fileClosed:
            .manual
        case .cacheCold, .triviaOnly, .noAdapter: .none
        }
    }

    public var meaning: String {
        switch self {
        case .stalled: "the scanner makes no ticks although sync is active"
        case .watcherDeaf: "file-system events do not reach the scanner"
        case .missedChange: "a save was found by the comparison of the whole tree alone"
        case .slowTick: "a tick of the scanner takes too long"
        case .parseError: "functions are held back because their file does not parse"
        case .canaryDirMissing: "the folder that proves the watcher is gone or no folder"
        case .scopeTooBroad: "more functions are admitted than a tick can compare in time"
        case .cacheCold: "every file is parsed anew because the parser cache was empty"
        case .deferredOverflow: "more changed files wait for git than are worth keeping apart"
        case .indexLock: "git's lock of the index was left by a git that is gone"
        case .triviaOnly: "functions of a changed file say the same as before"
        case .noAdapter: "an admitted file is in no language with a grammar"
        case .paused: "sync holds still because of what git is in the middle of"
        case .fileTooLarge: "a changed file is larger than what takes part"
        case .fileClosed: "a changed file may not be read by this user"
        }
    }

    public var impact: String {
        switch self {
        case .stalled: "saves are not seen"
        case .watcherDeaf: "a save is seen minutes late, by the periodic comparison only"
        case .missedChange: "saves made in that way reach others minutes late"
        case .slowTick: "saves reach others late, and the processor is busy"
        case .parseError: "changes to those functions stay here, while the rest of the file syncs"
        case .canaryDirMissing: "nobody can tell whether events still arrive"
        case .scopeTooBroad: "saves reach others late, and the processor is busy"
        case .cacheCold: "the first pass takes longer than the ones after it"
        case .deferredOverflow: "memory and time go to a list that one full scan replaces"
        case .indexLock: "sync is paused for as long as it is there, and git changes nothing either"
        case .triviaOnly: "these are not pushed, because comments and layout do not travel alone"
        case .noAdapter: "the file is not split into functions and stays here"
        case .paused: "saves stay here and nothing arrives until git is done"
        case .fileTooLarge: "its changes stay here, others keep what they had of it"
        case .fileClosed: "its changes stay here, and nothing that others change in it is applied"
        }
    }

    public var nextStep: String {
        switch self {
        case .stalled: "run aura live sync disable, then enable"
        case .watcherDeaf: "raise fs.inotify.max_user_watches, then disable and enable sync"
        case .missedChange: "see through which name or mount the named files are written"
        case .slowTick: "narrow the include globs in .aura/live.toml"
        case .parseError: "correct the syntax of the named files"
        case .canaryDirMissing: "examine again in ten seconds, the agent makes the folder anew"
        case .scopeTooBroad: "narrow the include globs in .aura/live.toml"
        case .cacheCold: "wait for the first pass to end"
        case .deferredOverflow: "finish what git is in the middle of, a full scan follows"
        case .indexLock: "run git status, then aura doctor live --fix --yes scanner.index-lock"
        case .triviaOnly: "nothing to do"
        case .noAdapter: "exclude the file in .aura/live.toml"
        case .paused: "finish or abort what git is doing, or switch back to the branch"
        case .fileTooLarge: "split the file, or share it with git and exclude it in .aura/live.toml"
        case .fileClosed:
            "make the named files readable for you: chmod u+rw, or chown what is not yours"
        }
    }

    public var explains: [String] {
        switch self {
        case .canaryDirMissing: ["scanner.watcher-deaf"]
        case .scopeTooBroad: ["scanner.cache-cold", "scanner.slow-tick"]
        case .watcherDeaf: ["scanner.missed-change"]
        case .deferredOverflow: ["scanner.paused"]
        case .indexLock: ["scanner.deferred-overflow", "scanner.paused"]
        case .stalled, .missedChange, .slowTick, .parseError, .cacheCold, .triviaOnly,
            .noAdapter, .paused, .fileTooLarge, .fileClosed:
            []
        }
    }
}
