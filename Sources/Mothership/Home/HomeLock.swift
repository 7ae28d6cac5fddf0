// The exclusive lock of a home. A record lock of an open file (OFD) rather than flock, because it
// can be looked at without being taken: a probe that took the lock for a moment could make a
// starting Mothership fail. And a flock of the home itself: a file may be removed while its lock is
// held, and then a second Mothership would take a lock on another file of that name.

import Glibc
import Support
import Synchronization

/// Holds a home for one process, until ``release()`` or the end of the process.
public final class HomeLock: Sendable {
    // Linux numbers of F_OFD_GETLK and F_OFD_SETLK, which not every libc header shows to Swift.
    private static let testCommand: Int32 = 36
    private static let setCommand: Int32 = 37

    private let path: String
    private let held: Mutex<Held?>

    private struct Held {
        let folder: Int32
        var file: Int32
    }

    private init(_ path: String, _ held: Held) {
        self.path = path
        self.held = Mutex(held)
    }

    /// Takes the lock; nil when another process has it.
    ///
    /// - Parameter path: a file in the home.
    public static func take(_ path: String) throws(SystemFailure) -> HomeLock? {
        guard let folder = try takeFolder(PathName.parent(of: path)) else { return nil }
        do throws(SystemFailure) {
            if let file = try takeFile(path) {
                return HomeLock(path, Held(folder: folder, file: file))
            }
        } catch {
            giveFree(folder: folder)
            throw error
        }
        giveFree(folder: folder)
        return nil
    }

    /// Nil when another process has it.
    private static func takeFolder(_ path: String) throws(SystemFailure) -> Int32? {
        let descriptor = try retrying("open", path) {
            open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        }
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK {
            // A file system that locks no folders leaves the lock of the file.
            return descriptor
        }
        close(descriptor)
        return nil
    }

    /// Nil when another process has it.
    private static func takeFile(_ path: String) throws(SystemFailure) -> Int32? {
        let descriptor = try retrying("open", path) {
            open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0o600)
        }
        var request = wholeFile()
        if fcntl(descriptor, setCommand, &request) == 0 { return descriptor }
        let code = errno
        close(descriptor)
        if code == EAGAIN || code == EACCES { return nil }
        throw SystemFailure(operation: "lock", path: path, code: code)
    }

    /// True when a process holds the lock; nothing is taken or made.
    public static func isHeld(_ path: String) throws(SystemFailure) -> Bool {
        guard FileAccess.exists(path) else { return false }
        let descriptor = try retrying("open", path) {
            open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        }
        defer { close(descriptor) }
        var request = wholeFile()
        try retrying("lock", path) { fcntl(descriptor, testCommand, &request) }
        return request.l_type != Int16(F_UNLCK)
    }

    /// Locks the file anew where another one, or none, has its name: whoever looks sees the home taken.
    ///
    /// - Returns: whether that was so.
    /// - Throws: also where the home is another one by now, or another's.
    public func tend() throws(SystemFailure) -> Bool {
        try held.withLock { (held) throws(SystemFailure) -> Bool in
            let home = PathName.parent(of: path)
            guard let taken = held, FileAccess.exists(home) else { return false }
            let isOurs = Self.isAt(home, taken.folder)
            if isOurs, Self.isAt(path, taken.file) { return false }
            guard isOurs, let anew = try Self.takeFile(path) else {
                throw SystemFailure(operation: "lock", path: path, code: EBUSY)
            }
            held?.file = anew
            close(taken.file)
            return true
        }
    }

    private static func isAt(_ path: String, _ descriptor: Int32) -> Bool {
        var named = stat()
        var open = stat()
        return stat(path, &named) == 0 && fstat(descriptor, &open) == 0
            && named.st_dev == open.st_dev && named.st_ino == open.st_ino
    }

    /// Gives the home free before the process ends.
    public func release() {
        held.withLock { held in
            guard let taken = held else { return }
            held = nil
            // Said aloud: a child that was being started holds a copy of the descriptor until it runs
            // its own program, and closing ours alone would leave the lock with it.
            var request = Self.wholeFile()
            request.l_type = Int16(F_UNLCK)
            _ = fcntl(taken.file, Self.setCommand, &request)
            close(taken.file)
            Self.giveFree(folder: taken.folder)
        }
    }

    private static func giveFree(folder descriptor: Int32) {
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    private static func wholeFile() -> flock {
        var request = flock()
        request.l_type = Int16(F_WRLCK)
        request.l_whence = Int16(SEEK_SET)
        return request
    }
}
