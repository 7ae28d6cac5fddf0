// What a file carries beside its bytes, and has to keep when it is replaced.

import CLinux
import Glibc
import Support

/// The inode flags of ext4, XFS and Btrfs.
enum FileFlags {
    /// True when the file may be neither changed nor replaced; false where there are no flags.
    static func isImmutable(_ descriptor: Int32) -> Bool {
        var flags: Int32 = 0
        return aura_inode_flags(descriptor, &flags) == 0 && aura_flags_forbid_change(flags) != 0
    }
}

/// Locks of other processes on a file.
enum FileLocks {
    /// F_OFD_GETLK, linux/fcntl.h; the macro needs _GNU_SOURCE and is not imported.
    private static let ofdGetLock: Int32 = 36

    /// True when another process holds a `flock` or a record lock, or takes one now: the
    /// exclusive lock is kept until `descriptor` is closed.
    static func isHeldElsewhere(_ descriptor: Int32) -> Bool {
        if flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK { return true }
        var lock = Glibc.flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        return fcntl(descriptor, ofdGetLock, &lock) == 0 && lock.l_type != Int16(F_UNLCK)
    }

    /// F_SETLEASE and F_SETSIG, linux/fcntl.h.
    private static let setLease: Int32 = 1024
    private static let setSignal: Int32 = 10
    /// Who has a file open and writes nothing for this long is not saving it.
    private static let writerPatience = Duration.seconds(2)

    /// True while a program is in the middle of writing the file: it has it open for writing, and
    /// wrote just now. What it writes next is in no copy of the file, and goes to this file
    /// whatever name it has by then.
    ///
    /// Asked by a read lease, which a file gets that nobody has open for writing. Where there are
    /// none (another user's file, some network file systems) nobody can say: then it is free.
    ///
    /// - Parameter descriptor: open for reading only.
    static func isBeingWritten(
        _ descriptor: Int32, _ stamp: FileStamp, now: Timestamp
    ) -> Bool {
        let written = Timestamp(rawValue: stamp.modified / 1_000_000)
        guard now.since(written) < writerPatience else { return false }
        // Who opens it meanwhile breaks the lease with a signal; this one does nothing.
        _ = fcntl(descriptor, setSignal, SIGWINCH)
        guard fcntl(descriptor, setLease, F_RDLCK) == 0 else { return errno == EAGAIN }
        _ = fcntl(descriptor, setLease, F_UNLCK)
        return false
    }
}

/// Mode, owner and extended attributes of one file, to be given to another.
struct FileAttributes {
    let status: stat
    private let extended: [ExtendedAttributes.Entry]

    init(of descriptor: Int32, status: stat) {
        self.status = status
        extended = ExtendedAttributes.read(descriptor)
    }

    /// What could not be carried over.
    enum Loss: Hashable, Sendable {
        case owner
        case attribute(String)
    }

    /// Gives everything to another open file; the mode last, because a change of owner clears bits.
    ///
    /// - Parameter executable: in place of what the file had.
    func copy(to descriptor: Int32, executable: Bool?) throws(ErrorNumber) -> [Loss] {
        var losses: [Loss] = []
        var own = stat()
        guard fstat(descriptor, &own) == 0 else { throw ErrorNumber(errno) }
        if own.st_uid != status.st_uid || own.st_gid != status.st_gid,
            fchown(descriptor, status.st_uid, status.st_gid) != 0
        {
            losses.append(.owner)
            // The group alone can often be kept, and with it who may read the file.
            _ = fchown(descriptor, uid_t.max, status.st_gid)
        }
        for entry in extended where !ExtendedAttributes.write(entry, descriptor) {
            losses.append(.attribute(entry.name))
        }
        guard fchmod(descriptor, mode(executable)) == 0 else { throw ErrorNumber(errno) }
        return losses
    }

    private func mode(_ executable: Bool?) -> mode_t {
        let mode = status.st_mode & 0o7777
        return switch executable {
        case nil: mode
        // Who may read may execute, as git has it.
        case true?: mode | (mode & 0o444) >> 2
        case false?: mode & ~0o111
        }
    }
}

/// A value of `errno` on its way to the place that knows the path.
struct ErrorNumber: Error, Hashable {
    let code: Int32

    init(_ code: Int32) { self.code = code }
}
