// Whether what proves who this working copy is lies where it should, and nobody else can read it.
// Only names and permissions are looked at, and whether record, key and token read as what they are.

import Glibc
import LiveProtocol
import Support

/// What of a device's record, key and token is missing, broken or exposed.
public struct CredentialFacts: Codable, Hashable, Sendable {
    /// The record in the working copy is gone, and what it named nobody knows.
    public var isDeviceGone = false
    /// The device whose key is gone, shortened.
    public var keylessDevice: String?
    /// The record or the key that holds something else, as a path; nil also in a recording of an
    /// earlier release.
    public var damagedIdentity: String?
    /// The device whose token is no token, shortened.
    public var tokenlessDevice: String?
    public var exposed: [ExposedSecret] = []

    public init() {}
}

/// A file of secrets that other users of this machine can read or replace.
public struct ExposedSecret: Codable, Hashable, Sendable {
    public var path: String
    public var mode: UInt32

    public init(path: String, mode: UInt32) {
        self.path = path
        self.mode = mode
    }
}

extension SyncHost {
    /// Nil where nobody knows which folder the keys are in: those of another user's working copy, which
    /// root may look at, are not in root's.
    public func credentials() -> CredentialFacts? {
        guard let folder = userFolder, !isOthers(workspace.liveFolder) else { return nil }
        var facts = CredentialFacts()
        var secrets: [String] = []
        // Without its keys this is no working copy of ours.
        facts.isDeviceGone =
            Self.isGone(workspace.devicePath) && FileAccess.isFolder(folder.deviceFolder)
            && !isStateMoved
        if DeviceBinding.isTorn(workspace) { facts.damagedIdentity = ".aura/live/device" }
        // A record that cannot be read is told by whoever needs it.
        if let device = (try? DeviceBinding.read(workspace))?.device {
            let key = folder.deviceKeyPath(device.hex)
            let token = StoredToken.path(device, in: folder)
            if Self.isGone(key) { facts.keylessDevice = device.short }
            if DeviceBinding.isTornKey(of: device, in: folder) { facts.damagedIdentity = key }
            if StoredToken.isTorn(token) { facts.tokenlessDevice = device.short }
            secrets += [
                folder.deviceFolder, key, token, StoredToken.candidatePath(device, in: folder),
            ]
        }
        facts.exposed = (secrets + mothershipSecrets).compactMap(Self.exposed)
        return facts
    }

    /// Whether the device went with all the state while an agent runs: that is the agent's to tell.
    private var isStateMoved: Bool {
        // A record that cannot be read is the agent's own check's to report.
        guard let recorded = (try? agentRecord()) ?? nil else { return false }
        return recorded.isAlive && !FileAccess.exists(workspace.logFolder)
    }

    /// Keys of this user's own Mothership, where it keeps some.
    private var mothershipSecrets: [String] {
        let folder = LocalMothership.keyFolder(home: mothershipHome)
        // Most users have none on this machine.
        let names = (try? FileAccess.names(in: folder)) ?? []
        return names.sorted().filter { !$0.hasSuffix(".crt") }.map { "\(folder)/\($0)" }
    }

    private static func exposed(_ path: String) -> ExposedSecret? {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_uid == geteuid(),
            [S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT), status.st_mode & 0o077 != 0
        else { return nil }
        return ExposedSecret(path: path, mode: status.st_mode & 0o7777)
    }

    private func isOthers(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_uid != geteuid()
    }

    /// Not there, as opposed to not to be seen.
    private static func isGone(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) != 0 && errno == ENOENT
    }
}
