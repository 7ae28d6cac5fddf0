// What the caller may choose about an examination.

import Support

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
    /// Processor time that all checks together may declare, cheapest first; nil is no limit.
    public var budget: Duration?
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
        failOn: Severity = .warn,
        memory: FindingMemory = FindingMemory()
    ) {
        self.profile = profile
        self.selection = selection
        self.depth = depth
        self.timeout = timeout
        self.checkDeadline = checkDeadline
        self.budget = budget
        self.failOn = failOn
        self.memory = memory
    }
}

/// A check that was left out, and why.
public struct NotRun: Codable, Hashable, Sendable {
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

/// Divides the checks into those to run, cheapest first, and those left out.
struct Roster<System: Sendable> {
    private(set) var chosen: [any Check<System>] = []
    private(set) var notRun: [NotRun] = []

    init(_ checks: [any Check<System>], options: ExaminationOptions, recorded: Set<Bucket>?) {
        var left = options.budget
        var reasons: [Bucket: NotRun.Reason] = [:]
        for check in checks.sorted(by: { $0.cost.processor < $1.cost.processor }) {
            let reason = Self.reason(against: check, options, recorded, left: left)
            if let reason {
                reasons[check.bucket] = reason
            } else {
                chosen.append(check)
                left = left.map { $0 - check.cost.processor }
            }
        }
        notRun = checks.compactMap { check in
            reasons[check.bucket].map { NotRun(check: check.bucket, because: $0) }
        }
    }

    private static func reason(
        against check: any Check<System>, _ options: ExaminationOptions, _ recorded: Set<Bucket>?,
        left: Duration?
    ) -> NotRun.Reason? {
        let codes = check.entries.map(\.code)
        guard options.selection.includes(check.bucket, codes: codes) else { return .notSelected }
        guard check.depth <= options.depth else { return .deeperThanAsked }
        if let recorded, !recorded.contains(check.bucket) { return .notRecorded }
        if let left, check.cost.processor > left { return .overBudget }
        return nil
    }
}
