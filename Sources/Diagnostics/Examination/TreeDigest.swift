// A digest of everything below some folders: names, and what the kernel changes with every write.

import Glibc
import Support

/// Two equal digests prove that nothing below the folders was written in between.
public enum TreeDigest {
    /// Name, inode, size, mode, owner and the two times of change of everything below the paths.
    ///
    /// The time of the last read is left out. Contents need not be read: nothing can write to a
    /// file without changing its status time.
    public static func of(_ paths: [String]) -> ContentDigest {
        var hasher = ContentHasher()
        for path in paths { add(path, to: &hasher) }
        return hasher.finish()
    }

    private static func add(_ path: String, to hasher: inout ContentHasher) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            hasher.update("\(path)\u{0}missing\u{0}")
            return
        }
        hasher.update(
            "\(path)\u{0}\(status.st_ino) \(status.st_size) \(status.st_mode) \(status.st_uid) "
                + "\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec) "
                + "\(status.st_ctim.tv_sec).\(status.st_ctim.tv_nsec)\u{0}")
        guard status.st_mode & S_IFMT == S_IFDIR else { return }
        do throws(SystemFailure) {
            for name in try FileAccess.names(in: path) { add("\(path)/\(name)", to: &hasher) }
        } catch {
            hasher.update("unreadable\u{0}")  // as long as it stays so, nothing changed
        }
    }
}
