// Which of the files that aura keeps this user may not use: made by another user, as after one
// command under sudo, or with permissions that somebody took away.

import Glibc
import Support

/// A file or folder of a working copy's state, or of its device's keys, that this user may not use.
public struct ClosedPath: Codable, Hashable, Sendable {
    /// As a path in the working copy; absolute where it lies elsewhere.
    public var path: String
    /// Whether it belongs to this user, who can open it again.
    public var isOwn: Bool
    /// Its permissions, and what they have to be for its owner to use it.
    public var mode: UInt32
    public var neededMode: UInt32

    public init(path: String, isOwn: Bool, mode: UInt32, neededMode: UInt32) {
        self.path = path
        self.isOwn = isOwn
        self.mode = mode
        self.neededMode = neededMode
    }
}

extension SyncHost {
    /// Names looked at in one folder; a state folder holds some dozens.
    private static let namesMax = 500

    /// What this user may not use of the state of the working copy and of its device's keys, folders
    /// first. Below a closed folder nothing can be seen.
    public func closedPaths() -> [ClosedPath] {
        let state = workspace.liveFolder
        let apart = [
            workspace.walFolder, workspace.logFolder, workspace.runFolder, workspace.journalFolder,
        ]
        let found = ([state, workspace.journalFolder] + keys).compactMap(closed)
        return found
            + ([state] + apart).flatMap { folder in
                // A folder that cannot be listed is a closed one, or not there.
                ((try? FileAccess.names(in: folder)) ?? []).sorted().prefix(Self.namesMax)
                    .map { "\(folder)/\($0)" }
                    .filter { $0 != workspace.journalFolder }
                    .compactMap(closed)
            }
    }

    private var keys: [String] {
        guard let folder = userFolder else { return [] }
        // Whose keys they are is in the record, which may be closed itself.
        let device = (try? DeviceBinding.read(workspace))?.device
        return [folder.path, folder.deviceFolder]
            + (device.map {
                [folder.deviceKeyPath($0.hex), StoredToken.path($0, in: folder)]
            } ?? [])
    }

    private func closed(_ path: String) -> ClosedPath? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        let isFolder = status.st_mode & S_IFMT == S_IFDIR
        guard isFolder || [S_IFREG, S_IFSOCK].contains(status.st_mode & S_IFMT) else { return nil }
        // Sealed segments are for reading only.
        let isSealed = path.hasPrefix(workspace.walFolder + "/") && path.hasSuffix(".log")
        let asked = isFolder ? R_OK | W_OK | X_OK : isSealed ? R_OK : R_OK | W_OK
        // EROFS is another trouble, of the mount.
        guard faccessat(AT_FDCWD, path, asked, AT_EACCESS) != 0, errno == EACCES else { return nil }
        return ClosedPath(
            path: path.hasPrefix(workspace.root + "/")
                ? String(path.dropFirst(workspace.root.count + 1)) : path,
            isOwn: status.st_uid == geteuid(), mode: status.st_mode & 0o7777,
            neededMode: status.st_mode & 0o7777 | (isFolder ? 0o700 : isSealed ? 0o400 : 0o600))
    }
}
