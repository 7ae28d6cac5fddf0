// What kind of file system a folder is on and how much space is left there.
//
// The type comes from the mount table rather than from statfs: every FUSE file system has one
// magic number, whether it is a disk of this machine or a folder of another one.

import Glibc
import Support

/// The file system under a folder.
public struct FileSystemFacts: Codable, Hashable, Sendable {
    public var folder: String
    /// As the mount table names it: `ext4`, `nfs4`, `fuse.sshfs`.
    public var type: String
    public var isReadOnly: Bool
    public var freeBytes: UInt64
    public var totalBytes: UInt64
    /// Files that can still be made, and that the file system can hold; zero where it has no limit.
    public var freeFiles: UInt64
    public var totalFiles: UInt64

    public init(
        folder: String, type: String, isReadOnly: Bool, freeBytes: UInt64, totalBytes: UInt64,
        freeFiles: UInt64 = 0, totalFiles: UInt64 = 0
    ) {
        self.folder = folder
        self.type = type
        self.isReadOnly = isReadOnly
        self.freeBytes = freeBytes
        self.totalBytes = totalBytes
        self.freeFiles = freeFiles
        self.totalFiles = totalFiles
    }

    /// True where locks, events or syncs pass over a network or through another program.
    public var isRemote: Bool {
        let remote: Set = [
            "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre",
            "virtiofs", "vboxsf", "davfs",
        ]
        // A disk of this machine that only FUSE can read.
        let local: Set = ["fuseblk", "fuse.ntfs-3g", "fuse.bindfs", "fuse.fuse-overlayfs"]
        return remote.contains(type) || (type.hasPrefix("fuse") && !local.contains(type))
    }

    /// Asks the kernel.
    ///
    /// - Parameter table: the text of `/proc/self/mountinfo`.
    static func of(_ folder: String, table: String) throws(SystemFailure) -> FileSystemFacts {
        var facts = statvfs()
        try retrying("statvfs", folder) { statvfs(folder, &facts) }
        let block = UInt64(facts.f_frsize)
        return FileSystemFacts(
            folder: folder, type: type(of: folder, in: table) ?? "unknown",
            isReadOnly: facts.f_flag & UInt(ST_RDONLY) != 0,
            freeBytes: rounded(UInt64(facts.f_bavail) * block),
            totalBytes: UInt64(facts.f_blocks) * block,
            freeFiles: rounded(UInt64(facts.f_favail)), totalFiles: UInt64(facts.f_files))
    }

    /// Down to two digits: the others change with every file that anybody writes, and two recordings of
    /// one state would differ.
    static func rounded(_ number: UInt64) -> UInt64 {
        var unit: UInt64 = 1
        while number / unit >= 100 { unit *= 10 }
        return number / unit * unit
    }

    /// The type of the innermost mount that a folder lies in; of two mounts at one place the later
    /// hides the earlier.
    static func type(of folder: String, in table: String) -> String? {
        var best: (length: Int, type: String)?
        for line in table.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 4, let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count
            else { continue }
            let point = unescaped(fields[4])
            let isInside = point == "/" || folder == point || folder.hasPrefix(point + "/")
            guard isInside, point.utf8.count >= best?.length ?? 0 else { continue }
            best = (point.utf8.count, String(fields[dash + 1]))
        }
        return best?.type
    }

    /// The kernel writes space, tab, newline and backslash as octal numbers.
    private static func unescaped(_ field: Substring) -> String {
        [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")].reduce(String(field)) {
            $0.replacing($1.0, with: $1.1)
        }
    }
}

extension SyncHost {
    /// The file systems under the working copy and its log; one entry where they are the same.
    public func fileSystems() throws(SystemFailure) -> [FileSystemFacts] {
        let table = try FileAccess.kernelText("/proc/self/mountinfo")
        var found = [try FileSystemFacts.of(workspace.root, table: table)]
        if FileAccess.isFolder(workspace.walFolder) {
            var log = try FileSystemFacts.of(workspace.walFolder, table: table)
            let isSame = (log.type, log.totalBytes) == (found[0].type, found[0].totalBytes)
            log.isReadOnly = log.isReadOnly || found[0].isReadOnly
            if !isSame || log.isReadOnly != found[0].isReadOnly { found.append(log) }
        }
        return found
    }
}
