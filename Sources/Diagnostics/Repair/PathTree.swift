// A file, a link, or a folder with all beneath it, as one thing: its digest, its copy, its move.
//
// The digest covers kinds, permissions, names and bytes. Times and owners are copied but not part
// of it: a restored file with another change time is the same file.

import CLinux
import Glibc
import Support

/// Whole trees of files.
public enum PathTree {
    private static let chunkBytes = 1 << 20

    /// The digest of what has this name; nil when nothing has.
    public static func digest(of path: String) throws(SystemFailure) -> ContentDigest? {
        guard let status = try status(of: path) else { return nil }
        var hasher = ContentHasher()
        try feed(path, status, into: &hasher)
        return hasher.finish()
    }

    /// When it, or anything in it, was changed last; nil when nothing has this name.
    static func changed(_ path: String) throws(SystemFailure) -> Timestamp? {
        guard let status = try status(of: path) else { return nil }
        var newest = Timestamp(
            seconds: Int64(status.st_ctim.tv_sec), nanoseconds: Int64(status.st_ctim.tv_nsec))
        guard kind(of: status) == .folder else { return newest }
        for name in try FileAccess.names(in: path) {
            if let inner = try changed("\(path)/\(name)") { newest = max(newest, inner) }
        }
        return newest
    }

    /// Files and links in it; 0 when nothing has this name.
    static func fileCount(of path: String) throws(SystemFailure) -> Int {
        guard let status = try status(of: path) else { return 0 }
        guard kind(of: status) == .folder else { return 1 }
        var count = 0
        for name in try FileAccess.names(in: path) { count += try fileCount(of: "\(path)/\(name)") }
        return count
    }

    /// Copies to a name that nothing has, and syncs the copy. Permissions, owner and times go
    /// along; extended attributes do not, no file this program repairs has any.
    public static func copy(_ path: String, to target: String) throws(SystemFailure) {
        try copy(path, to: target) { path throws(SystemFailure) in
            throw SystemFailure(operation: "copy", path: path, code: EINVAL)
        }
    }

    /// The same without sockets, pipes and devices, which hold no state of their own.
    ///
    /// - Returns: what was left out.
    public static func copyState(_ path: String, to target: String) throws(SystemFailure)
        -> [String]
    {
        var leftOut: [String] = []
        try copy(path, to: target) { path throws(SystemFailure) in leftOut.append(path) }
        return leftOut
    }

    private static func copy(
        _ path: String, to target: String, special: (String) throws(SystemFailure) -> Void
    ) throws(SystemFailure) {
        guard let status = try status(of: path) else {
            throw SystemFailure(operation: "copy", path: path, code: ENOENT)
        }
        switch kind(of: status) {
        case .file: try copyFile(path, to: target, status)
        case .folder:
            try retrying("mkdir", target) { mkdir(target, 0o700) }
            for name in try FileAccess.names(in: path) {
                try copy("\(path)/\(name)", to: "\(target)/\(name)", special: special)
            }
            try giveAttributes(of: status, to: target)
            try FileAccess.syncFolder(target)
        case .link:
            let destination = PathName.link(path) ?? ""
            try retrying("symlink", target) { symlink(destination, target) }
        case .special: try special(path)
        }
    }

    /// Moves to a name that nothing has, and makes both folders durable. Across file systems it is
    /// copied first, and the original goes only when the copy is synced.
    ///
    /// - Throws: `EEXIST` when the name was taken meanwhile; nothing is replaced.
    static func move(_ path: String, to target: String) throws(SystemFailure) {
        if aura_rename_without_replacing(path, target) != 0 {
            let code = errno
            // Some file systems cannot promise it; there the look and the move are two steps.
            if code == EINVAL, try status(of: target) == nil {
                try retrying("rename", path) { rename(path, target) }
                try FileAccess.syncFolder(of: target)
                return try FileAccess.syncFolder(of: path)
            }
            guard code == EXDEV else {
                throw SystemFailure(operation: "rename", path: path, code: code)
            }
            try copy(path, to: target)
            try FileAccess.syncFolder(of: target)
            try discard(path)
        }
        try FileAccess.syncFolder(of: target)
        try FileAccess.syncFolder(of: path)
    }

