// Where the readers of files are given their bytes.

import Foundation
import Glibc
import Support

/// A folder that goes with its last user.
final class ScratchFolder: Sendable {
    let path: String
    var file: String { at("file") }

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/aura-decoder-\(UUID().uuidString)"
        try FileAccess.makeFolder(path, mode: 0o700)
    }

    deinit {
        // What stays costs a little space in the folder for temporary files.
        _ = try? FileManager.default.removeItem(atPath: path)
    }

    func at(_ name: String) -> String { path + "/" + name }

    /// Makes a file these bytes, readable for its owner only. Without a sync: nothing here has to
    /// outlive a crash, and there are thousands.
    func write(_ bytes: [UInt8], to name: String) throws {
        let path = at(name)
        try FileAccess.makeFolder(PathName.parent(of: path), mode: 0o700)
        let file = try retrying("create", path) {
            open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        }
        defer { close(file) }
        try FileAccess.writeAll(bytes, to: file, path: path)
    }
}
