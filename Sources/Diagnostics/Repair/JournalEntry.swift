// One line of a journal: what a repair is about to do, or has done.
//
// A line names the digest of the line before it, so that a changed, missing or exchanged line is
// noticed. An intent is on disk before its deed; that is all a crash needs to be understood.

import Support

/// One line of a journal.
public struct JournalEntry: Codable, Hashable, Sendable {
    public static let schema = "aura.journal"
    public static let schemaVersion = 1

    public let schema: String
    public let schemaVersion: Int
    public let run: RunID
    /// From 1, without gaps.
    public let sequence: Int
    /// SHA-256 of the line before, without its newline; of the run's name for the first.
    public let previous: ContentDigest
    public let at: UTCTime
    public let event: JournalEvent

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case schema
        case schemaVersion = "schema_version"
        case run, sequence, previous, at, event
    }

    static var fieldOrder: [String] { CodingKeys.allCases.map(\.rawValue) }
}

/// What a line says.
public enum JournalEvent: Codable, Hashable, Sendable {
    /// The run begins: all of its plan, and who runs it.
    case begun(plan: Plan, process: ProcessIdentity, command: String, epoch: UInt64)
    /// The plan ran on a copy: these codes are left in the buckets that it could judge.
    case predicted(codes: [String], buckets: [Bucket])
    /// A step is about to run; this is what it will change, as it is now.
    case intended(step: Int, title: String, touched: [Preserved])
    /// What the step changes is in quarantine; from here on it may run.
    case preserved(step: Int)
    /// The step ran, and this is what it made of what it touched.
    case done(step: Int, marks: [Mark])
    /// What the step is for holds already; it did not run.
    case satisfied(step: Int)
    /// The step did not do its work.
    case failed(step: Int, subject: String, reason: String)
    /// The step is taken back: everything it touched is as before.
    case undone(step: Int)
    /// Nothing of the step can be taken back.
    case kept(step: Int)
    /// The second examination, by another process.
    case verified(verdict: RepairVerdict)
    /// A later process took an interrupted run over.
    case resumed(process: ProcessIdentity)
    /// Somebody asked for these steps to be taken back.
    case undoBegun(steps: [Int], process: ProcessIdentity)
    /// The end, until somebody asks for an undo.
    case sealed(outcome: RunOutcome)

    private enum CodingKeys: String, CodingKey {
        case begun, predicted, intended, preserved, done, satisfied, failed, undone, kept, verified,
            resumed
        case undoBegun = "undo_begun"
        case sealed
    }
}

/// How a run ended.
public enum RunOutcome: String, Codable, CaseIterable, Sendable {
    /// The second examination found everything healthy that was to be repaired.
    case repaired
    /// Some of it was repaired; the rest was taken back.
    case partly
    /// Nothing was repaired, and all of it was taken back.
    case rolledBack = "rolled-back"
    /// Stopped by a signal, and taken back.
    case interrupted
    /// A later process took back what a crash had left.
    case recovered
    /// Taken back on request.
    case undone
    /// Taken back in part: on request, or because a step could not be taken back.
    case undonePartly = "undone-partly"

    public var exitStatus: ExitStatus {
        switch self {
        case .repaired, .undone, .recovered: .success
        case .partly, .undonePartly: .partlyRepaired
        case .rolledBack: .rolledBack
        case .interrupted: .interrupted
        }
    }

    /// For people: past tense, after "it".
    public var words: String {
        switch self {
        case .repaired: "was repaired, and a second examination confirmed it"
        case .partly: "was repaired in part; the rest was taken back"
        case .rolledBack: "was not repaired; everything was taken back"
        case .interrupted: "was interrupted; everything was taken back"
        case .recovered: "was cut off; what it had begun was taken back"
        case .undone: "was taken back"
        case .undonePartly: "was taken back in part"
        }
    }
}
