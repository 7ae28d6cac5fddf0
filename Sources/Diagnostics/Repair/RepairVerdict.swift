// Whether a repair was one: judged from a second report, never by the code that repaired.

import Support

/// What a second examination says about a run.
public struct RepairVerdict: Codable, Hashable, Sendable {
    /// Repaired fingerprints that are no longer found, by a check that had an answer.
    public let gone: [Fingerprint]
    /// Fingerprints still found.
    public let remaining: [Fingerprint]
    /// Fingerprints whose check has no answer now: not found, and not gone either.
    public let unclear: [Fingerprint]
    /// Codes that were not there before, in buckets that had an answer before: those of severity fail,
    /// and in the buckets that were repaired warnings too.
    public let new: [String]
    /// All codes found now.
    public let codes: [String]
    /// Buckets that have an answer now.
    public let answered: [Bucket]
    /// The exit code of the second report.
    public let exitCode: Int32

    /// Judges a report against what was to be repaired.
    public init(on plan: Plan, from report: Report) {
        let found = Set(report.findings.map(\.fingerprint))
        let answered = Set(report.checks.filter { !$0.status.isUndetermined }.map(\.check))
        let wanted = plan.repairs.flatMap { repair in
            zip(repair.codes, repair.fingerprints).map { (Bucket(of: $0), $1) }
        }
        gone = wanted.filter { !found.contains($1) && answered.contains($0) }.map(\.1)
        remaining = wanted.filter { found.contains($1) }.map(\.1)
        unclear = wanted.filter { !found.contains($1) && !answered.contains($0) }.map(\.1)
        let known = Set(plan.seen.findings.map(\.code))
        let answeredBefore = Set(plan.seen.answered)
        let repaired = Set(wanted.map(\.0))
        new = Array(
            Set(
                report.findings.filter {
                    Self.counts($0, in: repaired) && $0.explainedBy == nil
                        && !known.contains($0.code)
                        && answeredBefore.contains($0.bucket)
                }.map(\.code))
        ).sorted()
        codes = Array(Set(report.findings.map(\.code))).sorted()
        self.answered = answered.sorted { $0.rawValue < $1.rawValue }
        exitCode = report.exitCode
    }

    /// A fault that only changed its name is not repaired: in the buckets that were repaired a warning
    /// counts, elsewhere only a failure.
    static func counts(_ finding: AnyFinding, in repaired: Set<Bucket>) -> Bool {
        finding.severity >= (repaired.contains(finding.bucket) ? .warn : .fail)
    }

    /// True when all that was to be repaired is gone and nothing new is broken.
    public var isHealthy: Bool { remaining.isEmpty && unclear.isEmpty && new.isEmpty }

    /// True when every finding of this repair is gone.
    public func confirms(_ repair: PlannedRepair) -> Bool {
        repair.fingerprints.allSatisfy(gone.contains)
    }

    private enum CodingKeys: String, CodingKey {
        case gone, remaining, unclear, new, codes, answered
        case exitCode = "exit_code"
    }
}

/// Who makes the second examination. Not the process that repaired: it may hold in memory what it
/// believes to be on disk.
public protocol RepairVerifier: Sendable {
    /// Examines afresh, again until it is healthy or the time to settle is over, and judges.
    func verify(_ run: RunID, of plan: Plan) async throws(RepairFailure) -> RepairVerdict
}

/// Examines in this process. For the process that was started to verify, and for tests; never for
/// the one that repaired.
public struct ReportVerifier: RepairVerifier {
    /// Between two looks while things settle.
    private static let interval: Duration = .milliseconds(250)

    private let settle: Duration
    private let clock: any Clock
    private let examine: @Sendable () async -> Report

    /// - Parameter settle: how long the system may take until it is healthy: what was started has
    ///   to come up, and look around, before it can be judged.
    public init(
        settle: Duration, clock: any Clock, examine: @escaping @Sendable () async -> Report
    ) {
        self.settle = settle
        self.clock = clock
        self.examine = examine
    }

    public func verify(_ run: RunID, of plan: Plan) async throws(RepairFailure) -> RepairVerdict {
        let end = clock.uptime + settle
        while true {
            let report = await examine()
            let verdict = RepairVerdict(on: plan, from: report)
            let isDone = verdict.isHealthy && Self.isSettled(report, after: plan)
            if isDone || clock.uptime >= end { return verdict }
            do { try await Task.sleep(for: Self.interval) } catch {
                return verdict  // cancelled: what was seen last is the answer
            }
        }
    }

    /// False while something is still found that goes away with what was repaired, as the plan said,
    /// or that is new and would count: a link comes up a moment after its server or its agent does.
    private static func isSettled(_ report: Report, after plan: Plan) -> Bool {
        let promised = Set(plan.repairs.flatMap(\.clears))
        let known = Set(plan.seen.findings.map(\.code))
        let repaired = Set(plan.repairs.flatMap(\.codes).map(Bucket.init(of:)))
        return !report.findings.contains { finding in
            promised.contains(finding.code)
                || RepairVerdict.counts(finding, in: repaired) && !known.contains(finding.code)
        }
    }
}
