// Reads one folder: which files take part, with their stamps, and which folders come next.

import CLinux
import Glibc
import LiveProtocol

/// One folder as it was read.
struct WalkedFolder: Sendable {
    let path: String
    var isRead = false
    var files = FolderFiles()
    var children: [PendingFolder] = []
    var temporaries: [String] = []
    var skipped: [String: TreeWalk.SkipReason] = [:]
}

struct FolderReader: Sendable {
    let root: String
    let scope: ScanScope
    let device: UInt64
    /// Lists folders only; files are neither looked at nor reported.
    var skipsFiles = false

    func read(_ pending: PendingFolder) -> WalkedFolder {
        var folder = WalkedFolder(path: pending.path)
        let full = pending.path.isEmpty ? root : root + "/" + pending.path
        let follow = pending.path.isEmpty ? 0 : O_NOFOLLOW
        let descriptor = open(full, O_RDONLY | O_DIRECTORY | O_CLOEXEC | follow)
        guard descriptor >= 0 else {
            skip(&folder, pending.path, errno)
            return folder
        }
        defer { close(descriptor) }
        folder.isRead = true
        readEntries(of: descriptor, pending, into: &folder)
        if isElsewhere(descriptor, folder.files) {
            folder = WalkedFolder(path: pending.path)
            folder.skipped[pending.path] = .otherFileSystem
            return folder
        }
        folder.files.sort()
        return folder
    }

    /// True for a folder of another file system.
    private func isElsewhere(_ descriptor: Int32, _ files: FolderFiles) -> Bool {
        // A file tells where its folder is; only one that is mounted by itself is elsewhere alone.
        if files.stamps.first?.device == device { return false }
        var status = stat()
        return fstat(descriptor, &status) == 0 && FileStamp.device(status) != device
    }

    private func readEntries(
        of descriptor: Int32, _ pending: PendingFolder, into folder: inout WalkedFolder
    ) {
        let code = FolderEntries.read(from: descriptor) {
            take($0, descriptor, pending, into: &folder)
        }
        if let code { skip(&folder, pending.path, code) }
    }

    /// False when the folder turned out not to be ours.
    private func take(
        _ entry: FolderEntries.Element, _ descriptor: Int32, _ pending: PendingFolder,
        into folder: inout WalkedFolder
    ) -> Bool {
        guard let name = String(validating: entry.name, as: UTF8.self) else {
            folder.skipped[StatIndex.join(pending.path, "?")] = .nameNotText
            return true
        }
        if name == ".git" && !pending.path.isEmpty {
            folder = WalkedFolder(path: pending.path)
            folder.skipped[pending.path] = .otherRepository
            return false
        }
        if entry.type == Int32(DT_DIR) {
            enter(name, pending, into: &folder)
        } else {
            takeFile(name, entry, descriptor, pending, into: &folder)
        }
        return true
    }

    private func takeFile(
        _ name: String, _ entry: FolderEntries.Element, _ descriptor: Int32,
        _ pending: PendingFolder, into folder: inout WalkedFolder
    ) {
        if name.utf8.starts(with: TreePath.temporaryPrefix.utf8) {
            folder.temporaries.append(StatIndex.join(pending.path, name))
        }
        let isUnknown = entry.type == Int32(DT_UNKNOWN)
        if skipsFiles && !isUnknown { return }
        // Links, FIFOs, sockets and devices never take part; they are not even looked at.
        guard entry.type == Int32(DT_REG) || isUnknown else { return }
        guard isUnknown || pending.cursor.admits(name, in: scope.filter) else { return }
        var status = aura_file_status()
        guard aura_status_at(descriptor, name, &status) == 0 else {
            return skip(&folder, StatIndex.join(pending.path, name), errno)
        }
        let kind = mode_t(status.mode) & S_IFMT
        if kind == mode_t(Glibc.S_IFDIR) { return enter(name, pending, into: &folder) }
        guard kind == mode_t(Glibc.S_IFREG),
            !isUnknown || pending.cursor.admits(name, in: scope.filter),
            scope.ignored.isEmpty || !scope.ignored.contains(StatIndex.join(pending.path, name))
        else { return }
        folder.files.append(name: entry.name, FileStamp(status))
    }

    private func enter(
        _ name: String, _ pending: PendingFolder, into folder: inout WalkedFolder
    ) {
        let path = StatIndex.join(pending.path, name)
        var cursor = pending.cursor
        cursor.descend(name, in: scope.filter)
        if cursor.isPruned(in: scope.filter) || scope.ignored.contains(path) { return }
        folder.children.append(PendingFolder(path: path, cursor: cursor))
    }

    /// An entry that vanished between listing and looking is simply gone.
    private func skip(_ folder: inout WalkedFolder, _ path: String, _ code: Int32) {
        if code == ENOENT && !path.isEmpty { return }
        folder.skipped[path] = .system(code)
    }
}
