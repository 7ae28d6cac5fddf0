// `aura doctor plan | apply | runs | verify | undo | watch`, and `live --fix`.

import ArgumentParser
import Checks
import Diagnostics
import Glibc
import LiveSync
import Support

struct DoctorPlan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Say step by step what a repair would do; change nothing.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var limits: PolicyOptions
    @Option(
        name: .shortAndLong,
        help: "Write the plan to this file, for aura doctor apply; - is standard output.")
    var out: String?
    @Option(name: .long, help: "Only these codes or checks.")
    var only: [String] = []

    func run() async throws {
        let workspace = try Workspace.find()
        if !only.isEmpty {
            try Selection(only: only).requireKnown(in: LiveSession(workspace).catalogue)
        }
        let engine = Repairing.engine(LiveGround(workspace))
        let plan = try await engine.plan(limits.policy(only: only)).plan
        if let out, out != "-" {
            try FileAccess.replace(
                PathName.absolute(out), with: Array((try plan.json() + "\n").utf8))
        }
        if output.json || out == "-" { return Output.line(try plan.json()) }
        let unsent = RepairText.unsent(of: plan, in: workspace)
        (RepairText.lines(of: plan) + unsent).forEach(Output.line)
        if let out, !plan.isEmpty {
            Output.line("next: aura doctor apply \(Printable.shellWord(out))")
        }
    }
}

struct DoctorApply: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Carry out a plan, if everything is still as it was.")

    @OptionGroup var output: OutputOptions
    @Argument(
        help: "The file that aura doctor plan wrote; - is standard input.", completion: .file())
    var file: String

    func run() async throws {
        let bytes = try FileAccess.readStream(
            file == "-" ? "/dev/stdin" : PathName.absolute(file), limit: 16 << 20)
        let plan = try Plan(json: bytes, named: file)
        StopSignals.listen()
        let workspace = try Workspace.find()
        try Repairing.refuseForeign(workspace)
        let engine = Repairing.engine(LiveGround(workspace), isQuiet: output.json)
        try await Repairing.show(try await engine.apply(plan), of: engine, json: output.json)
    }
}

/// `aura doctor live --fix`.
enum LiveFix {
    static func run(
        _ options: RepairOptions, examination: ExaminationOptions, json: Bool
    ) async throws {
        let thread = options.oneThread ? try OneThread() : nil
        try await withTaskExecutorPreference(thread) {
            try await run(options, examination: examination, json: json, on: thread)
        }
    }

    private static func run(
        _ options: RepairOptions, examination: ExaminationOptions, json: Bool,
        on thread: OneThread?
    ) async throws {
        guard examination.selection.skip.isEmpty else {
            throw ValidationError("name what to repair with --only; --skip does not go with --fix")
        }
        // Everything is examined: what is left out might be data at stake, which stops a repair.
        var whole = examination
        whole.selection = .everything
        let ground = LiveGround(try Workspace.find(), options: whole)
        let engine = Repairing.engine(ground, isQuiet: json, on: thread)
        var policy = options.limits.policy(only: examination.selection.only)
        if options.dryRun {
            let (plan, report) = try await engine.plan(policy)
            if json {
                Output.line(try plan.json())
            } else {
                let unsent = RepairText.unsent(of: plan, in: ground.workspace)
                (RepairText.lines(of: plan) + unsent).forEach(Output.line)
                Output.line("nothing was changed")
            }
            throw ExitCode(report.exitCode)
        }
        try Repairing.refuseForeign(ground.workspace)
        if !json, isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 {
            policy.yes.formUnion(try await consents(engine, policy))
        }
        StopSignals.listen()
        try await Repairing.show(try await engine.repair(policy), of: engine, json: json)
    }

    /// Asks for each repair that only waits for a yes. A loss is never agreed to by an answer.
    private static func consents(
        _ engine: RepairEngine<LiveGround>, _ policy: RepairPolicy
    ) async throws -> Set<String> {
        let plan = try await engine.plan(policy).plan
        var agreed: Set<String> = []
        for item in plan.notAddressed where item.because == .consentNotGiven {
            let meaning = LiveProfile.catalogue[item.code]?.meaning ?? ""
            Output.note("\(item.code): \(meaning). Repair it? [y/N]")
            if let answer = readLine(), ["y", "yes"].contains(answer.lowercased()) {
                agreed.insert(item.code)
            }
        }
        return agreed
    }
}

