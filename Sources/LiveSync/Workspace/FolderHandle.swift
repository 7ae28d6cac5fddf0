// An open folder below the root, reached without following a symbolic link.
//
// Checking a path and opening it later lets somebody swap a folder for a link in between.
// Here each component is opened relative to the one before, with O_NOFOLLOW, so what was
// checked is what is used. openat2 does it in one call, but not every sandbox lets it through, and
// it makes no folders.

import Glibc
import LiveProtocol
import Support

/// An owned folder descriptor; closed when the value goes out of scope.
struct FolderHandle: ~Copyable {
    let descriptor: Int32
    /// The absolute path it was reached by; for messages only.
    let path: String

    /// How a walk down the tree ended when it did not succeed.
    enum Refusal: Error, Equatable {
        case rule(PathRule)
        case system(SystemFailure)
    }

    private init(adopting descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }

    /// Opens a folder by its path; the path itself is trusted.
    static func open(_ path: String) throws(Refusal) -> FolderHandle {
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .system(SystemFailure(operation: "open", path: path))
        }
        return FolderHandle(adopting: descriptor, path: path)
    }

    /// Opens the folder that holds `path`, a plain relative path below `root`.
    ///
    /// - Parameter creating: make the missing folders, each made durable.
    static func parent(
        of path: String, below root: String, creating: Bool = false
    ) throws(Refusal) -> FolderHandle {
        if let rule = TreePath.brokenRule(path) { throw .rule(rule) }
        let parent = path.contains("/") ? PathName.parent(of: path) : ""
        return try folder(parent, below: root, creating: creating)
    }

    /// Opens a folder by its plain relative path; the empty path is the root.
    static func folder(
        _ path: String, below root: String, creating: Bool = false
    ) throws(Refusal) -> FolderHandle {
        if !path.isEmpty, let rule = TreePath.brokenRule(path) { throw .rule(rule) }
        var current = try open(root)
        for part in path.split(separator: "/") {
            current = try current.descend(String(part), creating: creating)
        }
        return current
    }

    private func descend(_ name: String, creating: Bool) throws(Refusal) -> FolderHandle {
        let child = path + "/" + name
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        var opened = openat(descriptor, name, flags)
        if opened < 0 && errno == ENOENT && creating {
            guard mkdirat(descriptor, name, 0o755) == 0 || errno == EEXIST else {
                throw .system(SystemFailure(operation: "mkdir", path: child))
            }
            guard fsync(descriptor) == 0 else {
                throw .system(SystemFailure(operation: "fsync", path: path))
            }
            opened = openat(descriptor, name, flags)
        }
        guard opened >= 0 else { throw refusal(for: name, child: child, code: errno) }
        return FolderHandle(adopting: opened, path: child)
    }

    /// O_NOFOLLOW with O_DIRECTORY reports a link as ENOTDIR, so the entry is looked at.
    private func refusal(for name: String, child: String, code: Int32) -> Refusal {
        guard code == ENOTDIR || code == ELOOP else {
            return .system(SystemFailure(operation: "open", path: child, code: code))
        }
        guard let status = status(of: name) else {
            return .system(SystemFailure(operation: "open", path: child, code: code))
        }
        return .rule(status.st_mode & S_IFMT == S_IFLNK ? .symlinkedParent : .parentNotFolder)
    }

    /// The status of an entry, of a link itself; nil with `errno` set when it cannot be read.
    func status(of name: String) -> stat? {
        var status = stat()
        return fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 ? status : nil
    }

    /// Makes the folder's entries durable.
    func sync() throws(SystemFailure) {
        try retrying("fsync", path) { fsync(descriptor) }
    }
}
