// The new version of a file under a name of our own, until it takes the old one's place.

import Glibc
import LiveProtocol
import Support

/// A temporary file in the target's folder; removed unless it was handed over.
struct TemporaryFile: ~Copyable {
    let name: String
    let descriptor: Int32
    private let folder: Int32
    private var isOurs = true

    deinit {
        close(descriptor)
        if isOurs { unlinkat(folder, name, 0) }
    }

    /// Makes an empty file that nobody else can open.
    init(in folder: borrowing FolderHandle) throws(ErrorNumber) {
        let chance = UInt64.random(in: .min ... .max)
        let name = "\(TreePath.temporaryPrefix)\(getpid())-\(String(chance, radix: 36))"
        let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let descriptor = openat(folder.descriptor, name, flags, 0o600)
        guard descriptor >= 0 else { throw ErrorNumber(errno) }
        self.name = name
        self.descriptor = descriptor
        self.folder = folder.descriptor
    }

    func write(_ bytes: [UInt8]) throws(ErrorNumber) {
        do throws(SystemFailure) {
            try FileAccess.writeAll(bytes, to: descriptor, path: name)
        } catch {
            throw ErrorNumber(error.code)
        }
    }

    func sync() throws(ErrorNumber) {
        while fsync(descriptor) != 0 {
            if errno != EINTR { throw ErrorNumber(errno) }
        }
    }

    func stamp() throws(ErrorNumber) -> FileStamp { FileStamp(try status()) }

    private func status() throws(ErrorNumber) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw ErrorNumber(errno) }
        return status
    }

    /// Changes names with `target`, so that the old version lies under the temporary name.
    ///
    /// - Returns: false where the file system cannot exchange two names.
    func exchange(with target: String) throws(ErrorNumber) -> Bool {
        guard let rename = LibraryCalls.rename else { return false }
        // RENAME_EXCHANGE, linux/fs.h.
        if rename(folder, name, folder, target, 2) == 0 { return true }
        if errno == EINVAL || errno == ENOSYS { return false }
        throw ErrorNumber(errno)
    }

    /// The digest of what lies under the temporary name; nil when it cannot be read.
    func digestByName() -> ContentDigest? {
        let opened = openat(folder, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)
        guard opened >= 0 else { return nil }
        defer { close(opened) }
        // Unreadable counts as different, and what differs is given back.
        return try? TargetFile.digest(opened)
    }

    /// Leaves whatever has the temporary name where it is.
    mutating func abandon() { isOurs = false }

    /// Puts the file in `target`'s place.
    mutating func take(placeOf target: String) throws(ErrorNumber) {
        guard renameat(folder, name, folder, target) == 0 else { throw ErrorNumber(errno) }
        isOurs = false
    }

    /// Gives the file the name `target`, which must be free.
    ///
    /// - Returns: false when the system says it did and the file has no second name.
    func link(as target: String) throws(ErrorNumber) -> Bool {
        guard linkat(folder, name, folder, target, 0) == 0 else { throw ErrorNumber(errno) }
        return try status().st_nlink > 1
    }
}