struct DoctorRuns: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "The repairs that were made here.")

    @OptionGroup var output: OutputOptions
    @Argument(help: ArgumentHelp("Only this run, with its steps.", valueName: "run"))
    var id: String?

    func run() async throws {
        let engine = Repairing.engine(LiveGround(try Workspace.find()), isQuiet: true)
        let history = engine.history
        if let id {
            let run = try history.run(try RunID(typed: id))
            return try showOne(run, await engine.obstacleToUndo(of: run.id))
        }
        let all = try history.all()
        let sound = all.compactMap { try? $0.run.get() }.map { RunSummary($0) }  // others below
        if output.json { return try Output.json(sound) }
        if all.isEmpty { return Output.line("nothing was ever repaired here") }
        Output.table(
            ["RUN", "OUTCOME", "CODES", "LOST"],
            sound.map { run in
                let outcome = run.outcome?.rawValue ?? (run.isInterrupted ? "cut off" : "running")
                return [
                    run.run.rawValue, outcome, run.codes.joined(separator: " "),
                    run.loss.isUncounted ? "unknown" : "\(run.loss.records)",
                ]
            })
        for (id, result) in all {
            if case .failure(let failure) = result { Output.note("\(id): \(failure)") }
        }
    }

    private func showOne(_ record: RunRecord, _ obstacle: RepairFailure?) throws {
        let summary = RunSummary(record)
        if output.json { return Output.line(try summary.json()) }
        RepairText.lines(of: summary, obstacle).forEach(Output.line)
    }
}

struct DoctorVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Examine again and say whether a repair still holds.")

    @OptionGroup var output: OutputOptions
    @Argument(help: ArgumentHelp("The run, as aura doctor runs lists it.", valueName: "run"))
    var id: String
    @Option(name: .long, help: "The working copy (default: the one around this folder).")
    var root: String?

    func run() async throws {
        let workspace = try root.map { Workspace(root: $0) } ?? Workspace.find()
        let ground = LiveGround(workspace)
        let history = RunHistory(folder: ground.journalFolder, quarantine: ground.quarantineFolder)
        let record = try history.run(try RunID(typed: id))
        // A run that is still at work has just started things; a finished one has settled.
        let settle = record.isSealed ? Duration.zero : ProcessVerifier.settle
        let verifier = ReportVerifier(settle: settle, clock: ground.clock) {
            await ground.examine().report
        }
        let verdict = try await verifier.verify(record.id, of: record.plan)
        try output.show(verdict) { Output.line(RepairText.words(of: $0)) }
        if !verdict.isHealthy { throw ExitCode(ExitStatus.findings.rawValue) }
    }
}

struct DoctorUndo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undo", abstract: "Take a repair back, byte for byte.")

    @OptionGroup var output: OutputOptions
    @Argument(help: ArgumentHelp("The run, as aura doctor runs lists it.", valueName: "run"))
    var id: String
    @Option(name: .long, help: "Only this step of the run.")
    var action: Int?
    @Flag(name: .long, help: "Show what would be taken back, and change nothing.")
    var dryRun = false

    func run() async throws {
        StopSignals.outliveReaders()
        let workspace = try Workspace.find()
        if !dryRun { try Repairing.refuseForeign(workspace) }
        let engine = Repairing.engine(LiveGround(workspace), isQuiet: output.json)
        let run = try RunID(typed: id)
        if let action { try requireStep(action, of: engine.history.run(run)) }
        let items = try await engine.undo(run, step: action, isDryRun: dryRun)
        let record = try engine.history.run(run)
        try output.show(items) { items in
            if items.isEmpty {
                Output.line(nothingToTakeBack(of: record))
            }
            for item in items {
                Output.line("\(item.step). \(item.title): \(fate(of: item))")
                for path in item.paths { Output.line("     \(path)") }
            }
        }
        guard !dryRun, !items.isEmpty else { return }
        if record.outcome == .undonePartly, action == nil {
            throw ExitCode(ExitStatus.partlyRepaired.rawValue)
        }
    }

    private func requireStep(_ number: Int, of run: RunRecord) throws {
        let steps = run.steps.map(\.planned)
        guard !steps.contains(where: { $0.number == number }) else { return }
        let known = steps.map { "\($0.number). \($0.title)" }.joined(separator: "; ")
        throw ValidationError("run \(run.id) has no step \(number); it has \(known)")
    }

    private func nothingToTakeBack(of record: RunRecord) -> String {
        guard record.canBeTakenBack else {
            return "that run changed nothing durable; there is nothing to take back"
        }
        guard let step = record.steps.first(where: { $0.planned.number == action }) else {
            return "nothing of that run stands any more"
        }
        return step.canBeTakenBack
            ? "nothing of that step stands any more"
            : "that step changed nothing durable; there is nothing to take back"
    }

    private func fate(of item: UndoItem) -> String {
        if item.undo != .none { return dryRun ? "would be taken back" : "taken back" }
        return item.consequence.map { "stays: \($0)" } ?? "left nothing to take back"
    }
}

