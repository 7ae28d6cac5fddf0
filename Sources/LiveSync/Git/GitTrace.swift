// What git last left behind, as far as a few status calls tell. Every command that changes files
// holds index.lock while it does and ends by putting a new index in place; only then it moves HEAD.
// Between two equal traces without a lock no git command has touched the tree.

import Glibc
import Support

/// The condition of git's own files at one instant.
public struct GitTrace: Hashable, Sendable {
    /// The first line of HEAD; nil when it cannot be read.
    public let head: String?
    /// Of the index file; nil when there is none.
    public let index: FileStamp?
    /// A git command holds the index or HEAD, or one died while it did.
    public let isLocked: Bool
}

extension GitRepository {
    /// Reads git's present trace.
    func trace() -> GitTrace {
        // The locks come first: a command that lets one go after this has changed the index by then.
        let isLocked = markers.isPresent("index.lock") || markers.isPresent("HEAD.lock")
        var status = stat()
        let hasIndex = stat(markers.indexPath, &status) == 0
        return GitTrace(
            head: Self.line(of: gitFolder + "/HEAD"), index: hasIndex ? FileStamp(status) : nil,
            isLocked: isLocked)
    }

    /// What the newest line of HEAD's history says was done; nil where no history is kept.
    var lastDeed: String? {
        // A history that is not there or too long explains nothing, which is what nil says.
        guard let bytes = try? FileAccess.read(gitFolder + "/logs/HEAD", limit: 64 << 20),
            let line = bytes.split(separator: UInt8(ascii: "\n")).last,
            let tab = line.firstIndex(of: UInt8(ascii: "\t"))
        else { return nil }
        return String(decoding: line[line.index(after: tab)...], as: UTF8.self)
    }
}
