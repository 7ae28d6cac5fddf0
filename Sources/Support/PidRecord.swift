// The record a background process leaves of itself, so that it can be found again and so that a
// stale or reused pid is never taken for it.

import Glibc

/// Who runs, on what, since when. Written at start, removed at a clean stop.
public struct PidRecord: Codable, Hashable, Sendable {
    public let process: ProcessIdentity
    /// The folder the process works on: a working copy's root, or a Mothership's home.
    public let root: String
    /// The port it listens on, when it does.
    public let port: Int?
    /// The identity of the instance, when it has one.
    public let instance: String?
    public let version: String
    public let startedAt: Timestamp

    public init(
        process: ProcessIdentity, root: String, port: Int?, instance: String?, version: String,
        startedAt: Timestamp
    ) {
        self.process = process
        self.root = root
        self.port = port
        self.instance = instance
        self.version = version
        self.startedAt = startedAt
    }

    /// The record at `path`; nil when there is none.
    ///
    /// - Throws: ``PlainFailure`` when the file is there but cannot be read or parsed.
    public static func load(_ path: String) throws(PlainFailure) -> PidRecord? {
        guard FileAccess.exists(path) else { return nil }
        do {
            return try JSONText.decode(
                PidRecord.self, from: try FileAccess.read(path, limit: 1 << 16))
        } catch let failure as SystemFailure where failure.code == ENOENT {
            return nil
        } catch let failure as SystemFailure {
            throw PlainFailure(path, failure.reason, nextStep: failure.nextStep)
        } catch {
            throw PlainFailure(
                path, "is no pid record",
                nextStep: "move it aside after checking that the process is gone")
        }
    }

    /// True when the file can be read and is no record: whoever wrote it, or changed it, was cut off.
    public static func isTorn(_ path: String) -> Bool {
        // Of what cannot be read, nobody knows that.
        guard let bytes = try? FileAccess.read(path, limit: 1 << 16) else { return false }
        return (try? JSONText.decode(PidRecord.self, from: bytes)) == nil  // what is asked
    }

    /// Writes the record in one step, with the folder it lies in.
    public func save(_ path: String) throws {
        try FileAccess.makeFolder(PathName.parent(of: path), mode: 0o700)
        try FileAccess.replace(path, with: Array(try JSONText.encode(self).utf8))
    }
}
