// One step of a run, forwards and back, with every line of the journal in its place.
//
// Forwards: require, intent, quarantine, perform, ensure, done. A step that fails is taken back at
// once, so that the state is always the one before a step or the one after it.

import Support

/// Why a step came to nothing. The step itself is taken back already, unless it says otherwise.
struct StepProblem: Error {
    let subject: String
    let reason: String
    /// False when the state is neither before nor after the step.
    let isTakenBack: Bool
}

struct StepRunner<Ground: RepairGround> {
    let ground: Ground
    let journal: JournalWriter
    let quarantine: RunQuarantine
    let limits: StepLimits

    private var reader: StepReader<Ground.System> { StepReader(checks: ground.checks) }

    init(_ ground: Ground, _ journal: JournalWriter, _ limits: StepLimits) {
        self.ground = ground
        self.limits = limits
        self.journal = journal
        quarantine = RunQuarantine(root: ground.quarantineFolder, run: journal.run)
    }

    /// What a run throws: either the step's problem, or that the engine itself cannot go on.
    enum Stop: Error {
        case step(StepProblem)
        case engine(RepairFailure)
    }

    /// - Returns: what the step left, for taking it back.
    func run(_ planned: PlannedStep) async throws(Stop) -> (preserved: [Preserved], marks: [Mark]) {
        let number = planned.number
        let step = try engine { () throws(RepairFailure) in try reader.step(planned) }
        let system = ground.look()
        do throws(StepFailure) { try await limits.run(step, .require, on: ground.look) } catch {
            if case .preconditionGone = error, await holds(step) {
                try await record(.satisfied(step: number))
                return ([], [])
            }
            try await record(.failed(step: number, subject: error.subject, reason: error.reason))
            throw .step(
                StepProblem(subject: error.subject, reason: error.reason, isTakenBack: true))
        }
        let surveyed = try engine { () throws(RepairFailure) in
            try repairing { () throws(SystemFailure) in
                try quarantine.survey(step.touches(in: system), step: number)
            }
        }
        try await record(.intended(step: number, title: step.title, touched: surveyed))
        do throws(SystemFailure) { try quarantine.keep(surveyed) } catch {
            try await giveUp(number, surveyed, .init(error), isStarted: false)
        }
        try await record(.preserved(step: number))
        do throws(StepFailure) {
            try await limits.run(step, .perform, on: ground.look)
            try await limits.run(step, .ensure, on: ground.look)
        } catch {
            if case .hangs(let title, let limit) = error {
                try await record(
                    .failed(step: number, subject: title, reason: error.reason))
                throw .engine(.stepHangs(title: title, limit: limit))
            }
            try await giveUp(number, surveyed, error, isStarted: true)
        }
        let marks = try engine { () throws(RepairFailure) in try mark(surveyed) }
        try await record(.done(step: number, marks: marks))
        return (surveyed, marks)
    }

    /// Whether what the step is for is so already.
    func holds(_ step: any RepairStep<Ground.System>) async -> Bool {
        do throws(StepFailure) {
            try await limits.run(step, .ensure, on: ground.look)
            return true
        } catch { return false }
    }

    func mark(_ surveyed: [Preserved]) throws(RepairFailure) -> [Mark] {
        var marks: [Mark] = []
        for item in surveyed {
            let after = try repairing { () throws(SystemFailure) in
                try PathTree.digest(of: item.path)
            }
            marks.append(Mark(path: item.path, after: after))
        }
        return marks
    }

    /// Takes the step in flight back, and throws its problem.
    private func giveUp(
        _ number: Int, _ surveyed: [Preserved], _ failure: StepFailure, isStarted: Bool
    ) async throws(Stop) {
        let (subject, reason) = (failure.subject, failure.reason)
        try await record(.failed(step: number, subject: subject, reason: reason))
        if let obstacle = putBack(surveyed, isStarted: isStarted) {
            try await record(
                .failed(step: number, subject: obstacle.subject, reason: obstacle.reason))
            throw .step(
                StepProblem(
                    subject: subject, reason: "\(reason); and \(obstacle.reason)",
                    isTakenBack: false))
        }
        try await record(.undone(step: number))
        throw .step(StepProblem(subject: subject, reason: reason, isTakenBack: true))
    }

    /// Brings what a step in flight touched to what it was. Nil when that worked.
    func putBack(
        _ surveyed: [Preserved], isStarted: Bool
    ) -> (subject: String, reason: String)? {
        do {
            if isStarted {
                try quarantine.restore(surveyed)
            } else {
                try quarantine.release(surveyed)
            }
            return nil
        } catch let obstacle as RunQuarantine.Obstacle {
            switch obstacle {
            case .changedSince(let path, let reason, _): return (path, reason)
            case .system(let failure): return (failure.subject, failure.reason)
            }
        } catch let failure as SystemFailure {
            return (failure.subject, failure.reason)
        } catch {
            return ("step", "\(error)")
        }
    }

    /// Takes back a step that was done.
    ///
    /// - Returns: false when it could not be; the journal then says why.
    func takeBack(
        _ planned: PlannedStep, preserved: [Preserved], marks: [Mark]
    ) async throws(RepairFailure) -> Bool {
        if !preserved.isEmpty { return try await takeBackBytes(planned, preserved, marks) }
        guard let undo = try reader.step(planned).undo else {
            try await journal.append(.kept(step: planned.number))
            return true
        }
        do throws(StepFailure) {
            try await limits.run(undo, .require, on: ground.look)
            try await limits.run(undo, .perform, on: ground.look)
            try await limits.run(undo, .ensure, on: ground.look)
        } catch {
            guard case .preconditionGone = error, await holds(undo) else {
                try await journal.append(
                    .failed(step: planned.number, subject: error.subject, reason: error.reason))
                return false
            }
        }
        try await journal.append(.undone(step: planned.number))
        return true
    }

    private func takeBackBytes(
        _ planned: PlannedStep, _ preserved: [Preserved], _ marks: [Mark]
    ) async throws(RepairFailure) -> Bool {
        let number = planned.number
        do throws(RunQuarantine.Obstacle) {
            var overlay = RunQuarantine.Overlay()
            try quarantine.inspect(preserved, expecting: marks, over: &overlay)
            try quarantine.restore(preserved)
        } catch {
            switch error {
            case .changedSince(let path, let reason, _):
                try await journal.append(.failed(step: number, subject: path, reason: reason))
            case .system(let failure):
                try await journal.append(
                    .failed(step: number, subject: failure.subject, reason: failure.reason))
            }
            return false
        }
        try await journal.append(.undone(step: number))
        return true
    }

    private func record(_ event: JournalEvent) async throws(Stop) {
        do throws(RepairFailure) { try await journal.append(event) } catch { throw .engine(error) }
    }

    private func engine<Value>(
        _ body: () throws(RepairFailure) -> Value
    ) throws(Stop) -> Value {
        do throws(RepairFailure) { return try body() } catch { throw .engine(error) }
    }
}
