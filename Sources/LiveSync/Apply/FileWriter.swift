// Puts a change into a source file, so that a crash, an editor or a thief of names cannot harm it.
//
// Order: open, look for obstacles, compare with what the change was made against, write beside,
// sync, compare again, exchange the names, compare what was displaced, sync the folder, read back.
// The exchange is what closes the last gap: a save that slips in before it is found in the
// displaced file, and put back.

import Glibc
import Support

/// A point between two acts of an apply, for tests and drills that crash or interfere there.
public enum ApplyStage: String, CaseIterable, Sendable {
    /// The new bytes are durable under the temporary name.
    case written
    /// The second comparison held; the rename is next.
    case compared
    /// The new bytes have the file's name; the folder is not synced yet.
    case renamed
}

/// Something that was lost on the way and does not stop the change.
public enum ApplyWarning: Hashable, Sendable {
    /// The file had this many names; the others keep the old version.
    case hardLinked(count: Int)
    /// The new version belongs to this user now.
    case ownerNotKept
    case attributeNotKept(String)

    var words: String {
        switch self {
        case .hardLinked(let count): "it had \(count) names, the others keep the old version"
        case .ownerNotKept: "it has another owner now"
        case .attributeNotKept(let name): "the attribute \(name) is gone"
        }
    }
}

/// A change that is in its file.
public struct ApplyReceipt: Hashable, Sendable {
    /// The stamp of the file as it is now, by which a scan knows its own writing.
    public let stamp: FileStamp
    public let digest: ContentDigest
    public let warnings: [ApplyWarning]
    /// Somebody saved, moved or removed the file again before it was read back: what stands there
    /// is that person's, on top of the change.
    public let isOvertaken: Bool
}

/// Writes source files below one root.
public struct FileWriter: Sendable {
    public let root: String
    /// Where removed files go.
    public let quarantineFolder: String
    let clock: any Support.Clock
    let observer: @Sendable (ApplyStage) -> Void

    /// - Parameter observer: told of each stage as it is reached.
    public init(
        root: String, quarantineFolder: String, clock: any Support.Clock,
        observer: @escaping @Sendable (ApplyStage) -> Void = { _ in }
    ) {
        self.root = root
        self.quarantineFolder = quarantineFolder
        self.clock = clock
        self.observer = observer
    }

    /// What would forbid replacing `path` now; nil when nothing does.
    public func obstacle(to path: String) -> ApplyReason? {
        do throws(ApplyFailure) {
            let folder = try parent(of: path)
            _ = try TargetFile.open(path, in: folder, now: clock.now)
            return nil
        } catch {
            return error.why
        }
    }

    /// Replaces the content of a file that holds exactly `expected`.
    ///
    /// Keeps mode, owner and extended attributes. A throw means that the file is as it was, but
    /// for ``ApplyReason/notAsWritten``.
    ///
    /// - Parameter executable: gives or takes the permission to execute; nil leaves it.
    public func replace(
        _ path: String, with bytes: [UInt8], expecting expected: ContentDigest,
        executable: Bool? = nil
    ) throws(ApplyFailure) -> ApplyReceipt {
        let folder = try parent(of: path)
        let target = try TargetFile.open(path, in: folder, now: clock.now)
        try target.requireContent(expected, in: folder)
        let mark: FileStamp
        var warnings: [ApplyWarning] = []
        if target.status.st_nlink > 1 {
            warnings.append(.hardLinked(count: Int(target.status.st_nlink)))
        }
        do throws(ErrorNumber) {
            var temporary = try TemporaryFile(in: folder)
            try temporary.write(bytes)
            warnings += try target.attributes
                .copy(to: temporary.descriptor, executable: executable).map(Self.warning)
            try temporary.sync()
            mark = try temporary.stamp()
            observer(.written)
            guard try target.holds(expected, in: folder) else { throw ErrorNumber(Self.changed) }
            observer(.compared)
            try swap(&temporary, target, expected, folder)
        } catch {
            throw failure(path, error, folder, target.descriptor)
        }
        observer(.renamed)
        return try finish(path, folder, ContentDigest.of(bytes), mark, warnings)
    }

    /// Makes a new file; the folders on the way are made too.
    public func create(
        _ path: String, bytes: [UInt8], mode: UInt32 = 0o644
    ) throws(ApplyFailure) -> ApplyReceipt {
        let folder = try parent(of: path, creating: true)
        if let reason = TargetFile.obstacle(to: folder) {
            throw ApplyFailure(path: path, why: reason)
        }
        let mark: FileStamp
        let hasName: Bool
        do throws(ErrorNumber) {
            let temporary = try TemporaryFile(in: folder)
            try temporary.write(bytes)
            // The group's and others' bits pass the user's mask, as for any file the user makes.
            guard fchmod(temporary.descriptor, mode & 0o777 & ~Self.mask) == 0 else {
                throw ErrorNumber(errno)
            }
            try temporary.sync()
            mark = try temporary.stamp()
            observer(.written)
            hasName = try temporary.link(as: PathName.last(of: path))
        } catch {
            throw failure(path, error, folder, nil)
        }
        guard hasName else { throw ApplyFailure(path: path, why: .notAsWritten) }
        observer(.renamed)
        return try finish(path, folder, ContentDigest.of(bytes), mark, [])
    }

