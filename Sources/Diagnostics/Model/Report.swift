// The result of one examination, as programs read it.
//
// Field names and meanings are a contract (`ReportSchema`); `schema` and `schema_version` stand
// first in the text, so that a reader knows what it holds before it parses the rest. An optional
// field that has no value is left out.

import Support

/// One examination of one system.
public struct Report: Codable, Hashable, Sendable {
    public static let schema = "aura.report"
    /// Rises when a field changes its meaning or goes away; new optional fields do not raise it.
    public static let schemaVersion = 1

    public let schema: String
    public let schemaVersion: Int
    public let toolVersion: String
    /// Digest of the catalogue; see ``Catalogue/digest``.
    public let rulesetDigest: ContentDigest
    /// The name of what was examined.
    public let system: String
    public let started: UTCTime
    /// Nil in a report that must come out the same twice.
    public internal(set) var durationMilliseconds: Int64?
    public let profile: String
    public let overall: State
    public let overallOK: Bool
    /// The one thing to do next.
    public let nextStep: String
    /// One row per check that ran or was skipped, in the order of the registry.
    public internal(set) var checks: [CheckResult]
    public let notRun: [NotRun]
    /// Worst first.
    public internal(set) var findings: [AnyFinding]
    /// Findings of all checks, those left out of `findings` included.
    public let findingCount: Int
    public let exitCode: Int32
    /// What came and went since a time the caller asked for.
    public internal(set) var changes: ReportChanges?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case schema
        case schemaVersion = "schema_version"
        case toolVersion = "tool_version"
        case rulesetDigest = "ruleset_digest"
        case system, started
        case durationMilliseconds = "duration_ms"
        case profile, overall
        case overallOK = "overall_ok"
        case nextStep = "next_step"
        case checks
        case notRun = "not_run"
        case findings
        case findingCount = "finding_count"
        case changes
        case exitCode = "exit_code"
    }

    /// The top-level fields in the order in which they are written.
    public static var fieldOrder: [String] { CodingKeys.allCases.map(\.rawValue) }
}

/// One row of the report.
public struct CheckResult: Codable, Hashable, Sendable {
    public let check: Bucket
    public let title: String
    public internal(set) var status: Status
    /// The words in brackets behind the state.
    public internal(set) var detail: String
    public let witness: Witness?
    /// What was measured; nil when the check measures nothing.
    public let facts: [Evidence]?
    public internal(set) var durationMilliseconds: Int64?
    /// What the check was allowed to take.
    public let deadlineMilliseconds: Int64
    public let skippedBecause: Bucket?
    /// Present on every row that is not OK.
    public internal(set) var nextStep: String?
    /// Fingerprints of the row's findings, worst first.
    public internal(set) var findings: [Fingerprint]
    /// Findings that a selection or the cap of 1000 left out.
    public let omittedCount: Int

    public var state: State { status.state }

    private enum CodingKeys: String, CodingKey {
        case check, title, status, detail, witness, facts
        case durationMilliseconds = "duration_ms"
        case deadlineMilliseconds = "deadline_ms"
        case skippedBecause = "skipped_because"
        case nextStep = "next_step"
        case findings
        case omittedCount = "omitted_count"
    }
}

extension Report {
    public var exitStatus: ExitStatus { ExitStatus(rawValue: exitCode) ?? .undetermined }

    /// The finding at the bottom of the chain of `explainedBy`.
    public func root(of finding: AnyFinding) -> AnyFinding {
        Folding.root(of: finding, in: findings)
    }

    /// Findings that nothing else in the report explains.
    public var rootFindings: [AnyFinding] { findings.filter { $0.explainedBy == nil } }

    /// The findings of one row, worst first.
    public func findings(of row: CheckResult) -> [AnyFinding] {
        let wanted = Set(row.findings)
        return findings.filter { wanted.contains($0.fingerprint) }
    }

    func mappingFindings(_ change: (AnyFinding) -> AnyFinding) -> Report {
        var report = self
        report.findings = findings.map(change)
        return report
    }

    /// The same report without the times that differ between two runs on one state.
    public func withoutDurations() -> Report {
        var report = self
        report.durationMilliseconds = nil
        for index in report.checks.indices { report.checks[index].durationMilliseconds = nil }
        return report
    }
}
