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
    /// The step that takes this one back; nil when it changes no durable state.
    var undo: Self? { get }

    /// Throws when what the step was planned for is no longer so.
    func require(of system: System) async throws(StepFailure)
    /// Makes the change. Running it twice is running it once.
    func perform(on system: System) async throws(StepFailure)
    /// Throws when the change did not come about.
    func ensure(of system: System) async throws(StepFailure)
}

/// Why a step did not do its work.
public enum StepFailure: Failure, Hashable, Codable {
    /// What the step needs does not hold (any more); nothing was changed.
    case preconditionGone(subject: String, reason: String)
    /// The change was begun and failed.
    case notPerformed(subject: String, reason: String, nextStep: String)
    /// The change ran through and its effect is not there.
    case withoutEffect(subject: String, reason: String)

    /// A failed system call, seen from within `perform`.
    public init(_ failure: some Failure) {
        self = .notPerformed(
            subject: failure.subject, reason: failure.reason, nextStep: failure.nextStep)
    }

    public var subject: String {
        switch self {
        case .preconditionGone(let subject, _), .notPerformed(let subject, _, _),
            .withoutEffect(let subject, _):
            subject
        }
    }

    public var reason: String {
        switch self {
        case .preconditionGone(_, let reason), .notPerformed(_, let reason, _),
            .withoutEffect(_, let reason):
            reason
        }
    }

    public var nextStep: String {
        switch self {
        case .preconditionGone: "examine again and make a new plan"
        case .notPerformed(_, _, let nextStep): nextStep
        case .withoutEffect: "examine again; the step is taken back"
        }
    }

    public var exitStatus: ExitStatus {
        switch self {
        case .preconditionGone: .refused
        case .notPerformed: .partlyRepaired
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
