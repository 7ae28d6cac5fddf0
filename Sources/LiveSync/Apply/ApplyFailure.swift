// Why a change could not be put into a file.

import Glibc
import LiveProtocol
import Support

/// The reason that goes into the log with a failed apply.
public enum ApplyReason: Hashable, Sendable {
    /// This user may not change the file, or the folder it is in.
    case permission
    /// Another process holds a lock or a lease on the file.
    case locked
    case readOnlyMount
    /// The file or its folder carries the immutable flag.
    case immutable
    /// The disk is full, or the user's share of it.
    case noSpace
    /// Another error; the value of `errno`.
    case ioError(Int32)
    /// The file is not, or no longer, what the change was made against.
    case changedUnderneath
    /// The path may not be written.
    case pathRefused(PathRule)
    /// What was read back is not what was written.
    case notAsWritten

    /// The word for it in the log.
    public var word: String {
        switch self {
        case .permission: "permission"
        case .locked: "locked"
        case .readOnlyMount: "read_only_mount"
        case .immutable: "immutable"
        case .noSpace: "no_space"
        case .ioError(let code): "io_error:\(SystemFailure.name(of: code))"
        case .changedUnderneath: "changed_underneath"
        case .pathRefused(let rule): "path_refused:\(rule.rawValue)"
        case .notAsWritten: "not_as_written"
        }
    }
}

/// A change that was not made. The file is as it was.
public struct ApplyFailure: Failure, Equatable {
    /// Relative to the root.
    public let path: String
    public let why: ApplyReason

    public init(path: String, why: ApplyReason) {
        self.path = path
        self.why = why
    }

    public var subject: String { path }

    public var reason: String {
        switch why {
        case .permission: "this user may not change the file or its folder"
        case .locked: "another process holds a lock on the file"
        case .readOnlyMount: "the file system is mounted read-only"
        case .immutable: "the file or its folder is marked immutable"
        case .noSpace: "no space is left"
        case .ioError(let code): "\(SystemFailure.text(of: code)) (\(SystemFailure.name(of: code)))"
        case .changedUnderneath: "the file changed after the change was prepared"
        case .pathRefused(let rule): rule.meaning
        case .notAsWritten: "the file read back differs from what was written"
        }
    }

    public var nextStep: String {
        switch why {
        case .permission: "give yourself write permission (chmod u+w)"
        case .locked: "close the program that holds it"
        case .readOnlyMount: "remount it writable"
        case .immutable: "run chattr -i on it"
        case .noSpace: "free space on that file system"
        case .ioError: "check the disk; copy data off before anything else"
        case .changedUnderneath: "nothing to do: the change is tried again or becomes a conflict"
        case .pathRefused: "nothing to do: such a path is never written"
        case .notAsWritten: "check the disk; the change is tried again"
        }
    }

    /// The reason behind an error number of a call on a file in `folder`.
    static func reason(
        of code: Int32, in folder: borrowing FolderHandle, descriptor: Int32? = nil
    ) -> ApplyReason {
        switch code {
        case EACCES: .permission
        case EPERM:
            FileFlags.isImmutable(folder.descriptor)
                || descriptor.map(FileFlags.isImmutable) == true
                ? .immutable : .permission
        case EROFS: .readOnlyMount
        case ENOSPC, EDQUOT: .noSpace
        case EAGAIN, ETXTBSY: .locked
        case ELOOP: .pathRefused(.symlink)
        case ENOENT: .changedUnderneath
        case ENOTDIR: .pathRefused(.parentNotFolder)
        case ENAMETOOLONG: .pathRefused(.tooLong)
        default: .ioError(code)
        }
    }
}
