// Which folders are watched, and what a raw event means.
//
// Watches hang on inodes, not on names: a moved folder keeps its watch and reports under its old
// name. So a folder that is moved away is forgotten with all below, and one that appears is
// watched first and read second, which leaves no moment in which a new file could go unseen.

import Glibc

/// The folders under watch. Lives on the watcher's thread.
struct WatchTable {
    private static let mask = UInt32(
        IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_DELETE_SELF
            | IN_MOVE_SELF | IN_ATTRIB | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK)

    private let descriptor: Int32
    private let root: String
    private let scope: ScanScope
    private let device: UInt64
    private let watchCountMax: Int
    private var pathOfWatch: [Int32: String] = [:]
    private var watchOfPath: [String: Int32] = [:]
    private var limitIsReported = false
    private(set) var coverage = WatchCoverage()

    init(descriptor: Int32, root: String, device: UInt64, scope: ScanScope, watchCountMax: Int) {
        self.descriptor = descriptor
        self.root = root
        self.device = device
        self.scope = scope
        self.watchCountMax = watchCountMax
    }

    /// Watches a folder and all below it that the scope enters.
    ///
    /// - Parameter listing: also report the files found, for a folder that has just appeared.
    mutating func addTree(_ folder: String, listing: Bool, into batch: inout WatchBatch) {
        let reader = FolderReader(root: root, scope: scope, device: device, skipsFiles: !listing)
        var cursor = FilterCursor(scope.filter)
        for part in folder.split(separator: "/") { cursor.descend(String(part), in: scope.filter) }
        var stack = [PendingFolder(path: folder, cursor: cursor)]
        while let next = stack.popLast() {
            add(next.path, into: &batch)
            let found = reader.read(next)
            if found.skipped[next.path] == .otherRepository {
                forgetTree(below: next.path)
                continue
            }
            stack += found.children
            for name in found.files.names {
                batch.changed.insert(StatIndex.join(next.path, name))
            }
        }
    }

    private mutating func add(_ folder: String, into batch: inout WatchBatch) {
        guard pathOfWatch.count < watchCountMax else {
            return refuse(limit: watchCountMax, into: &batch)
        }
        let full = folder.isEmpty ? root : root + "/" + folder
        let watch = inotify_add_watch(descriptor, full, Self.mask)
        guard watch >= 0 else {
            if errno == ENOSPC { return refuse(limit: Self.kernelLimit(), into: &batch) }
            // A folder that vanished again needs no watch; any other refusal leaves a blind spot.
            if errno != ENOENT && errno != ENOTDIR { coverage.unwatched += 1 }
            return
        }
        // The same inode under another name: the old name is no longer true.
        if let old = pathOfWatch[watch], old != folder { watchOfPath[old] = nil }
        pathOfWatch[watch] = folder
        watchOfPath[folder] = watch
        coverage.watched = pathOfWatch.count
    }

    private mutating func refuse(limit: Int, into batch: inout WatchBatch) {
        coverage.unwatched += 1
        if limitIsReported { return }
        limitIsReported = true
        batch.limit = (pathOfWatch.count, limit)
    }

    /// What the kernel allows one user; 0 when it does not say.
    private static func kernelLimit() -> Int {
        let descriptor = open("/proc/sys/fs/inotify/max_user_watches", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return 0 }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = read(descriptor, &bytes, bytes.count)
        let digits = bytes.prefix(max(0, count)).filter { (0x30...0x39).contains($0) }
        return Int(String(decoding: digits, as: UTF8.self)) ?? 0
    }

    /// Takes one raw event.
    mutating func take(_ event: RawWatchEvent, into batch: inout WatchBatch) {
        guard let folder = pathOfWatch[event.watch] else { return }
        if event.has(IN_IGNORED) { return forget(watch: event.watch) }
        if event.has(IN_DELETE_SELF) || event.has(IN_UNMOUNT) || event.has(IN_MOVE_SELF) {
            return folderItself(folder, event, into: &batch)
        }
        guard let name = event.name else { return }
        if name == ".git", !folder.isEmpty {
            if event.has(IN_CREATE) || event.has(IN_MOVED_TO) { leave(folder, into: &batch) }
            // What was another repository's is this one's from now on.
            if event.has(IN_DELETE) || event.has(IN_MOVED_FROM) {
                addTree(folder, listing: true, into: &batch)
            }
            return
        }
        let path = StatIndex.join(folder, name)
        if event.has(IN_ISDIR) {
            takeFolder(path, event, into: &batch)
        } else {
            takeFile(path, name, event, into: &batch)
        }
    }

