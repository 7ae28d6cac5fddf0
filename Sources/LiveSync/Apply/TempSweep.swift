// Temporary files that a crash left beside source files.
//
// They are moved aside, not deleted: a crash right after the exchange of names leaves the
// displaced version, perhaps somebody's save, under the temporary name.

import Glibc
import LiveProtocol
import Support

/// Finds and clears leftover temporary files.
public enum TempSweep {
    /// A temporary file and when it was last touched.
    public struct Leftover: Hashable, Sendable {
        /// Relative to the root.
        public let path: String
        /// The process that made it, by its name.
        public let pid: Int32?
        public let stamp: FileStamp
    }

    /// What became of one leftover.
    public enum Outcome: Hashable, Sendable {
        case movedAside(QuarantinedFile)
        /// Not older than the limit.
        case tooYoung
        /// Some process has it open.
        case inUse
        /// It is gone already, or not what was found.
        case gone
    }

    /// The leftovers among the paths a walk reported as temporary.
    public static func find(root: String, among temporaries: [String]) -> [Leftover] {
        temporaries.compactMap { path in
            var status = stat()
            // One that vanished since the walk is no leftover.
            guard lstat(root + "/" + path, &status) == 0,
                status.st_mode & S_IFMT == mode_t(Glibc.S_IFREG)
            else { return nil }
            return Leftover(path: path, pid: pid(in: path), stamp: FileStamp(status))
        }
    }

    private static func pid(in path: String) -> Int32? {
        let rest = PathName.last(of: path).dropFirst(TreePath.temporaryPrefix.count)
        return rest.split(separator: "-").first.flatMap { Int32($0) }
    }

    /// Moves a leftover aside when it is older than `limit` and no process has it open.
    ///
    /// - Parameter limit: the start of the run that sweeps; what is younger may be in use.
    public static func clear(
        _ leftover: Leftover, root: String, olderThan limit: Timestamp, quarantine: Quarantine
    ) throws(ApplyFailure) -> Outcome {
        if leftover.stamp.changed >= limit.rawValue * 1_000_000 { return .tooYoung }
        let failure = { (code: Int32) in ApplyFailure(path: leftover.path, why: .ioError(code)) }
        let folder: FolderHandle
        do throws(FolderHandle.Refusal) {
            folder = try FolderHandle.folder(leftover.path.parentFolder, below: root)
        } catch {
            switch error {
            case .rule(let rule): throw ApplyFailure(path: leftover.path, why: .pathRefused(rule))
            case .system(let system): throw failure(system.code)
            }
        }
        let name = PathName.last(of: leftover.path)
        let flags = O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC
        let descriptor = openat(folder.descriptor, name, flags)
        guard descriptor >= 0 else { return .gone }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, FileStamp(status) == leftover.stamp else {
            return .gone
        }
        if isOpenElsewhere(descriptor, pid: leftover.pid) { return .inUse }
        do throws(ErrorNumber) {
            let origin = QuarantinedFile.Origin(
                path: leftover.path, digest: try TargetFile.digest(descriptor),
                takenAt: quarantine.clock.now, mode: status.st_mode & 0o7777, cause: "leftover")
            return .movedAside(try quarantine.take(name, in: folder, origin: origin))
        } catch {
            throw failure(error.code)
        }
    }

    /// A write lease is granted only when nobody else has the file open (fcntl(2)).
    private static func isOpenElsewhere(_ descriptor: Int32, pid: Int32?) -> Bool {
        // F_SETLEASE, linux/fcntl.h; the macro is not imported.
        let setLease: Int32 = 1024
        if fcntl(descriptor, setLease, Int32(F_WRLCK)) == 0 {
            _ = fcntl(descriptor, setLease, Int32(F_UNLCK))
            return false
        }
        if errno == EAGAIN || errno == EBUSY { return true }
        // No leases on this file system or for this owner: then its maker must be gone.
        guard let pid else { return true }
        return kill(pid, 0) == 0 || errno == EPERM
    }
}

extension String {
    /// The folder part of a relative path; empty at the root.
    fileprivate var parentFolder: String { contains("/") ? PathName.parent(of: self) : "" }
}
