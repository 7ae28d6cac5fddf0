// What can be wrong with a working copy's settings.

import Diagnostics

/// The catalogue of bucket `config`.
public enum ConfigFinding: String, FindingKind {
    case parseError = "config.parse-error"
    case unknownKey = "config.unknown-key"
    case valueInvalid = "config.value-invalid"
    case syncDisabled = "config.sync-disabled"

    public static let bucket: Bucket = "config"

    public var severity: Severity {
        switch self {
        case .parseError, .unknownKey, .valueInvalid: .fail
        case .syncDisabled: .warn
        }
    }

    public var fix: FixClass {
        switch self {
        case .parseError, .unknownKey, .valueInvalid: .manual
        case .syncDisabled: .consent
        }
    }

    public var meaning: String {
        switch self {
        case .parseError: "the settings file does not parse"
        case .unknownKey: "the settings file has a key that nothing reads"
        case .valueInvalid: "a setting breaks its rule"
        case .syncDisabled: "sync is turned off in this working copy"
        }
    }

    public var impact: String {
        switch self {
        case .parseError: "a running agent keeps its last settings, a new one does not start"
        case .unknownKey: "the setting that was meant is not in force"
        case .valueInvalid: "a running agent keeps its last settings, a new one does not start"
        case .syncDisabled: "saves stay on this machine and nothing from others arrives"
        }
    }

    public var nextStep: String {
        switch self {
        case .parseError: "correct that line of .aura/live.toml"
        case .unknownKey: "rename or remove that key in .aura/live.toml"
        case .valueInvalid: "change that value in .aura/live.toml"
        case .syncDisabled: "run aura live sync enable"
        }
    }
}
