// The file a change goes into, opened once and watched until the change is in.

import Glibc
import Support

/// An open source file and everything that may forbid replacing it.
struct TargetFile: ~Copyable {
    let path: String
    let name: String
    let descriptor: Int32
    let status: stat
    let attributes: FileAttributes

    deinit { close(descriptor) }

    /// Opens the file and refuses it for any reason that a rename would silently ignore.
    static func open(
        _ path: String, in folder: borrowing FolderHandle, now: Timestamp
    ) throws(ApplyFailure) -> TargetFile {
        let name = PathName.last(of: path)
        let flags = O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC
        let descriptor = openat(folder.descriptor, name, flags)
        guard descriptor >= 0 else {
            let reason =
                errno == ENXIO || errno == ENODEV
                ? ApplyReason.pathRefused(.notRegular) : ApplyFailure.reason(of: errno, in: folder)
            throw ApplyFailure(path: path, why: reason)
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let code = errno
            close(descriptor)
            throw ApplyFailure(path: path, why: .ioError(code))
        }
        let file = TargetFile(path: path, name: name, descriptor: descriptor, status: status)
        if let reason = file.obstacle(in: folder, now: now) {
            throw ApplyFailure(path: path, why: reason)
        }
        return file
    }

    private init(path: String, name: String, descriptor: Int32, status: stat) {
        self.path = path
        self.name = name
        self.descriptor = descriptor
        self.status = status
        attributes = FileAttributes(of: descriptor, status: status)
    }

    private func obstacle(in folder: borrowing FolderHandle, now: Timestamp) -> ApplyReason? {
        guard status.st_mode & S_IFMT == mode_t(Glibc.S_IFREG) else {
            return .pathRefused(.notRegular)
        }
        if let reason = Self.obstacle(to: folder) { return reason }
        if FileFlags.isImmutable(descriptor) { return .immutable }
        // Rename asks the folder only. A file that its owner made read-only is meant to stay.
        if status.st_mode & 0o200 == 0 { return .permission }
        if faccessat(folder.descriptor, name, W_OK, Int32(AT_EACCESS)) != 0 {
            return ApplyFailure.reason(of: errno, in: folder, descriptor: descriptor)
        }
        if FileLocks.isBeingWritten(descriptor, FileStamp(status), now: now) { return .locked }
        return FileLocks.isHeldElsewhere(descriptor) ? .locked : nil
    }

    /// What forbids any change to a folder's entries.
    static func obstacle(to folder: borrowing FolderHandle) -> ApplyReason? {
        var system = statvfs()
        if fstatvfs(folder.descriptor, &system) == 0, system.f_flag & UInt(ST_RDONLY) != 0 {
            return .readOnlyMount
        }
        if FileFlags.isImmutable(folder.descriptor) { return .immutable }
        if faccessat(folder.descriptor, ".", W_OK | X_OK, Int32(AT_EACCESS)) != 0 {
            return ApplyFailure.reason(of: errno, in: folder)
        }
        return nil
    }

    /// The status as it is now, whatever name the file has.
    var currentStatus: stat {
        var now = stat()
        return fstat(descriptor, &now) == 0 ? now : status
    }

    /// Throws unless the file holds `expected`.
    func requireContent(
        _ expected: ContentDigest, in folder: borrowing FolderHandle
    ) throws(ApplyFailure) {
        do throws(ErrorNumber) {
            if try holds(expected, in: folder) { return }
        } catch {
            throw ApplyFailure(path: path, why: .ioError(error.code))
        }
        throw ApplyFailure(path: path, why: .changedUnderneath)
    }

    /// True while the descriptor's file holds `expected` and still has its name.
    func holds(
        _ expected: ContentDigest, in folder: borrowing FolderHandle
    ) throws(ErrorNumber) -> Bool {
        guard let named = folder.status(of: name), named.st_ino == status.st_ino,
            named.st_dev == status.st_dev
        else { return false }
        return try Self.digest(descriptor) == expected
    }

    static func digest(_ descriptor: Int32) throws(ErrorNumber) -> ContentDigest {
        var hasher = ContentHasher()
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        var offset = off_t(0)
        while true {
            let count = pread(descriptor, &chunk, chunk.count, offset)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw ErrorNumber(errno) }
            if count == 0 { return hasher.finish() }
            hasher.update(chunk[..<count])
            offset += off_t(count)
        }
    }
}
