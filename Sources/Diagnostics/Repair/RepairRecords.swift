// What earlier repairs have left, examined like everything else: a run that was cut off, a journal
// that was changed, a repair that did not hold.

import Support

/// What the journals tell.
public struct RepairRecordsSnapshot: Codable, Sendable {
    /// One run as its journal tells it.
    public struct Run: Codable, Sendable {
        public var id: RunID
        public var command: String
        public var begun: Timestamp
        public var ended: Timestamp?
        public var outcome: RunOutcome?
        public var isInterrupted: Bool
        public var codes: [String]
        /// The title of the step that was under way.
        public var stepInFlight: String?
        /// Codes that the second examination still found.
        public var remaining: [String]
        /// True when no step of it did anything; nil in a recording of an earlier release.
        public var isUntouched: Bool?
    }

    /// A journal that cannot be believed; the line is nil where it cannot be read at all.
    public struct Broken: Codable, Sendable {
        public var id: RunID
        public var line: Int?
        public var reason: String
    }

    /// Oldest first.
    public var runs: [Run]
    public var broken: [Broken]
    public var takenAt: Timestamp
}

/// Examines the journals of a system.
///
/// Reads them all; a system that was repaired a thousand times still reads a few megabytes.
public struct RepairRecordsCheck<System: Sendable>: Check {
    public typealias Kind = DoctorFinding

    /// How long a repair that failed stays in the report; then the finding it left untouched has
    /// to speak for itself.
    private static var failureAge: Duration { .seconds(24 * 3600) }

    private let folder: @Sendable (System) -> String
    private let quarantine: @Sendable (System) -> String?
    private let commands: RepairCommands?
    private let clock: any Clock

    /// - Parameters:
    ///   - commands: what a person types; without them the next steps are in words alone.
    ///   - quarantine: where the runs of a system keep what they replace.
    ///   - folder: where its journals lie.
    public init(
        clock: any Clock = SystemClock(), commands: RepairCommands? = nil,
        quarantine: @escaping @Sendable (System) -> String? = { _ in nil },
        folder: @escaping @Sendable (System) -> String
    ) {
        self.clock = clock
        self.quarantine = quarantine
        self.commands = commands
        self.folder = folder
    }

    public var title: String { DoctorFinding.bucket.rawValue }

    public func probe(
        _ system: System, until deadline: Deadline
    ) throws(ProbeFailure) -> RepairRecordsSnapshot {
        var snapshot = RepairRecordsSnapshot(runs: [], broken: [], takenAt: clock.now)
        let history = RunHistory(folder: folder(system), quarantine: quarantine(system))
        let all: [(id: RunID, run: Swift.Result<RunRecord, RepairFailure>)]
        do throws(RepairFailure) { all = try history.all() } catch {
            throw .unreadable(
                subject: error.subject, reason: error.reason, nextStep: error.nextStep)
        }
        for (id, result) in all {
            try deadline.checkpoint()
            switch result {
            case .success(let run): snapshot.runs.append(Self.row(run))
            case .failure(.journalBroken(_, let line, let reason)):
                snapshot.broken.append(.init(id: id, line: line, reason: reason))
            case .failure(let failure):
                snapshot.broken.append(.init(id: id, line: nil, reason: failure.reason))
            }
        }
        return snapshot
    }

    private static func row(_ run: RunRecord) -> RepairRecordsSnapshot.Run {
        let remaining = Set((run.verdict?.remaining ?? []) + (run.verdict?.unclear ?? []))
        let codes = run.plan.repairs.flatMap { Array(zip($0.codes, $0.fingerprints)) }
        return .init(
            id: run.id, command: run.command, begun: run.begun, ended: run.ended,
            outcome: run.outcome, isInterrupted: run.isInterrupted,
            codes: codes.map(\.0).uniqued(), stepInFlight: run.inFlight?.planned.title,
            remaining: codes.filter { remaining.contains($0.1) }.map(\.0).uniqued()
                + (run.verdict?.new ?? []),
            isUntouched: run.verdict == nil
                && run.steps.allSatisfy { $0.progress == .waiting || $0.progress == .satisfied })
    }

