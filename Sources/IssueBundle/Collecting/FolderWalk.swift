// Files of a folder, reached by descriptors alone.
//
// A path that is checked and opened later can be swapped in between. Here each entry is opened
// relative to its open folder, without following a link and without waiting for a FIFO's other
// end, and what was opened is what is judged.

import Glibc
import Support

/// A regular file, open for reading. Its length is fixed here, once.
final class CollectedFile: Sendable {
    /// Relative to the folder that was walked.
    let name: String
    let descriptor: Int32
    let bytes: Int
    let modifiedAt: Timestamp
    private let identity: FileIdentity

    fileprivate init(_ name: String, _ descriptor: Int32, _ status: stat) {
        self.name = name
        self.descriptor = descriptor
        bytes = Int(status.st_size)
        modifiedAt = Timestamp(of: status)
        identity = FileIdentity(status)
    }

    deinit { close(descriptor) }

    /// What happened to the file since it was opened; nil when it is as it was.
    func change(_ gate: CallGate) throws(SystemFailure) -> Omission.Reason? {
        var status = stat()
        try gate.call("stat", name) { fstat(descriptor, &status) }
        if Int(status.st_size) < bytes { return .shrank }
        if Int(status.st_size) > bytes { return .grew }
        return Timestamp(of: status) == modifiedAt ? nil : .changed
    }
}

/// Which file a name leads to.
private struct FileIdentity: Hashable {
    let device: UInt64
    let inode: UInt64

    init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
    }
}

extension Timestamp {
    fileprivate init(of status: stat) {
        let time = status.st_mtim
        self.init(seconds: Int64(time.tv_sec), nanoseconds: Int64(time.tv_nsec))
    }
}

/// Everything below one folder.
struct FolderWalk {
    /// More files than this is no folder of logs; each is open while it is collected.
    static let filesMax = 512
    /// Names looked at, whatever they are.
    static let entriesMax = 10_000
    static let depthMax = 4

    private(set) var files: [CollectedFile] = []
    private(set) var omissions: [Omission] = []
    private let gate: CallGate
    private let wanted: Set<String>?
    private var device: UInt64 = 0
    private var entries = 0
    /// Names seen of files that have more than one.
    private var names: [FileIdentity: Int] = [:]

    /// Walks a folder; one that is not there has no files.
    ///
    /// - Parameter wanted: looks at these names in the folder itself only; nil takes everything
    ///   below it.
    init(
        _ folder: String, named wanted: Set<String>? = nil, gate: CallGate = .open
    ) throws(SystemFailure) {
        self.gate = gate
        self.wanted = wanted
        let descriptor = try gate.call("open", folder) {
            open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        }
        var status = stat()
        do throws(SystemFailure) {
            try gate.call("stat", folder) { fstat(descriptor, &status) }
        } catch {
            close(descriptor)
            throw error
        }
        device = UInt64(status.st_dev)
        try enter(descriptor, prefix: "", depth: 0)
        refuseSecondNames()
    }

    /// Lists one folder; closes its descriptor.
    private mutating func enter(
        _ descriptor: Int32, prefix: String, depth: Int
    ) throws(SystemFailure) {
        let names: [[CChar]]
        do throws(SystemFailure) {
            try gate.pass("list", prefix)
            names = try Self.names(descriptor, prefix)
        } catch {
            close(descriptor)
            throw error
        }
        defer { close(descriptor) }
        for name in names {
            entries += 1
            guard entries <= Self.entriesMax else {
                omissions.append(Omission(prefix + "…", .tooMany))
                return
            }
            let shown = prefix + NameText.printable(name)
            if let wanted, !wanted.contains(shown) { continue }
            do throws(SystemFailure) {
                try look(name, shown, in: descriptor, depth: depth)
            } catch {
                let reason: Omission.Reason = error.code == ENOENT ? .vanished : .unreadable
                omissions.append(Omission(shown, reason, detail: error.reason))
            }
        }
    }

