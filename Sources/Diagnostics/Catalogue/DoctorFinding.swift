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
    case planStale = "doctor.plan-stale"
    case lockBusy = "doctor.lock-busy"
    case verifyFailed = "doctor.verify-failed"
    case interruptedRun = "doctor.interrupted-run"
    case undoRefused = "doctor.undo-refused"
    case journalBroken = "doctor.journal-broken"
    case impure = "doctor.impure"
    case nondeterministic = "doctor.nondeterministic"
    case childUnkillable = "doctor.child-unkillable"
    case redactionFailed = "doctor.redaction-failed"

    public static let bucket: Bucket = "doctor"

    public var severity: Severity {
        switch self {
        case .planStale, .lockBusy: .info
        case .checkTimeout, .overBudget, .undoRefused, .childUnkillable: .warn
        case .checkCrashed, .vacuousOK, .codeUndeclared, .verifyFailed, .interruptedRun,
            .journalBroken, .impure, .nondeterministic, .redactionFailed:
            .fail
        }
    }

    /// A check that changes what it examines may lose what it was to protect, and a secret that was
    /// sent cannot be called back.
    public var dataAtStake: Bool {
        switch self {
        case .interruptedRun, .journalBroken, .impure, .redactionFailed: true
        default: false
        }
    }

    public var fix: FixClass {
        switch self {
        case .interruptedRun: .safe
        case .undoRefused, .journalBroken: .manual
        case .checkTimeout, .checkCrashed, .vacuousOK, .overBudget, .codeUndeclared, .planStale,
            .lockBusy, .verifyFailed, .impure, .nondeterministic, .childUnkillable,
            .redactionFailed:
            .none
        }
    }

    /// True for the kinds that only give the reason of an UNKNOWN line.
    public var explainsUnknown: Bool {
        switch self {
        case .checkTimeout, .checkCrashed, .vacuousOK, .childUnkillable: true
        case .overBudget, .codeUndeclared, .planStale, .lockBusy, .verifyFailed,
            .interruptedRun, .undoRefused, .journalBroken, .impure, .nondeterministic,
            .redactionFailed:
            false
        }
    }

    public var meaning: String {
        switch self {
        case .checkTimeout: "a check gave no answer within its deadline"
        case .checkCrashed: "a check broke before it had an answer"
        case .vacuousOK: "a check claimed health without having looked at anything"
        case .overBudget: "a check used more than twice what it declares"
        case .codeUndeclared: "a check reported a code that no catalogue holds"
        case .planStale: "a plan was made for a state that is no longer so"
        case .lockBusy: "another repair of the same system is running"
        case .verifyFailed: "the last repair did not stand the second examination"
        case .interruptedRun: "a repair was cut off before its end"
        case .undoRefused: "what a repair left was changed since, so it is not taken back"
        case .journalBroken: "the journal of a repair was changed or damaged"
        case .impure: "a check changed what it examined"
        case .nondeterministic: "a check judged one state in two ways"
        case .childUnkillable: "a program that a check ran did not end on SIGKILL"
        case .redactionFailed: "something that must not be sent was left in a bundle"
        }
    }

    public var impact: String {
        switch self {
        case .checkTimeout, .checkCrashed, .vacuousOK, .childUnkillable:
            "the state of that area is not known, neither good nor bad"
        case .overBudget: "examinations cost more than they should"
        case .codeUndeclared: "nobody can look the code up, or rely on its meaning"
        case .planStale, .lockBusy: "nothing was changed"
        case .verifyFailed: "what it changed was taken back, and the fault is still there"
        case .interruptedRun: "half of a repair may be in place, and no other repair is made"
        case .undoRefused: "the repair stays, and so does what was changed after it"
        case .journalBroken: "that repair can be neither proven nor taken back"
        case .impure: "looking may do harm, and a second look sees something else"
        case .nondeterministic: "neither its alarms nor its silence can be relied on"
        case .redactionFailed: "no bundle was written, so there is none to send"
        }
    }

    public var nextStep: String {
        switch self {
        case .checkTimeout: "see what the check waits for, then examine again"
        case .checkCrashed: "report it with the JSON report attached"
        case .vacuousOK: "see whether the source of that check is empty"
        case .overBudget: "report it, so that the check or its declaration is put right"
        case .codeUndeclared: "report it, or update the plug-in that sent it"
        case .planStale: "make a new plan"
        case .lockBusy: "wait until it has ended"
        case .verifyFailed: "look at that run, then at what it could not repair"
        case .interruptedRun: "run the repair again, it first brings that run to an end"
        case .undoRefused: "compare the file with the one in quarantine and decide by hand"
        case .journalBroken: "keep the journal as evidence, then move it aside"
        case .impure, .nondeterministic: "leave the check out with --skip, and report it"
        case .childUnkillable: "see what it waits for: a disk, or a network mount that is gone"
        case .redactionFailed: "report it with the name of the rule, and send no files by hand"
        }
    }
}
