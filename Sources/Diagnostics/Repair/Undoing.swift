// A finished run, walked backwards on request: every byte it changed comes back, or nothing does.
//
// Before the first byte moves, every path of every step is compared with what the step left there.
// One that was changed since stops the whole undo: whoever changed it did so after the repair.

import Support

/// What an undo would do, or has done, to one step.
public struct UndoItem: Codable, Hashable, Sendable {
    public let step: Int
    public let title: String
    /// `bytes`, `step`, or `none` for a step that left nothing to take back.
    public let undo: PlannedStep.Undo
    /// What stays of it all the same, where no undo reaches.
    public let consequence: String?
    public let paths: [String]
}

extension RepairEngine {
    /// Takes a run back, or one of its steps.
    ///
    /// - Parameters:
    ///   - number: only this step.
    ///   - isDryRun: say what would be done and change nothing.
    /// - Returns: the steps, in the order in which they are taken back; empty when nothing of the
    ///   run stands any more, or it changed nothing that could be taken back. Its journal stays as it
    ///   is then.
    /// - Throws: ``RepairFailure/undoRefused(run:step:path:reason:kept:)`` when a path was changed
    ///   since; ``RepairFailure/beyondUndo(run:step:title:consequence:)`` when all that the steps did lies
    ///   where no undo reaches. Nothing is changed then.
    public func undo(
        _ id: RunID, step number: Int? = nil, isDryRun: Bool = false
    ) async throws(RepairFailure) -> [UndoItem] {
        if isDryRun { return try inspect(try history.run(id), number).map(Self.item) }
        return try await locked { (_) throws(RepairFailure) in
            _ = try await recoverAll()
            let run = try history.run(id)
            let steps = try inspect(run, number)
            guard !steps.isEmpty else { return [] }
            let journal = try JournalWriter(extending: id, in: journals, clock: ground.clock)
            let process = try repairing { () throws(SystemFailure) in
                try ProcessIdentity.current()
            }
            try await journal.append(
                .undoBegun(steps: steps.map(\.planned.number), process: process))
            try await finishUndo(of: try history.run(id), StepRunner(ground, journal, limits))
            return steps.map(Self.item)
        }
    }

    /// Why the run cannot be taken back as things are now; nil when it can, or when nothing of it stands
    /// that could be.
    public func obstacleToUndo(of id: RunID) async -> RepairFailure? {
        do throws(RepairFailure) {
            _ = try await undo(id, isDryRun: true)
            return nil
        } catch { return error }
    }

    /// Takes back what is still to be taken back of a begun undo, and seals the journal.
    func finishUndo(
        of run: RunRecord, _ runner: StepRunner<Ground>
    ) async throws(RepairFailure) {
        var isClean = true
        for step in run.standing
        where run.undoing.contains(step.planned.number) && step.progress == .done {
            progress(.takingBack(step.planned))
            if step.preserved.isEmpty {
                isClean =
                    try await runner.takeBack(step.planned, preserved: [], marks: []) && isClean
            } else if let obstacle = runner.putBack(step.preserved, isStarted: true) {
                // Inspected before the undo began; a crash may have left it between since.
                try await runner.journal.append(
                    .failed(
                        step: step.planned.number, subject: obstacle.subject,
                        reason: obstacle.reason))
                isClean = false
            } else {
                try await runner.journal.append(.undone(step: step.planned.number))
            }
        }
        let left = try history.run(run.id).steps.contains { $0.progress == .done }
        // Bytes that are back are not lost. Before the seal: a crash in between does it again.
        if isClean && !left { try ledger.withdraw(run.id) }
        try await runner.journal.append(
            .sealed(outcome: isClean && !left ? .undone : .undonePartly))
    }

    /// The steps that would be taken back, each as the run left it.
    private func inspect(
        _ run: RunRecord, _ number: Int?
    ) throws(RepairFailure) -> [RunRecord.Step] {
        let steps = run.standing.filter {
            $0.progress == .done && (number == nil || $0.planned.number == number)
        }
        guard steps.contains(where: \.canBeTakenBack) else {
            for step in steps {
                guard let consequence = step.planned.consequence else { continue }
                throw .beyondUndo(
                    run: run.id, step: step.planned.number, title: step.planned.title,
                    consequence: consequence)
            }
            // A run that started an agent and nothing else was not undone by saying so.
            return []
        }
        let quarantine = RunQuarantine(root: ground.quarantineFolder, run: run.id)
        var overlay = RunQuarantine.Overlay()
        for step in steps {
            do throws(RunQuarantine.Obstacle) {
                try quarantine.inspect(step.preserved, expecting: step.marks, over: &overlay)
            } catch {
                switch error {
                case .system(let failure): throw .system(failure)
                case .changedSince(let path, let reason, let kept):
                    throw .undoRefused(
                        run: run.id, step: step.planned.number, path: path, reason: reason,
                        kept: kept)
                }
            }
        }
        return steps
    }

    private static func item(_ step: RunRecord.Step) -> UndoItem {
        UndoItem(
            step: step.planned.number, title: step.planned.title, undo: step.planned.undo,
            consequence: step.planned.consequence,
            paths: step.preserved.map(\.path))
    }
}
