// Plans and runs as a person reads them.

import Checks
import Diagnostics
import LiveSync
import Support

enum RepairText {
    static func lines(of plan: Plan) -> [String] {
        var lines = plan.interrupted.map { "first: bring run \($0) to its end" }
        if plan.isEmpty { lines.append(emptiness(of: plan)) }
        for repair in plan.repairs {
            lines.append("\(repair.codes.joined(separator: ", "))  (\(repair.fix.rawValue))")
            lines.append("    seen:   \(repair.symptom)")
            for step in repair.steps {
                lines.append("    \(step.number). \(step.title) \(note(step))")
            }
            if !repair.loss.isNone { lines += loss(repair.loss) }
            if !repair.clears.isEmpty {
                lines.append("    clears: \(repair.clears.joined(separator: ", "))")
            }
        }
        guard !plan.notAddressed.isEmpty else { return lines }
        lines.append("left alone:")
        for item in plan.notAddressed {
            lines.append("  \(item.code): \(item.because.rawValue); \(item.nextStep)")
            if let loss = item.loss, !loss.isNone { lines += self.loss(loss) }
        }
        return lines
    }

    /// Why a plan does nothing: there is nothing to do, or nobody has agreed to it.
    private static func emptiness(of plan: Plan) -> String {
        let words = plan.notAddressed.compactMap { item in
            switch item.because {
            case .consentNotGiven: "--yes \(item.code)"
            case .lossNotAllowed: "--allow-loss \(item.code)"
            default: nil
            }
        }.uniqued()
        guard !words.isEmpty else { return "nothing to repair; nothing would be changed" }
        return "nothing can be repaired without consent; to agree: \(words.joined(separator: " "))"
    }

    private static func note(_ step: PlannedStep) -> String {
        switch step.undo {
        case .bytes: "(\(step.fileCount) files kept, can be taken back)"
        case .step: "(can be taken back)"
        case .none:
            step.consequence.map { "(no undo: \($0))" } ?? "(changes nothing durable, no undo)"
        }
    }

    /// Of what a plan would give up, the functions that nobody else has, as far as the log still names
    /// them. Empty where nothing is given up.
    static func unsent(of plan: Plan, in workspace: Workspace) -> [String] {
        let isAtStake =
            !plan.loss.isNone || plan.notAddressed.contains { $0.loss.map { !$0.isNone } ?? false }
        // A log that cannot be looked at names nothing; the plan has said so.
        guard isAtStake, let names = try? LogMaintenance(workspace).unsentAtStake(),
            !names.isEmpty
        else { return [] }
        return ["among it, not pushed yet:"] + names.prefix(20).map { "  \($0)" }
            + (names.count > 20 ? ["  and \(names.count - 20) more"] : [])
    }

    private static func loss(_ loss: Loss) -> [String] {
        ["    LOSES:  \(loss.words)"]
            + loss.names.prefix(20).map { "            \($0)" }
            + (loss.names.count > 20 ? ["            and \(loss.names.count - 20) more"] : [])
    }

    /// - Parameter obstacle: why the run cannot be taken back now; nil when it can.
    static func lines(
        of result: RepairEngine<LiveGround>.Result, _ obstacle: RepairFailure?
    ) -> [String] {
        let recovered = result.recovered.compactMap { run in
            run.outcome.map { "run \(run.id) \($0.words)" }
        }
        guard let run = result.run else {
            return recovered + lines(of: result.plan)
                + (result.plan.repairs.isEmpty ? ["nothing was changed"] : [])
        }
        return recovered + lines(of: RunSummary(run), obstacle) + leftAlone(result.plan, by: run)
    }

    /// What followed from a fault that is repaired now went with it, and is no news.
    private static func leftAlone(_ plan: Plan, by run: RunRecord) -> [String] {
        let cleared = run.outcome == .repaired ? Set(plan.repairs.flatMap(\.clears)) : []
        return plan.notAddressed.filter { !cleared.contains($0.code) }.map {
            "left alone: \($0.code): \($0.because.rawValue); \($0.nextStep)"
        }
    }

    /// - Parameter obstacle: why the run cannot be taken back now; nil when it can.
    static func lines(of run: RunSummary, _ obstacle: RepairFailure?) -> [String] {
        var lines = [
            "run \(run.run)  \(run.codes.joined(separator: ", "))",
            "  began:    \(run.begun.timestamp.iso8601), \(run.command)",
        ]
        for step in run.steps {
            let failure = step.failure.map { ": \($0)" } ?? ""
            lines.append("  \(step.number). \(step.title): \(step.progress.rawValue)\(failure)")
        }
        if !run.loss.isNone { lines.append("  lost:     \(run.loss.words)") }
        if let verdict = run.verdict { lines.append("  verdict:  \(words(of: verdict))") }
        let outcome = run.outcome?.words ?? (run.isInterrupted ? "was cut off" : "is running")
        lines.append("  outcome:  it \(outcome)")
        if run.outcome == .repaired { lines += undo(of: run, obstacle) }
        return lines
    }

    /// Only what would work: a running agent writes on in what a repair put right, and then the bytes
    /// from before are for a person to compare.
    private static func undo(of run: RunSummary, _ obstacle: RepairFailure?) -> [String] {
        let lasting = run.consequences.joined(separator: "; ")
        guard run.canBeTakenBack else {
            let none = lasting.isEmpty ? "nothing durable was changed" : "none: \(lasting)"
            return ["  undo:     \(none)"]
        }
        guard let obstacle else {
            return ["  undo:     aura doctor undo \(run.run)"]
                + (lasting.isEmpty ? [] : ["            what stays: \(lasting)"])
        }
        if case .beyondUndo = obstacle { return ["  undo:     none: \(lasting)"] }
        guard case .undoRefused(_, _, let path, let reason, _) = obstacle else {
            return ["  undo:     not now: \(obstacle.reason)"]
        }
        // The digests behind the colon are for whoever tries it.
        let words = reason.prefix { $0 != ":" }
        return ["  undo:     no longer, \(path) \(words)", "            \(obstacle.nextStep)"]
    }

    static func words(of verdict: RepairVerdict) -> String {
        if verdict.isHealthy { return "everything that was to be repaired is gone" }
        var parts: [String] = []
        if !verdict.remaining.isEmpty { parts.append("\(verdict.remaining.count) still found") }
        if !verdict.unclear.isEmpty { parts.append("\(verdict.unclear.count) cannot be told") }
        if !verdict.new.isEmpty { parts.append("new: \(verdict.new.joined(separator: ", "))") }
        return parts.joined(separator: ", ")
    }

    /// One line on standard error, or none.
    static func progress(_ event: RepairProgress) -> String? {
        switch event {
        case .recovered(let run): "run \(run.id) \(run.outcome?.words ?? "goes on")"
        case .planned(let plan):
            !plan.loss.isNone
                ? "this gives up \(plan.loss.words): "
                    + plan.loss.names.prefix(20).joined(separator: ", ") : nil
        case .rehearsing: "trying it on a copy"
        case .leftOut(let paths):
            "the copy lacks what is neither file nor folder: \(paths.joined(separator: ", "))"
        case .running(let step): "\(step.number). \(step.title)"
        case .failed(let step, let subject, let reason):
            "\(step.number). failed: \(subject): \(reason)"
        case .verifying: "examining again"
        case .takingBack(let step): "taking back: \(step.title)"
        }
    }
}