struct DoctorWatch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Keep looking; with --fix, make safe repairs.",
        discussion: """
            A line is printed whenever the state changes; with --json it is the whole report as one JSON \
            object, before which the record of a repair and what else there is to say have a line each. \
            With --fix only repairs of class safe are \
            made, at most three for one finding in ten minutes. What a repair changed that does not \
            hold for a minute is taken back; one that left nothing behind, as the start of a process, \
            is made again. Ends with SIGINT or SIGTERM.
            """)

    @OptionGroup var output: OutputOptions
    @Flag(name: .long, help: "Make safe repairs.")
    var fix = false
    @Option(name: .long, help: "Between two looks, e.g. 5s.")
    var interval = "5s"

    func run() async throws {
        guard let pause = Duration(parsing: interval), pause > .zero else {
            throw ValidationError("--interval \(interval) is no duration; write 500ms, 5s or 1m")
        }
        let ground = LiveGround(try Workspace.find())
        if fix { try Repairing.refuseForeign(ground.workspace) }
        let engine = Repairing.engine(ground, isQuiet: output.json)
        StopSignals.listen()
        var last = ""
        while StopSignals.received == nil {
            // Nobody is left to be told; `| head -1` has what it wanted.
            guard Output.hasReader else { throw ExitCode(128 + SIGPIPE) }
            let round =
                fix
                ? try await repairRound(engine) : Round(report: await ground.examine().report)
            if !round.isQuiet || round.state != last {
                if output.json {
                    for line in try round.json() { Output.text(line + "\n") }
                } else {
                    round.lines.forEach(Output.line)
                }
                Output.flush()
                last = round.state
            }
            try await wait(pause)
        }
        let isTerminated = StopSignals.received == SIGTERM
        throw ExitCode((isTerminated ? ExitStatus.terminated : .interrupted).rawValue)
    }

    private func repairRound(
        _ engine: RepairEngine<LiveGround>
    ) async throws(RepairFailure) -> Round {
        do throws(RepairFailure) {
            let found = try await RepairWatch(engine).round()
            var round = Round(report: found.report)
            round.notes = found.relapsed.map {
                "run \($0.run) did not hold, \($0.code) came back; "
                    + ($0.isTakenBack ? "it was taken back" : "it stays, as it was changed since")
            }
            if let run = found.result?.run {
                round.run = RunSummary(run)
                round.obstacle = await engine.obstacleToUndo(of: run.id)
            }
            return round
        } catch {
            // The abandoned step lives as long as this process does.
            if case .stepHangs = error { throw error }
            // Somebody else repairs, or the state moved: the next round looks again.
            return Round(notes: ["\(error)"])
        }
    }

    /// What one look or one repair has to say.
    private struct Round {
        var notes: [String] = []
        var run: RunSummary?
        var obstacle: RepairFailure?
        var report: Report?

        private struct Note: Encodable { let note: String }

        /// Nothing but a state that may be the one from before.
        var isQuiet: Bool { notes.isEmpty && run == nil }

        var state: String {
            guard let report else { return notes.last ?? "" }
            let codes = report.rootFindings.map(\.code).joined(separator: " ")
            return "\(report.overall.rawValue)  \(codes.isEmpty ? report.nextStep : codes)"
        }

        var lines: [String] {
            notes + (run.map { RepairText.lines(of: $0, obstacle) } ?? [])
                + (report == nil ? [] : [state])
        }

        /// One object each.
        func json() throws -> [String] {
            try notes.map { try JSONText.encode(Note(note: $0)) }
                + [
                    run?.json(pretty: false),
                    report.map { try JSONRenderer(pretty: false).render($0) },
                ]
                .compactMap { $0 }
        }
    }

    /// In short naps, so that a signal is answered soon.
    private func wait(_ pause: Duration) async throws {
        let clock = SystemClock()
        let end = clock.uptime + pause
        while clock.uptime < end, StopSignals.received == nil {
            try await Task.sleep(for: min(.milliseconds(100), end - clock.uptime))
        }
    }
}

extension RunID {
    /// A run as it was typed.
    fileprivate init(typed text: String) throws {
        guard let id = RunID(rawValue: text) else {
            throw ValidationError("\(text) is no run; see aura doctor runs")
        }
        self = id
    }
}
