// System calls with errors that name the operation and the file.

import Glibc

/// A system call that failed.
public struct SystemFailure: Failure, Equatable {
    public let operation: String
    public let path: String
    /// The value of `errno`.
    public let code: Int32

    public init(operation: String, path: String, code: Int32 = errno) {
        self.operation = operation
        self.path = path
        self.code = code
    }

    public var subject: String { path }
    public var reason: String {
        "\(operation) failed: \(Self.text(of: code)) (\(Self.name(of: code)))"
    }

    public var nextStep: String {
        switch code {
        case ENOENT: "check that the path exists"
        case EISDIR: "see why a folder lies where a file belongs"
        case EACCES, EPERM: "check owner and permissions"
        case ENOSPC, EDQUOT: "free space on that file system"
        case EROFS: "remount it writable"
        case EIO: "check the disk; copy data off before anything else"
        case EMFILE, ENFILE: "raise the limit of open files (ulimit -n)"
        case ECONNREFUSED: "check that the process behind it runs"
        default: "see the error number for the cause"
        }
    }

    public var exitStatus: ExitStatus {
        switch operation {
        case "create", "mkdir": .cannotCreate
        default: .inputOutput
        }
    }

    /// The message of the C library for an error number.
    public static func text(of code: Int32) -> String { String(cString: strerror(code)) }

    /// The symbolic name of the error numbers this program reports by name, else `errno N`.
    public static func name(of code: Int32) -> String {
        let names: [Int32: String] = [
            EPERM: "EPERM", ENOENT: "ENOENT", EIO: "EIO", EACCES: "EACCES", EEXIST: "EEXIST",
            ENOTDIR: "ENOTDIR", EISDIR: "EISDIR", EINVAL: "EINVAL", EMFILE: "EMFILE",
            ENFILE: "ENFILE", ENOSPC: "ENOSPC", EROFS: "EROFS", ELOOP: "ELOOP",
            ENOTEMPTY: "ENOTEMPTY", EDQUOT: "EDQUOT", ETXTBSY: "ETXTBSY", EXDEV: "EXDEV",
            EFBIG: "EFBIG", ENAMETOOLONG: "ENAMETOOLONG", ECONNREFUSED: "ECONNREFUSED",
            EADDRINUSE: "EADDRINUSE", EAGAIN: "EAGAIN", EBUSY: "EBUSY", ETIMEDOUT: "ETIMEDOUT",
            ENETUNREACH: "ENETUNREACH", EHOSTUNREACH: "EHOSTUNREACH", ECONNRESET: "ECONNRESET",
        ]
        return names[code] ?? "errno \(code)"
    }
}

/// Runs a call again while it is interrupted; throws its error otherwise.
///
/// Example: `let count = try retrying("read", path) { read(descriptor, buffer, size) }`
@discardableResult
public func retrying<Value: SignedInteger>(
    _ operation: String, _ path: String, _ call: () -> Value
) throws(SystemFailure) -> Value {
    while true {
        let value = call()
        if value >= 0 { return value }
        guard errno == EINTR else { throw SystemFailure(operation: operation, path: path) }
    }
}
