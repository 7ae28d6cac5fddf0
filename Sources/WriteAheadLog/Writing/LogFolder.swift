// The log's folder through one descriptor: every name below it is opened relative to it, without
// following links, so that nobody can swap the folder under a running log.

import Glibc
import Support

struct LogFolder: Sendable {
    let path: String
    let descriptor: Int32
    let disk: any LogDisk

    /// Opens an existing folder; a link in its place is refused.
    init(at path: String, on disk: any LogDisk) throws(LogFailure) {
        (self.path, self.disk) = (path, disk)
        do throws(SystemFailure) {
            descriptor = try retrying("open", path) { disk.openFolder(path) }
        } catch {
            if error.code == ENOENT { throw .notALog(folder: path) }
            // The kernel says of a link that is not to be followed that it is no folder.
            throw Self.isLink(path) ? .link(folder: path) : .system(error)
        }
    }

    private static func isLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == mode_t(S_IFLNK)
    }

    private init(path: String, descriptor: Int32, on disk: any LogDisk) {
        (self.path, self.descriptor, self.disk) = (path, descriptor, disk)
    }

    func close() { disk.close(descriptor) }

    func path(of name: String) -> String { "\(path)/\(name)" }

    /// One call, again while it is interrupted; a failure names the file.
    @discardableResult
    private func call<Value: SignedInteger>(
        _ operation: String, _ name: String?, _ work: () -> Value
    ) throws(LogFailure) -> Value {
        try wrapping { () throws(SystemFailure) in
            try retrying(operation, name.map(path(of:)) ?? path, work)
        }
    }

    // MARK: Names

    /// Opens, and creates if missing, a folder below this one.
    func subfolder(_ name: String) throws(LogFailure) -> LogFolder {
        let full = path(of: name)
        if disk.makeFolder(name, in: descriptor) == 0 {
            try sync()
        } else if errno != EEXIST {
            throw .system(SystemFailure(operation: "mkdir", path: full))
        }
        return LogFolder(
            path: full, descriptor: try open(name, O_RDONLY | O_DIRECTORY), on: disk)
    }

    func open(_ name: String, _ flags: Int32) throws(LogFailure) -> Int32 {
        try call(flags & O_CREAT == 0 ? "open" : "create", name) {
            disk.open(name, in: descriptor, flags, mode: 0o600)
        }
    }

    /// Opens for reading and leaves the access time alone where the kernel permits that.
    func openQuietly(_ name: String) throws(SystemFailure) -> Int32 {
        try retrying("open", path(of: name)) { disk.openQuietly(name, in: descriptor) }
    }

    func openPastCache(_ name: String) throws(LogFailure) -> Int32 {
        try call("open", name) { disk.openPastCache(name, in: descriptor) }
    }

    func rename(_ source: String, to target: String) throws(LogFailure) {
        try rename(source, to: target, in: self)
    }

    /// Renames into another folder; an existing target is never replaced.
    func rename(_ source: String, to target: String, in other: LogFolder) throws(LogFailure) {
        try call("rename", source) {
            disk.rename(source, in: descriptor, to: target, in: other.descriptor)
        }
    }

    /// Renames over an existing file.
    func replace(_ target: String, with source: String) throws(LogFailure) {
        try call("rename", target) { disk.replace(target, with: source, in: descriptor) }
    }

    /// Drops a file that never was part of the log, or that retirement has outlived.
    func remove(_ name: String) throws(LogFailure) {
        guard disk.remove(name, in: descriptor) != 0, errno != ENOENT else { return }
        throw .system(SystemFailure(operation: "unlink", path: path(of: name)))
    }

    /// Drops what a failed attempt left behind; the failure itself is what its caller tells.
    func removeRemains(_ name: String) { _ = disk.remove(name, in: descriptor) }

    func exists(_ name: String) -> Bool { disk.facts(of: name, in: descriptor) != nil }

    /// The size of a file; nil when there is none.
    func size(of name: String) -> Int? { disk.facts(of: name, in: descriptor)?.size }

    func names() throws(LogFailure) -> [String] {
        try wrapping { () throws(SystemFailure) in
            try disk.names(in: path)
        }
    }

    func sync() throws(LogFailure) {
        try call("fsync", nil) { disk.sync(descriptor) }
    }

    // MARK: Files

    /// Creates a file, hands its descriptor to `fill`, makes it durable and closes it.
    func create(_ name: String, fill: (Int32) throws(LogFailure) -> Void) throws(LogFailure) {
        let file = try open(name, O_RDWR | O_CREAT | O_EXCL)
        defer { disk.close(file) }
        try fill(file)
        try sync(file, name)
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
            done += try call("write", name) {
                bytes.withUnsafeBytes { raw in
                    disk.write(
                        raw.slice(done..<bytes.count), to: file, at: Int(offset) + done)
                }
            }
        }
    }

    func sync(_ file: Int32, _ name: String) throws(LogFailure) {
        try call("fsync", name) { disk.sync(file) }
    }

    func syncData(_ file: Int32, _ name: String) throws(LogFailure) {
        try call("fdatasync", name) { disk.syncData(file) }
    }

    func truncate(_ file: Int32, to size: UInt64, _ name: String) throws(LogFailure) {
        try call("truncate", name) { disk.truncate(file, to: Int(size)) }
    }

    func allocate(_ file: Int32, _ size: Int, _ name: String) throws(LogFailure) {
        try call("allocate", name) { disk.allocate(file, size) }
    }
}
