// Where damaged logs are laid out: a folder in memory where the machine has one, because half a
// million cases ask nothing of the disk. Kills and failing disks have tests of their own.

import Foundation
import Glibc
import Support

struct Arena: Sendable {
    let path: String
    var log: String { "\(path)/wal" }

    init() throws {
        path = "\(Arenas.base)/\(Arenas.prefix)\(UInt64.random(in: 0...UInt64.max))"
        try FileAccess.makeFolder(path, mode: 0o700)
    }

    func remove() {
        // What cannot be removed costs space in a temporary folder and nothing else.
        _ = try? FileManager.default.removeItem(atPath: path)
    }

    /// The log's files, folders left out.
    func contents() throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for name in try FileAccess.names(in: log) where !FileAccess.isFolder("\(log)/\(name)") {
            files[name] = try FileAccess.read("\(log)/\(name)")
        }
        return files
    }

    /// Makes the log exactly these files.
    func restore(_ files: [String: [UInt8]]) throws {
        if FileAccess.exists(log) { try FileManager.default.removeItem(atPath: log) }
        try FileAccess.makeFolder(log, mode: 0o700)
        for (name, bytes) in files { try write(bytes, to: name) }
    }

    /// Makes one file these bytes, without a sync.
    func write(_ bytes: [UInt8], to name: String) throws {
        let target = "\(log)/\(name)"
        unlink(target)
        let file = try retrying("create", target) {
            open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        }
        defer { close(file) }
        try FileAccess.writeAll(bytes, to: file, path: target)
    }

    /// Makes the log these files, given that it is those now.
    func restore(_ files: [String: [UInt8]], from present: [String: [UInt8]]) throws {
        for name in present.keys where files[name] == nil { unlink("\(log)/\(name)") }
        for (name, bytes) in files where present[name] != bytes { try write(bytes, to: name) }
    }
}

/// All of this process.
public enum Arenas {
    static let base: String = {
        let memory = "/dev/shm"
        return FileAccess.isFolder(memory) && access(memory, W_OK) == 0
            ? memory : FileManager.default.temporaryDirectory.path
    }()

    static let prefix = "aura-torture-\(getpid())-"

    /// For the last act of a process.
    public static func removeAll() {
        // What cannot be listed or removed costs space in a temporary folder and nothing else.
        for name in (try? FileAccess.names(in: base)) ?? [] where name.hasPrefix(prefix) {
            _ = try? FileManager.default.removeItem(atPath: "\(base)/\(name)")  // as above
        }
    }
}
