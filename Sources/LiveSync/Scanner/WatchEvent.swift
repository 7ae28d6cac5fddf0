// What the watcher tells.

import Support

/// Something that happened in the tree, or to the watcher.
public enum WatchEvent: Equatable, Sendable {
    /// These files that take part were written, made, moved or removed; relative paths.
    case changed(Set<String>)
    /// Events were lost; only a rescan of everything restores certainty.
    case overflow
    /// A watched folder was removed or moved away, with all below.
    case folderGone(String)
    /// The root itself was removed, moved away or unmounted. Nothing more will come.
    case rootGone
    /// Not every folder could be watched. The rest is found by verify passes only.
    case limitReached(watched: Int, limit: Int)
    /// A marker of the watcher proof came back.
    case canary(String)
    /// The marker folder was removed or moved away.
    case canaryFolderGone
    /// A file of git's ignore rules changed, so the list of ignored paths is out of date.
    case ignoreRulesChanged(String)
    /// The event source itself failed. Nothing more will come.
    case failed(SystemFailure)
}

/// How much of the tree is watched.
public struct WatchCoverage: Hashable, Sendable, Codable {
    /// Watched folders.
    public var watched = 0
    /// Folders that should be watched and are not.
    public var unwatched = 0

    public var isComplete: Bool { unwatched == 0 }
}
