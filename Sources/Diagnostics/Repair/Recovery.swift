// After a crash: the step in flight is brought to before or after, then the run to its end.
//
// A run whose steps were all done only lacks its second examination, and gets it. Any other is
// taken back as a whole: half a repair is no state anybody planned.

import Support

extension RepairEngine {
    /// Brings every interrupted run to its end. The lock is held: nobody works on any of them.
    func recoverAll() async throws(RepairFailure) -> [RunRecord] {
        var recovered: [RunRecord] = []
        // Newest first: what it changed lies on top of what older ones changed.
        for run in try history.sound().reversed() where !run.isSealed {
            try await recover(run)
            let record = try history.run(run.id)
            recovered.append(record)
            progress(.recovered(record))
        }
        return recovered
    }

    private func recover(_ run: RunRecord) async throws(RepairFailure) {
        let journal = try JournalWriter(extending: run.id, in: journals, clock: ground.clock)
        let process = try repairing { () throws(SystemFailure) in
            try ProcessIdentity.current()
        }
        try await journal.append(.resumed(process: process))
        let runner = StepRunner(ground, journal, limits)
        var isClean = try await settleStepInFlight(of: run, runner)
        let now = try history.run(run.id)
        if !now.undoing.isEmpty { return try await finishUndo(of: now, runner) }
        let isComplete = now.steps.allSatisfy {
            $0.progress == .done || $0.progress == .satisfied
        }
        if isComplete, isClean, try await isConfirmed(now, journal) {
            try ledger.note(now.plan.repairs, of: run.id, at: ground.clock.now)
            return try await journal.append(.sealed(outcome: .repaired))
        }
        for step in now.standing where step.progress == .done {
            progress(.takingBack(step.planned))
            isClean =
                try await runner.takeBack(
                    step.planned, preserved: step.preserved, marks: step.marks) && isClean
        }
        try await seal(journal, takenBackAs: .recovered, isWhole: isClean)
    }

    /// - Returns: false when the step could be brought neither to before nor to after.
    private func settleStepInFlight(
        of run: RunRecord, _ runner: StepRunner<Ground>
    ) async throws(RepairFailure) -> Bool {
        // A step that was being taken back is not in flight, and may have left as much.
        for step in run.steps {
            try repairing { () throws(SystemFailure) in
                try runner.quarantine.sweep(step.preserved)
            }
        }
        guard let step = run.inFlight else { return true }
        let number = step.planned.number
        let isStarted = step.progress == .started
        let form = try StepReader(checks: ground.checks).step(step.planned)
        if let path = try foreignChange(to: step, expected: form.expected) {
            try await runner.journal.append(
                .failed(step: number, subject: path, reason: "changed since the run was cut off"))
            return false
        }
        if isStarted, await runner.holds(form) {
            let marks = try runner.mark(step.preserved)
            try await runner.journal.append(.done(step: number, marks: marks))
            return true
        }
        if let obstacle = runner.putBack(step.preserved, isStarted: isStarted) {
            try await runner.journal.append(
                .failed(step: number, subject: obstacle.subject, reason: obstacle.reason))
            return false
        }
        try await runner.journal.append(.undone(step: number))
        return true
    }

    /// A path of the step that was changed when whoever carried it out can no longer have been at work.
    /// What somebody wrote there since does not give way to what was there before.
    private func foreignChange(
        to step: RunRecord.Step, expected: Duration
    ) throws(RepairFailure) -> String? {
        guard let started = step.started, step.progress == .started else { return nil }
        let end = started + limits.patience + expected
        return try repairing { () throws(SystemFailure) -> String? in
            for item in step.preserved {
                if let changed = try PathTree.changed(item.path), changed > end { return item.path }
            }
            return nil
        }
    }

    private func isConfirmed(
        _ run: RunRecord, _ journal: JournalWriter
    ) async throws(RepairFailure) -> Bool {
        do throws(RepairFailure) {
            let verdict = try await verifier.verify(run.id, of: run.plan)
            try await journal.append(.verified(verdict: verdict))
            return verdict.isHealthy
        } catch {
            try await journal.append(
                .failed(step: 0, subject: error.subject, reason: error.reason))
            return false
        }
    }
}
