// Tokens: JWTs signed by the instance's own Ed25519 key, short-lived, bound to one room and one
// device, judged by our clock. The key's public half names the instance.

import Crypto
import Foundation
import JWTKit
import LiveProtocol
import Support

/// What a token allows.
public enum TokenScope: String, Codable, CaseIterable, Sendable {
    /// Push to and read from the room the token names.
    case contribute = "room.contribute"
    /// Read from the room the token names.
    case read = "room.read"
    /// Register the room the token names, from another machine.
    case roomAdmin = "room.admin"
    /// Read `/metrics` from beyond loopback.
    case metrics = "metrics.read"
    case admin
}

extension TokenRole {
    /// What a device that joined in this role may do.
    var scopes: [TokenScope] {
        switch self {
        case .reader: [.read]
        case .contributor: [.contribute]
        case .admin: [.contribute, .roomAdmin, .metrics]
        }
    }
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

    public var expiresAt: Timestamp { Timestamp(seconds: exp) }

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
    /// A token of the future is taken when it is not further ahead: the same minute that makes a
    /// difference between two clocks a failure.
    static let leeway: Duration = .seconds(60)

    /// SHA-256 of the public signing key: the name of this instance.
    public let instance: String
    /// The public signing key, hexadecimal.
    let publicKey: String
    let keys: JWTKeyCollection
    private let signing: Curve25519.Signing.PrivateKey

    private init(signing: Curve25519.Signing.PrivateKey, keys: JWTKeyCollection) {
        instance = Self.name(of: signing)
        publicKey = Hex.encode(Array(signing.publicKey.rawRepresentation))
        self.signing = signing
        self.keys = keys
    }

    /// Loads the signing key of a home, or makes it.
    ///
    /// - Parameter makesAnother: also where it had one, which is gone.
    /// - Returns: the tokens, and whether the key is new.
    public static func open(
        _ home: MothershipHome, makesAnother: Bool = false
    ) async throws -> (RoomTokens, isNew: Bool) {
        let isNew = !FileAccess.exists(home.signingKey)
        if isNew {
            // Token and store are made after the key: with one of them and without the key, that was
            // lost. Every peer has pinned it and every token rests on it, so a new one locks all out.
            let hasRun = [home.adminToken, home.store].contains(where: FileAccess.exists)
            guard makesAnother || !hasRun else {
                throw PlainFailure(
                    home.signingKey, "is missing, and this Mothership has run before",
                    nextStep: "restore it from a backup, or run aura mothership start --new-key; "
                        + "then every peer has to trust it anew",
                    exitStatus: .refused)
            }
            let fresh = try EdDSA.PrivateKey(curve: .ed25519)
            let text = Hex.encode(fresh.rawRepresentation) + "\n"
            try FileAccess.replace(home.signingKey, with: Array(text.utf8), mode: 0o600)
        }
        return (try await RoomTokens(keyFile: home.signingKey), isNew)
    }

    private static let keyBytesMax = 1024

    private static func key(in bytes: [UInt8]) -> [UInt8]? {
        let text = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first ?? ""
        guard let raw = Hex.decode(String(text)), raw.count == 32 else { return nil }
        return raw
    }

    /// True when what has the name of a signing key is none, or another than that of the instance; of what
    /// cannot be read, nobody knows that.
    public static func isOtherKey(_ path: String, than instance: String?) -> Bool {
        FileAccess.isOther(path, limit: keyBytesMax) { bytes in
            guard let raw = key(in: bytes),
                // What makes no key is none, which is what is asked.
                let signing = try? Curve25519.Signing.PrivateKey(rawRepresentation: raw)
            else { return false }
            return instance.map { $0 == name(of: signing) } ?? true
        }
    }

    private static func name(of signing: Curve25519.Signing.PrivateKey) -> String {
        ContentDigest.of(Array(signing.publicKey.rawRepresentation)).hex
    }

    init(keyFile: String) async throws {
        guard let raw = Self.key(in: try FileAccess.read(keyFile, limit: Self.keyBytesMax)) else {
            throw PlainFailure(
                keyFile, "is no signing key (64 hexadecimal digits)",
                nextStep: "restore it from a backup; a new key makes every token invalid")
        }
        let key = try EdDSA.PrivateKey(
            d: Data(raw).base64EncodedString().urlSafeBase64, curve: .ed25519)
        let keys = JWTKeyCollection()
        await keys.add(eddsa: key)
        self.init(
            signing: try Curve25519.Signing.PrivateKey(rawRepresentation: raw), keys: keys)
    }

