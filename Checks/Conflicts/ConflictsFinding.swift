// What can be wrong with conflicts: that they wait, and what waits with them.

import Diagnostics

/// The catalogue of bucket `conflicts`.
public enum ConflictsFinding: String, FindingKind {
    case storm = "conflicts.storm"
    case selfConflict = "conflicts.self"
    case baseUnresolvable = "conflicts.base-unresolvable"
    case ghost = "conflicts.ghost"
    case blockingApply = "conflicts.blocking-apply"
    case unresolved = "conflicts.unresolved"
    case deleteModify = "conflicts.delete-modify"
    case dismissedIncoming = "conflicts.dismissed-incoming"
    case markersInSource = "conflicts.markers-in-source"

    public static let bucket: Bucket = "conflicts"

    public var severity: Severity {
        switch self {
        case .storm, .selfConflict, .baseUnresolvable: .fail
        case .ghost, .blockingApply, .unresolved, .deleteModify, .dismissedIncoming,
            .markersInSource:
            .warn
        }
    }

    public var fix: FixClass {
        switch self {
        case .ghost: .safe
        case .blockingApply, .unresolved, .deleteModify, .dismissedIncoming: .consent
        case .baseUnresolvable, .storm: .manual
        case .selfConflict, .markersInSource: .none
        }
    }

    public var meaning: String {
        switch self {
        case .storm: "many conflicts arose within a minute"
        case .selfConflict: "a change conflicts with one of this same device"
        case .baseUnresolvable: "the common ancestor of two changes is not known"
        case .ghost: "a conflict waits although both sides say the same"
        case .blockingApply: "newer versions of a function wait behind its conflict"
        case .unresolved: "two changes of one function wait for a decision"
        case .deleteModify: "a function was deleted on one side and changed on the other"
        case .markersInSource: "a changed file holds the marks of an unfinished merge"
        case .dismissedIncoming: "a received change was dismissed and is still another than here"
        }
    }

    public var impact: String {
        switch self {
        case .storm: "the working copy and the room may not be about the same branch"
        case .selfConflict: "none for the text, but the log and the ledger do not agree"
        case .baseUnresolvable: "nobody can tell who changed what, and a decision may lose a change"
        case .ghost: "the function is held back in both directions for nothing"
        case .blockingApply: "the file here grows older with each version that waits"
        case .unresolved: "neither side gets the other's version of those functions"
        case .deleteModify: "the function is there for one side and gone for the other"
        case .markersInSource: "the functions of the file are held back until the marks are gone"
        case .dismissedIncoming: "the function stays apart from what others have"
        }
    }

    public var nextStep: String {
        switch self {
        case .storm: "check branch and commit of both sides before resolving any"
        case .selfConflict: "report it with a bundle, see aura live logs"
        case .baseUnresolvable: "compare both sides by hand, then resolve the conflict"
        case .ghost: "take either side, see aura live conflicts list"
        case .blockingApply: "resolve conflicts, see aura live conflicts list"
        case .unresolved: "resolve conflicts, see aura live conflicts list"
        case .deleteModify: "decide whether the function stays, see aura live conflicts list"
        case .markersInSource: "finish the merge in the named file"
        case .dismissedIncoming: "run aura live conflicts list --all, then reopen it"
        }
    }

    public var explains: [String] {
        switch self {
        case .storm:
            [
                "conflicts.blocking-apply", "conflicts.delete-modify", "conflicts.unresolved",
                "wal.apply-skipped",
            ]
        case .baseUnresolvable, .ghost, .blockingApply, .selfConflict:
            ["conflicts.unresolved", "wal.apply-skipped"]
        case .unresolved: ["conflicts.delete-modify", "wal.apply-skipped"]
        case .deleteModify: []
        case .dismissedIncoming: ["wal.apply-skipped"]
        case .markersInSource: ["scanner.parse-error"]
        }
    }
}
