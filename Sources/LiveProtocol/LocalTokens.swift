// What the admin socket says of tokens. A token's own text appears in one answer only: the one to
// the command that made it.

import Support

extension LocalMothership {
    /// A new join token, shown once.
    public struct CreatedJoinToken: Codable, Hashable, Sendable {
        public var token: String
        public var id: String
        public var room: String
        public var role: TokenRole
        public var name: String?
        public var once: Bool
        public var expiresAt: Timestamp
        /// The address in the token.
        public var url: String
        /// SHA-256 of the Mothership's signing key.
        public var fingerprint: String
        /// SHA-256 of its certificate; nil without TLS.
        public var certificate: String?

        public init(
            token: String, id: String, room: String, role: TokenRole, name: String?, once: Bool,
            expiresAt: Timestamp, url: String, fingerprint: String, certificate: String?
        ) {
            self.token = token
            self.id = id
            self.room = room
            self.role = role
            self.name = name
            self.once = once
            self.expiresAt = expiresAt
            self.url = url
            self.fingerprint = fingerprint
            self.certificate = certificate
        }
    }

    /// A token that was given out, without its text.
    public struct ListedToken: Codable, Hashable, Sendable {
        /// What a token is good for.
        public enum Kind: String, Codable, Sendable {
            /// Lets a machine in.
            case join
            /// A device's own, for every hello.
            case device
        }

        /// A device that redeemed a join token.
        public struct Use: Codable, Hashable, Sendable {
            public var device: DeviceID
            public var user: String
            public var at: Timestamp

            public init(device: DeviceID, user: String, at: Timestamp) {
                self.device = device
                self.user = user
                self.at = at
            }
        }

        public var id: String
        public var kind: Kind
        public var room: String?
        /// Of a join token.
        public var role: TokenRole?
        /// Of a device's token.
        public var scopes: [String]
        /// For whom: the operator's words, or the user a device named.
        public var name: String?
        public var once: Bool
        public var createdAt: Timestamp
        public var expiresAt: Timestamp
        public var usedBy: [Use]
        public var revokedAt: Timestamp?

        public init(
            id: String, kind: Kind, room: String?, role: TokenRole?, scopes: [String],
            name: String?, once: Bool, createdAt: Timestamp, expiresAt: Timestamp, usedBy: [Use],
            revokedAt: Timestamp?
        ) {
            self.id = id
            self.kind = kind
            self.room = room
            self.role = role
            self.scopes = scopes
            self.name = name
            self.once = once
            self.createdAt = createdAt
            self.expiresAt = expiresAt
            self.usedBy = usedBy
            self.revokedAt = revokedAt
        }
    }

    /// What a revocation ended.
    public struct RevokedToken: Codable, Hashable, Sendable {
        public var id: String
        /// Tokens of devices that ended: those that go back to a join token, or those of the
        /// same device for the same room.
        public var tokens: Int
        /// Connections that were closed.
        public var sessions: Int

        public init(id: String, tokens: Int, sessions: Int) {
            self.id = id
            self.tokens = tokens
            self.sessions = sessions
        }
    }
}
