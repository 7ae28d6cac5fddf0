// What belongs to the user rather than to a repository: device keys and known Motherships.
//
// Kept outside every working copy, so that neither a commit nor a copied folder carries a key.

import Glibc
import Support

/// The user's own configuration folder.
public struct UserFolder: Hashable, Sendable {
    /// An absolute path; the folder may not exist yet.
    public let path: String

    public init(path: String) { self.path = path }

    /// `AURA_CONFIG_HOME`, else `$XDG_CONFIG_HOME/aura`, else `~/.config/aura`.
    ///
    /// A relative value is ignored, as the XDG base directory specification asks.
    public static func resolve(
        environment: [String: String]
    ) throws(UserFolderFailure) -> UserFolder {
        func absolute(_ name: String) -> String? {
            environment[name].flatMap { $0.hasPrefix("/") ? $0 : nil }
        }
        if let own = absolute("AURA_CONFIG_HOME") { return UserFolder(path: own) }
        if let shared = absolute("XDG_CONFIG_HOME") { return UserFolder(path: shared + "/aura") }
        if let home = absolute("HOME") { return UserFolder(path: home + "/.config/aura") }
        throw UserFolderFailure.noHome
    }

    public var deviceFolder: String { path + "/devices" }
    /// The folder of the keys and certificates of Motherships this user has met, a file for each
    /// address: two commands at a time never lose each other's.
    public var knownMothershipsPath: String { path + "/known-motherships" }
    /// Executable checks the user added.
    public var pluginFolder: String { path + "/checks.d" }

    /// The file of one device key; mode 0600.
    public func deviceKeyPath(_ device: String) -> String { "\(deviceFolder)/\(device).key" }

    /// Makes the folder, which only its owner may change, and `devices/`, which nobody else may
    /// even list.
    public func prepare() throws(UserFolderFailure) {
        do throws(SystemFailure) {
            try FileAccess.makeFolder(deviceFolder, mode: 0o700)
        } catch {
            throw .system(error)
        }
        try Self.requirePrivate(path, forbidden: 0o022)
        try Self.requirePrivate(deviceFolder, forbidden: 0o077)
    }

    /// Writes a secret so that nobody else can read it at any moment.
    public func writePrivate(
        _ bytes: some Sequence<UInt8>, to path: String
    ) throws(UserFolderFailure) {
        try prepare()
        do throws(SystemFailure) {
            try FileAccess.replace(path, with: bytes, mode: 0o600)
        } catch {
            throw .system(error)
        }
    }

    /// Reads a secret; refuses one that others could have read or replaced.
    public func readPrivate(_ path: String) throws(UserFolderFailure) -> [UInt8] {
        try Self.requirePrivate(path, forbidden: 0o077)
        do throws(SystemFailure) {
            return try FileAccess.read(path, limit: 1 << 20)
        } catch {
            throw .system(error)
        }
    }

    private static func requirePrivate(
        _ path: String, forbidden: mode_t
    ) throws(UserFolderFailure) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            throw .system(SystemFailure(operation: "stat", path: path))
        }
        guard status.st_mode & forbidden == 0 else {
            throw .exposed(path: path, mode: status.st_mode & 0o7777)
        }
        guard status.st_uid == geteuid() else { throw .foreignOwner(path: path) }
    }
}

/// Why the user's folder cannot be used.
public enum UserFolderFailure: Failure, Equatable {
    /// None of the three variables names an absolute path.
    case noHome
    /// Others may read or change it.
    case exposed(path: String, mode: UInt32)
    /// It belongs to another user.
    case foreignOwner(path: String)
    case system(SystemFailure)

    public var subject: String {
        switch self {
        case .noHome: "HOME"
        case .exposed(let path, _), .foreignOwner(let path): path
        case .system(let failure): failure.subject
        }
    }

    public var reason: String {
        switch self {
        case .noHome: "neither AURA_CONFIG_HOME, XDG_CONFIG_HOME nor HOME is an absolute path"
        case .exposed(_, let mode): "mode 0\(String(mode, radix: 8)) lets others in"
        case .foreignOwner: "belongs to another user"
        case .system(let failure): failure.reason
        }
    }

    public var nextStep: String {
        switch self {
        case .noHome: "set AURA_CONFIG_HOME"
        case .exposed(let path, _): "run chmod go-rwx \(path)"
        case .foreignOwner: "check who made it, then remove it"
        case .system(let failure): failure.nextStep
        }
    }
}
