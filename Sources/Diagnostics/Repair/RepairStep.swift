// What a repair is made of: small changes described as data.
//
// A plan that is data can be printed before it runs, compared, written to a journal, and walked
// backwards. A step is planned from a snapshot that is already old when it runs; that is why it
// states what must hold (`require`) and what must have come of it (`ensure`).

import Support

/// One reversible change to the examined system.
public protocol RepairStep<System>: Codable, Hashable, Sendable {
    associatedtype System: Sendable

    /// Imperative: `move segment-000004.log aside`.
    var title: String { get }
    /// The step that takes this one back where no bytes are put back: the start of what was
    /// stopped. Nil for a step whose files (``touches(in:)``) say it all, and for one that leaves
    /// nothing durable behind.
    var undo: Self? { get }
    /// What becomes of it beyond the files it touches, where no undo reaches: `everybody gets it`.
    /// Default nothing.
    var consequence: String? { get }
    /// What the step gives up, known before it runs. Default nothing.
    var loss: Loss { get }
    /// How long it usually takes at most; a budget of time counts with it. Default 1 s.
    var expected: Duration { get }
    /// What it works on, by which the repairs of a plan are put in order. Default what lies there.
    var turn: RepairTurn { get }
    /// Every path whose bytes the step changes, creates or removes, on this system. The runner
    /// keeps what was there before, and puts exactly that back. Default none.
    func touches(in system: System) -> [Touch]

    /// Throws when what the step was planned for is no longer so.
    func require(of system: System) async throws(StepFailure)
    /// Makes the change. Running it twice is running it once.
    func perform(on system: System) async throws(StepFailure)
    /// Throws when the change did not come about.
    func ensure(of system: System) async throws(StepFailure)
}

extension RepairStep {
    public var undo: Self? { nil }
    public var consequence: String? { nil }
    public var loss: Loss { .none }
    public var expected: Duration { .seconds(1) }
    public var turn: RepairTurn { .state }
    public func touches(in system: System) -> [Touch] { [] }
}

/// What a step works on. Whoever is started reads what lies there, and a client looks for its server;
/// so each comes after what it needs.
public enum RepairTurn: Int, Comparable, Sendable {
    /// What lies there.
    case state
    /// A process that others need.
    case server
    /// A process that needs another one, or what such a process is asked for.
    case client

    public static func < (left: RepairTurn, right: RepairTurn) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// A path that a step changes.
public struct Touch: Codable, Hashable, Sendable {
    /// How the runner keeps what is there.
    public enum Manner: String, Codable, CaseIterable, Sendable {
        /// A copy is kept; the step works on the original.
        case changes
        /// The original itself is moved into quarantine before the step runs.
        case replaces
    }

    /// Absolute. A file, a link, a folder with all beneath it, or nothing yet.
    public let path: String
    public let manner: Manner
    /// True when a plan is bound to the bytes that are there. False for a file that a live process
    /// goes on writing; the finding then names the place in it.
    public let isBound: Bool

    public init(_ manner: Manner, _ path: String, isBound: Bool = true) {
        self.path = path
        self.manner = manner
        self.isBound = isBound
    }

    private enum CodingKeys: String, CodingKey {
        case path, manner
        case isBound = "bound"
    }
}

/// What a repair gives up.
public struct Loss: Codable, Hashable, Sendable {
    public let records: Int
    /// What is lost, by name, as far as it has names.
    public let names: [String]
    /// More is lost than the records that are counted; nil in what older releases wrote.
    private let hasMore: Bool?

    public init(records: Int, names: [String] = [], hasMore: Bool = false) {
        self.records = records
        self.names = names
        self.hasMore = hasMore ? true : nil
    }

    public static let none = Loss(records: 0)

    public var isNone: Bool { records == 0 && names.isEmpty }
    /// True when something is lost and nobody can say how much.
    public var isUncounted: Bool { hasMore == true || records == 0 && !names.isEmpty }
    /// `3 records`.
    public var words: String {
        let counted = "\(records) record\(records == 1 ? "" : "s")"
        guard isUncounted else { return counted }
        return records == 0 ? "an unknown number of records" : "at least \(counted)"
    }

    public static func + (left: Loss, right: Loss) -> Loss {
        let (sum, isTooMany) = left.records.addingReportingOverflow(right.records)
        return Loss(
            records: isTooMany ? .max : sum, names: left.names + right.names,
            hasMore: left.isUncounted || right.isUncounted)
    }
}

/// Why a step did not do its work.
public enum StepFailure: Failure, Hashable, Codable {
    /// What the step needs does not hold (any more); nothing was changed.
    case preconditionGone(subject: String, reason: String)
    /// The change was begun and failed.
    case notPerformed(subject: String, reason: String, nextStep: String)
    /// The change ran through and its effect is not there.
    case withoutEffect(subject: String, reason: String)
    /// It gave no end within its time. What it did so far is not known, and it may do more.
    case hangs(title: String, limit: Duration)

    /// A failed system call, seen from within `perform`.
    public init(_ failure: some Failure) {
        self = .notPerformed(
            subject: failure.subject, reason: failure.reason, nextStep: failure.nextStep)
    }

    public var subject: String {
        switch self {
        case .preconditionGone(let subject, _), .notPerformed(let subject, _, _),
            .withoutEffect(let subject, _), .hangs(let subject, _):
            subject
        }
    }

    public var reason: String {
        switch self {
        case .preconditionGone(_, let reason), .notPerformed(_, let reason, _),
            .withoutEffect(_, let reason):
            reason
        case .hangs(_, let limit): "gave no end in \(limit.brief) and was abandoned"
        }
    }

    public var nextStep: String {
        switch self {
        case .preconditionGone: "examine again and make a new plan"
        case .notPerformed(_, _, let nextStep): nextStep
        case .withoutEffect: "examine again; the step is taken back"
        case .hangs: "see what it waits for, then repair again"
        }
    }

    public var exitStatus: ExitStatus {
        switch self {
        case .preconditionGone: .refused
        case .notPerformed, .hangs: .partlyRepaired
        case .withoutEffect: .rolledBack
        }
    }
}

/// The step of a check that repairs nothing. It has no values, so none of it can run.
public enum NoStep<System: Sendable>: RepairStep {
    public init(from decoder: any Decoder) throws {
        throw DecodingError.dataCorrupted(
            .init(codingPath: decoder.codingPath, debugDescription: "this check has no steps"))
    }

    public func encode(to encoder: any Encoder) throws { switch self {} }
    public var title: String { switch self {} }
    public var undo: Self? { switch self {} }
    public func require(of system: System) async throws(StepFailure) { switch self {} }
    public func perform(on system: System) async throws(StepFailure) { switch self {} }
    public func ensure(of system: System) async throws(StepFailure) { switch self {} }
}
