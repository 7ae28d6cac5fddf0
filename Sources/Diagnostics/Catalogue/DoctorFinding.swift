// What the framework finds wrong with itself.
//
// A check that crashed, overran or claimed health without looking is a finding like any other: it
// has a code and a page. Four of the kinds only say why a line is UNKNOWN; those count as
// undetermined, not as something wrong with the examined system.

/// The framework's own troubles.
public enum DoctorFinding: String, FindingKind {
    case checkTimeout = "doctor.check-timeout"
    case checkCrashed = "doctor.check-crashed"
    case vacuousOK = "doctor.vacuous-ok"
    case overBudget = "doctor.over-budget"
    case codeUndeclared = "doctor.code-undeclared"
    case impure = "doctor.impure"
    case nondeterministic = "doctor.nondeterministic"
    case childUnkillable = "doctor.child-unkillable"

    public static let bucket: Bucket = "doctor"

    public var severity: Severity {
        switch self {
        case .checkTimeout, .overBudget, .childUnkillable: .warn
        case .checkCrashed, .vacuousOK, .codeUndeclared, .impure, .nondeterministic: .fail
        }
    }

    /// A check that changes what it examines may lose what it was to protect.
    public var dataAtStake: Bool { self == .impure }

    public var fix: FixClass { .none }

    /// True for the kinds that only give the reason of an UNKNOWN line.
    public var explainsUnknown: Bool {
        switch self {
        case .checkTimeout, .checkCrashed, .vacuousOK, .childUnkillable: true
        case .overBudget, .codeUndeclared, .impure, .nondeterministic: false
        }
    }

    public var meaning: String {
        switch self {
        case .checkTimeout: "a check gave no answer within its deadline"
        case .checkCrashed: "a check broke before it had an answer"
        case .vacuousOK: "a check claimed health without having looked at anything"
        case .overBudget: "a check used more than twice what it declares"
        case .codeUndeclared: "a check reported a code that no catalogue holds"
        case .impure: "a check changed what it examined"
        case .nondeterministic: "a check judged one state in two ways"
        case .childUnkillable: "a program that a check ran did not end on SIGKILL"
        }
    }

    public var impact: String {
        switch self {
        case .checkTimeout, .checkCrashed, .vacuousOK, .childUnkillable:
            "the state of that area is not known, neither good nor bad"
        case .overBudget: "examinations cost more than they should"
        case .codeUndeclared: "nobody can look the code up, or rely on its meaning"
        case .impure: "looking may do harm, and a second look sees something else"
        case .nondeterministic: "neither its alarms nor its silence can be relied on"
        }
    }

    public var nextStep: String {
        switch self {
        case .checkTimeout: "see what the check waits for, then examine again"
        case .checkCrashed: "report it with the JSON report attached"
        case .vacuousOK: "see whether the source of that check is empty"
        case .overBudget: "report it, so that the check or its declaration is put right"
        case .codeUndeclared: "report it, or update the plug-in that sent it"
        case .impure, .nondeterministic: "leave the check out with --skip, and report it"
        case .childUnkillable: "see what it waits for: a disk, or a network mount that is gone"
        }
    }
}
