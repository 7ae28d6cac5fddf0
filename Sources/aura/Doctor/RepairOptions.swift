// What a person may say about a repair, and the engine that follows from it.

import ArgumentParser
import Checks
import Diagnostics
import Glibc
import LiveSync
import Support

/// How far a repair may go.
struct PolicyOptions: ParsableArguments {
    @Option(name: .long, help: "Agree to the repair of this code; may be given several times.")
    var yes: [String] = []
    @Option(name: .long, help: "Agree to the loss that the repair of this code brings.")
    var allowLoss: [String] = []
    @Option(name: .long, help: "Give up at most this many records.")
    var maxRecordsLost: Int?
    @Option(name: .long, help: "Change at most this many files.")
    var maxFiles: Int?
    @Option(name: .long, help: "Take at most this many seconds.")
    var maxSeconds: Int?

    func validate() throws {
        for code in yes + allowLoss where LiveProfile.catalogue[code] == nil {
            throw ValidationError("unknown code: \(code); see aura doctor list")
        }
        for limit in [maxRecordsLost, maxFiles, maxSeconds].compactMap({ $0 }) where limit < 0 {
            throw ValidationError("a limit is a number from 0, not \(limit)")
        }
    }

    func policy(only: [String] = []) -> RepairPolicy {
        RepairPolicy(
            yes: Set(yes), allowLoss: Set(allowLoss), recordsLostMax: maxRecordsLost,
            filesMax: maxFiles, secondsMax: maxSeconds, only: only)
    }
}

/// `--fix` and what belongs to it.
struct RepairOptions: ParsableArguments {
    @Flag(name: .long, help: "Repair what may be repaired, then examine again.")
    var fix = false
    @Flag(name: .long, help: "With --fix: show what would be done, and change nothing.")
    var dryRun = false
    @Flag(
        name: .long,
        help: ArgumentHelp("All work on one thread, to be traced.", visibility: .hidden))
    var oneThread = false
    @OptionGroup var limits: PolicyOptions

    func validate() throws {
        guard !fix else { return }
        let asksForRepair =
            dryRun || !limits.yes.isEmpty || !limits.allowLoss.isEmpty
            || oneThread || limits.maxRecordsLost != nil || limits.maxFiles != nil
            || limits.maxSeconds != nil
        if asksForRepair {
            throw ValidationError("that belongs to --fix")
        }
    }
}

/// An engine for the working copy around the current folder.
enum Repairing {
    static func engine(
        _ ground: LiveGround, isQuiet: Bool = false, on thread: OneThread? = nil
    ) -> RepairEngine<LiveGround> {
        RepairEngine(
            ground: ground,
            verifier: ProcessVerifier(
                ground.workspace, isInterrupted: { StopSignals.received != nil }),
            command: CommandLine.arguments.dropFirst().reduce("aura") { $0 + " " + $1 },
            limits: StepLimits(executor: thread),
            isInterrupted: { StopSignals.received != nil },
            progress: { event in
                guard !isQuiet else { return }
                RepairText.progress(event).map(Output.note)
                if case .planned(let plan) = event, !plan.loss.isNone {
                    RepairText.unsent(of: plan, in: ground.workspace).forEach(Output.note)
                }
            })
    }

    /// Refuses to repair what is another user's, also as root: the journal, the lock and what is started
    /// would be root's, and keep their own user out from then on.
    static func refuseForeign(_ workspace: Workspace) throws {
        var status = stat()
        // What is not there, or cannot be looked at, is told by the repair itself.
        guard lstat(workspace.liveFolder, &status) == 0, status.st_uid != geteuid() else { return }
        let owner = getpwuid(status.st_uid).map { String(cString: $0.pointee.pw_name) }
        throw PlainFailure(
            workspace.liveFolder, "belongs to \(owner ?? "user \(status.st_uid)")",
            nextStep: "run this as that user", exitStatus: .refused)
    }

    /// Ends the process as a repair ended; a signal is told apart from the rest.
    static func leave(_ status: ExitStatus) throws -> Never {
        let isTerminated = StopSignals.received == SIGTERM
        let code = status == .interrupted && isTerminated ? ExitStatus.terminated : status
        throw ExitCode(code.rawValue)
    }

    /// Prints what became of a repair.
    static func show(
        _ result: RepairEngine<LiveGround>.Result, of engine: RepairEngine<LiveGround>, json: Bool
    ) async throws -> Never {
        if json {
            let run = result.run.map { RunSummary($0) }
            Output.line(try run?.json() ?? result.plan.json())
        } else {
            var obstacle: RepairFailure?
            if let run = result.run { obstacle = await engine.obstacleToUndo(of: run.id) }
            RepairText.lines(of: result, obstacle).forEach(Output.line)
        }
        try leave(result.exitStatus)
    }
}