    public func diagnose(_ snapshot: RepairRecordsSnapshot) -> [Finding<DoctorFinding>] {
        snapshot.runs.filter(\.isInterrupted).map(interrupted)
            + snapshot.broken.map(broken)
            + [failed(snapshot)].compactMap { $0 }
    }

    private func interrupted(_ run: RepairRecordsSnapshot.Run) -> Finding<DoctorFinding> {
        let place = run.stepInFlight.map { "in the step: \($0)" } ?? "between two steps"
        return Finding(
            .interruptedRun, symptom: "run \(run.id) was cut off \(place)",
            on: [.other(kind: "run", value: run.id.rawValue)],
            evidence: [
                Evidence("begun", .time(run.begun)),
                Evidence(
                    RepairEvidence.codes, .text(run.codes.joined(separator: " ")), scrub: .plain),
            ],
            nextStep: commands.map { "run \($0.repair), which first brings that run to an end" })
    }

    private func broken(_ journal: RepairRecordsSnapshot.Broken) -> Finding<DoctorFinding> {
        let place = journal.line.map { "line \($0) " } ?? ""
        return Finding(
            .journalBroken, symptom: "the journal of run \(journal.id): \(place)\(journal.reason)",
            on: [.other(kind: "run", value: journal.id.rawValue)],
            evidence: journal.line.map { [Evidence("line", .count($0))] } ?? [])
    }

    /// Only the newest run counts: a later one that succeeded has answered the failure. One that came
    /// to nothing before it did anything has hidden nothing: its faults speak for themselves.
    private func failed(_ snapshot: RepairRecordsSnapshot) -> Finding<DoctorFinding>? {
        guard let run = snapshot.runs.last(where: { !$0.isInterrupted }), run.isUntouched != true,
            run.outcome == .rolledBack || run.outcome == .partly || run.outcome == .undonePartly,
            let ended = run.ended, snapshot.takenAt.since(ended) < Self.failureAge
        else { return nil }
        let what = run.remaining.isEmpty ? run.codes : run.remaining
        return Finding(
            .verifyFailed,
            symptom: "run \(run.id) for \(run.codes.joined(separator: ", ")) "
                + (run.outcome ?? .rolledBack).words,
            on: [.other(kind: "run", value: run.id.rawValue)],
            evidence: [
                Evidence(RepairEvidence.codes, .text(what.joined(separator: " ")), scrub: .plain),
                Evidence("ended", .time(ended)),
            ],
            nextStep: commands.map {
                "run \($0.runs) \(run.id), then look at what it could not repair"
            })
    }

    public func witness(of snapshot: RepairRecordsSnapshot) -> Witness {
        // The folder itself was looked at too, so that a system without repairs is no empty OK.
        Witness(examined: 1 + snapshot.runs.count + snapshot.broken.count, unit: "journals")
    }

    public func detail(
        of snapshot: RepairRecordsSnapshot, findings: [Finding<DoctorFinding>]
    ) -> String {
        guard let last = snapshot.runs.last else { return "never repaired" }
        let outcome = last.outcome?.rawValue ?? (last.isInterrupted ? "cut off" : "running")
        let count = snapshot.runs.count
        return "\(count) \(count == 1 ? "repair" : "repairs"), the last \(outcome)"
    }
}

/// The commands of the program that the journals belong to.
public struct RepairCommands: Sendable {
    /// Repairs what can be repaired.
    public let repair: String
    /// Shows the runs; with a run behind it, that one.
    public let runs: String

    public init(repair: String, runs: String) {
        self.repair = repair
        self.runs = runs
    }
}

/// Labels of evidence that another part of the framework looks for.
enum RepairEvidence {
    /// What a repair was for, or left behind, with blanks between.
    static let codes = "codes"
}

extension [String] {
    /// Each once, in the order of first appearance.
    fileprivate func uniqued() -> [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}
