// The calls a log makes on a disk, and no others. The kernel answers them; in the simulation a disk in
// memory does, which forgets what was not synced, so that the same engine runs on both.

import Support

/// What is known of a file without reading it.
package struct FileFacts: Sendable {
    package let size: Int
    package let isRegular: Bool

    package init(size: Int, isRegular: Bool) { (self.size, self.isRegular) = (size, isRegular) }
}

/// Answers as the kernel does: what is negative failed, and `errno` says why. A folder or file is
/// named by the descriptor that `open` gave.
package protocol LogDisk: Sendable {
    // MARK: Paths

    /// True when anything has this name.
    func exists(_ path: String) -> Bool
    func isFolder(_ path: String) -> Bool
    /// Makes a folder and its missing parents, its entry durable.
    func makeFolder(_ path: String) throws(SystemFailure)
    /// Renames a folder, the entry durable.
    func move(_ source: String, to target: String) throws(SystemFailure)
    /// Swaps two folders of one parent in one step, the entries durable.
    func exchange(_ first: String, _ second: String) throws(SystemFailure)
    /// What is doubtful about a place for a log.
    func concerns(at path: String) -> [PlaceConcern]

    // MARK: A folder

    /// Opens an existing folder; a link in its place is refused.
    func openFolder(_ path: String) -> Int32
    func open(_ name: String, in folder: Int32, _ flags: Int32, mode: UInt32) -> Int32
    /// Opens for reading past any cache, where that exists.
    func openPastCache(_ name: String, in folder: Int32) -> Int32
    /// Opens for reading and leaves the access time alone, where that is permitted.
    func openQuietly(_ name: String, in folder: Int32) -> Int32
    func makeFolder(_ name: String, in folder: Int32) -> Int32
    /// Renames; an existing target is never replaced.
    func rename(_ source: String, in folder: Int32, to target: String, in other: Int32) -> Int32
    /// Renames over an existing file.
    func replace(_ target: String, with source: String, in folder: Int32) -> Int32
    func remove(_ name: String, in folder: Int32) -> Int32
    /// Nil when nothing has this name.
    func facts(of name: String, in folder: Int32) -> FileFacts?
    /// The names in the folder at a path, sorted by bytes.
    func names(in path: String) throws(SystemFailure) -> [String]

    // MARK: An open file

    func facts(of file: Int32) -> FileFacts?
    func read(_ file: Int32, into buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Int
    func write(_ bytes: UnsafeRawBufferPointer, to file: Int32, at offset: Int) -> Int
    func sync(_ descriptor: Int32) -> Int32
    /// Syncs what reading the bytes back needs, and not the times.
    func syncData(_ file: Int32) -> Int32
    func truncate(_ file: Int32, to size: Int) -> Int32
    /// Makes the file so long, of zeros that own their space.
    func allocate(_ file: Int32, _ size: Int) -> Int32
    /// Owns space behind the end of a file without changing its size.
    func reserve(_ file: Int32, from offset: Int, count: Int) -> Int32
    /// From here on the file is only read; an aid, not a promise.
    func protect(_ file: Int32)
    func close(_ descriptor: Int32)

    // MARK: Locks

    /// Takes the write lock without waiting.
    func lock(_ file: Int32) -> Int32
    func unlock(_ file: Int32)
    func isLocked(_ file: Int32) -> Bool
}
