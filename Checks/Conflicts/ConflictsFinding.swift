// What can be wrong with conflicts: that they wait.

import Diagnostics

/// The catalogue of bucket `conflicts`.
public enum ConflictsFinding: String, FindingKind {
    case unresolved = "conflicts.unresolved"

    public static let bucket: Bucket = "conflicts"

    public var severity: Severity { .warn }
    public var fix: FixClass { .consent }
    public var meaning: String { "two changes of one function wait for a decision" }
    public var impact: String { "neither side gets the other's version of those functions" }
    public var nextStep: String { "resolve conflicts, see aura live conflicts list" }
}
