// The permissions of one file of this user, changed by its name and never through a link.

import Diagnostics
import Glibc
import LiveSync
import Support

/// The permissions that a file or folder is to have.
public struct ModeChange: Codable, Hashable, Sendable {
    /// In the working copy, or absolute where it lies elsewhere.
    public let path: String
    public let mode: UInt32

    static func title(of changes: [ModeChange]) -> String {
        let first = changes.first.map { "\($0.path) to \($0.mode.permissions)" } ?? "nothing"
        let others = changes.count > 1 ? " and of \(changes.count - 1) more" : ""
        return "set the permissions of \(first)\(others)"
    }

    func require(of host: SyncHost) throws(StepFailure) {
        guard let status = status(on: host) else {
            throw .preconditionGone(subject: path, reason: "is not there")
        }
        guard status.st_uid == geteuid(), status.st_mode & S_IFMT != S_IFLNK else {
            throw .preconditionGone(subject: path, reason: "is not this user's own")
        }
    }

    func perform(on host: SyncHost) throws(StepFailure) {
        let place = place(on: host)
        _ = try performing { try retrying("chmod", place) { chmod(place, mode) } }
    }

    func ensure(of host: SyncHost) throws(StepFailure) {
        guard let status = status(on: host), status.st_mode & 0o7777 == mode else {
            throw .withoutEffect(subject: path, reason: "has other permissions")
        }
    }

    private func place(on host: SyncHost) -> String {
        path.hasPrefix("/") ? path : host.absolute(path)
    }

    private func status(on host: SyncHost) -> stat? {
        var status = stat()
        return lstat(place(on: host), &status) == 0 ? status : nil
    }
}

extension UInt32 {
    /// As `chmod` takes them: `0600`.
    var permissions: String {
        let digits = String(self, radix: 8)
        return String(repeating: "0", count: 4 - Swift.min(4, digits.count)) + digits
    }
}
