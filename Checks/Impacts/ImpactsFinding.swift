// What can be wrong with impacts: that nobody looked at them.

import Diagnostics

/// The catalogue of bucket `impacts`.
public enum ImpactsFinding: String, FindingKind {
    case unresolved = "impacts.unresolved"

    public static let bucket: Bucket = "impacts"

    public var severity: Severity { .warn }
    public var fix: FixClass { .consent }
    public var meaning: String { "a function that is called here changed on another branch" }
    public var impact: String { "the callers here may break when the branches meet" }
    public var nextStep: String { "address impacts" }
}
