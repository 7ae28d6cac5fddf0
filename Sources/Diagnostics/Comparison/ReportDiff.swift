// What changed between reports on one system: from two a difference, from more a history.
//
// Absence counts only where somebody looked. A finding whose check had no answer this time is lost
// from sight, which is neither fixed nor still there.

import Support

/// The difference between the first and the last of two or more reports.
public struct ReportDiff: Codable, Hashable, Sendable {
    public static let schema = "aura.report-diff"
    public static let schemaVersion = 1

    public let schema: String
    public let schemaVersion: Int
    public let from: Side
    public let to: Side
    public let reportCount: Int
    /// In the last report and in none before.
    public let new: [Change]
    /// Back after it was gone, or after its acknowledgement ended.
    public let regressed: [Change]
    /// Looked for in the last report and not found any more.
    public let fixed: [Change]
    /// Came and went at least three times in a row.
    public let flapping: [Change]
    /// There before; the last report has no answer from its check.
    public let lostSight: [Change]
    /// In both.
    public let remaining: [Change]
    /// Checks that had an answer before and have none in the last report.
    public let lostChecks: [Bucket]
    public let rules: RuleChanges
    public let exitCode: Int32

    /// Where one end of the difference comes from.
    public struct Side: Codable, Hashable, Sendable {
        public let started: UTCTime
        public let toolVersion: String
        public let overall: State

        private enum CodingKeys: String, CodingKey {
            case started
            case toolVersion = "tool_version"
            case overall
        }
    }

    /// One finding, as it was seen last.
    public struct Change: Codable, Hashable, Sendable {
        public let code: String
        public let fingerprint: Fingerprint
        public let severity: Severity
        public let symptom: String

        init(_ finding: AnyFinding) {
            code = finding.code
            fingerprint = finding.fingerprint
            severity = finding.severity
            symptom = finding.symptom
        }
    }

    /// What is judged differently now, the state aside.
    public struct RuleChanges: Codable, Hashable, Sendable {
        public let changed: Bool
        /// Codes of both reports whose catalogue values differ.
        public let codes: [String]
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case schema
        case schemaVersion = "schema_version"
        case from, to
        case reportCount = "report_count"
        case new, regressed, fixed, flapping
        case lostSight = "lost_sight"
        case remaining
        case lostChecks = "lost_checks"
        case rules
        case exitCode = "exit_code"
    }

    public static var fieldOrder: [String] { CodingKeys.allCases.map(\.rawValue) }
}

extension ReportDiff {
    /// Compares reports; they are put into the order of their times.
    ///
    /// - Parameter failOn: from this severity on something new decides the exit code: 1, else 2
    ///   when something was lost from sight, else 0.
    /// - Throws: ``PlainFailure`` for less than two reports, or reports on different systems.
    public init(of reports: [Report], failOn: Severity = .warn) throws(PlainFailure) {
        let ordered = reports.sorted { $0.started.timestamp < $1.started.timestamp }
        guard ordered.count > 1, let first = ordered.first, let last = ordered.last else {
            throw PlainFailure(
                "reports", "a difference needs two, here is \(reports.count)",
                nextStep: "name two files", exitStatus: .usage)
        }
        guard ordered.allSatisfy({ $0.system == first.system }) else {
            throw PlainFailure(
                "reports", "are about different systems", nextStep: "compare equals with equals",
                exitStatus: .usage)
        }
        var groups: [FindingCourse: [AnyFinding]] = [:]
        for trace in FindingTrace.all(in: ordered) {
            guard let course = trace.course else { continue }
            groups[course, default: []].append(trace.latest)
        }
        func changes(_ course: FindingCourse) -> [Change] {
            (groups[course] ?? []).sorted(by: AnyFinding.precedes).map(Change.init)
        }
        schema = Self.schema
        schemaVersion = Self.schemaVersion
        from = Side(first)
        to = Side(last)
        reportCount = ordered.count
        new = changes(.new)
        regressed = changes(.regressed)
        fixed = changes(.fixed)
        flapping = changes(.flapping)
        lostSight = changes(.lostSight)
        remaining = changes(.remaining)
        lostChecks = Self.lostChecks(first, last)
        rules = Self.rules(first, last)
        let alarming = (groups[.new] ?? []) + (groups[.regressed] ?? []) + (groups[.flapping] ?? [])
        let decides = alarming.contains { $0.decides(from: failOn) }
        let isBlind = !lostSight.isEmpty || !lostChecks.isEmpty
        exitCode = (decides ? ExitStatus.findings : isBlind ? .undetermined : .success).rawValue
    }

    private static func lostChecks(_ first: Report, _ last: Report) -> [Bucket] {
        first.checks.filter { row in
            guard !row.status.isUndetermined, row.check != DoctorFinding.bucket else {
                return false
            }
            return !last.checks.contains { $0.check == row.check && !$0.status.isUndetermined }
        }.map(\.check)
    }

    private static func rules(_ first: Report, _ last: Report) -> RuleChanges {
        guard first.rulesetDigest != last.rulesetDigest else {
            return RuleChanges(changed: false, codes: [])
        }
        let before = Dictionary(
            first.findings.map { ($0.code, Rule($0)) }, uniquingKeysWith: { first, _ in first })
        let codes = Set(
            last.findings.filter {
                before[$0.code].map { [rule = Rule($0)] in $0 != rule } ?? false
            }.map(\.code))
        return RuleChanges(changed: true, codes: codes.sorted())
    }

    /// The values of a finding that its catalogue gives.
    private struct Rule: Equatable {
        let severity: Severity
        let dataAtStake: Bool
        let fix: FixClass
        let lossy: Bool
        let meaning: String

        init(_ finding: AnyFinding) {
            severity = finding.severity
            dataAtStake = finding.dataAtStake
            fix = finding.fix
            lossy = finding.lossy
            meaning = finding.meaning
        }
    }
}

extension ReportDiff.Side {
    fileprivate init(_ report: Report) {
        started = report.started
        toolVersion = report.toolVersion
        overall = report.overall
    }
}
