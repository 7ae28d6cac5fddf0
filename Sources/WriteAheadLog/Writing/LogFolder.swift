// The log's folder through one descriptor: every name below it is opened relative to it, without
// following links, so that nobody can swap the folder under a running log.

import CHardware
import Glibc
import Support

struct LogFolder: Sendable {
    let path: String
    let descriptor: Int32

    /// Opens an existing folder; a link in its place is refused.
    init(at path: String) throws(LogFailure) {
        self.path = path
        descriptor = try wrapping { () throws(SystemFailure) in
            try retrying("open", path) {
                Glibc.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            }
        }
    }

    private init(path: String, descriptor: Int32) {
        (self.path, self.descriptor) = (path, descriptor)
    }

    func close() { Glibc.close(descriptor) }

    func path(of name: String) -> String { "\(path)/\(name)" }

    /// Opens, and creates if missing, a folder below this one.
    func subfolder(_ name: String) throws(LogFailure) -> LogFolder {
        let full = path(of: name)
        if mkdirat(descriptor, name, 0o700) == 0 {
            try sync()
        } else if errno != EEXIST {
            throw .system(SystemFailure(operation: "mkdir", path: full))
        }
        return LogFolder(path: full, descriptor: try open(name, O_RDONLY | O_DIRECTORY))
    }

    func open(_ name: String, _ flags: Int32, mode: mode_t = 0o600) throws(LogFailure) -> Int32 {
        try wrapping { () throws(SystemFailure) in
            try retrying(flags & O_CREAT == 0 ? "open" : "create", path(of: name)) {
                openat(descriptor, name, flags | O_NOFOLLOW | O_CLOEXEC, mode)
            }
        }
    }

    /// Opens for reading and leaves the access time alone where the kernel permits that.
    func openQuietly(_ name: String) throws(SystemFailure) -> Int32 {
        let flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK
        let quiet = openat(descriptor, name, flags | aura_flag_no_atime())
        if quiet >= 0 { return quiet }
        guard errno == EPERM else {
            throw SystemFailure(operation: "open", path: path(of: name))
        }
        return try retrying("open", path(of: name)) { openat(descriptor, name, flags) }
    }

    func rename(_ source: String, to target: String) throws(LogFailure) {
        try rename(source, to: target, in: self)
    }

    /// Renames into another folder; an existing target is never replaced.
    func rename(_ source: String, to target: String, in other: LogFolder) throws(LogFailure) {
        try wrapping { () throws(SystemFailure) in
            try retrying("rename", path(of: source)) {
                aura_rename_new(descriptor, source, other.descriptor, target)
            }
        }
    }

    /// Renames over an existing file.
    func replace(_ target: String, with source: String) throws(LogFailure) {
        try wrapping { () throws(SystemFailure) in
            try retrying("rename", path(of: target)) {
                renameat(descriptor, source, descriptor, target)
            }
        }
    }

    /// Drops a file that never was part of the log, or that retirement has outlived.
    func remove(_ name: String) throws(LogFailure) {
        guard unlinkat(descriptor, name, 0) != 0, errno != ENOENT else { return }
        throw .system(SystemFailure(operation: "unlink", path: path(of: name)))
    }

    func exists(_ name: String) -> Bool {
        var status = stat()
        return fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0
    }

    func names() throws(LogFailure) -> [String] {
        try wrapping { () throws(SystemFailure) in try FileAccess.names(in: path) }
    }

    func sync() throws(LogFailure) {
        try wrapping { () throws(SystemFailure) in
            try retrying("fsync", path) { fsync(descriptor) }
        }
    }

    /// Creates a file, hands its descriptor to `fill`, makes it durable and closes it.
    func create(_ name: String, fill: (Int32) throws(LogFailure) -> Void) throws(LogFailure) {
        let file = try open(name, O_RDWR | O_CREAT | O_EXCL)
        defer { Glibc.close(file) }
        try fill(file)
        try wrapping { () throws(SystemFailure) in
            try retrying("fsync", path(of: name)) { fsync(file) }
        }
    }

    func create(_ name: String, bytes: [UInt8]) throws(LogFailure) {
        try create(name) { (file) throws(LogFailure) in
            try writeAll(bytes, to: file, at: 0, name: name)
        }
    }

    func writeAll(
        _ bytes: [UInt8], to file: Int32, at offset: UInt64, name: String
    ) throws(LogFailure) {
        var done = 0
        while done < bytes.count {
            done += try wrapping { () throws(SystemFailure) in
                try retrying("write", path(of: name)) {
                    bytes.withUnsafeBytes { raw in
                        let rest = raw.slice(done..<bytes.count)
                        return pwrite(
                            file, rest.baseAddress, rest.count, off_t(offset) + off_t(done))
                    }
                }
            }
        }
    }
}