    private mutating func look(
        _ name: [CChar], _ shown: String, in folder: Int32, depth: Int
    ) throws(SystemFailure) {
        var status = stat()
        try gate.call("stat", shown) { fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) }
        let kind = status.st_mode & S_IFMT
        if let reason = Self.refusal(of: kind) {
            omissions.append(Omission(shown, reason))
            return
        }
        if kind == S_IFDIR, wanted != nil { return }
        let flags =
            O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | (kind == S_IFDIR ? O_DIRECTORY : 0)
        let descriptor = try gate.call("open", shown) { openat(folder, name, flags) }
        var opened = stat()
        do throws(SystemFailure) {
            try gate.call("stat", shown) { fstat(descriptor, &opened) }
        } catch {
            close(descriptor)
            throw error
        }
        if let reason = refusal(of: opened, wasFolder: kind == S_IFDIR, depth: depth) {
            close(descriptor)
            omissions.append(Omission(shown, reason, bytes: Int(opened.st_size)))
            return
        }
        if kind == S_IFDIR {
            return try enter(descriptor, prefix: shown + "/", depth: depth + 1)
        }
        if opened.st_nlink > 1 { names[FileIdentity(opened), default: 0] += 1 }
        files.append(CollectedFile(shown, descriptor, opened))
    }

    private static func refusal(of kind: mode_t) -> Omission.Reason? {
        switch kind {
        case S_IFREG, S_IFDIR: nil
        case S_IFLNK: .link
        case S_IFIFO: .fifo
        case S_IFSOCK: .socket
        default: .device
        }
    }

    private func refusal(of status: stat, wasFolder: Bool, depth: Int) -> Omission.Reason? {
        let kind = status.st_mode & S_IFMT
        // Between the look and the open somebody put another thing there.
        guard kind == (wasFolder ? S_IFDIR : S_IFREG) else {
            return Self.refusal(of: kind) ?? .changed
        }
        if UInt64(status.st_dev) != device { return .otherFileSystem }
        if status.st_uid != geteuid() && geteuid() != 0 { return .otherOwner }
        if wasFolder { return depth + 1 > Self.depthMax ? .tooDeep : nil }
        return files.count >= Self.filesMax ? .tooMany : nil
    }

    /// A file may have several names here; one that has a name elsewhere may be anything.
    private mutating func refuseSecondNames() {
        files.removeAll { file in
            var status = stat()
            guard fstat(file.descriptor, &status) == 0, status.st_nlink > 1,
                names[FileIdentity(status), default: 0] < Int(status.st_nlink)
            else { return false }
            omissions.append(Omission(file.name, .secondName, bytes: file.bytes))
            return true
        }
        files.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// The names as the kernel gives them: they may be no UTF-8.
    private static func names(
        _ folder: Int32, _ path: String
    ) throws(SystemFailure) -> [[CChar]] {
        let copy = dup(folder)
        guard copy >= 0, let stream = fdopendir(copy) else {
            let code = errno
            if copy >= 0 { close(copy) }
            throw SystemFailure(operation: "list", path: path, code: code)
        }
        defer { closedir(stream) }
        return try FileAccess.names(of: stream, path, countMax: entriesMax).sorted {
            $0.map(UInt8.init(bitPattern:)).lexicographicallyPrecedes(
                $1.map(UInt8.init(bitPattern:)))
        }
    }
}

/// File names as members are called: ASCII without surprises.
enum NameText {
    /// The name with every byte that is no plain ASCII written as `%XX`.
    static func printable(_ name: [CChar]) -> String {
        var text = ""
        for byte in name.map(UInt8.init(bitPattern:)) where byte != 0 {
            let isPlain =
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                || (0x61...0x7A).contains(byte) || "._-+=@,~".utf8.contains(byte)
            text += isPlain ? String(UnicodeScalar(byte)) : "%" + Hex.encode([byte]).uppercased()
        }
        return text
    }

    static func printable(_ name: String) -> String {
        name.split(separator: "/", omittingEmptySubsequences: false)
            .map { printable($0.utf8.map { CChar(bitPattern: $0) }) }.joined(separator: "/")
    }
}
