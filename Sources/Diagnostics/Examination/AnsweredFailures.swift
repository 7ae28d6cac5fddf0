// A repair that failed, and whose fault is not found any more: somebody put it right since. The report
// still tells of it, but the system is not ill of it.

extension ReportBuilder {
    /// The same with such failures lowered to a remark.
    static func settlingFailedRepairs<System: Sendable>(
        _ completed: [Completed<System>]
    ) -> [Completed<System>] {
        let found = Set(completed.flatMap(\.verdict.findings).map(\.code))
        let answered = Set(
            completed.filter { !$0.verdict.outcome.status.isUndetermined }.map(\.check.bucket))
        return completed.map { one in
            let findings = one.verdict.findings
            guard findings.contains(where: { $0.isAnswered(by: answered, found: found) }) else {
                return one
            }
            var settled = one
            settled.verdict.findings = findings.map {
                $0.isAnswered(by: answered, found: found) ? $0.loweredToRemark : $0
            }
            settled.verdict.outcome = Outcome(
                worst: settled.verdict.findings.map(\.severity).max())
            return settled
        }
    }
}

extension AnyFinding {
    /// True when every check that could see the fault has looked, and none saw it.
    fileprivate func isAnswered(by buckets: Set<Bucket>, found codes: Set<String>) -> Bool {
        guard DoctorFinding(rawValue: code) == .verifyFailed,
            case .text(let text)? = evidence.first(where: {
                $0.label == RepairEvidence.codes
            })?.value
        else { return false }
        let faults = text.split(separator: " ").map(String.init)
        return !faults.isEmpty
            && faults.allSatisfy { buckets.contains(Bucket(of: $0)) && !codes.contains($0) }
    }

    fileprivate var loweredToRemark: AnyFinding {
        var finding = self
        finding.severity = .info
        finding.symptom += "; nothing of it is found now"
        finding.impact = "none any more, what it was to repair is gone"
        finding.nextStep = "nothing to do"
        return finding
    }
}
