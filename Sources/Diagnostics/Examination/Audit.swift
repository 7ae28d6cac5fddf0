// The examiner examined: does each check leave the system alone, judge one state in one way, and
// use no more than it declares?
//
// Each check runs alone, a few times, between two digests of the system's state. A system that
// changes by itself tells nothing about a check, therefore a digest that differs counts only when
// a pause of the same length without the check leaves it alone.

import Glibc
import Support

/// What came of an audit.
public struct Audit: Codable, Sendable {
    public static let schema = "aura.audit"

    /// Yes, no, or not to be told.
    public enum Answer: String, Codable, Sendable { case yes, no, unknown }

    /// What the audit says of one check; times in milliseconds, reads in bytes.
    public struct Row: Codable, Sendable {
        public let check: Bucket
        /// It left the state alone; unknown where the state moves by itself.
        public let pure: Answer
        /// It judged one state in one way; unknown where it had no answer.
        public let deterministic: Answer
        public let processorMilliseconds: Int64?
        public let processorDeclaredMilliseconds: Int64
        public let readBytes: Int?
        public let readDeclaredBytes: Int

        private enum CodingKeys: String, CodingKey {
            case check, pure, deterministic
            case processorMilliseconds = "processor_ms"
            case processorDeclaredMilliseconds = "processor_declared_ms"
            case readBytes = "read_bytes"
            case readDeclaredBytes = "read_declared_bytes"
        }
    }

    public let schema: String
    public let schemaVersion: Int
    public let rows: [Row]
    /// Of the framework's own bucket only.
    public let findings: [AnyFinding]

    /// Findings decide, then what could not be told.
    public var exitStatus: ExitStatus {
        if findings.contains(where: { !$0.onlyExplainsUnknown }) { return .findings }
        let isWhole = rows.allSatisfy { $0.pure == .yes && $0.deterministic == .yes }
        return isWhole ? .success : .undetermined
    }

    private enum CodingKeys: String, CodingKey {
        case schema
        case schemaVersion = "schema_version"
        case rows, findings
    }
}

extension Examiner {
    /// A state that moved in so many tries moves by itself, or is moved.
    private static let tries = 3

    /// Audits checks one after the other. Blocks.
    ///
    /// - Parameters:
    ///   - system: makes the system anew for each run, so that no run sees another one's cache.
    ///   - state: a digest of everything durable that a check could change.
    public func audit<System: Sendable>(
        checks: [any Check<System>], system: () -> System, state: () -> ContentDigest,
        options: ExaminationOptions = ExaminationOptions()
    ) -> Audit {
        var findings: [AnyFinding] = []
        let rows = checks.map { check -> Audit.Row in
            let bucket = check.bucket
            let runs = (0..<Self.tries).map { _ in
                auditedRun(of: check, system, state, options)
            }
            let pure = Self.purity(of: runs)
            let difference = Self.difference(among: runs)
            if pure == .no { findings.append(.impure(bucket)) }
            if let difference { findings.append(.nondeterministic(bucket, difference)) }
            findings += runs[0].examination.report.findings.filter {
                $0.bucket == DoctorFinding.bucket
            }
            let hasAnswer = runs.allSatisfy { !$0.examination.sightings.isEmpty }
            let usage = runs[0].examination.usages[bucket]
            let declared = options.allowance(of: check)
            return Audit.Row(
                check: bucket, pure: pure,
                deterministic: difference != nil ? .no : hasAnswer ? .yes : .unknown,
                processorMilliseconds: usage?.processor.milliseconds,
                processorDeclaredMilliseconds: declared.processor.milliseconds,
                readBytes: usage?.readBytes, readDeclaredBytes: declared.readBytes)
        }
        return Audit(
            schema: Audit.schema, schemaVersion: 1, rows: rows,
            findings: findings.sorted(by: AnyFinding.precedes))
    }

    private func auditedRun<System: Sendable>(
        of check: any Check<System>, _ system: () -> System, _ state: () -> ContentDigest,
        _ options: ExaminationOptions
    ) -> AuditedRun<System> {
        let before = state()
        let begin = SystemClock().uptime
        let examination = examineBlocking(checks: [check], system: system(), options: options)
        let took = SystemClock().uptime - begin
        let after = state()
        poll(nil, 0, Int32(clamping: took.milliseconds + 1))
        return AuditedRun(
            examination: examination, changed: before != after, movesAlone: state() != after,
            state: before)
    }

    private static func purity<System: Sendable>(of runs: [AuditedRun<System>]) -> Audit.Answer {
        if runs.contains(where: { !$0.changed }) { return .yes }
        return runs.contains(where: \.movesAlone) ? .unknown : .no
    }

    /// Runs that saw one state must find the same; and one snapshot is judged one way.
    private static func difference<System: Sendable>(
        among runs: [AuditedRun<System>]
    ) -> String? {
        if runs.contains(where: { !$0.examination.sightings.allSatisfy(\.isJudgedOneWay) }) {
            return "its two judgements of one snapshot differ"
        }
        for (one, two) in zip(runs, runs.dropFirst()) where one.state == two.state {
            guard !one.changed, !two.changed else { continue }
            let (first, second) = (one.codes, two.codes)
            guard !one.examination.sightings.isEmpty, !two.examination.sightings.isEmpty,
                first != second
            else { continue }
            let strays = Set(first).symmetricDifference(second).sorted()
            return "found \(strays.joined(separator: ", ")) only once"
        }
        return nil
    }
}

/// One run of one check, and what the system did around it.
private struct AuditedRun<System: Sendable> {
    let examination: Examination<System>
    let changed: Bool
    /// The state changed again while no check ran.
    let movesAlone: Bool
    /// Before the run.
    let state: ContentDigest

    var codes: [String] {
        examination.report.findings.filter { $0.bucket != DoctorFinding.bucket }
            .map { "\($0.code) \($0.fingerprint)" }
    }
}