    /// The process's mask, read from `/proc` because asking for it with `umask` changes it.
    private static let mask: UInt32 = {
        let descriptor = open("/proc/self/status", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return 0o022 }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(descriptor, &bytes, bytes.count)
        let lines = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).split(
            separator: "\n")
        let line = lines.first { $0.hasPrefix("Umask:") }
        let digits = line?.drop { !$0.isNumber } ?? ""
        return UInt32(digits, radix: 8) ?? 0o022
    }()

    /// Exchanges the two names, and takes it back when the displaced file is not the expected one.
    private func swap(
        _ temporary: inout TemporaryFile, _ target: borrowing TargetFile,
        _ expected: ContentDigest, _ folder: borrowing FolderHandle
    ) throws(ErrorNumber) {
        guard try temporary.exchange(with: target.name) else {
            return try temporary.take(placeOf: target.name)
        }
        let displaced = temporary.digestByName()
        let isBeingWritten = FileLocks.isBeingWritten(
            target.descriptor, FileStamp(target.currentStatus), now: clock.now)
        if displaced == expected && !isBeingWritten { return }
        do throws(ErrorNumber) {
            // Back: the user's version returns to its name, ours is removed.
            guard try temporary.exchange(with: target.name) else { throw ErrorNumber(ENOSYS) }
        } catch {
            // The name is gone. What is displaced is somebody's save: keep it, listed.
            temporary.abandon()
            _ = try Quarantine(folder: quarantineFolder, clock: clock).take(
                temporary.name, in: folder,
                origin: .init(
                    path: target.path, digest: displaced ?? expected, takenAt: clock.now,
                    mode: target.status.st_mode & 0o7777, cause: "displaced"))
        }
        throw ErrorNumber(Self.changed)
    }

    /// Makes the new name durable and reads the file back by it.
    ///
    /// - Parameter mark: the file as it was when its bytes were written. Other bytes in that very
    ///   file are the disk's; another file, or a later write, is somebody's save.
    private func finish(
        _ path: String, _ folder: borrowing FolderHandle, _ digest: ContentDigest,
        _ mark: FileStamp, _ warnings: [ApplyWarning]
    ) throws(ApplyFailure) -> ApplyReceipt {
        do throws(SystemFailure) {
            try folder.sync()
        } catch {
            throw ApplyFailure(path: path, why: .ioError(error.code))
        }
        let file: StableFile
        do throws(StableReadFailure) {
            file = try StableRead.read(root: root, path: path, limit: Int.max - 1, clock: clock)
        } catch {
            switch error.problem {
            case .missing, .replaced, .refused, .unsettled, .held:
                return ApplyReceipt(
                    stamp: mark, digest: digest, warnings: warnings, isOvertaken: true)
            case .tooBig, .system: throw ApplyFailure(path: path, why: .notAsWritten)
            }
        }
        let isOvertaken = file.digest != digest
        if isOvertaken, file.stamp.isSameWriting(as: mark) {
            throw ApplyFailure(path: path, why: .notAsWritten)
        }
        return ApplyReceipt(
            stamp: file.stamp, digest: digest, warnings: warnings, isOvertaken: isOvertaken)
    }

    func parent(
        of path: String, creating: Bool = false
    ) throws(ApplyFailure) -> FolderHandle {
        do throws(FolderHandle.Refusal) {
            return try FolderHandle.parent(of: path, below: root, creating: creating)
        } catch {
            switch error {
            case .rule(let rule): throw ApplyFailure(path: path, why: .pathRefused(rule))
            case .system(let system):
                throw ApplyFailure(path: path, why: Self.reason(of: system.code))
            }
        }
    }

    private static func reason(of code: Int32) -> ApplyReason {
        switch code {
        case ENOENT: .changedUnderneath
        case EACCES, EPERM: .permission
        case EROFS: .readOnlyMount
        case ENOSPC, EDQUOT: .noSpace
        default: .ioError(code)
        }
    }

    /// Stands in for an error number where a comparison failed; no call sets it.
    static let changed = Int32(ESTALE)

    func failure(
        _ path: String, _ error: ErrorNumber, _ folder: borrowing FolderHandle, _ descriptor: Int32?
    ) -> ApplyFailure {
        let isChange = error.code == Self.changed || error.code == EEXIST
        return ApplyFailure(
            path: path,
            why: isChange
                ? .changedUnderneath
                : ApplyFailure.reason(of: error.code, in: folder, descriptor: descriptor))
    }

    private static func warning(_ loss: FileAttributes.Loss) -> ApplyWarning {
        switch loss {
        case .owner: .ownerNotKept
        case .attribute(let name): .attributeNotKept(name)
        }
    }
}
