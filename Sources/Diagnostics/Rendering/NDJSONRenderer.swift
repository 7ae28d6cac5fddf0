// The report as lines: a head, a line per row, per check that was left out and per finding, and a
// summary. A reader of a stream knows by the summary that the report is whole.

import Support

/// One line of a report as NDJSON.
public struct ReportLine: Codable, Hashable, Sendable {
    public static let schema = "aura.report-line"

    /// What a line holds; the field of that name is set.
    public enum Kind: String, Codable, CaseIterable, Sendable {
        case head, check
        case notRun = "not_run"
        case finding, summary
    }

    public let schema: String
    public let schemaVersion: Int
    public let line: Kind
    public var head: Head?
    public var check: CheckResult?
    public var notRun: NotRun?
    public var finding: AnyFinding?
    public var summary: Summary?

    /// The first line: who examined what, and when.
    public struct Head: Codable, Hashable, Sendable {
        public let toolVersion: String
        public let rulesetDigest: ContentDigest
        public let system: String
        public let started: UTCTime
        public let profile: String

        private enum CodingKeys: String, CodingKey {
            case toolVersion = "tool_version"
            case rulesetDigest = "ruleset_digest"
            case system, started, profile
        }
    }

    /// The last line: what came of it. Without it the report was cut.
    public struct Summary: Codable, Hashable, Sendable {
        public let durationMilliseconds: Int64?
        public let overall: State
        public let overallOK: Bool
        public let nextStep: String
        public let findingCount: Int
        public let exitCode: Int32
        public let changes: ReportChanges?

        private enum CodingKeys: String, CodingKey {
            case durationMilliseconds = "duration_ms"
            case overall
            case overallOK = "overall_ok"
            case nextStep = "next_step"
            case findingCount = "finding_count"
            case exitCode = "exit_code"
            case changes
        }
    }

    private init(_ line: Kind) {
        schema = Self.schema
        schemaVersion = Report.schemaVersion
        self.line = line
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case schema
        case schemaVersion = "schema_version"
        case line, head, check
        case notRun = "not_run"
        case finding, summary
    }

    static var fieldOrder: [String] { CodingKeys.allCases.map(\.rawValue) }
}

/// Writes a report as lines of JSON.
public struct NDJSONRenderer: Sendable {
    public init() {}

    /// Lines, each a JSON object and ended by a newline.
    public func render(_ report: Report) throws -> String {
        try ReportLine.lines(of: report)
            .map { try OrderedJSON.encode($0, order: ReportLine.fieldOrder) + "\n" }
            .joined()
    }
}

extension ReportLine {
    static func lines(of report: Report) -> [ReportLine] {
        var head = ReportLine(.head)
        head.head = Head(
            toolVersion: report.toolVersion, rulesetDigest: report.rulesetDigest,
            system: report.system, started: report.started, profile: report.profile)
        var summary = ReportLine(.summary)
        summary.summary = Summary(
            durationMilliseconds: report.durationMilliseconds, overall: report.overall,
            overallOK: report.overallOK, nextStep: report.nextStep,
            findingCount: report.findingCount, exitCode: report.exitCode,
            changes: report.changes)
        return [head]
            + report.checks.map { row in
                var line = ReportLine(.check)
                line.check = row
                return line
            }
            + report.notRun.map { left in
                var line = ReportLine(.notRun)
                line.notRun = left
                return line
            }
            + report.findings.map { finding in
                var line = ReportLine(.finding)
                line.finding = finding
                return line
            } + [summary]
    }

    /// The reports in a stream of lines; one that is cut short is left out.
    static func reports(in lines: [ReportLine]) -> [Report] {
        var reports: [Report] = []
        var open: (head: Head, rows: [CheckResult], notRun: [NotRun], findings: [AnyFinding])?
        for line in lines {
            if let head = line.head { open = (head, [], [], []) }
            if let row = line.check { open?.rows.append(row) }
            if let left = line.notRun { open?.notRun.append(left) }
            if let finding = line.finding { open?.findings.append(finding) }
            if let summary = line.summary, let whole = open {
                reports.append(
                    Report(whole.head, whole.rows, whole.notRun, whole.findings, summary))
                open = nil
            }
        }
        return reports
    }
}

extension Report {
    fileprivate init(
        _ head: ReportLine.Head, _ rows: [CheckResult], _ notRun: [NotRun],
        _ findings: [AnyFinding], _ summary: ReportLine.Summary
    ) {
        self.init(
            schema: Report.schema, schemaVersion: Report.schemaVersion,
            toolVersion: head.toolVersion, rulesetDigest: head.rulesetDigest,
            system: head.system, started: head.started,
            durationMilliseconds: summary.durationMilliseconds, profile: head.profile,
            overall: summary.overall, overallOK: summary.overallOK, nextStep: summary.nextStep,
            checks: rows, notRun: notRun, findings: findings,
            findingCount: summary.findingCount, exitCode: summary.exitCode,
            changes: summary.changes)
    }
}
