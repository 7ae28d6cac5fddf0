// Errors for people.
//
// Every error that can reach a user names what it is about, what is wrong with it and what to do
// next, so that the command line can print the three without knowing the error's type.

/// An error that carries its subject, the reason, and the next step for the person who reads it.
public protocol Failure: Error, Sendable, CustomStringConvertible {
    /// The thing that is wrong: a path, a key, an address, a flag.
    var subject: String { get }
    /// What is wrong with it, one lower-case clause with the offending value.
    var reason: String { get }
    /// What the reader can do about it, an imperative clause.
    var nextStep: String { get }
    /// The process exit code this error maps to. See ``ExitStatus``.
    var exitStatus: ExitStatus { get }
}

extension Failure {
    public var description: String { "\(subject): \(reason); \(nextStep)" }
    public var exitStatus: ExitStatus { .inputOutput }
}

/// Exit codes of every `aura` command, the same for every output format.
///
/// Source: the contract of the command line; 64 to 74 follow `sysexits.h`.
public enum ExitStatus: Int32, Sendable, Codable {
    case success = 0
    /// Findings at or above `--fail-on`, or the command's own negative answer.
    case findings = 1
    /// Nothing reached `--fail-on`, but something could not be determined.
    case undetermined = 2
    case partlyRepaired = 3
    case rolledBack = 4
    case refused = 5
    case busy = 6
    case undoRefused = 7
    case redactionFailed = 8
    case usage = 64
    case noWorkspace = 66
    case cannotCreate = 73
    case inputOutput = 74
    case interrupted = 130
    case terminated = 143
}

/// A failure made of its three parts, for places that need no type of their own.
public struct PlainFailure: Failure, Equatable {
    public let subject: String
    public let reason: String
    public let nextStep: String
    public let exitStatus: ExitStatus

    public init(
        _ subject: String, _ reason: String, nextStep: String,
        exitStatus: ExitStatus = .inputOutput
    ) {
        self.subject = subject
        self.reason = reason
        self.nextStep = nextStep
        self.exitStatus = exitStatus
    }
}
