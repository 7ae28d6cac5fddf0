// Where a Mothership keeps its things. One home is one instance.

import Glibc
import LiveProtocol
import Support

/// The folder of one Mothership and the paths inside it.
public struct MothershipHome: Hashable, Sendable {
    public let root: String

    public init(root: String) { self.root = PathName.absolute(root) }

    public var configuration: String { root + "/config.toml" }
    public var store: String { root + "/hub.db" }
    public var runFolder: String { LocalMothership.runFolder(home: root) }
    public var pidFile: String { LocalMothership.pidRecord(home: root) }
    public var socket: String { LocalMothership.socket(home: root) }
    public var log: String { root + "/logs/mothership.log" }
    public var keys: String { LocalMothership.keyFolder(home: root) }
    public var signingKey: String { keys + "/signing.key" }
    public var adminToken: String { keys + "/admin.token" }
    /// The certificate that `start --tls` made, and its key.
    public var certificate: String { keys + "/tls.crt" }
    public var certificateKey: String { keys + "/tls.key" }
    public var lock: String { root + "/lock" }
    /// What the last clean stop left: counts that the next start compares. It lies outside the
    /// store, because a store that is gone cannot say how much it held.
    public var cleanStop: String { root + "/clean-stop.json" }

    /// Makes the folders, readable by their owner only.
    public func make() throws(SystemFailure) {
        for folder in [root, runFolder, root + "/logs", keys] {
            try FileAccess.makeFolder(folder, mode: 0o700)
        }
        for folder in [keys, runFolder, root + "/logs"] {
            try retrying("chmod", folder) { chmod(folder, 0o700) }
        }
    }
}
