// One check, run once, on the thread it was given: probe, diagnose, witness, detail.
//
// Here a check's types are known for the last time. What leaves is typeless, apart from the
// closures of `Sighting`, through which a repair gets at the typed finding and snapshot again.

import Support

/// What a check saw, kept for planning a repair and for a support bundle.
public struct Sighting<System: Sendable>: Sendable {
    public let bucket: Bucket
    private let encodeSnapshot: @Sendable () throws -> String
    private let judgesOneWay: @Sendable () -> Bool
    private let planSteps: @Sendable (Fingerprint) -> [any RepairStep<System>]

    init<C: Check>(
        _ check: C, _ snapshot: C.Snapshot, _ findings: [Finding<C.Kind>]
    ) where C.System == System {
        bucket = check.bucket
        encodeSnapshot = { try JSONText.encode(snapshot) }
        judgesOneWay = {
            let again = check.diagnose(snapshot)
            return again == findings
                && check.detail(of: snapshot, findings: again)
                    == check.detail(of: snapshot, findings: findings)
        }
        planSteps = { fingerprint in
            findings
                .filter { $0.fingerprint == fingerprint && $0.confidence == .confirmed }
                .flatMap { check.remediate($0, seenIn: snapshot) }
        }
    }

    /// The snapshot as JSON with sorted keys.
    public func snapshotJSON() throws -> String { try encodeSnapshot() }

    /// True when a second judgement of the snapshot comes out as the first did.
    var isJudgedOneWay: Bool { judgesOneWay() }

    /// The steps that put the finding right; none for a suspected one.
    public func steps(for fingerprint: Fingerprint) -> [any RepairStep<System>] {
        planSteps(fingerprint)
    }
}

/// The answer of one check.
struct Verdict<System: Sendable>: Sendable {
    var outcome: Outcome
    var detail = ""
    var witness: Witness?
    var facts: [Evidence] = []
    var findings: [AnyFinding] = []
    /// Next step where no finding has one.
    var nextStep: String?
    /// Why the probe had no answer; nil when it had one, or was not asked.
    var failure: ProbeFailure?
    var sighting: Sighting<System>?
    /// Findings that the selection or the cap left out.
    var omitted = 0
    var usage: Usage?
}

/// Where a snapshot comes from.
enum Source<System: Sendable>: Sendable {
    case live(System)
    /// What a recording kept.
    case recorded([Bucket: RecordedAnswer])
}

struct Trial<C: Check>: Sendable {
    /// Findings kept of one check; the row counts the rest. A broken tree must not make a report
    /// that no viewer opens.
    static var findingCountMax: Int { 1000 }

    let check: C
    let source: Source<C.System>
    let selection: Selection

    func run(until deadline: Deadline) -> Verdict<C.System> {
        let before = Usage.now
        do throws(ProbeFailure) {
            let snapshot = try snapshot(until: deadline)
            var verdict = judge(snapshot)
            verdict.usage = Usage.now.since(before).adding(check.childProcessor(of: snapshot))
            return verdict
        } catch {
            return Verdict(failure: error, check: check.bucket)
        }
    }

    private func snapshot(until deadline: Deadline) throws(ProbeFailure) -> C.Snapshot {
        switch source {
        case .live(let system): return try check.probe(system, until: deadline)
        case .recorded(let texts):
            let subject = "snapshot of \(check.bucket)"
            let text: String
            switch texts[check.bucket] {
            case .snapshot(let recorded): text = recorded
            case .failure(let failure): throw failure
            case .skipped, nil:
                throw .absent(subject: subject, nextStep: "record it with this version")
            }
            do { return try JSONText.decode(C.Snapshot.self, from: text) } catch {
                throw .unreadable(
                    subject: subject, reason: "does not decode (\(JSONText.words(for: error)))",
                    nextStep: "read the recording with the version that made it")
            }
        }
    }

    private func judge(_ snapshot: C.Snapshot) -> Verdict<C.System> {
        let found = check.diagnose(snapshot)
        let declared = Set(check.entries.map(\.code))
        let reported = found.filter { selection.includes(code: $0.code) }
        let sorted = reported.map { AnyFinding($0) }.sorted(by: AnyFinding.precedes)
        var verdict = Verdict<C.System>(
            outcome: Outcome(worst: sorted.first?.severity),
            detail: check.detail(of: snapshot, findings: found),
            witness: check.witness(of: snapshot),
            facts: check.facts(of: snapshot),
            findings: Array(sorted.prefix(Self.findingCountMax)),
            sighting: Sighting(check, snapshot, found),
            omitted: found.count - min(sorted.count, Self.findingCountMax))
        verdict.findings += Set(sorted.map(\.code))
            .filter { !declared.contains($0) || Bucket(of: $0) != check.bucket }
            .sorted()
            .map { .undeclared(code: $0, by: check.bucket) }
        if verdict.isVacuous { verdict.becomeUnknown(check.bucket) }
        return verdict
    }
}

extension Verdict {
    /// What a failed probe makes of a check.
    init(failure: ProbeFailure, check: Bucket) {
        switch failure {
        case .timedOut(let allowance):
            self.init(timedOut: check, after: allowance, thread: nil)
        case .crashed(let subject, let reason):
            self.init(outcome: .crashed, detail: "check broke: \(reason)")
            findings = [.crashed(check, subject: subject, reason: reason)]
        case .childUnkillable(let subject, let pid):
            self.init(outcome: .timedOut, detail: "process \(pid) did not end on SIGKILL")
            findings = [.unkillable(check, program: subject, pid: pid)]
        case .waits(let bucket, _, _, _):
            self.init(outcome: .skipped(because: bucket), detail: "waits for \(bucket)")
            nextStep = failure.nextStep
        case .unreadable, .absent, .unavailable:
            self.init(outcome: .unknown, detail: "\(failure.subject): \(failure.reason)")
            nextStep = failure.nextStep
        }
        self.failure = failure
    }

    /// - Parameter thread: where the abandoned thread hangs, when it is still there.
    init(timedOut check: Bucket, after allowance: Duration, thread: String?) {
        self.init(outcome: .timedOut, detail: "no answer in \(allowance.brief)")
        failure = .timedOut(after: allowance)
        findings = [.timedOut(check, after: allowance, thread: thread)]
    }

    /// Law: an OK without anything examined is not an OK.
    fileprivate var isVacuous: Bool {
        (outcome == .ok || outcome == .info) && (witness?.examined ?? 0) <= 0
    }

    fileprivate mutating func becomeUnknown(_ check: Bucket) {
        outcome = .unknown
        findings.append(.vacuous(check))
        detail = "nothing examined"
    }
}
