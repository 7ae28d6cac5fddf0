// What can be wrong with a working copy's settings, and what they keep from syncing.

import Diagnostics

/// The catalogue of bucket `config`.
public enum ConfigFinding: String, FindingKind {
    case unreadable = "config.unreadable"
    case parseError = "config.parse-error"
    case unknownKey = "config.unknown-key"
    case valueInvalid = "config.value-invalid"
    case clonedIdentity = "config.cloned-identity"
    case endpointWrong = "config.endpoint-wrong"
    case ignoreListFailed = "config.ignore-list-failed"
    case syncDisabled = "config.sync-disabled"
    case drift = "config.drift"
    case wrongHome = "config.wrong-home"
    case selectiveMismatch = "config.selective-mismatch"
    case grammarMismatch = "config.grammar-mismatch"
    case fileExcluded = "config.file-excluded"
    case functionLocalOnly = "config.function-local-only"
    case limitsImplicit = "config.limits-implicit"
    case traceLeftOn = "config.trace-left-on"

    public static let bucket: Bucket = "config"

    public var severity: Severity {
        switch self {
        case .unreadable, .parseError, .unknownKey, .valueInvalid, .clonedIdentity,
            .endpointWrong, .ignoreListFailed:
            .fail
        case .syncDisabled, .drift, .wrongHome, .selectiveMismatch, .grammarMismatch: .warn
        case .fileExcluded, .functionLocalOnly, .limitsImplicit, .traceLeftOn: .info
        }
    }

    public var dataAtStake: Bool { self == .clonedIdentity }

    public var fix: FixClass {
        switch self {
        case .unreadable, .parseError, .unknownKey, .valueInvalid, .ignoreListFailed,
            .wrongHome, .selectiveMismatch, .grammarMismatch, .fileExcluded, .clonedIdentity:
            .manual
        case .syncDisabled, .drift, .endpointWrong, .limitsImplicit,
            .traceLeftOn:
            .consent
        case .functionLocalOnly: .none
        }
    }

    public var meaning: String {
        switch self {
        case .unreadable: "the settings file is gone or may not be read"
        case .parseError: "the settings file does not parse"
        case .unknownKey: "the settings file has a key that nothing reads"
        case .valueInvalid: "a setting breaks its rule"
        case .clonedIdentity: "this folder is a copy that carries another one's device"
        case .endpointWrong: "the endpoint is not where the mothership is"
        case .ignoreListFailed: "git does not say which files it ignores"
        case .syncDisabled: "sync is turned off in this working copy"
        case .drift: "the settings file changed after the agent read it"
        case .wrongHome: "this shell and the agent look for the mothership in two places"
        case .selectiveMismatch: "a peer pushes files that are left out here"
        case .grammarMismatch: "a peer reads a language by another grammar than this one"
        case .traceLeftOn: "the log has been kept in full detail for a long time"
        case .fileExcluded: "a changed file takes no part in sync"
        case .functionLocalOnly: "a changed function is marked to stay here"
        case .limitsImplicit: "limits of the mothership are in force without being written down"
        }
    }

    public var impact: String {
        switch self {
        case .unreadable: "a running agent keeps its last settings, a new one does not start"
        case .parseError: "a running agent keeps its last settings, a new one does not start"
        case .unknownKey: "the setting that was meant is not in force"
        case .valueInvalid: "a running agent keeps its last settings, a new one does not start"
        case .clonedIdentity: "two folders would push under one name, and miss each other's work"
        case .endpointWrong: "edits wait in the log and nothing from others arrives"
        case .ignoreListFailed: "sync does not start, because ignored files would travel"
        case .syncDisabled: "saves stay on this machine and nothing from others arrives"
        case .drift: "what was edited is not in force"
        case .wrongHome: "what is said of the mothership here may be about another one"
        case .selectiveMismatch: "those files grow apart without a conflict"
        case .grammarMismatch: "changes of that language wait, because they cannot be compared"
        case .traceLeftOn: "the disk fills and the newest lines push out older ones sooner"
        case .fileExcluded, .functionLocalOnly: "others do not get that change, as was asked for"
        case .limitsImplicit: "a new release may bring other limits without a word"
        }
    }

    public var nextStep: String {
        switch self {
        case .unreadable: "restore .aura/live.toml, or run aura init"
        case .parseError: "correct that line of .aura/live.toml"
        case .unknownKey: "rename or remove that key in .aura/live.toml"
        case .valueInvalid: "change that value in .aura/live.toml"
        case .clonedIdentity: "remove .aura in the copy and run aura init there"
        case .endpointWrong: "set [live].mothership of .aura/live.toml to the address named"
        case .ignoreListFailed: "run git status here and correct what it complains about"
        case .syncDisabled: "run aura live sync enable"
        case .drift: "run aura live sync disable, then enable"
        case .wrongHome: "set AURA_HOME to the agent's before any repair"
        case .selectiveMismatch: "align the globs of both working copies"
        case .grammarMismatch: "bring both sides to one release of aura"
        case .traceLeftOn: "set log_level to info and verbose_logs to false in .aura/live.toml"
        case .fileExcluded: "edit the named rule if the file should travel"
        case .functionLocalOnly: "remove the mark if the function should travel"
        case .limitsImplicit: "write the named keys into config.toml of the mothership's home"
        }
    }

    public var explains: [String] {
        switch self {
        case .clonedIdentity: ["agent.*", "config.sync-disabled"]
        case .endpointWrong:
            [
                "daemon.*", "mothership.*", "presence.own-beat-late", "wal.backlog-offline",
                "wal.queue-stalled",
            ]
        case .wrongHome: ["config.endpoint-wrong", "daemon.*"]
        // The running agent still goes by the old file, in everything that it tells.
        case .unreadable, .parseError, .unknownKey, .valueInvalid: ["config.drift"]
        case .ignoreListFailed, .syncDisabled, .drift,
            .selectiveMismatch, .grammarMismatch, .fileExcluded, .functionLocalOnly,
            .limitsImplicit, .traceLeftOn:
            []
        }
    }
}
