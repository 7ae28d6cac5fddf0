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
        return GitTrace(
            head: Self.line(of: gitFolder + "/HEAD"), index: indexStamp, isLocked: isLocked)
    }

    /// The status of the index; nil where there is none, which is an index without entries.
    var indexStamp: FileStamp? {
        var status = stat()
        return stat(markers.indexPath, &status) == 0 ? FileStamp(status) : nil
    }

    /// What the newest line of HEAD's history says was done; nil where no history is kept.
    var lastDeed: String? { deeds.last?.words }

    /// Whether nothing but commits led from one commit to the other: those leave the tree alone.
    ///
    /// - Parameter old: empty for a branch without a commit.
    func hasOnlyCommitted(from old: String, to new: String) -> Bool {
        var place = new
        for deed in deeds.reversed() {
            guard deed.after == place, deed.isCommit else { return false }
            place = deed.before
            if place == old || old.isEmpty && place.allSatisfy({ $0 == "0" }) { return true }
        }
        return false
    }

    /// A line of HEAD's history.
    private struct Deed {
        let before: String
        let after: String
        let words: String

        var isCommit: Bool {
            ["commit:", "commit (amend):", "commit (initial):"].contains(where: words.hasPrefix)
        }
    }

    /// Of the history's end that is looked at: some hundred lines.
    private static let deedsMax = 64 << 10

    private var deeds: [Deed] {
        // A history that is not there or too long explains nothing, which is what none says.
        guard let bytes = try? FileAccess.read(gitFolder + "/logs/HEAD", limit: 64 << 20) else {
            return []
        }
        return bytes.suffix(Self.deedsMax).split(separator: UInt8(ascii: "\n")).compactMap { line in
            let halves = line.split(separator: UInt8(ascii: "\t"), maxSplits: 1)
            let ends = halves.first?.split(separator: UInt8(ascii: " "), maxSplits: 2) ?? []
            guard halves.count == 2, ends.count == 3 else { return nil }
            return Deed(
                before: String(decoding: ends[0], as: UTF8.self),
                after: String(decoding: ends[1], as: UTF8.self),
                words: String(decoding: halves[1], as: UTF8.self))
        }
    }
}
