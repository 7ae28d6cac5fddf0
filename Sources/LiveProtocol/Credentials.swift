// Who is at the other end: the Mothership signs a number the peer chose, the device signs what it
// asks for. Both statements carry the Mothership's time, so that clocks that differ neither let an
// old statement pass nor refuse a fresh one.

import Crypto
import Foundation
import Support

/// The Mothership's signed answer to "who are you".
public struct ServerIdentity: Codable, Hashable, Sendable {
    /// The public signing key, 64 hexadecimal digits.
    public let key: String
    public let serverTime: Timestamp
    public let signature: String

    /// Header of a request: a number the peer chose.
    public static let nonceHeader = "Aura-Nonce"
    /// Header of the answer: key, time in milliseconds and signature, separated by spaces.
    public static let proofHeader = "Aura-Identity"
    /// Longest nonce that is signed.
    public static let nonceBytesMax = 64

    public init(key: String, serverTime: Timestamp, signature: String) {
        self.key = key
        self.serverTime = serverTime
        self.signature = signature
    }

    /// Parses the value of ``proofHeader``.
    public init?(header: String) {
        let parts = header.split(separator: " ").map(String.init)
        guard parts.count == 3, let time = Int64(parts[1]) else { return nil }
        self.init(key: parts[0], serverTime: Timestamp(rawValue: time), signature: parts[2])
    }

    public var header: String { "\(key) \(serverTime.rawValue) \(signature)" }

    /// What is signed.
    public static func statement(nonce: String, serverTime: Timestamp) -> [UInt8] {
        Array("aura-server/1\0\(nonce)\0\(serverTime.rawValue)".utf8)
    }

    /// The instance this proves for a nonce; nil when it proves nothing.
    public func instance(provenFor nonce: String) -> String? {
        guard let bytes = Hex.decode(key), let signature = Hex.decode(signature),
            // A key that is no point on the curve can have signed nothing.
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes),
            key.isValidSignature(
                signature, for: Self.statement(nonce: nonce, serverTime: serverTime))
        else { return nil }
        return ContentDigest.of(bytes).hex
    }
}

/// What a device asks the credential routes for, signed with its key.
public struct CredentialRequest: Codable, Hashable, Sendable {
    /// What is asked for.
    public enum Purpose: String, Codable, Sendable {
        /// A first token for a join token.
        case join
        /// A new token for one that ends or ended a short time ago.
        case renew
        /// A room, for a token of role admin.
        case register

        public var path: String {
            switch self {
            case .join: "/v1/join"
            case .renew: "/v1/renew"
            case .register: "/v1/rooms"
            }
        }
    }

    /// A statement older than this, by the Mothership's clock, is refused.
    public static let ageMax: Duration = .seconds(60)

    public let purpose: Purpose
    public let token: String
    public let device: DeviceID
    /// `user@host`, for people.
    public let user: String
    /// The repository id.
    public let room: String
    /// A name of the room for people; of ``Purpose/register`` only.
    public let name: String?
    /// The Mothership's time as it just told it.
    public let at: Timestamp
    public private(set) var signature: String

    /// Makes and signs a request.
    public init(
        _ purpose: Purpose, token: String, user: String, room: String, name: String? = nil,
        at: Timestamp, key: DeviceKey
    ) throws {
        self.purpose = purpose
        self.token = token
        self.user = user
        self.room = room
        self.name = name
        self.at = at
        device = key.device
        signature = ""
        signature = Hex.encode(try key.sign(statement))
    }

    /// True when the device itself made exactly this request.
    public var isAuthentic: Bool {
        guard let signature = Hex.decode(signature) else { return false }
        return device.hasSigned(statement, signature)
    }

    /// The fields with their lengths, so that no two requests have the same bytes.
    private var statement: [UInt8] {
        let fields = [
            "aura-device/1", purpose.rawValue, ContentDigest.of(token.utf8).hex, user, room,
            name ?? "", "\(at.rawValue)",
        ]
        return fields.flatMap { Array("\($0.utf8.count):".utf8) + Array($0.utf8) }
    }
}

/// The body of a refused HTTP request.
public struct HTTPRefusal: Codable, Hashable, Sendable {
    public let reject: RejectClass
    public let message: String
    /// The clock the refusal was judged by.
    public let serverTime: Timestamp?

    public init(reject: RejectClass, message: String, serverTime: Timestamp? = nil) {
        self.reject = reject
        self.message = message
        self.serverTime = serverTime
    }

    enum CodingKeys: String, CodingKey {
        case reject = "class"
        case message, serverTime
    }
}
