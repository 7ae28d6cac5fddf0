// Reads a file so that the bytes are one version of it.
//
// A file that is being written shows half of each version. The status is taken before and after;
// only when both agree, and the name still leads to the same file, are the bytes handed out.

import Glibc
import LiveProtocol
import Support

/// One version of a file.
public struct StableFile: Equatable, Sendable {
    public let bytes: [UInt8]
    public let stamp: FileStamp
    /// Permission bits.
    public let mode: UInt32
    public let linkCount: Int

    /// The digest of the bytes.
    public var digest: ContentDigest { ContentDigest.of(bytes) }
}

/// Why a file cannot be read as one version.
public struct StableReadFailure: Failure, Equatable {
    /// Why not.
    public enum Problem: Error, Hashable, Sendable {
        /// The path leaves the tree or names nothing that is read.
        case refused(PathRule)
        /// No file of that name.
        case missing
        /// A folder has taken its name, or a file that of a folder on the way.
        case replaced
        /// Larger than the limit.
        case tooBig(bytes: Int64, limit: Int)
        /// It changed during every attempt.
        case unsettled(attempts: Int)
        /// Another process holds it so that an open would have to wait, or is writing it.
        case held
        case system(Int32)
    }

    public let path: String
    public let problem: Problem

    public var subject: String { path }

    public var reason: String {
        switch problem {
        case .refused(let rule): rule.meaning
        case .missing: "the file does not exist"
        case .replaced: "a folder has its name, or a file that of a folder above it"
        case .tooBig(let bytes, let limit): "\(bytes) bytes are over the limit of \(limit)"
        case .unsettled(let attempts): "it changed during each of \(attempts) attempts to read it"
        case .held: "another process holds it, or is writing it"
        case .system(let code): SystemFailure(operation: "read", path: path, code: code).reason
        }
    }

    public var nextStep: String {
        switch problem {
        case .refused, .replaced: "replace it with a regular file, or exclude it"
        case .missing: "check that the path exists"
        case .tooBig: "exclude it"
        case .unsettled, .held: "wait until the writing program is done"
        case .system(let code): SystemFailure(operation: "read", path: path, code: code).nextStep
        }
    }
}

/// Reading of files below a root, without following links and without ever blocking.
public enum StableRead {
    /// A source file above 16 MiB is data, and would not fit a log record either.
    public static let limit = 16 << 20
    /// A program that rewrites a file five times while it is read four times is not saving.
    static let attemptCountMax = 5

    /// Reads `path`, relative to `root`.
    public static func read(
        root: String, path: String, limit: Int = Self.limit, clock: any Support.Clock
    ) throws(StableReadFailure) -> StableFile {
        let name = PathName.last(of: path)
        let failure = { StableReadFailure(path: path, problem: $0) }
        let parent: FolderHandle
        do throws(FolderHandle.Refusal) {
            parent = try FolderHandle.parent(of: path, below: root)
        } catch {
            switch error {
            case .rule(.parentNotFolder): throw failure(.replaced)
            case .rule(let rule): throw failure(.refused(rule))
            case .system(let system):
                throw failure(system.code == ENOENT ? .missing : .system(system.code))
            }
        }
        for _ in 0..<attemptCountMax {
            do throws(Problem) {
                if let file = try attempt(parent, name, limit, clock) { return file }
            } catch {
                throw failure(error)
            }
        }
        throw failure(.unsettled(attempts: attemptCountMax))
    }

    typealias Problem = StableReadFailure.Problem

    /// One attempt; nil when the file changed under it.
    private static func attempt(
        _ parent: borrowing FolderHandle, _ name: String, _ limit: Int, _ clock: any Support.Clock
    ) throws(Problem) -> StableFile? {
        // O_NONBLOCK keeps a FIFO, and a file under a lease, from making the open wait.
        let flags = O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC
        let descriptor = openat(parent.descriptor, name, flags)
        guard descriptor >= 0 else { throw problem(of: errno) }
        defer { close(descriptor) }
        let before = try status(descriptor)
        let kind = before.st_mode & S_IFMT
        guard kind == mode_t(Glibc.S_IFREG) else {
            throw kind == mode_t(Glibc.S_IFDIR) ? .replaced : .refused(.notRegular)
        }
        guard before.st_size <= limit else {
            throw .tooBig(bytes: Int64(before.st_size), limit: limit)
        }
        guard let bytes = try read(descriptor, count: Int(before.st_size)) else { return nil }
        let now = clock.now
        guard !FileLocks.isBeingWritten(descriptor, FileStamp(before), now: now) else {
            throw .held
        }
        // Two versions may share a stamp as new as this moment: then both readings must agree.
        if FileStamp(before).isRacy(at: now) {
            guard try read(descriptor, count: Int(before.st_size)) == bytes else { return nil }
        }
        let after = try status(descriptor)
        guard FileStamp(after) == FileStamp(before), let named = parent.status(of: name),
            named.st_ino == before.st_ino, named.st_dev == before.st_dev
        else { return nil }
        return StableFile(
            bytes: bytes, stamp: FileStamp(before), mode: before.st_mode & 0o7777,
            linkCount: Int(before.st_nlink))
    }

    private static func problem(of code: Int32) -> Problem {
        switch code {
        case ENOENT: .missing
        case ELOOP: .refused(.symlink)
        case ENXIO, ENODEV: .refused(.notRegular)
        case EAGAIN: .held
        default: .system(code)
        }
    }

    private static func status(_ descriptor: Int32) throws(Problem) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(errno) }
        return status
    }

    /// Reads from the start; nil when the file is not exactly `count` bytes long.
    private static func read(_ descriptor: Int32, count: Int) throws(Problem) -> [UInt8]? {
        // One byte more than expected shows that the file has grown.
        var bytes = [UInt8](repeating: 0, count: count + 1)
        var filled = 0
        while filled < bytes.count {
            let got = bytes.withUnsafeMutableBytes {
                pread(
                    descriptor, $0.baseAddress.map { $0 + filled }, $0.count - filled, off_t(filled)
                )
            }
            if got < 0 && errno == EINTR { continue }
            guard got >= 0 else { throw .system(errno) }
            if got == 0 { break }
            filled += got
        }
        guard filled == count else { return nil }
        bytes.removeLast()
        return bytes
    }
}
