// What the caller may choose about an examination.

/// How to examine.
public struct ExaminationOptions: Sendable {
    /// The profile's name in the report: `live`.
    public var profile: String
    public var selection: Selection
    /// How thoroughly to look; checks that ask for more are left out and listed as not run.
    public var depth: Depth
    /// Bound of the whole run. Default 5 s.
    public var timeout: Duration
    /// In place of every check's own deadline; nil leaves them.
    public var checkDeadline: Duration?
    /// Processor time that all checks together may declare; nil is no limit.
    public var budget: Duration?
    /// What the looks that checks share cost on this system, by name.
    public var sharedCosts: [String: Cost]
    /// Checks that the caller left out, for the report.
    public var leftOut: [NotRun]
    /// Findings at or above this decide the exit code.
    public var failOn: Severity
    public var memory: FindingMemory

    public init(
        profile: String = "all",
        selection: Selection = .everything,
        depth: Depth = .standard,
        timeout: Duration = .seconds(5),
        checkDeadline: Duration? = nil,
        budget: Duration? = nil,
        sharedCosts: [String: Cost] = [:],
        leftOut: [NotRun] = [],
        failOn: Severity = .warn,
        memory: FindingMemory = FindingMemory()
    ) {
        self.profile = profile
        self.selection = selection
        self.depth = depth
        self.timeout = timeout
        self.checkDeadline = checkDeadline
        self.budget = budget
        self.sharedCosts = sharedCosts
        self.leftOut = leftOut
        self.failOn = failOn
        self.memory = memory
    }
}

/// A check that was left out, and why.
public struct NotRun: Codable, Hashable, Sendable {
    /// Why a check was left out, in the words of the report.
    public enum Reason: String, Codable, CaseIterable, Sendable {
        case notSelected = "not selected"
        case deeperThanAsked = "needs a deeper examination"
        case overBudget = "does not fit the budget"
        case notRecorded = "not in the recording"
        case notTrusted = "not trusted"
    }

    public let check: Bucket
    public let because: Reason

    public init(check: Bucket, because: Reason) {
        self.check = check
        self.because = because
    }
}

extension ExaminationOptions {
    /// What a check may use in all, shared looks included.
    func allowance<System: Sendable>(of check: any Check<System>) -> Cost {
        check.shares.compactMap { sharedCosts[$0] }.reduce(check.cost, +)
    }
}
