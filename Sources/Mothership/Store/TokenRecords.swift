// What the store knows of tokens that were given out. The tokens themselves are never stored: of a
// join token its digest, of a device's token its id.

import LiveProtocol
import Support

/// A device's token that was given out.
public struct TokenRecord: Codable, Hashable, Sendable {
    public let id: String
    public let subject: String
    /// Nil for a token that is bound to no room.
    public let room: String?
    public let device: DeviceID?
    public let scopes: [String]
    public let issuedAt: Timestamp
    public let expiresAt: Timestamp
    /// The join token this goes back to, over any number of renewals.
    public var parent: String?
    public var revokedAt: Timestamp?

    public init(
        id: String, subject: String, room: String?, device: DeviceID?, scopes: [String],
        issuedAt: Timestamp, expiresAt: Timestamp, parent: String? = nil,
        revokedAt: Timestamp? = nil
    ) {
        self.id = id
        self.subject = subject
        self.room = room
        self.device = device
        self.scopes = scopes
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
        self.parent = parent
        self.revokedAt = revokedAt
    }

    /// Marks it; the first time stays.
    package mutating func revoke(at time: Timestamp) { revokedAt = revokedAt ?? time }
}

/// A join token that was given out, and who used it.
public struct JoinTokenRecord: Codable, Hashable, Sendable {
    public typealias Use = LocalMothership.ListedToken.Use

    public let id: String
    /// Of the token's text.
    public let digest: ContentDigest
    public let room: String
    public let role: TokenRole
    public let name: String?
    public let once: Bool
    public let createdAt: Timestamp
    public let expiresAt: Timestamp
    public var revokedAt: Timestamp?
    public var uses: [Use]

    public init(
        id: String, digest: ContentDigest, room: String, role: TokenRole, name: String?,
        once: Bool, createdAt: Timestamp, expiresAt: Timestamp, revokedAt: Timestamp? = nil,
        uses: [Use] = []
    ) {
        self.id = id
        self.digest = digest
        self.room = room
        self.role = role
        self.name = name
        self.once = once
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
        self.uses = uses
    }

    /// Marks it; the first time stays.
    package mutating func revoke(at time: Timestamp) { revokedAt = revokedAt ?? time }

    /// What a use by a device comes to. The same device may use a one-shot token again: its first
    /// answer may have been lost.
    ///
    /// - Parameter sentAwayAt: when a token of this device for this room was last revoked. Only a
    ///   join token that was made after that lets it in again.
    package func outcome(
        digest: ContentDigest, of use: Use, sentAwayAt: Timestamp?
    ) -> JoinOutcome {
        guard self.digest == digest else { return .unknown }
        if revokedAt != nil { return .revoked }
        if let sentAwayAt, sentAwayAt >= createdAt { return .revoked }
        if once, let first = uses.first, first.device != use.device { return .used(by: first) }
        return .accepted
    }
}

/// What came of using a join token.
public enum JoinOutcome: Hashable, Sendable {
    case accepted
    /// This ledger never gave it out.
    case unknown
    case used(by: JoinTokenRecord.Use)
    case revoked
}

extension TokenStore {
    /// Stores a token that replaces none.
    @discardableResult
    func remember(_ token: TokenRecord) throws(LedgerFailure) -> Bool {
        try remember(token, replacing: nil)
    }
}

/// Tokens in a store. Every call blocks its thread.
public protocol TokenStore: Sendable {
    /// Stores a token that is about to be given out. It is born revoked when its join token, or the
    /// token it replaces, was revoked in between.
    ///
    /// - Returns: false when it was.
    func remember(
        _ token: TokenRecord, replacing old: String?
    ) throws(LedgerFailure) -> Bool
    func token(_ id: String) throws(LedgerFailure) -> TokenRecord?
    /// Newest first.
    func tokens() throws(LedgerFailure) -> [TokenRecord]
    /// Revokes a device's token and every other one of that device for the same room: with an
    /// older one that still lives it could renew itself.
    ///
    /// - Returns: the ids of those; nil when no such token was given out.
    func revoke(token id: String, at time: Timestamp) throws(LedgerFailure) -> Set<String>?
    func revokedTokens() throws(LedgerFailure) -> Set<String>

    func remember(_ token: JoinTokenRecord) throws(LedgerFailure)
    /// Newest first.
    func joinTokens() throws(LedgerFailure) -> [JoinTokenRecord]
    /// Judges and records a use in one step, so that of two devices one gets in.
    func use(
        joinToken id: String, digest: ContentDigest, _ use: JoinTokenRecord.Use
    ) throws(LedgerFailure) -> JoinOutcome
    /// Revokes a join token and every device's token that goes back to it.
    ///
    /// - Returns: the ids of those; nil when no such join token was given out.
    func revoke(joinToken id: String, at time: Timestamp) throws(LedgerFailure) -> Set<String>?
}
