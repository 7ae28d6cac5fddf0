// Why a probe has no answer.
//
// A failed check is a result; this is the other thing: we could not look. It is a closed set and
// becomes `unknown`, `skipped`, a timeout or a crash in the report, never an OK.

import Glibc
import Support

/// Why a probe saw nothing.
public enum ProbeFailure: Failure, Hashable, Codable {
    /// The source is there and cannot be read.
    case unreadable(subject: String, reason: String, nextStep: String)
    /// The source is not there at all.
    case absent(subject: String, nextStep: String)
    /// The source exists and does not answer now.
    case unavailable(subject: String, reason: String, nextStep: String)
    /// What the probe needs is another check's to report: the bucket that has it.
    case waits(for: Bucket, subject: String, reason: String, nextStep: String)
    /// The probe noticed that its deadline had passed.
    case timedOut(after: Duration)
    /// The probe itself broke: a case it does not know, or a child process that died.
    case crashed(subject: String, reason: String)
    /// A program that the probe ran did not end on SIGKILL.
    case childUnkillable(subject: String, pid: Int32)

    /// A failed call on a file: `ENOENT` is absence, all else is unreadable.
    public init(_ failure: SystemFailure) {
        self =
            failure.code == ENOENT
            ? .absent(subject: failure.path, nextStep: failure.nextStep)
            : .unreadable(
                subject: failure.path, reason: failure.reason, nextStep: failure.nextStep)
    }

    public var subject: String {
        switch self {
        case .unreadable(let subject, _, _), .absent(let subject, _),
            .unavailable(let subject, _, _), .waits(_, let subject, _, _),
            .crashed(let subject, _),
            .childUnkillable(let subject, _):
            subject
        case .timedOut: "probe"
        }
    }

    public var reason: String {
        switch self {
        case .unreadable(_, let reason, _), .unavailable(_, let reason, _),
            .waits(_, _, let reason, _), .crashed(_, let reason):
            reason
        case .absent: "not there"
        case .childUnkillable(_, let pid): "process \(pid) did not end on SIGKILL"
        case .timedOut(let allowance): "no answer in \(allowance.brief)"
        }
    }

    public var nextStep: String {
        switch self {
        case .unreadable(_, _, let nextStep), .absent(_, let nextStep),
            .unavailable(_, _, let nextStep), .waits(_, _, _, let nextStep):
            nextStep
        case .timedOut: "run it again with a longer timeout"
        case .childUnkillable: DoctorFinding.childUnkillable.nextStep
        case .crashed: "report it with the JSON report attached"
        }
    }

    public var exitStatus: ExitStatus { .undetermined }
}

/// Runs system calls in a probe: their failure becomes the probe's.
///
/// Example: `let bytes = try probing { try FileAccess.read(path) }`
public func probing<Value>(
    _ body: () throws(SystemFailure) -> Value
) throws(ProbeFailure) -> Value {
    do throws(SystemFailure) { return try body() } catch { throw ProbeFailure(error) }
}
