// The right to write: a lock of an open file description on `LOCK`, which the kernel drops with its
// holder. The text inside is for people; nothing decides by it.

import Glibc
import Support

struct LogLock: Sendable {
    static let fileName = "LOCK"

    private let descriptor: Int32
    private let disk: any LogDisk

    init(in folder: LogFolder) throws(LogFailure) {
        let file = try folder.open(Self.fileName, O_RDWR | O_CREAT)
        let disk = folder.disk
        guard disk.lock(file) == 0 else {
            let code = errno
            let holder = Self.holder(file, disk)
            disk.close(file)
            if code == EAGAIN || code == EACCES {
                throw .locked(folder: folder.path, holder: holder)
            }
            throw .system(
                SystemFailure(operation: "lock", path: folder.path(of: Self.fileName), code: code))
        }
        (descriptor, self.disk) = (file, disk)
        try describe(in: folder)
    }

    /// Unlocks before closing: a child between fork and exec has a copy of the descriptor.
    func release() {
        disk.unlock(descriptor)
        disk.close(descriptor)
    }

    /// Whether some description holds the lock now; false when there is no lock file.
    static func isHeld(in folder: LogFolder) -> Bool {
        let disk = folder.disk
        // Quietly does not wait either: something else may have its name, a pipe for instance.
        let file = disk.openQuietly(fileName, in: folder.descriptor)
        guard file >= 0 else { return false }
        defer { disk.close(file) }
        return disk.isLocked(file)
    }

    private func describe(in folder: LogFolder) throws(LogFailure) {
        // Without /proc there is no identity to write; the lock holds all the same.
        let identity = try? ProcessIdentity.current()
        let text = identity.map { "pid \($0.pid), boot \($0.bootID), start \($0.startTicks)\n" }
        let bytes = Array((text ?? "pid \(getpid())\n").utf8)
        try folder.truncate(descriptor, to: 0, Self.fileName)
        try folder.writeAll(bytes, to: descriptor, at: 0, name: Self.fileName)
    }

    private static func holder(_ file: Int32, _ disk: any LogDisk) -> String {
        var bytes = [UInt8](repeating: 0, count: 200)
        let count = bytes.withUnsafeMutableBytes { disk.read(file, into: $0, at: 0) }
        let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        return text.split(separator: "\n").first.map(String.init) ?? "unknown process"
    }
}