    /// A clone, a worktree or a submodule begins in a folder: what is in it is another repository's.
    private mutating func leave(_ folder: String, into batch: inout WatchBatch) {
        forgetTree(below: folder)
        batch.changed = batch.changed.filter { !$0.hasPrefix(folder + "/") }
    }

    private mutating func folderItself(
        _ folder: String, _ event: RawWatchEvent, into batch: inout WatchBatch
    ) {
        if folder.isEmpty {
            batch.rootIsGone = true
        } else if !event.has(IN_MOVE_SELF) {
            // The parent reports a move under both names; only it knows the new one.
            batch.goneFolders.append(folder)
            forgetTree(folder)
        }
    }

    private mutating func takeFolder(
        _ path: String, _ event: RawWatchEvent, into batch: inout WatchBatch
    ) {
        guard scope.enters(folder: path) else { return }
        if event.has(IN_MOVED_FROM) {
            batch.goneFolders.append(path)
            forgetTree(path)
        } else if event.has(IN_CREATE) || event.has(IN_MOVED_TO) {
            addTree(path, listing: true, into: &batch)
        }
    }

    private func takeFile(
        _ path: String, _ name: String, _ event: RawWatchEvent, into batch: inout WatchBatch
    ) {
        if name == ".gitignore" { batch.ignoreRules.insert(path) }
        // A file that was just made is empty; its text is reported when it is closed. Only a new
        // name for an existing file, a hard link, is never closed.
        if event.has(IN_CREATE) && !hasOtherNames(path) { return }
        if scope.admits(path) { batch.changed.insert(path) }
    }

    private func hasOtherNames(_ path: String) -> Bool {
        var status = stat()
        return lstat(root + "/" + path, &status) == 0 && status.st_nlink > 1
    }

    private mutating func forgetTree(_ folder: String) {
        forgetTree(below: folder)
        guard let watch = watchOfPath[folder] else { return }
        inotify_rm_watch(descriptor, watch)
        forget(watch: watch)
    }

    /// The folder's own watch stays: it tells when its `.git` goes.
    private mutating func forgetTree(below folder: String) {
        let prefix = folder + "/"
        for (path, watch) in watchOfPath where path.hasPrefix(prefix) {
            inotify_rm_watch(descriptor, watch)
            forget(watch: watch)
        }
    }

    private mutating func forget(watch: Int32) {
        guard let path = pathOfWatch.removeValue(forKey: watch) else { return }
        if watchOfPath[path] == watch { watchOfPath[path] = nil }
        coverage.watched = pathOfWatch.count
    }
}

/// One record out of the kernel's queue.
struct RawWatchEvent {
    let watch: Int32
    let mask: UInt32
    /// Nil when there is none or it is not UTF-8.
    let name: String?

    func has(_ flag: some BinaryInteger) -> Bool { mask & UInt32(truncatingIfNeeded: flag) != 0 }

    /// Splits what one read returned.
    static func parse(_ bytes: UnsafeRawBufferPointer) -> [RawWatchEvent] {
        let header = MemoryLayout<inotify_event>.size
        var events: [RawWatchEvent] = []
        var offset = 0
        while offset + header <= bytes.count {
            let event = bytes.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
            let start = offset + header
            let end = min(start + Int(event.len), bytes.count)
            let name = bytes[start..<end].prefix { $0 != 0 }
            events.append(
                RawWatchEvent(
                    watch: event.wd, mask: event.mask,
                    name: name.isEmpty ? nil : String(validating: name, as: UTF8.self)))
            offset = end
        }
        return events
    }
}

/// What one read of the queue amounts to.
struct WatchBatch {
    var changed: Set<String> = []
    var goneFolders: [String] = []
    var rootIsGone = false
    var limit: (watched: Int, limit: Int)?
    var ignoreRules: Set<String> = []
    var canaries: [String] = []
    var canaryFolderIsGone = false
    var isOverflow = false

    /// The batch as events, in the order in which a reader should act on them.
    var events: [WatchEvent] {
        var list: [WatchEvent] = []
        if rootIsGone { list.append(.rootGone) }
        if isOverflow { list.append(.overflow) }
        if let limit { list.append(.limitReached(watched: limit.watched, limit: limit.limit)) }
        list += ignoreRules.sorted().map(WatchEvent.ignoreRulesChanged)
        list += goneFolders.map(WatchEvent.folderGone)
        if !changed.isEmpty { list.append(.changed(changed)) }
        // Markers come last: everything reported before a marker is then known to be delivered.
        list += canaries.map(WatchEvent.canary)
        if canaryFolderIsGone { list.append(.canaryFolderGone) }
        return list
    }
}
