// The third-party checks of one system: what lies in its folders, and which of it may run.

import Glibc
import Support

/// What was found in the folders for third-party checks.
public struct ThirdPartyChecks<System: Sendable>: Sendable {
    /// Trusted ones, and those that were trusted before they changed: these have no answer.
    public let checks: [ExternalCheck<System>]
    /// Never trusted, or with a name that is taken.
    public let leftOut: [NotRun]

    /// Looks into the folders; missing ones are empty.
    ///
    /// - Parameters:
    ///   - root: the folder of what is examined, as programs are told it.
    ///   - reserved: buckets of other checks.
    public init(
        in folders: [String], trust: TrustStore, root: String, reserved: Set<Bucket>
    ) {
        var checks: [ExternalCheck<System>] = []
        var leftOut: [NotRun] = []
        var taken = reserved
        for path in folders.flatMap(Self.candidates) {
            guard let record = trust.record(of: path),
                record.description.fault(reserved: taken) == nil
            else {
                leftOut.append(NotRun(check: Self.name(of: path), because: .notTrusted))
                continue
            }
            taken.insert(Bucket(rawValue: record.description.name))
            checks.append(
                ExternalCheck(record.description, Self.source(record), root: root))
        }
        self.checks = checks
        self.leftOut = leftOut
    }

    /// Executables and manifests, sorted by name; hidden files and everything else are no checks.
    private static func candidates(in folder: String) -> [String] {
        // No folder, no checks.
        let names = (try? FileAccess.names(in: folder)) ?? []
        return names.filter { !$0.hasPrefix(".") }.map { "\(folder)/\($0)" }.filter { path in
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == mode_t(Glibc.S_IFREG) else {
                return false
            }
            return TrustStore.isManifest(path) || status.st_mode & 0o111 != 0
        }
    }

    private static func source(_ record: TrustRecord) -> ExternalCheck<System>.Source {
        if let reason = TrustStore.change(since: record) {
            return .changed(path: record.path, reason: reason)
        }
        guard let manifest = record.manifest else {
            return .program(
                ExternalProgram(path: record.path, folder: PathName.parent(of: record.path)))
        }
        return .plugin(
            manifest,
            ExternalProgram(path: manifest.run[0], arguments: Array(manifest.run.dropFirst())))
    }

    /// A file's name as a bucket.
    private static func name(of path: String) -> Bucket {
        let base = PathName.last(of: path).lowercased().prefix { $0 != "." }
        let words = base.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        let name = String(words)
        return Bucket(rawValue: name.first?.isLetter == true ? name : "x" + name)
    }
}
