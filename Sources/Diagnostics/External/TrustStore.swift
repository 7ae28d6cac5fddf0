// Which third-party checks may run: those that a person has looked at, as they were then.
//
// Trust is bound to the bytes, the owner and the mode of the file, and of the program that a
// manifest names. A record a check, in the user's own folder: a repository cannot bring its own.

import Glibc
import Support

/// What was trusted.
public struct TrustRecord: Codable, Hashable, Sendable {
    public let path: String
    public let owner: UInt32
    /// Permission bits.
    public let mode: UInt32
    public let digest: ContentDigest
    /// Of the program that a manifest runs.
    public let program: Program?
    public let description: ExternalDescription
    public let manifest: PluginManifest?
    public let trusted: UTCTime

    /// A program and its bytes as they were when it was trusted.
    public struct Program: Codable, Hashable, Sendable {
        public let path: String
        public let digest: ContentDigest
    }
}

/// The user's list of trusted third-party checks, one file for each.
public struct TrustStore: Sendable {
    /// A program larger than this is not read at every examination.
    private static let programBytesMax = 64 << 20

    private let folder: String

    /// - Parameter folder: the user's own; may be missing.
    public init(folder: String) { self.folder = folder }

    /// Records a check as it is now. Asks a program for its description, which runs it once.
    ///
    /// - Parameter reserved: names of other checks.
    /// - Throws: ``PlainFailure`` when others could change the file, or it describes itself wrongly.
    public func trust(
        _ path: String, reserved: Set<Bucket>, at now: Timestamp
    ) throws(PlainFailure) -> TrustRecord {
        let status = try Self.status(path)
        let bytes = try Self.bytes(path)
        let described: ExternalDescription
        var manifest: PluginManifest?
        var program: TrustRecord.Program?
        if Self.isManifest(path) {
            let read = try PluginManifest(
                parsing: String(decoding: bytes, as: UTF8.self), from: path)
            manifest = read
            described = read.description
            _ = try Self.status(read.run[0])
            program = TrustRecord.Program(
                path: read.run[0], digest: .of(try Self.bytes(read.run[0])))
        } else {
            guard status.st_mode & 0o100 != 0 else {
                throw Self.refusal(path, "is not executable", "run chmod u+x \(path)")
            }
            described = try Self.describe(path)
        }
        // Of two of one name in a folder only the first would run, and the other be missed by nobody.
        let taken = neighbours(of: path).filter { $0.description.name == described.name }
        if let other = taken.first {
            throw Self.refusal(
                path, "the name \(described.name) is taken by \(other.path)",
                "change the name, or run aura doctor trust --revoke \(Printable.shellWord(other.path))"
            )
        }
        if let fault = described.fault(reserved: reserved) {
            throw Self.refusal(path, fault, "change the check and trust it again")
        }
        let record = TrustRecord(
            path: path, owner: status.st_uid, mode: status.st_mode & 0o7777, digest: .of(bytes),
            program: program, description: described, manifest: manifest, trusted: UTCTime(now))
        try save(record)
        return record
    }

    /// Takes the trust back; false when there was none.
    public func distrust(_ path: String) -> Bool { unlink(recordPath(path)) == 0 }

    /// The record of a path; nil when it was never trusted or the record cannot be read.
    public func record(of path: String) -> TrustRecord? {
        // A record that does not decode vouches for nothing.
        guard let bytes = try? FileAccess.read(recordPath(path), limit: 1 << 20),
            let record = try? JSONText.decode(TrustRecord.self, from: bytes)  // as above
        else { return nil }
        return record.path == path ? record : nil
    }

    /// The trusted ones that lie beside a file and are still there.
    private func neighbours(of path: String) -> [TrustRecord] {
        let parent = PathName.parent(of: path)
        // A folder that cannot be read has nothing in it that would run either.
        let names = (try? FileAccess.names(in: parent)) ?? []
        return names.map { "\(parent)/\($0)" }.filter { $0 != path }.compactMap(record)
    }

    /// How the file differs from what was trusted; nil when it does not.
    static func change(since record: TrustRecord) -> String? {
        do throws(PlainFailure) {
            let status = try status(record.path)
            if status.st_uid != record.owner { return "has another owner than when it was trusted" }
            if UInt32(status.st_mode & 0o7777) != record.mode {
                return "has another mode than when it was trusted"
            }
            if ContentDigest.of(try bytes(record.path)) != record.digest {
                return "changed since it was trusted"
            }
            guard let program = record.program else { return nil }
            _ = try Self.status(program.path)
            return ContentDigest.of(try bytes(program.path)) == program.digest
                ? nil : "runs \(program.path), which changed since it was trusted"
        } catch {
            return error.reason
        }
    }

    static func isManifest(_ path: String) -> Bool {
        ["check", "toml"].contains(PathName.fileExtension(of: path))
    }

    private static func describe(_ path: String) throws(PlainFailure) -> ExternalDescription {
        do {
            let request = try JSONText.encode(ExternalRequest(verb: .describe))
            let result = try ExternalProgram(path: path).run(
                ["describe"], input: request, limit: .seconds(5))
            guard result.status == 0 else {
                throw refusal(
                    path, "does not describe itself: exit code \(result.status)",
                    "run \(path) describe by hand")
            }
            return try JSONText.decode(ExternalDescription.self, from: result.output)
        } catch let failure as PlainFailure {
            throw failure
        } catch {
            throw refusal(
                path, "does not describe itself (\(JSONText.words(for: error)))",
                "run \(path) describe by hand")
        }
    }

    /// A regular file of this user or of root that nobody else can change.
    private static func status(_ path: String) throws(PlainFailure) -> stat {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            throw refusal(path, SystemFailure.text(of: errno).lowercased(), "name an existing file")
        }
        guard status.st_mode & S_IFMT == mode_t(Glibc.S_IFREG) else {
            throw refusal(path, "is no regular file", "name the file itself")
        }
        guard status.st_uid == geteuid() || status.st_uid == 0 else {
            throw refusal(path, "belongs to another user", "copy it, and trust the copy")
        }
        guard status.st_mode & 0o022 == 0 else {
            throw refusal(path, "can be changed by others", "run chmod go-w \(path)")
        }
        var parent = stat()
        guard stat(PathName.parent(of: path), &parent) == 0, parent.st_mode & 0o022 == 0 else {
            throw refusal(
                path, "lies in a folder that others can change",
                "run chmod go-w \(PathName.parent(of: path))")
        }
        return status
    }

    private static func bytes(_ path: String) throws(PlainFailure) -> [UInt8] {
        do throws(SystemFailure) {
            return try FileAccess.read(path, limit: programBytesMax)
        } catch { throw PlainFailure(path, error.reason, nextStep: error.nextStep) }
    }

    private static func refusal(_ path: String, _ reason: String, _ next: String) -> PlainFailure {
        PlainFailure(path, reason, nextStep: next, exitStatus: .refused)
    }

    private func recordPath(_ path: String) -> String {
        "\(folder)/\(ContentDigest.of(Array(path.utf8)).hex.prefix(16)).json"
    }

    private func save(_ record: TrustRecord) throws(PlainFailure) {
        do {
            try FileAccess.makeFolder(folder, mode: 0o700)
            let text = try JSONText.encode(record, pretty: true) + "\n"
            try FileAccess.replace(recordPath(record.path), with: Array(text.utf8))
        } catch let error as SystemFailure {
            throw PlainFailure(
                error.path, error.reason, nextStep: error.nextStep, exitStatus: .cannotCreate)
        } catch {
            throw PlainFailure(record.path, "cannot be recorded (\(error))", nextStep: "report it")
        }
    }
}
