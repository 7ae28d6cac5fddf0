// One repair at a time, on one system: a lock of the kernel's on a file that names its holder.
//
// The kernel lets go of the lock when its holder dies, however it dies. Each taking has a higher
// epoch than all before it, durable before anything is done under it: whoever was given an older
// one knows that it is late.

import Glibc
import Support

/// Who repairs now.
public struct LockHolder: Codable, Hashable, Sendable {
    public let process: ProcessIdentity
    public let command: String
    public let since: UTCTime
    public let epoch: UInt64

    public init(process: ProcessIdentity, command: String, since: UTCTime, epoch: UInt64) {
        self.process = process
        self.command = command
        self.since = since
        self.epoch = epoch
    }

    var words: String { "pid \(process.pid), \(command), since \(since.timestamp.iso8601)" }

    /// The holder that the lock's file names, when it lives. Takes no lock.
    public static func current(in journalFolder: String) -> LockHolder? {
        do {
            let bytes = try FileAccess.read(TransitionLock.path(in: journalFolder), limit: 1 << 16)
            let holder = try JSONText.decode(LockHolder.self, from: bytes)
            return holder.process.isAlive ? holder : nil
        } catch {
            return nil  // nobody wrote a whole holder: nobody is to be named
        }
    }
}

/// The lock under which a repair runs; released with the value.
final class TransitionLock: Sendable {
    let epoch: UInt64
    private let descriptor: Int32

    /// Takes the lock, or refuses at once: a repair that waits would act on what it saw before.
    init(in folder: String, command: String, clock: any Clock) throws(RepairFailure) {
        let path = Self.path(in: folder)
        let descriptor = try repairing { () throws(SystemFailure) in
            try FileAccess.makeFolder(folder, mode: 0o700)
            return try retrying("create", path) {
                open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
            }
        }
        do throws(RepairFailure) {
            let process = try repairing { () throws(SystemFailure) in
                try ProcessIdentity.current()
            }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                let holder = LockHolder.current(in: folder)?.words ?? "its holder is not named yet"
                throw .lockBusy(lock: path, holder: holder)
            }
            epoch = RepairEpoch.current(in: folder) + 1
            // Named before the epoch is on the disk: whoever is refused meanwhile is told by whom.
            try Self.name(
                LockHolder(
                    process: process, command: command, since: UTCTime(clock.now), epoch: epoch),
                in: descriptor, path)
            do throws(RepairFailure) { try Self.raise(to: epoch, in: folder) } catch {
                ftruncate(descriptor, 0)
                throw error
            }
        } catch {
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
    }

    deinit {
        ftruncate(descriptor, 0)
        // A child that is being started may hold a copy of the descriptor for a moment; the lock
        // must not live as long as that.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// Lets nobody have the lock before the kernel takes it from a dead process.
    func keepUntilTheProcessEnds() { _ = Unmanaged.passRetained(self) }

    static func path(in folder: String) -> String { "\(folder)/lock" }
    static func epochPath(in folder: String) -> String { "\(folder)/epoch" }

    private static func raise(to epoch: UInt64, in folder: String) throws(RepairFailure) {
        try repairing { () throws(SystemFailure) in
            try FileAccess.replace(epochPath(in: folder), with: "\(epoch)\n".utf8)
        }
    }

    private static func name(
        _ holder: LockHolder, in descriptor: Int32, _ path: String
    ) throws(RepairFailure) {
        let text: String
        do { text = try JSONText.encode(holder) } catch {
            throw .unreadable(subject: path, reason: "the holder does not encode (\(error))")
        }
        try repairing { () throws(SystemFailure) in
            try retrying("truncate", path) { ftruncate(descriptor, 0) }
            try FileAccess.writeAll(text.utf8, to: descriptor, path: path)
        }
    }
}

/// The number of the last repair that took the lock.
public enum RepairEpoch {
    /// 0 when no repair ever ran here.
    public static func current(in journalFolder: String) -> UInt64 {
        do throws(SystemFailure) {
            let bytes = try FileAccess.read(
                TransitionLock.epochPath(in: journalFolder), limit: 64)
            let digits = bytes.prefix { (48...57).contains($0) }
            return UInt64(String(decoding: digits, as: UTF8.self)) ?? 0
        } catch {
            return 0  // no repair ran yet, and one that cannot read it fails to replace it
        }
    }
}