    /// Says who this is, to a peer that chose the nonce.
    func identity(nonce: String, now: Timestamp) throws -> ServerIdentity {
        let statement = ServerIdentity.statement(nonce: nonce, serverTime: now)
        return ServerIdentity(
            key: publicKey, serverTime: now,
            signature: Hex.encode(try signing.signature(for: statement)))
    }

    /// Signs a token.
    ///
    /// - Parameters:
    ///   - room: nil binds it to no room; such a token admits to none.
    ///   - lifetime: from `now`.
    ///   - parent: the join token it goes back to.
    public func issue(
        subject: String, room: String?, device: DeviceID?, scopes: [TokenScope],
        lifetime: Duration, parent: String? = nil, now: Timestamp
    ) async throws -> (token: String, record: TokenRecord) {
        let issued = now.rawValue / 1000
        let claims = TokenClaims(
            iss: instance, sub: subject, room: room, device: device?.hex,
            scopes: scopes.map(\.rawValue), iat: issued, exp: issued + lifetime.components.seconds,
            jti: RandomBytes.name())
        let record = TokenRecord(
            id: claims.jti, subject: subject, room: room, device: device, scopes: claims.scopes,
            issuedAt: Timestamp(seconds: issued), expiresAt: claims.expiresAt,
            parent: parent)
        return (try await keys.sign(claims), record)
    }

    /// The claims of a token that we signed, that is not over and not revoked.
    ///
    /// - Parameter grace: how long a token that ended still counts; only a renewal has any.
    public func claims(
        of token: String?, revoked: Set<String>, grace: Duration = .zero, now: Timestamp
    ) async throws(TokenRefusal) -> TokenClaims {
        let claims = try await verified(token, as: TokenClaims.self)
        guard claims.iss == instance else { throw Self.foreign }
        guard !revoked.contains(claims.jti) else {
            throw TokenRefusal(reject: .tokenRevoked, message: "the token was revoked")
        }
        try Self.check(from: claims.iat, to: claims.exp, grace: grace, now: now)
        return claims
    }

    static let foreign = TokenRefusal(
        reject: .tokenInvalid, message: "the token was not signed by this Mothership")

    /// What a token says, once its signature is known to be ours.
    func verified<Claims: JWTPayload>(
        _ token: String?, as type: Claims.Type
    ) async throws(TokenRefusal) -> Claims {
        guard let token, !token.isEmpty else {
            throw TokenRefusal(reject: .tokenMissing, message: "a token is needed")
        }
        guard token.utf8.count <= Self.bytesMax else {
            throw TokenRefusal(reject: .tokenInvalid, message: "the token is too long")
        }
        do { return try await keys.verify(token, as: type) } catch { throw Self.foreign }
    }

    /// Refuses a token outside its time; both times are told, because the reader's clock may be
    /// the one that is wrong.
    static func check(
        from issued: Int64, to ends: Int64, grace: Duration = .zero, now: Timestamp
    ) throws(TokenRefusal) {
        let (start, end) = (
            Timestamp(seconds: issued), Timestamp(seconds: ends)
        )
        guard now + leeway >= start else {
            throw TokenRefusal(
                reject: .tokenNotYetValid,
                message: "the token begins at \(start.iso8601), "
                    + "this Mothership's clock says \(now.iso8601)")
        }
        guard now < end + grace else {
            throw TokenRefusal(
                reject: .tokenExpired,
                message: "the token ended at \(end.iso8601), "
                    + "this Mothership's clock says \(now.iso8601)")
        }
    }

    /// Admits a hello to its room.
    public func admit(
        _ hello: Hello, revoked: Set<String>, now: Timestamp
    ) async throws(TokenRefusal) -> TokenClaims {
        let claims = try await claims(of: hello.token, revoked: revoked, now: now)
        guard claims.allows(.contribute) || claims.allows(.read) else {
            throw TokenRefusal(
                reject: .capabilityMismatch,
                message: "the token allows neither contributing nor reading")
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
