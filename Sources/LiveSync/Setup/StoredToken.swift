// The token of a device, kept beside its key. A new one is a candidate until a hello with it was
// welcomed; until then the old one stays.

import Glibc
import LiveProtocol
import Support

/// A token on this machine's disk, 0600.
public struct StoredToken: Codable, Hashable, Sendable {
    public var issued: LocalMothership.IssuedToken

    public init(issued: LocalMothership.IssuedToken) { self.issued = issued }

    static func path(_ device: DeviceID, in folder: UserFolder) -> String {
        "\(folder.deviceFolder)/\(device.hex).token"
    }

    static func candidatePath(_ device: DeviceID, in folder: UserFolder) -> String {
        path(device, in: folder) + ".next"
    }

    /// The proven token; nil when there is none.
    public static func load(
        _ device: DeviceID, in folder: UserFolder
    ) throws -> StoredToken? {
        try load(path(device, in: folder), folder)
    }

    /// The token that waits for its proof; nil when there is none.
    public static func candidate(
        _ device: DeviceID, in folder: UserFolder
    ) throws -> StoredToken? {
        try load(candidatePath(device, in: folder), folder)
    }

    /// The one to present: a candidate before the proven one.
    static func newest(
        _ device: DeviceID, in folder: UserFolder
    ) throws -> (token: StoredToken, isCandidate: Bool)? {
        if let next = try candidate(device, in: folder) { return (next, true) }
        return try load(device, in: folder).map { ($0, false) }
    }

    func saveAsCandidate(_ device: DeviceID, in folder: UserFolder) throws {
        let text = try JSONText.encode(self)
        try folder.writePrivate(Array(text.utf8), to: Self.candidatePath(device, in: folder))
    }

    /// A hello with the candidate was welcomed: it takes the old one's place.
    ///
    /// - Parameter keyID: of the token that was presented; another candidate that came since is
    ///   left for its own proof.
    static func promote(_ keyID: String, of device: DeviceID, in folder: UserFolder) throws {
        guard try candidate(device, in: folder)?.issued.keyID == keyID else { return }
        let (from, to) = (candidatePath(device, in: folder), path(device, in: folder))
        try retrying("rename", to) { rename(from, to) }
        try FileAccess.syncFolder(of: to)
    }

    /// The candidate was refused: the old one stays. Without an old one the candidate does: one
    /// that has ended can still be renewed.
    ///
    /// - Returns: true when there is an old one.
    @discardableResult
    static func discardCandidate(
        _ keyID: String, of device: DeviceID, in folder: UserFolder
    ) throws -> Bool {
        guard try load(device, in: folder) != nil else { return false }
        guard try candidate(device, in: folder)?.issued.keyID == keyID else { return true }
        let path = candidatePath(device, in: folder)
        try retrying("unlink", path) { unlink(path) }
        return true
    }

    /// True when the file can be read and is no token.
    static func isTorn(_ path: String) -> Bool {
        FileAccess.isOther(path, limit: 1 << 20) { bytes in
            (try? JSONText.decode(StoredToken.self, from: bytes)) != nil  // what is asked
        }
    }

    /// Moves a file that is no token out of the way of a new one.
    static func setTornAside(_ device: DeviceID, in folder: UserFolder) throws {
        for path in [path(device, in: folder), candidatePath(device, in: folder)]
        where isTorn(path) {
            let aside = path + ".torn"
            try retrying("rename", path) { rename(path, aside) }
            try FileAccess.syncFolder(of: path)
        }
    }

    private static func load(_ path: String, _ folder: UserFolder) throws -> StoredToken? {
        guard FileAccess.exists(path) else { return nil }
        do {
            return try JSONText.decode(StoredToken.self, from: try folder.readPrivate(path))
        } catch is DecodingError {
            throw PlainFailure(
                path, "is no token file",
                nextStep: "run aura live auth refresh")
        }
    }
}
