// Why the log could not do what it was asked. Damage is not among these: it is a verdict.

import Glibc
import Support

/// Why a log was not opened, or did not take what was asked of it.
public enum LogFailure: Failure, Equatable {
    /// Another process, or another part of this one, has the log open for writing.
    case locked(folder: String, holder: String)
    /// A segment was written by a newer major version.
    case tooNew(file: String, major: UInt16)
    /// A newer release wrote a record of this type, and did not say that it may be passed over.
    case unknownRecord(file: String, type: UInt16, detail: String)
    case system(SystemFailure)
    /// No room for the next segment; what was asked was not written.
    case diskFull(folder: String)
    /// An earlier error of the disk could not be overcome; nothing is written any more.
    case readOnly(folder: String, cause: String)
    case closed(folder: String)
    /// The payload is over the format's 16 MiB.
    case recordTooLarge(bytes: Int)
    case notFound(LSN)
    /// The record was there and cannot be read any more.
    case lost(LSN)
    /// The file system cannot keep the promises of the log.
    case refusedPlace(folder: String, fileSystem: String)
    case notALog(folder: String)
    /// A symbolic link stands where the folder of the log belongs.
    case link(folder: String)
    /// Nothing lies below a complete checkpoint.
    case noCheckpoint(below: LSN)
    case malformed(subject: String, detail: String)

    public var subject: String {
        switch self {
        case .locked(let folder, _), .diskFull(let folder), .readOnly(let folder, _),
            .closed(let folder), .refusedPlace(let folder, _), .notALog(let folder),
            .link(let folder):
            folder
        case .tooNew(let file, _), .unknownRecord(let file, _, _): file
        case .system(let failure): failure.subject
        case .recordTooLarge: "record"
        case .notFound(let lsn), .lost(let lsn), .noCheckpoint(let lsn): "record \(lsn)"
        case .malformed(let subject, _): subject
        }
    }

    public var reason: String {
        switch self {
        case .locked(_, let holder): "the log is open for writing elsewhere (\(holder))"
        case .tooNew(_, let major):
            "format \(major) is newer than this build's \(SegmentHeader.formatMajor)"
        case .unknownRecord(_, _, let detail): "\(detail): a newer release of aura wrote it"
        case .system(let failure): failure.reason
        case .diskFull: "no space for the next segment"
        case .readOnly(_, let cause): "the log is read-only after an error of the disk: \(cause)"
        case .closed: "the log is closed"
        case .recordTooLarge(let bytes):
            "\(bytes) bytes are over the limit of \(FrameSize.payloadMax)"
        case .notFound: "no such record in the log"
        case .lost: "the record is damaged and cannot be read"
        case .refusedPlace(_, let name): "locks and syncs do not hold on \(name)"
        case .notALog: "no write-ahead log here"
        case .link: "is a symbolic link, and the log is never opened through one"
        case .noCheckpoint: "no complete checkpoint lies behind it"
        case .malformed(_, let detail): detail
        }
    }

    public var nextStep: String {
        switch self {
        case .locked: "stop that process, or ask it"
        case .tooNew: "use the newer build"
        case .unknownRecord: "upgrade to the release that wrote it, or a later one"
        case .system(let failure): failure.nextStep
        case .diskFull: "free space on that file system"
        case .readOnly: "check the disk, then restart"
        case .closed: "open it again"
        case .recordTooLarge: "split it"
        case .notFound: "ask for a position between first and last"
        case .lost: "run recovery; it lists what else is known of it"
        case .refusedPlace: "move the log to a local disk"
        case .notALog: "check the path"
        case .link: "put the folder itself in the place of the link"
        case .noCheckpoint: "append a checkpoint first"
        case .malformed: "keep the file and report this"
        }
    }

    public var exitStatus: ExitStatus {
        switch self {
        case .locked: .busy
        case .system(let failure): failure.exitStatus
        case .refusedPlace, .noCheckpoint, .tooNew, .unknownRecord, .link: .refused
        case .notALog: .noWorkspace
        default: .inputOutput
        }
    }

    /// Whether waiting for space can help.
    var isDiskFull: Bool {
        switch self {
        case .diskFull: true
        case .system(let failure): failure.code == ENOSPC || failure.code == EDQUOT
        default: false
        }
    }
}

/// Runs a piece of work whose only failures are system calls.
@discardableResult
func wrapping<Value>(_ work: () throws(SystemFailure) -> Value) throws(LogFailure) -> Value {
    do throws(SystemFailure) { return try work() } catch { throw .system(error) }
}
