// What can be wrong with impacts: that nobody looked at them, or that they are over.

import Diagnostics

/// The catalogue of bucket `impacts`.
public enum ImpactsFinding: String, FindingKind {
    case targetDeleted = "impacts.target-deleted"
    case unresolved = "impacts.unresolved"
    case stale = "impacts.stale"

    public static let bucket: Bucket = "impacts"

    public var severity: Severity { self == .stale ? .info : .warn }

    public var fix: FixClass {
        switch self {
        case .targetDeleted: .manual
        case .unresolved: .consent
        case .stale: .safe
        }
    }

    public var meaning: String {
        switch self {
        case .targetDeleted: "a function that is called here was deleted on another branch"
        case .unresolved: "a function that is called here changed on another branch"
        case .stale: "an alert is left whose reason is gone"
        }
    }

    public var impact: String {
        switch self {
        case .targetDeleted: "the callers here will not build when the branches meet"
        case .unresolved: "the callers here may break when the branches meet"
        case .stale: "none, but the alert hides those that matter"
        }
    }

    public var nextStep: String {
        switch self {
        case .targetDeleted: "adapt the callers, or ask who deleted it"
        case .unresolved: "address impacts"
        case .stale: "look at aura live impacts list, nothing there needs work"
        }
    }

    public var explains: [String] {
        self == .targetDeleted ? ["impacts.unresolved"] : []
    }
}
