// The exclusive lock of a home. A record lock of the open file (OFD) rather than flock, because it
// can be looked at without being taken: a probe that took the lock for a moment could make a
// starting Mothership fail.

import Glibc
import Support

/// Holds a home for one process, until ``release()`` or the end of the process.
public struct HomeLock: Sendable {
    // Linux numbers of F_OFD_GETLK and F_OFD_SETLK, which not every libc header shows to Swift.
    private static let testCommand: Int32 = 36
    private static let setCommand: Int32 = 37

    private let descriptor: Int32

    /// Takes the lock; nil when another process has it.
    public static func take(_ path: String) throws(SystemFailure) -> HomeLock? {
        let descriptor = try retrying("open", path) {
            open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        }
        var request = wholeFile()
        if fcntl(descriptor, setCommand, &request) == 0 { return HomeLock(descriptor: descriptor) }
        let code = errno
        close(descriptor)
        if code == EAGAIN || code == EACCES { return nil }
        throw SystemFailure(operation: "lock", path: path, code: code)
    }

    /// True when a process holds the lock; nothing is taken or made.
    public static func isHeld(_ path: String) throws(SystemFailure) -> Bool {
        guard FileAccess.exists(path) else { return false }
        let descriptor = try retrying("open", path) {
            open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC)
        }
        defer { close(descriptor) }
        var request = wholeFile()
        try retrying("lock", path) { fcntl(descriptor, testCommand, &request) }
        return request.l_type != Int16(F_UNLCK)
    }

    /// Gives the home free before the process ends.
    public func release() {
        // Said aloud: a child that was being started holds a copy of the descriptor until it runs
        // its own program, and closing ours alone would leave the lock with it.
        var request = Self.wholeFile()
        request.l_type = Int16(F_UNLCK)
        _ = fcntl(descriptor, Self.setCommand, &request)
        close(descriptor)
    }

    private static func wholeFile() -> flock {
        var request = flock()
        request.l_type = Int16(F_WRLCK)
        request.l_whence = Int16(SEEK_SET)
        return request
    }
}
