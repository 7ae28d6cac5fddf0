// Repairs while nobody looks: safe ones only, each on probation, and none for ever.
//
// A repair after which the finding comes back within a minute has hidden it, not put it right;
// what it changed is taken back. A repair that left nothing behind, as the start of a process, has
// nothing to take back: it is made again, as often as the circuit breaker lets it. All of this is
// decided from the journals, so that a watcher that was restarted goes on where the last one stopped.

import Support

/// One watcher.
public struct RepairWatch<Ground: RepairGround>: Sendable {
    /// How long a repair has to hold. Longer than anything a start needs until it is judged.
    public static var probation: Duration { .seconds(60) }

    private let engine: RepairEngine<Ground>

    public init(_ engine: RepairEngine<Ground>) { self.engine = engine }

    /// A repair after which its finding came back.
    public struct Relapse: Hashable, Sendable {
        public let run: RunID
        public let code: String
        /// False when what it changed was changed again since: then it stays.
        public let isTakenBack: Bool
    }

    /// What one round did.
    public struct Round: Sendable {
        public let report: Report
        /// A repair that was made in this round.
        public let result: RepairEngine<Ground>.Result?
        public let relapsed: [Relapse]
    }

    /// Looks once, takes back what did not hold, and repairs what may be.
    public func round() async throws(RepairFailure) -> Round {
        let (plan, report) = try await engine.plan(.unattended)
        let relapsed = try await takeBackRelapses(report)
        guard !relapsed.contains(where: \.isTakenBack), !plan.isEmpty else {
            return Round(report: report, result: nil, relapsed: relapsed)
        }
        return Round(
            report: report, result: try await engine.repair(.unattended), relapsed: relapsed)
    }

    private func takeBackRelapses(
        _ report: Report
    ) async throws(RepairFailure) -> [Relapse] {
        let now = engine.ground.clock.now
        var relapsed: [Relapse] = []
        for run in try engine.history.sound().reversed() {
            guard run.outcome == .repaired, run.plan.policy.isUnattended,
                run.hasSomethingToTakeBack, let ended = run.ended, now.since(ended) < Self.probation
            else { continue }
            let repaired = Set(run.plan.repairs.flatMap(\.fingerprints))
            guard let back = report.findings.first(where: { repaired.contains($0.fingerprint) })
            else { continue }
            var isTakenBack = true
            do throws(RepairFailure) { _ = try await engine.undo(run.id) } catch {
                guard case .undoRefused = error else { throw error }
                isTakenBack = false
            }
            relapsed.append(Relapse(run: run.id, code: back.code, isTakenBack: isTakenBack))
        }
        return relapsed
    }
}
