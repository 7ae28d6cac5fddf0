// Join tokens: signed with the key that names the instance, so that a machine that holds one knows
// whom to expect. The store decides whether one was used or revoked.

import Foundation
import JWTKit
import LiveProtocol
import Support

extension JoinClaims: JWTPayload {
    /// The signature is all the library judges; claims are judged by our clock.
    public func verify(using algorithm: some JWTAlgorithm) async throws {}
}

/// What an operator asks of a new join token.
public struct JoinTokenOrder: Hashable, Sendable {
    public var room: String
    public var role: TokenRole
    /// For whom, in the operator's words.
    public var name: String?
    public var once: Bool
    public var lifetime: Duration
    /// Where the holder finds the Mothership.
    public var url: String
    /// SHA-256 of the certificate there; nil without TLS.
    public var certificate: String?

    public init(
        room: String, role: TokenRole, name: String? = nil, once: Bool = true,
        lifetime: Duration = Self.standardLifetime, url: String, certificate: String? = nil
    ) {
        self.room = room
        self.role = role
        self.name = name
        self.once = once
        self.lifetime = lifetime
        self.url = url
        self.certificate = certificate
    }

    /// A day: long enough to be sent to a colleague, short enough to be forgotten.
    public static let standardLifetime: Duration = .seconds(86_400)
}

extension RoomTokens {
    /// Signs a join token; only its digest is in the record.
    public func issueJoin(
        _ order: JoinTokenOrder, now: Timestamp
    ) async throws -> (token: String, record: JoinTokenRecord) {
        let issued = now.rawValue / 1000
        let claims = JoinClaims(
            iss: instance, aud: order.room, sub: order.name,
            jti: RandomBytes.name(), iat: issued,
            exp: issued + order.lifetime.components.seconds, role: order.role, once: order.once,
            url: order.url, cert: order.certificate)
        let token = try await keys.sign(claims)
        let record = JoinTokenRecord(
            id: claims.jti, digest: .of(token.utf8), room: order.room, role: order.role,
            name: order.name, once: order.once, createdAt: now,
            expiresAt: claims.expiresAt)
        return (token, record)
    }

    /// The claims of a join token that we signed, within its time.
    public func joinClaims(
        of token: String, now: Timestamp
    ) async throws(TokenRefusal) -> JoinClaims {
        let claims = try await verified(token, as: JoinClaims.self)
        guard claims.iss == instance else { throw Self.foreign }
        try Self.check(from: claims.iat, to: claims.exp, now: now)
        return claims
    }
}
