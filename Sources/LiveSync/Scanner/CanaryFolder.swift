// The marker files of the watcher proof on disk.

import Glibc
import Support

/// The folder that markers are written to and the watcher watches.
public struct CanaryFolder: Hashable, Sendable {
    public let path: String

    public init(path: String) { self.path = path }

    public var isThere: Bool { FileAccess.isFolder(path) }

    /// Makes the folder when it is missing.
    public func make() throws(SystemFailure) { try FileAccess.makeFolder(path, mode: 0o700) }

    /// Writes a marker. ENOENT means that the folder is gone.
    public func write(_ name: String) throws(SystemFailure) {
        let file = path + "/" + name
        let descriptor = try retrying("create", file) {
            open(file, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
        }
        // Closing is what the watcher reports; a marker has no content worth a sync.
        guard close(descriptor) == 0 else { throw SystemFailure(operation: "close", path: file) }
    }

    /// Removes all markers but `current`.
    public func clear(except current: String? = nil) throws(SystemFailure) {
        for name in try FileAccess.names(in: path)
        where name.hasPrefix(Canary.prefix) && name != current {
            guard unlink(path + "/" + name) == 0 || errno == ENOENT else {
                throw SystemFailure(operation: "unlink", path: path + "/" + name)
            }
        }
    }
}
