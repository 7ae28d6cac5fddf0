// Plans a repair, carries it out, and takes it back.
//
// The order is always the same: take the lock, bring to an end what a crash left, examine, plan,
// rehearse on a copy, run the steps, have another process examine, and seal the journal. Whatever
// goes wrong on the way is taken back in reverse.

import Support

/// What happens while a repair runs, for whoever shows it.
public enum RepairProgress: Sendable {
    /// An interrupted run was brought to its end.
    case recovered(RunRecord)
    /// The plan that is about to be carried out.
    case planned(Plan)
    case rehearsing
    /// Sockets, pipes and devices that the copy was made without.
    case leftOut([String])
    case running(PlannedStep)
    case failed(PlannedStep, subject: String, reason: String)
    case verifying
    case takingBack(PlannedStep)
}

/// The repair of one system.
///
/// Example:
///
///     let engine = RepairEngine(ground: ground, verifier: verifier, command: "fix")
///     let result = try await engine.repair(RepairPolicy(yes: ["pump.valve-shut"]))
public struct RepairEngine<Ground: RepairGround>: Sendable {
    let ground: Ground
    let verifier: any RepairVerifier
    let command: String
    let limits: StepLimits
    let isInterrupted: @Sendable () -> Bool
    let progress: @Sendable (RepairProgress) -> Void

    /// - Parameters:
    ///   - command: what was typed, for whoever is told that the lock is held.
    ///   - limits: how long a step may take.
    ///   - isInterrupted: asked before each step; true takes everything back.
    public init(
        ground: Ground, verifier: any RepairVerifier, command: String,
        limits: StepLimits = StepLimits(),
        isInterrupted: @escaping @Sendable () -> Bool = { false },
        progress: @escaping @Sendable (RepairProgress) -> Void = { _ in }
    ) {
        self.ground = ground
        self.verifier = verifier
        self.command = command
        self.limits = limits
        self.isInterrupted = isInterrupted
        self.progress = progress
    }

    var journals: JournalFolder {
        JournalFolder(path: ground.journalFolder, quarantine: ground.quarantineFolder)
    }
    public var history: RunHistory {
        RunHistory(folder: ground.journalFolder, quarantine: ground.quarantineFolder)
    }

    /// What a repair would do. Writes nothing.
    public func plan(
        _ policy: RepairPolicy
    ) async throws(RepairFailure) -> (plan: Plan, report: Report) {
        let runs = try history.sound()
        let examination = await ground.examine()
        let planner = Planner(
            ground: ground, policy: policy, examination: examination,
            breaker: CircuitBreaker(runs: runs),
            interrupted: runs.filter(\.isInterrupted).map(\.id))
        return (try planner.plan(), examination.report)
    }

    /// What came of a repair.
    public struct Result: Sendable {
        /// Runs that a crash had left and that are brought to an end now.
        public let recovered: [RunRecord]
        /// The plan as it was made right before the first step.
        public let plan: Plan
        /// The examination the plan was made from.
        public let report: Report
        /// Nil when there was nothing to do.
        public let run: RunRecord?

        /// The exit code: of the second examination when the repair was one.
        public var exitStatus: ExitStatus {
            guard let run, let outcome = run.outcome else { return report.exitStatus }
            if outcome == .repaired, let code = run.verdict?.exitCode {
                return ExitStatus(rawValue: code) ?? .undetermined
            }
            return outcome.exitStatus
        }
    }

    /// Examines, plans and repairs under one lock.
    public func repair(_ policy: RepairPolicy) async throws(RepairFailure) -> Result {
        try await locked { (lock) throws(RepairFailure) in
            let recovered = try await recoverAll()
            let (plan, report) = try await plan(policy)
            return Result(
                recovered: recovered, plan: plan, report: report,
                run: try await carryOut(plan, lock))
        }
    }

    /// Carries out a plan that was made earlier.
    ///
    /// - Throws: ``RepairFailure/planStale(reason:)`` when the same policy gives another plan now, or
    ///   when somebody changed what the file says: a person may have agreed to that.
    public func apply(_ plan: Plan) async throws(RepairFailure) -> Result {
        guard ground.clock.now < plan.expires.timestamp else {
            throw .planStale(reason: "expired \(plan.expires.timestamp.iso8601)")
        }
        return try await locked { (lock) throws(RepairFailure) in
            let recovered = try await recoverAll()
            let (fresh, report) = try await self.plan(plan.policy)
            if fresh.stateDigest != plan.stateDigest {
                throw .planStale(reason: Self.difference(plan, fresh))
            }
            guard fresh.reads(like: plan) else {
                throw .planStale(reason: "the file was changed after it was made")
            }
            return Result(
                recovered: recovered, plan: fresh, report: report,
                run: try await carryOut(fresh, lock))
        }
    }

    /// Brings every interrupted run to its end, and does nothing else.
    public func recover() async throws(RepairFailure) -> [RunRecord] {
        try await locked { (_) throws(RepairFailure) in try await recoverAll() }
    }

    func locked<Value: Sendable>(
        _ body: (TransitionLock) async throws(RepairFailure) -> Value
    ) async throws(RepairFailure) -> Value {
        let lock = try TransitionLock(
            in: ground.journalFolder, command: command, clock: ground.clock)
        try await ground.fence(epoch: lock.epoch)
        do throws(RepairFailure) {
            let value = try await body(lock)
            // The lock must live until here; nothing else refers to it.
            return withExtendedLifetime(lock) { value }
        } catch {
            // The step that was abandoned may still change things as long as this process lives.
            if case .stepHangs = error { lock.keepUntilTheProcessEnds() }
            throw error
        }
    }

    private static func difference(_ old: Plan, _ new: Plan) -> String {
        let (before, after) = (
            Set(old.repairs.flatMap(\.fingerprints)), Set(new.repairs.flatMap(\.fingerprints))
        )
        if let gone = before.subtracting(after).sorted().first {
            return "finding \(gone) is not to be repaired any more"
        }
        if let more = after.subtracting(before).sorted().first {
            return "finding \(more) came since"
        }
        if old.steps.map(\.step) != new.steps.map(\.step) { return "the steps would differ now" }
        if old.rulesetDigest != new.rulesetDigest { return "made by other rules" }
        return "what it would change was changed since"
    }
}
