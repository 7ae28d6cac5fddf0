// Why a repair did not begin, or could not be taken back. A closed set: each case has its exit
// code, and those that a person looks up have a code with a page.

import Support

/// Why the engine refused, or could not go on.
public enum RepairFailure: Failure, Equatable {
    /// What the plan was made for is no longer so, or the plan is too old.
    case planStale(reason: String)
    /// Another repair holds the lock.
    case lockBusy(lock: String, holder: String)
    /// What is to be put back was changed since. `kept` is where the bytes of before lie, when there
    /// were any.
    case undoRefused(run: RunID, step: Int, path: String, reason: String, kept: String?)
    /// What a step did lies where no undo reaches, as with the others.
    case beyondUndo(run: RunID, step: Int, title: String, consequence: String)
    /// A journal whose chain does not hold proves nothing.
    case journalBroken(run: RunID, line: Int, reason: String)
    case unknownRun(String)
    /// A plan, journal or step that cannot be read.
    case unreadable(subject: String, reason: String)
    case system(SystemFailure)
    /// The repair does not work on a copy; the real state is untouched.
    case rehearsalFailed(title: String, reason: String)
    /// A step gave no end within its time and was abandoned; its run is left as a crash leaves one.
    case stepHangs(title: String, limit: Duration)
    /// The second examination could not be had.
    case unverified(reason: String, nextStep: String)

    /// The kind with a page about this, where there is one.
    public var kind: DoctorFinding? {
        switch self {
        case .planStale: .planStale
        case .lockBusy: .lockBusy
        case .undoRefused, .beyondUndo: .undoRefused
        case .journalBroken: .journalBroken
        case .unverified, .rehearsalFailed: .verifyFailed
        case .stepHangs: .interruptedRun
        case .unknownRun, .unreadable, .system: nil
        }
    }

    public var subject: String {
        switch self {
        case .planStale: "plan"
        case .lockBusy(let lock, _): lock
        case .undoRefused(let run, let step, _, _, _): "run \(run), step \(step)"
        case .beyondUndo(let run, let step, let title, _): "run \(run), step \(step), \(title)"
        case .journalBroken(let run, let line, _): "journal of run \(run), line \(line)"
        case .unknownRun(let text): "run \(text)"
        case .unreadable(let subject, _): subject
        case .system(let failure): failure.subject
        case .unverified: "second examination"
        case .rehearsalFailed(let title, _), .stepHangs(let title, _): title
        }
    }

    /// The reason, with the code a person can look up.
    public var reason: String { words + (kind.map { " (\($0.code))" } ?? "") }

    private var words: String {
        switch self {
        case .planStale(let reason), .unreadable(_, let reason), .unverified(let reason, _),
            .journalBroken(_, _, let reason), .rehearsalFailed(_, let reason):
            reason
        case .lockBusy(_, let holder): "a repair is running: \(holder)"
        case .undoRefused(_, _, let path, let reason, _): "\(path) \(reason)"
        case .beyondUndo(_, _, _, let consequence): "has no undo: \(consequence)"
        case .unknownRun: "no journal of that run"
        case .stepHangs(_, let limit): "gave no end in \(limit.brief) and was abandoned"
        case .system(let failure): failure.reason
        }
    }

    public var nextStep: String {
        switch self {
        case .planStale: "make a new plan"
        case .lockBusy: "wait until it has ended"
        case .undoRefused(_, _, let path, _, let kept?):
            "get what was there with cp -a \(Printable.quoted(kept)) "
                + "\(Printable.quoted(path + ".before")), compare, decide by hand"
        case .undoRefused(_, _, let path, _, nil): "look at \(path) and decide by hand"
        case .beyondUndo: "look at what there is now and decide by hand"
        case .journalBroken: "keep the file as evidence, move it aside, and examine again"
        case .unknownRun: "list the runs"
        case .unreadable: "make it again with this release"
        case .system(let failure): failure.nextStep
        case .unverified(_, let nextStep): nextStep
        case .stepHangs: "run the repair again, it first brings this run to its end"
        case .rehearsalFailed: "nothing was changed; report it with the plan attached"
        }
    }

    public var exitStatus: ExitStatus {
        switch self {
        case .planStale, .journalBroken: .refused
        case .rehearsalFailed: .rolledBack
        case .stepHangs: .partlyRepaired
        case .lockBusy: .busy
        case .undoRefused, .beyondUndo: .undoRefused
        case .unknownRun: .usage
        case .unreadable: .inputOutput
        case .system(let failure): failure.exitStatus
        case .unverified: .undetermined
        }
    }
}

/// Runs system calls in the engine: their failure becomes the engine's.
func repairing<Value>(
    _ body: () throws(SystemFailure) -> Value
) throws(RepairFailure) -> Value {
    do throws(SystemFailure) { return try body() } catch { throw .system(error) }
}
