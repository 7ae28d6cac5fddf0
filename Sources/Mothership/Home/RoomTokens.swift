// Tokens: JWTs signed by the instance's own Ed25519 key, short-lived, bound to one room and one
// device, judged by our clock. The key's public half names the instance.

import Foundation
import JWTKit
import LiveProtocol
import Support

/// What a token allows.
public enum TokenScope: String, Codable, CaseIterable, Sendable {
    /// Push to and read from the room the token names.
    case contribute = "room.contribute"
    /// Read `/metrics` from beyond loopback.
    case metrics = "metrics.read"
    case admin
}

/// The claims of a token. Times are seconds since 1970, as RFC 7519 has them.
public struct TokenClaims: Codable, Hashable, Sendable, JWTPayload {
    public var iss: String
    public var sub: String
    public var room: String?
    /// The device's public key, 64 hexadecimal digits.
    public var device: String?
    public var scopes: [String]
    public var iat: Int64
    public var exp: Int64
    public var jti: String

    /// The signature is all the library judges; claims are judged by ``RoomTokens`` and our clock.
    public func verify(using algorithm: some JWTAlgorithm) async throws {}

    public var expiresAt: Timestamp { Timestamp(rawValue: exp * 1000) }

    func allows(_ scope: TokenScope) -> Bool { scopes.contains(scope.rawValue) }
}

/// Why a token was refused.
public struct TokenRefusal: Error, Hashable, Sendable {
    public let reject: RejectClass
    public let message: String
}

/// Issues and judges the tokens of one instance.
public struct RoomTokens: Sendable {
    /// Longest token that is looked at; ours have about 600 bytes.
    static let bytesMax = 4096

    /// SHA-256 of the public signing key: the name of this instance.
    public let instance: String
    private let keys: JWTKeyCollection

    private init(instance: String, keys: JWTKeyCollection) {
        self.instance = instance
        self.keys = keys
    }

    /// Loads the signing key of a home, or makes it.
    ///
    /// - Returns: the tokens, and whether the key is new.
    public static func open(_ home: MothershipHome) async throws -> (RoomTokens, isNew: Bool) {
        let isNew = !FileAccess.exists(home.signingKey)
        if isNew {
            let fresh = try EdDSA.PrivateKey(curve: .ed25519)
            let text = Hex.encode(fresh.rawRepresentation) + "\n"
            try FileAccess.replace(home.signingKey, with: Array(text.utf8), mode: 0o600)
        }
        return (try await RoomTokens(keyFile: home.signingKey), isNew)
    }

    init(keyFile: String) async throws {
        let bytes = try FileAccess.read(keyFile, limit: 1024)
        let text = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first ?? ""
        guard let raw = Hex.decode(String(text)), raw.count == 32 else {
            throw PlainFailure(
                keyFile, "is no signing key (64 hexadecimal digits)",
                nextStep: "restore it from a backup; a new key makes every token invalid")
        }
        let key = try EdDSA.PrivateKey(
            d: Data(raw).base64EncodedString().urlSafeBase64, curve: .ed25519)
        let keys = JWTKeyCollection()
        await keys.add(eddsa: key)
        self.init(
            instance: ContentDigest.of(key.publicKey.rawRepresentation).hex, keys: keys)
    }

    /// Signs a token.
    ///
    /// - Parameters:
    ///   - room: nil binds it to no room; such a token admits to none.
    ///   - lifetime: from `now`.
    public func issue(
        subject: String, room: String?, device: DeviceID?, scopes: [TokenScope],
        lifetime: Duration, now: Timestamp
    ) async throws -> (token: String, record: TokenRecord) {
        let issued = now.rawValue / 1000
        var generator = SystemRandomNumberGenerator()
        let claims = TokenClaims(
            iss: instance, sub: subject, room: room, device: device?.hex,
            scopes: scopes.map(\.rawValue), iat: issued, exp: issued + lifetime.components.seconds,
            jti: FunctionID.random(using: &generator).hex)
        let record = TokenRecord(
            id: claims.jti, subject: subject, room: room, device: device, scopes: claims.scopes,
            issuedAt: Timestamp(rawValue: issued * 1000), expiresAt: claims.expiresAt)
        return (try await keys.sign(claims), record)
    }

    /// The claims of a token that we signed, that is not over and not revoked.
    public func claims(
        of token: String?, revoked: Set<String>, now: Timestamp
    ) async throws(TokenRefusal) -> TokenClaims {
        guard let token, !token.isEmpty else {
            throw TokenRefusal(reject: .tokenMissing, message: "a token is needed")
        }
        guard token.utf8.count <= Self.bytesMax else {
            throw TokenRefusal(reject: .tokenInvalid, message: "the token is too long")
        }
        let claims: TokenClaims
        do { claims = try await keys.verify(token, as: TokenClaims.self) } catch {
            throw TokenRefusal(
                reject: .tokenInvalid, message: "the token was not signed by this Mothership")
        }
        guard claims.iss == instance, !revoked.contains(claims.jti) else {
            throw TokenRefusal(reject: .tokenInvalid, message: "the token was revoked")
        }
        guard now < claims.expiresAt else {
            throw TokenRefusal(
                reject: .tokenExpired, message: "the token ended at \(claims.expiresAt.iso8601)")
        }
        return claims
    }

    /// Admits a hello to its room.
    public func admit(
        _ hello: Hello, revoked: Set<String>, now: Timestamp
    ) async throws(TokenRefusal) -> TokenClaims {
        let claims = try await claims(of: hello.token, revoked: revoked, now: now)
        guard claims.allows(.contribute) else {
            throw TokenRefusal(
                reject: .capabilityMismatch, message: "the token does not allow contributing")
        }
        guard claims.room == hello.room else {
            throw TokenRefusal(
                reject: .tokenRoomMismatch, message: "the token is for another room")
        }
        guard claims.device == hello.device.hex else {
            throw TokenRefusal(
                reject: .tokenPeerMismatch, message: "the token is for another device")
        }
        return claims
    }
}

extension String {
    /// Base64 with the alphabet of RFC 4648 section 5, unpadded.
    fileprivate var urlSafeBase64: String {
        filter { $0 != "=" }.map { $0 == "+" ? "-" : $0 == "/" ? "_" : String($0) }.joined()
    }
}
