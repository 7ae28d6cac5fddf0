// The Mothership on this machine as its neighbours know it: where its home is, and what its admin
// socket answers. Both sides of the socket share these types.

import Glibc
import Support

/// Where this user's Mothership lives and how its admin socket is spoken to.
public enum LocalMothership {
    /// Port of the one listener unless the configuration says otherwise.
    public static let defaultPort = 7070

    /// `AURA_HOME`, else `~/.aura/mothership`.
    public static func home(environment: [String: String]) -> String {
        if let home = environment["AURA_HOME"], !home.isEmpty { return PathName.absolute(home) }
        return PathName.absolute((environment["HOME"] ?? "/") + "/.aura/mothership")
    }

    /// Where it leaves by what others find it.
    public static func runFolder(home: String) -> String { home + "/run" }

    /// The pid record of the Mothership of a home; written after its port is bound.
    public static func pidRecord(home: String) -> String {
        runFolder(home: home) + "/mothership.pid"
    }

    /// Where it keeps its keys and its own token.
    public static func keyFolder(home: String) -> String { home + "/keys" }

    /// The admin socket of the Mothership of a home.
    public static func socket(home: String) -> String { runFolder(home: home) + "/mothership.sock" }

    /// Commands of the admin socket.
    public enum Command: String, Sendable {
        /// No arguments; answers ``Status``.
        case status
        /// No arguments; follows the whole ledger, which may take minutes, and answers
        /// ``LedgerStatement``.
        case verify
        /// `repository`, `name`; answers ``Registered``.
        case register
        /// `room`, `device`, `user`; answers ``IssuedToken``.
        case token
        /// `room`, `role`, `seconds`, `once`, and perhaps `name` and `url`; answers
        /// ``CreatedJoinToken``.
        case createJoinToken = "token-create"
        /// `all`; answers a list of ``ListedToken``.
        case listTokens = "token-list"
        /// `id`, whole or an unambiguous beginning; answers ``RevokedToken``.
        case revokeToken = "revoke"
    }

    /// What a running Mothership says of itself.
    public struct Status: Codable, Hashable, Sendable {
        public var instance: String
        public var epoch: String
        public var version: String
        public var pid: Int32
        public var address: String
        public var port: Int
        public var home: String
        public var store: String
        public var startedAt: Timestamp
        public var rooms: Int
        /// Ledger rows over all rooms.
        public var records: UInt64
        public var peers: Int
        /// `ok`, or what keeps it from reading or writing its store.
        public var health: String
        /// What the newest records of the ledger showed; nil until they are read, and from an
        /// earlier release.
        public var ledger: LedgerStatement?
        /// SHA-256 of the certificate, hexadecimal; nil without TLS.
        public var certificate: String?
        /// When the certificate ends.
        public var certificateNotAfter: Timestamp?

        /// The address as a peer on this machine writes it.
        public var url: String {
            written(address == "0.0.0.0" ? "127.0.0.1" : address == "::" ? "::1" : address)
        }

        /// The address it listens on.
        public var listening: String { written(address) }

        private func written(_ host: String) -> String {
            let host = host.contains(":") ? "[\(host)]" : host
            return "\(certificate == nil ? "ws" : "wss")://\(host):\(port)"
        }

        public init(
            instance: String, epoch: String, version: String, pid: Int32, address: String,
            port: Int, home: String, store: String, startedAt: Timestamp, rooms: Int,
            records: UInt64, peers: Int, health: String, ledger: LedgerStatement? = nil,
            certificate: String? = nil, certificateNotAfter: Timestamp? = nil
        ) {
            self.instance = instance
            self.epoch = epoch
            self.version = version
            self.pid = pid
            self.address = address
            self.port = port
            self.home = home
            self.store = store
            self.startedAt = startedAt
            self.rooms = rooms
            self.records = records
            self.peers = peers
            self.health = health
            self.ledger = ledger
            self.certificate = certificate
            self.certificateNotAfter = certificateNotAfter
        }
    }

    /// What following the chain over the ledger showed.
    public struct LedgerStatement: Codable, Hashable, Sendable {
        /// Nothing of what was read is damaged.
        public var isWhole: Bool
        /// One line for people: how much was read, or what is damaged.
        public var words: String

        public init(isWhole: Bool, words: String) {
            self.isWhole = isWhole
            self.words = words
        }
    }

    /// The answer to ``Command/register``.
    public struct Registered: Codable, Hashable, Sendable {
        public var repository: String
        public var name: String
        /// False when the room was there before.
        public var created: Bool

        public init(repository: String, name: String, created: Bool) {
            self.repository = repository
            self.name = name
            self.created = created
        }
    }

    /// The answer to ``Command/token``: a device's token, and the instance that signed it.
    public struct IssuedToken: Codable, Hashable, Sendable {
        public var token: String
        public var expiresAt: Timestamp
        public var scopes: [String]
        public var keyID: String
        public var instance: String

        public init(
            token: String, expiresAt: Timestamp, scopes: [String], keyID: String, instance: String
        ) {
            self.token = token
            self.expiresAt = expiresAt
            self.scopes = scopes
            self.keyID = keyID
            self.instance = instance
        }
    }
}
