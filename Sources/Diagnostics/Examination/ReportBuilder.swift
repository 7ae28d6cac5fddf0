// From the answers of the checks to the report: rows, causes, the overall line, the exit code.

import Support

struct ReportBuilder {
    let catalogue: Catalogue
    let options: ExaminationOptions
    let system: String
    let toolVersion: String
    let started: Timestamp

    func report<System: Sendable>(
        _ completed: [Completed<System>], notRun: [NotRun], took: Duration
    ) -> Report {
        let completed = Self.settlingFailedRepairs(completed)
        let findings = findings(of: completed)
        let rows = rows(of: completed, findings)
        let overall = rows.map(\.state).max() ?? .unknown
        return Report(
            schema: Report.schema,
            schemaVersion: Report.schemaVersion,
            toolVersion: toolVersion,
            rulesetDigest: catalogue.digest,
            system: system,
            started: UTCTime(started),
            durationMilliseconds: took.milliseconds,
            profile: options.profile,
            overall: overall,
            overallOK: overall == .ok,
            nextStep: nextStep(rows, overall, findings, notRun),
            checks: rows,
            notRun: notRun,
            findings: findings,
            findingCount: findings.count + rows.map(\.omittedCount).reduce(0, +),
            exitCode: exitStatus(rows, findings).rawValue)
    }

    private func findings<System: Sendable>(of completed: [Completed<System>]) -> [AnyFinding] {
        let relation = Dictionary(
            catalogue.entries.map { ($0.code, $0.explains) },
            uniquingKeysWith: { first, _ in first })
        let annotated = completed.flatMap(\.verdict.findings)
            .map { options.memory.annotated($0, at: started) }
            .sorted(by: AnyFinding.precedes)
        return Folding.leaving(Folding.fold(annotated, by: relation))
    }

    private func rows<System: Sendable>(
        of completed: [Completed<System>], _ findings: [AnyFinding]
    ) -> [CheckResult] {
        var rows = completed.map { row(of: $0, findings) }
        let listed = Set(rows.flatMap(\.findings))
        let ownTroubles = findings.filter { !listed.contains($0.fingerprint) }
        if !ownTroubles.isEmpty { add(ownTroubles, to: &rows) }
        return rows
    }

    private func row<System: Sendable>(
        of completed: Completed<System>, _ findings: [AnyFinding]
    ) -> CheckResult {
        let verdict = completed.verdict
        let bucket = completed.check.bucket
        let fingerprints = Set(
            verdict.findings.filter {
                $0.onlyExplainsUnknown || $0.bucket != DoctorFinding.bucket
                    || bucket == DoctorFinding.bucket
            }.map(\.fingerprint))
        let own = findings.filter { fingerprints.contains($0.fingerprint) }
        var skippedBecause: Bucket?
        if case .skipped(let cause) = verdict.outcome { skippedBecause = cause }
        return CheckResult(
            check: bucket,
            title: completed.check.title,
            status: verdict.outcome.status,
            detail: verdict.detail,
            witness: verdict.witness,
            facts: verdict.facts.isEmpty ? nil : verdict.facts,
            durationMilliseconds: completed.duration.milliseconds,
            deadlineMilliseconds: completed.allowance.milliseconds,
            skippedBecause: skippedBecause,
            nextStep: verdict.outcome.status.state == .ok
                ? nil
                : verdict.nextStep ?? own.first.map { Folding.root(of: $0, in: findings).nextStep },
            findings: own.map(\.fingerprint),
            omittedCount: verdict.omitted)
    }

    /// The framework's own troubles stand on a line of their own, or on that of a check which
    /// has their bucket.
    private func add(_ troubles: [AnyFinding], to rows: inout [CheckResult]) {
        let worst = Outcome(worst: troubles.map(\.severity).max()).status
        let detail =
            troubles.count == 1 ? troubles[0].symptom : "\(troubles.count) troubles of checks"
        if let index = rows.firstIndex(where: { $0.check == DoctorFinding.bucket }) {
            rows[index].findings += troubles.map(\.fingerprint)
            guard worst.state > rows[index].state else { return }
            rows[index].status = worst
            rows[index].detail = detail
            rows[index].nextStep = troubles[0].nextStep
            return
        }
        rows.append(
            CheckResult(
                check: DoctorFinding.bucket, title: DoctorFinding.bucket.rawValue, status: worst,
                detail: detail, witness: nil, facts: nil, durationMilliseconds: 0,
                deadlineMilliseconds: 0,
                skippedBecause: nil, nextStep: troubles[0].nextStep,
                findings: troubles.map(\.fingerprint), omittedCount: 0))
    }

    /// The advice where data is at stake, else of the first FAIL, else of the first WARN, and so on
    /// down; the rows already carry the advice of their root cause. What an earlier repair could not do
    /// helps less than what is wrong now.
    private func nextStep(
        _ rows: [CheckResult], _ overall: State, _ findings: [AnyFinding], _ notRun: [NotRun]
    ) -> String {
        if overall == .ok { return "nothing to do" }
        let urgent = findings.filter {
            $0.dataAtStake && $0.explainedBy == nil && $0.acknowledged == nil
        }
        if overall == .fail, let first = urgent.min(by: AnyFinding.precedes) {
            return first.nextStep
        }
        let failed = findings.first { $0.code == DoctorFinding.verifyFailed.rawValue }
        let worst = rows.filter { $0.state == overall }
        let present = worst.first { row in
            !(failed.map { row.findings.first == $0.fingerprint } ?? false)
        }
        if let step = (present ?? worst.first)?.nextStep { return step }
        return notRun.contains { $0.because == .overBudget }
            ? "give --budget more, nothing fits it" : "select at least one check"
    }

    /// Findings decide first, then gaps: an acknowledged finding stays visible and decides
    /// nothing, and what only says why a line is UNKNOWN is a gap.
    private func exitStatus(_ rows: [CheckResult], _ findings: [AnyFinding]) -> ExitStatus {
        let decides = findings.contains {
            $0.decides(from: options.failOn)
        }
        if decides { return .findings }
        let isWhole = !rows.isEmpty && !rows.contains { $0.status.isUndetermined }
        return isWhole ? .success : .undetermined
    }
}
