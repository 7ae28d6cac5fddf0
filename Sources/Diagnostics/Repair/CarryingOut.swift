// A plan becomes a run: rehearsal, steps, second examination, seal.

import Support

extension RepairEngine {
    /// Nil when the plan has no steps: then no journal is begun and nothing is written.
    func carryOut(
        _ plan: Plan, _ lock: TransitionLock
    ) async throws(RepairFailure) -> RunRecord? {
        guard !plan.repairs.isEmpty else { return nil }
        progress(.planned(plan))
        if plan.repairs.contains(where: \.isDurable) { progress(.rehearsing) }
        let prediction = try await Rehearsal(ground: ground, limits: limits).predict(plan)
        if let paths = prediction?.leftOut, !paths.isEmpty { progress(.leftOut(paths)) }
        let process = try repairing { () throws(SystemFailure) in
            try ProcessIdentity.current()
        }
        var chance = SystemRandomNumberGenerator()
        let journal = try JournalWriter(
            creating: RunID(at: ground.clock.now, using: &chance), in: journals,
            clock: ground.clock)
        try await journal.append(
            .begun(plan: plan, process: process, command: command, epoch: lock.epoch))
        if let prediction {
            try await journal.append(
                .predicted(codes: prediction.codes, buckets: prediction.buckets))
        }
        var course = RunCourse(self, plan, journal, prediction)
        try await course.run()
        return try history.run(journal.run)
    }
}

/// One run on its way through its plan.
struct RunCourse<Ground: RepairGround> {
    private let engine: RepairEngine<Ground>
    private let plan: Plan
    private let journal: JournalWriter
    private let prediction: Prediction?
    private let runner: StepRunner<Ground>
    private let end: Duration?
    /// What each step left that was done.
    private var left: [Int: (preserved: [Preserved], marks: [Mark])] = [:]
    /// Repairs whose steps are all done, by place in the plan.
    private var completed: [Int] = []
    private var interrupted = false
    /// False once something could not be taken back.
    private var isClean = true

    init(
        _ engine: RepairEngine<Ground>, _ plan: Plan, _ journal: JournalWriter,
        _ prediction: Prediction?
    ) {
        self.engine = engine
        self.plan = plan
        self.journal = journal
        self.prediction = prediction
        runner = StepRunner(engine.ground, journal, engine.limits)
        let clock = engine.ground.clock
        end = plan.policy.secondsMax.map { clock.uptime + .seconds($0) }
    }

    mutating func run() async throws(RepairFailure) {
        for (index, repair) in plan.repairs.enumerated() {
            guard try await runSteps(of: repair) else { break }
            completed.append(index)
        }
        if interrupted {
            for index in completed.reversed() { try await takeBack(plan.repairs[index]) }
            return try await engine.seal(journal, takenBackAs: .interrupted, isWhole: isClean)
        }
        guard !completed.isEmpty else {
            return try await engine.seal(journal, takenBackAs: .rolledBack, isWhole: isClean)
        }
        try await conclude()
    }

    /// - Returns: false when a step failed; what the repair had done is then taken back.
    private mutating func runSteps(of repair: PlannedRepair) async throws(RepairFailure) -> Bool {
        for step in repair.steps {
            if engine.isInterrupted() {
                interrupted = true
                try await takeBack(repair)
                return false
            }
            if let end, engine.ground.clock.uptime >= end {
                let limit = plan.policy.secondsMax ?? 0
                try await journal.append(
                    .failed(
                        step: step.number, subject: "time",
                        reason: "the \(limit) s of --max-seconds are over"))
                try await takeBack(repair)
                return false
            }
            engine.progress(.running(step))
            do throws(StepRunner<Ground>.Stop) {
                left[step.number] = try await runner.run(step)
            } catch {
                switch error {
                case .engine(let failure): throw failure
                case .step(let problem):
                    engine.progress(
                        .failed(step, subject: problem.subject, reason: problem.reason))
                    if !problem.isTakenBack { isClean = false }
                    try await takeBack(repair)
                    return false
                }
            }
        }
        return true
    }

    /// The second examination, and what follows from it.
    private mutating func conclude() async throws(RepairFailure) {
        engine.progress(.verifying)
        let verdict: RepairVerdict
        do throws(RepairFailure) {
            verdict = try await engine.verifier.verify(journal.run, of: plan)
        } catch {
            try await journal.append(
                .failed(step: 0, subject: error.subject, reason: error.reason))
            for index in completed.reversed() { try await takeBack(plan.repairs[index]) }
            return try await engine.seal(
                journal, takenBackAs: engine.isInterrupted() ? .interrupted : .rolledBack,
                isWhole: isClean)
        }
        try await journal.append(.verified(verdict: verdict))
        let wrong = completed.filter { !stands(plan.repairs[$0], verdict) }
        for index in wrong.reversed() { try await takeBack(plan.repairs[index]) }
        let standing = completed.filter { !wrong.contains($0) }
        try engine.ledger.note(
            standing.map { plan.repairs[$0] }, of: journal.run, at: engine.ground.clock.now)
        guard !standing.isEmpty else {
            return try await engine.seal(journal, takenBackAs: .rolledBack, isWhole: isClean)
        }
        // What was to be taken back beside them, and was not, is lost as well.
        if !isClean { try engine.noteWhatStays(of: journal.run) }
        let isWhole = standing.count == plan.repairs.count && verdict.isHealthy
        try await journal.append(.sealed(outcome: isWhole ? .repaired : .partly))
    }

    /// A repair stays when its findings are gone, nothing new is broken, and a rehearsal of it
    /// ended the same way.
    private func stands(_ repair: PlannedRepair, _ verdict: RepairVerdict) -> Bool {
        guard verdict.confirms(repair) else { return false }
        guard repair.isDurable else { return true }
        return verdict.new.isEmpty && prediction?.agrees(with: verdict, after: plan.seen) != false
    }

    private mutating func takeBack(_ repair: PlannedRepair) async throws(RepairFailure) {
        for step in repair.steps.reversed() {
            guard let done = left.removeValue(forKey: step.number) else { continue }
            engine.progress(.takingBack(step))
            let isBack = try await runner.takeBack(
                step, preserved: done.preserved, marks: done.marks)
            if !isBack { isClean = false }
        }
    }
}
