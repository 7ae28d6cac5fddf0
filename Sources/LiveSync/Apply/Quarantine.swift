// Files moved aside: kept with a note of where they came from, restorable.
//
// One folder for each file, `<time>-<chance>/` with `content` and `origin.json`. The note is
// durable before the file moves, so nothing lies here that does not say what it is.

import Glibc
import Support

/// A file that was moved aside.
public struct QuarantinedFile: Hashable, Sendable {
    /// Where the bytes are now, an absolute path.
    public let contentPath: String
    public let origin: Origin

    /// What the note beside the file says.
    public struct Origin: Hashable, Codable, Sendable {
        /// Relative to the root.
        public let path: String
        public let digest: ContentDigest
        public let takenAt: Timestamp
        /// Permission bits.
        public let mode: UInt32
        public let cause: String

        enum CodingKeys: String, CodingKey {
            case path, digest, mode, cause
            case takenAt = "taken_at"
        }
    }
}

/// The folder of files moved aside.
public struct Quarantine: Sendable {
    public let folder: String
    let clock: any Support.Clock

    public init(folder: String, clock: any Support.Clock) {
        self.folder = folder
        self.clock = clock
    }

    /// Moves the entry `name` of an open folder aside.
    func take(
        _ name: String, in source: borrowing FolderHandle, origin: QuarantinedFile.Origin
    ) throws(ErrorNumber) -> QuarantinedFile {
        let chance = String(UInt64.random(in: .min ... .max), radix: 36)
        let entry = "\(origin.takenAt.rawValue)-\(chance)"
        let place = folder + "/" + entry
        do throws(SystemFailure) {
            try FileAccess.makeFolder(place, mode: 0o700)
            try FileAccess.replace(place + "/origin.json", with: try Self.note(origin).utf8)
            try FileAccess.syncFolder(folder)
        } catch {
            throw ErrorNumber(error.code)
        }
        let content = place + "/content"
        if renameat(source.descriptor, name, AT_FDCWD, content) != 0 {
            guard errno == EXDEV else { throw ErrorNumber(errno) }
            try Self.copyAcross(name, source, content)
        }
        do throws(SystemFailure) {
            try FileAccess.syncFolder(place)
            try source.sync()
        } catch {
            throw ErrorNumber(error.code)
        }
        return QuarantinedFile(contentPath: content, origin: origin)
    }

    private static func note(_ origin: QuarantinedFile.Origin) throws(SystemFailure) -> String {
        do {
            return try JSONText.encode(origin, pretty: true) + "\n"
        } catch {
            // Strings and numbers always encode; if not, nothing is moved.
            throw SystemFailure(operation: "encode", path: origin.path, code: EINVAL)
        }
    }

    /// The quarantine is on another file system: copy, prove the copy, then remove.
    private static func copyAcross(
        _ name: String, _ source: borrowing FolderHandle, _ content: String
    ) throws(ErrorNumber) {
        let descriptor = openat(
            source.descriptor, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw ErrorNumber(errno) }
        defer { close(descriptor) }
        do throws(SystemFailure) {
            let bytes = try FileAccess.read(
                descriptor: descriptor, path: name, limit: Int.max)
            try FileAccess.replace(content, with: bytes)
            guard try FileAccess.read(content, limit: Int.max) == bytes else {
                throw SystemFailure(operation: "verify", path: content, code: EIO)
            }
        } catch {
            throw ErrorNumber(error.code)
        }
        guard unlinkat(source.descriptor, name, 0) == 0 else { throw ErrorNumber(errno) }
    }

    /// Puts a file back under its name, which must be free.
    func giveBack(
        _ file: QuarantinedFile, as name: String, in target: borrowing FolderHandle
    ) throws(ErrorNumber) {
        guard linkat(AT_FDCWD, file.contentPath, target.descriptor, name, 0) == 0 else {
            throw ErrorNumber(errno)
        }
    }
}