    /// Removes a copy of ours. Never for anything that is not kept elsewhere.
    static func discard(_ path: String) throws(SystemFailure) {
        guard let status = try status(of: path) else { return }
        guard kind(of: status) == .folder else {
            try retrying("unlink", path) { unlink(path) }
            return
        }
        for name in try FileAccess.names(in: path) { try discard("\(path)/\(name)") }
        try retrying("rmdir", path) { rmdir(path) }
    }

    // MARK: -

    private enum Kind: String { case file, folder, link, special }

    private static func kind(of status: stat) -> Kind {
        switch status.st_mode & S_IFMT {
        case mode_t(Glibc.S_IFREG): .file
        case mode_t(Glibc.S_IFDIR): .folder
        case mode_t(Glibc.S_IFLNK): .link
        default: .special
        }
    }

    /// Nil when nothing has this name.
    private static func status(of path: String) throws(SystemFailure) -> stat? {
        var status = stat()
        if lstat(path, &status) == 0 { return status }
        if errno == ENOENT || errno == ENOTDIR { return nil }
        throw SystemFailure(operation: "stat", path: path)
    }

    private static func feed(
        _ path: String, _ status: stat, into hasher: inout ContentHasher
    ) throws(SystemFailure) {
        let kind = kind(of: status)
        let mode = kind == .link ? 0 : status.st_mode & 0o7777
        hasher.update("\(kind.rawValue) \(mode) \(kind == .file ? status.st_size : 0)\n")
        switch kind {
        case .file: try feedFile(path, into: &hasher)
        case .link: hasher.update(PathName.link(path) ?? "")
        case .special: hasher.update("\(status.st_rdev)")
        case .folder:
            for name in try FileAccess.names(in: path) {
                hasher.update("\(name.utf8.count) \(name)\n")
                let child = try digest(of: "\(path)/\(name)")
                hasher.update(child?.bytes ?? [])
            }
        }
    }

    private static func feedFile(
        _ path: String, into hasher: inout ContentHasher
    ) throws(SystemFailure) {
        let descriptor = try retrying("open", path) {
            open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        }
        defer { close(descriptor) }
        var chunk = [UInt8](repeating: 0, count: chunkBytes)
        while true {
            let count = try read(descriptor, into: &chunk, path)
            if count == 0 { return }
            hasher.update(chunk[..<count])
        }
    }

    private static func copyFile(
        _ path: String, to target: String, _ status: stat
    ) throws(SystemFailure) {
        let source = try retrying("open", path) {
            open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        }
        defer { close(source) }
        let descriptor = try retrying("create", target) {
            open(target, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        }
        defer { close(descriptor) }
        var chunk = [UInt8](repeating: 0, count: chunkBytes)
        while true {
            let count = try read(source, into: &chunk, path)
            if count == 0 { break }
            try FileAccess.writeAll(chunk[..<count], to: descriptor, path: target)
        }
        try giveAttributes(of: status, to: target)
        try retrying("fsync", target) { fsync(descriptor) }
    }

    /// Owner before mode: a change of owner takes special bits away. Only root can give files
    /// away; for everybody else the owner is the same already or stays the copier's.
    private static func giveAttributes(of status: stat, to path: String) throws(SystemFailure) {
        if geteuid() == 0 {
            try retrying("chown", path) { chown(path, status.st_uid, status.st_gid) }
        }
        try retrying("chmod", path) { chmod(path, status.st_mode & 0o7777) }
        let times = [status.st_atim, status.st_mtim]
        try retrying("set times of", path) { utimensat(AT_FDCWD, path, times, 0) }
    }

    private static func read(
        _ descriptor: Int32, into chunk: inout [UInt8], _ path: String
    ) throws(SystemFailure) -> Int {
        let size = chunk.count
        while true {
            let count = chunk.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress, size)
            }
            if count >= 0 { return count }
            guard errno == EINTR else { throw SystemFailure(operation: "read", path: path) }
        }
    }
}
