// A run as its journal tells it: which step got how far.

import Support

/// One run, folded from its journal.
public struct RunRecord: Sendable {
    /// How far a step got.
    public enum Progress: String, Codable, Sendable {
        /// Not begun.
        case waiting
        /// Its intent is on disk, nothing has changed but what was moved aside.
        case intended
        /// It may have run, or half of it.
        case started
        case done, satisfied, undone
        /// It left nothing that could be taken back.
        case kept
    }

    /// A planned step and how far it got.
    public struct Step: Sendable {
        public let planned: PlannedStep
        public fileprivate(set) var progress = Progress.waiting
        public fileprivate(set) var preserved: [Preserved] = []
        public fileprivate(set) var marks: [Mark] = []
        /// When it was about to change something.
        public fileprivate(set) var started: Timestamp?
        public fileprivate(set) var failure: String?

        /// False for a step that leaves nothing durable behind.
        public var canBeTakenBack: Bool { planned.undo != .none }
    }

    /// Whether anything of it was, or could be, taken back.
    public var canBeTakenBack: Bool { steps.contains(where: \.canBeTakenBack) }

    public let id: RunID
    public let plan: Plan
    public let begun: Timestamp
    /// The process that wrote last.
    public private(set) var process: ProcessIdentity
    public let command: String
    public let epoch: UInt64
    public private(set) var steps: [Step]
    public private(set) var verdict: RepairVerdict?
    /// Nil while it runs, and after a crash.
    public private(set) var outcome: RunOutcome?
    public private(set) var ended: Timestamp?
    /// Steps somebody asked to take back, while that is under way.
    public private(set) var undoing: [Int] = []

    /// Nil when the journal has no first line: the crash came before anything was intended.
    init?(_ id: RunID, _ entries: [JournalEntry]) {
        guard let first = entries.first,
            case .begun(let plan, let process, let command, let epoch) = first.event
        else { return nil }
        self.id = id
        self.plan = plan
        begun = first.at.timestamp
        self.process = process
        self.command = command
        self.epoch = epoch
        steps = plan.steps.map { Step(planned: $0) }
        for entry in entries.dropFirst() { fold(entry) }
    }

    public var isSealed: Bool { outcome != nil }

    /// Cut off: not at its end, and nobody works on it.
    public var isInterrupted: Bool { !isSealed && !process.isAlive }

    /// Steps that changed something which is still so, last first.
    var standing: [Step] {
        steps.filter { $0.progress == .done || $0.progress == .kept }.reversed()
    }

    /// Whether something of it stands now that an undo would take back.
    var hasSomethingToTakeBack: Bool {
        steps.contains { $0.progress == .done && $0.canBeTakenBack }
    }

    /// The step that was under way when the journal ends.
    var inFlight: Step? {
        steps.first { $0.progress == .intended || $0.progress == .started }
    }

    private mutating func fold(_ entry: JournalEntry) {
        switch entry.event {
        case .begun, .predicted: break
        case .intended(let step, _, let touched):
            change(step) {
                $0.progress = .intended
                $0.preserved = touched
            }
        case .preserved(let step):
            change(step) {
                $0.progress = .started
                $0.started = entry.at.timestamp
            }
        case .done(let step, let marks):
            change(step) {
                $0.progress = .done
                $0.marks = marks
            }
        case .satisfied(let step): change(step) { $0.progress = .satisfied }
        case .failed(let step, let subject, let reason):
            change(step) { $0.failure = "\(subject): \(reason)" }
        case .undone(let step): change(step) { $0.progress = .undone }
        case .kept(let step): change(step) { $0.progress = .kept }
        case .verified(let verdict): self.verdict = verdict
        case .resumed(let process): self.process = process
        case .undoBegun(let steps, let process):
            undoing = steps
            self.process = process
            outcome = nil
        case .sealed(let outcome):
            self.outcome = outcome
            ended = entry.at.timestamp
            undoing = []
        }
    }

    private mutating func change(_ number: Int, _ change: (inout Step) -> Void) {
        guard let index = steps.firstIndex(where: { $0.planned.number == number }) else { return }
        change(&steps[index])
    }
}

/// The journals of a system, for whoever only reads.
public struct RunHistory: Sendable {
    private let folder: JournalFolder

    /// - Parameter quarantine: where the runs keep what they replace. With it, a journal that was emptied
    ///   since is broken rather than one that had not begun.
    public init(folder: String, quarantine: String? = nil) {
        self.folder = JournalFolder(path: folder, quarantine: quarantine)
    }

    /// One run.
    public func run(_ id: RunID) throws(RepairFailure) -> RunRecord {
        guard let record = RunRecord(id, try folder.read(id)) else {
            throw .unknownRun(id.rawValue)
        }
        return record
    }

    /// Every run, oldest first, each with its record or the reason why it has none. A journal
    /// without a first line had not begun and is left out.
    public func all() throws(RepairFailure) -> [(id: RunID, run: Result<RunRecord, RepairFailure>)]
    {
        let ids = try repairing { () throws(SystemFailure) in try folder.runs() }
        var all: [(id: RunID, run: Result<RunRecord, RepairFailure>)] = []
        for id in ids {
            do throws(RepairFailure) {
                if let record = RunRecord(id, try folder.read(id)) {
                    all.append((id, .success(record)))
                }
            } catch { all.append((id, .failure(error))) }
        }
        return all
    }

    /// A run that a crash cut off, and that nobody has brought to its end; nil when there is none.
    public func cutOff() throws(RepairFailure) -> RunID? {
        try sound().first(where: \.isInterrupted)?.id
    }

    /// The runs whose journal is sound.
    public func sound() throws(RepairFailure) -> [RunRecord] {
        try all().compactMap { entry in
            if case .success(let run) = entry.run { run } else { nil }
        }
    }
}
