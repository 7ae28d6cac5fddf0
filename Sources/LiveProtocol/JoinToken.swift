// The ticket that lets another machine in: made by an operator, carried by a person, redeemed once.
//
// It is a JWT of the Mothership's own key. The receiving side reads it before anybody can vouch for
// it, because it says where the Mothership is and which key and certificate to expect there; that
// is why it must come over a channel the person trusts.

import Foundation
import Support

/// What a join token lets its holder become.
public enum TokenRole: String, Codable, CaseIterable, Sendable {
    /// Receives a room's changes and pushes none.
    case reader
    /// Receives and pushes.
    case contributor
    /// A contributor that may also register the room.
    case admin
}

/// The claims of a join token. Times are seconds since 1970, as RFC 7519 has them.
public struct JoinClaims: Codable, Hashable, Sendable {
    /// The Mothership: SHA-256 of its public signing key, hexadecimal.
    public var iss: String
    /// The room.
    public var aud: String
    /// Whom it is meant for, in the operator's words.
    public var sub: String?
    public var jti: String
    public var iat: Int64
    public var exp: Int64
    public var role: TokenRole
    /// True when only one device may use it.
    public var once: Bool
    /// The address, as `ws://HOST:PORT` or `wss://HOST:PORT`.
    public var url: String
    /// SHA-256 of the server's certificate, hexadecimal; nil without TLS.
    public var cert: String?

    public init(
        iss: String, aud: String, sub: String?, jti: String, iat: Int64, exp: Int64,
        role: TokenRole, once: Bool, url: String, cert: String?
    ) {
        self.iss = iss
        self.aud = aud
        self.sub = sub
        self.jti = jti
        self.iat = iat
        self.exp = exp
        self.role = role
        self.once = once
        self.url = url
        self.cert = cert
    }

    public var expiresAt: Timestamp { Timestamp(seconds: exp) }

    /// Reads the claims of a token without judging its signature, which only its Mothership can.
    ///
    /// - Throws: ``PlainFailure`` that never repeats the text: it may be another secret.
    public init(reading token: String) throws(PlainFailure) {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let payload = Data(urlSafeBase64: String(parts[1])) else {
            throw Self.malformed("is not three parts of base64 text with dots between")
        }
        do { self = try JSONDecoder().decode(JoinClaims.self, from: payload) } catch {
            throw Self.malformed("holds no claims of a join token")
        }
    }

    private static func malformed(_ reason: String) -> PlainFailure {
        PlainFailure(
            "join token", reason,
            nextStep: "copy the whole line that aura mothership token create printed",
            exitStatus: .usage)
    }
}

extension Data {
    /// Decodes base64 with the alphabet of RFC 4648 section 5, unpadded; nil when it is none.
    public init?(urlSafeBase64 text: String) {
        var plain = text.replacing("-", with: "+").replacing("_", with: "/")
        plain += String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
        self.init(base64Encoded: plain)
    }
}
