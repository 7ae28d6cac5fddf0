// Reads the whole tree's status: two workers over one stack of folders.
//
// The folder descriptor is opened without following links and files are looked at relative to it,
// so a path is resolved once per folder. The entry type spares a status call for folders; two
// threads are where a warm cache stops getting faster on two cores.

import Foundation
import Glibc
import Support
import Synchronization

/// Walks a tree and takes a ``StatIndex``.
public enum TreeWalk {
    /// What a walk found.
    public struct Result: Sendable {
        public var index: StatIndex
        /// Every folder that was read, relative to the root, sorted; the root is the empty path.
        public var folders: [String]
        /// Leftover temporary files of this program.
        public var temporaries: [String]
        /// Folders and files that could not be looked at, by path.
        public var skipped: [String: SkipReason]
    }

    /// Why an entry is not in the snapshot.
    public enum SkipReason: Hashable, Sendable {
        /// The name is not UTF-8; the lossy form is in the path.
        case nameNotText
        /// A folder with a `.git` of its own: another repository.
        case otherRepository
        /// Another file system is mounted there.
        case otherFileSystem
        case system(Int32)
    }

    /// Walks everything that `scope` enters below `root`.
    ///
    /// - Parameter workers: threads; 2 for a warm tree, 8 when the disk has to be read.
    /// - Throws: when the root itself cannot be read. An unreadable folder below is skipped and
    ///   listed, so that a caller never takes it for a deleted one.
    public static func run(
        root: String, scope: ScanScope, workers: Int = 2, clock: any Support.Clock
    ) throws(SystemFailure) -> Result {
        let takenAt = clock.now
        var status = stat()
        try retrying("stat", root) { stat(root, &status) }
        guard status.st_mode & S_IFMT == mode_t(Glibc.S_IFDIR) else {
            throw SystemFailure(operation: "scan", path: root, code: ENOTDIR)
        }
        let shared = SharedWalk(root: root, scope: scope, device: FileStamp.device(status))
        let threads = (1..<max(1, workers)).map { _ in shared.startWorker() }
        shared.work()
        for thread in threads { thread.wait() }
        if let code = shared.rootFailure {
            throw SystemFailure(operation: "open", path: root, code: code)
        }
        return merge(shared.takeFolders(), takenAt: takenAt)
    }

    private static func merge(_ read: [WalkedFolder], takenAt: Timestamp) -> Result {
        let sorted = read.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        var result = Result(
            index: StatIndex(takenAt: takenAt), folders: [], temporaries: [], skipped: [:])
        for folder in sorted {
            if folder.isRead { result.folders.append(folder.path) }
            result.index.append(folder: folder.path, files: folder.files)
            result.temporaries += folder.temporaries
            result.skipped.merge(folder.skipped) { first, _ in first }
        }
        return result
    }
}

/// A folder waiting to be read.
struct PendingFolder: Sendable {
    let path: String
    let cursor: FilterCursor
}

/// The stack of folders and the results, shared by the workers.
private final class SharedWalk: Sendable {
    private struct State {
        var stack: [PendingFolder]
        var busy = 0
        var done: [WalkedFolder] = []
    }

    private let reader: FolderReader
    private let condition = NSCondition()
    private let state: Mutex<State>

    init(root: String, scope: ScanScope, device: UInt64) {
        reader = FolderReader(root: root, scope: scope, device: device)
        let top = PendingFolder(path: "", cursor: FilterCursor(scope.filter))
        state = Mutex(State(stack: [top]))
    }

    var rootFailure: Int32? {
        state.withLock { state in
            for folder in state.done where folder.path.isEmpty {
                if case .system(let code) = folder.skipped[""] { return code }
            }
            return nil
        }
    }

    func takeFolders() -> [WalkedFolder] { state.withLock { $0.done } }

    func startWorker() -> DispatchSemaphore {
        let ended = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            self.work()
            ended.signal()
        }
        return ended
    }

    /// Reads folders until none is left and no other worker can add one.
    func work() {
        var finished: [WalkedFolder] = []
        while let folder = next() {
            let walked = reader.read(folder)
            finish(adding: walked.children)
            finished.append(walked)
        }
        state.withLock { $0.done += finished }
    }

    private func next() -> PendingFolder? {
        condition.lock()
        defer { condition.unlock() }
        while true {
            let (folder, isOver) = state.withLock { state -> (PendingFolder?, Bool) in
                guard let folder = state.stack.popLast() else { return (nil, state.busy == 0) }
                state.busy += 1
                return (folder, false)
            }
            if let folder { return folder }
            if isOver { return nil }
            condition.wait()
        }
    }

    private func finish(adding children: [PendingFolder]) {
        condition.lock()
        state.withLock { state in
            state.stack += children
            state.busy -= 1
        }
        condition.broadcast()
        condition.unlock()
    }
}
