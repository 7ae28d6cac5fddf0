// Text frames to messages and back. Every decoding failure says which class it is refused with.

import Foundation
import Support

/// Why a frame is no message.
public struct EnvelopeFailure: Failure, Equatable {
    public let reject: RejectClass
    public let reason: String
    /// The `id` of the envelope when it could still be read.
    public let reference: UInt64?

    public init(reject: RejectClass, reason: String, reference: UInt64? = nil) {
        self.reject = reject
        self.reason = reason
        self.reference = reference
    }

    public var subject: String { "message" }
    public var nextStep: String { "check that both sides run the same release" }
}

/// A message with its number; answers name the number they answer.
public struct Envelope<Message: WireMessage>: Hashable, Sendable {
    public var id: UInt64
    public var message: Message

    public init(id: UInt64, message: Message) {
        self.id = id
        self.message = message
    }

    /// The frame's text.
    public func text() throws -> String {
        try JSONText.encode(WireForm(id: id, message: message))
    }

    /// Parses a frame's text.
    ///
    /// - Throws: ``EnvelopeFailure`` with `protocol_invalid_message` for text that is no JSON
    ///   object, `protocol_unsupported_command` for an unknown type (named in the reason),
    ///   `protocol_invalid_field` for a field that is missing or wrong.
    public init(parsing text: String) throws(EnvelopeFailure) {
        do {
            self = try JSONText.decode(WireForm<Message>.self, from: text).envelope
        } catch let failure as EnvelopeFailure {
            throw failure
        } catch {
            throw .noMessage
        }
    }
}

/// A family of messages that shares one envelope.
public protocol WireMessage: Hashable, Sendable {
    /// Every value of `type` this side understands.
    static var types: Set<String> { get }
    var type: String { get }
    init(type: String, from decoder: any Decoder) throws
    func encodeFields(to encoder: any Encoder) throws
}

private struct WireForm<Message: WireMessage>: Codable {
    enum Key: String, CodingKey { case v, type, id }
    let envelope: Envelope<Message>

    init(id: UInt64, message: Message) { envelope = Envelope(id: id, message: message) }

    /// - Throws: ``EnvelopeFailure``, which passes the decoder unchanged.
    init(from decoder: any Decoder) throws {
        let head: WireHead
        do { head = try WireHead(from: decoder) } catch { throw EnvelopeFailure.noMessage }
        guard head.v == protocolVersion else {
            throw EnvelopeFailure(
                reject: .protocolUnsupportedVersion,
                reason: "has protocol version \(head.v), this side speaks \(protocolVersion)",
                reference: head.id)
        }
        guard Message.types.contains(head.type) else {
            throw EnvelopeFailure(
                reject: .protocolUnsupportedCommand,
                reason: "has the unknown type \"\(head.type.prefix(40))\"", reference: head.id)
        }
        do {
            envelope = Envelope(id: head.id, message: try Message(type: head.type, from: decoder))
        } catch let error as DecodingError {
            throw EnvelopeFailure(
                reject: .protocolInvalidField,
                reason: "\(head.type) has an invalid field: \(error.fieldPath)", reference: head.id)
        } catch {
            throw EnvelopeFailure(
                reject: .protocolInvalidField, reason: "\(head.type) cannot be decoded",
                reference: head.id)
        }
    }

    func encode(to encoder: any Encoder) throws {
        try envelope.message.encodeFields(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(protocolVersion, forKey: .v)
        try container.encode(envelope.message.type, forKey: .type)
        try container.encode(envelope.id, forKey: .id)
    }
}

private struct WireHead: Decodable {
    let v: Int
    let type: String
    let id: UInt64
}

extension EnvelopeFailure {
    fileprivate static let noMessage = EnvelopeFailure(
        reject: .protocolInvalidMessage, reason: "is no JSON object with v, type and id")
}

extension DecodingError {
    /// The dotted path of the field that could not be decoded.
    fileprivate var fieldPath: String {
        switch self {
        case .keyNotFound(let key, let context):
            (context.codingPath + [key]).map(\.stringValue).joined(separator: ".")
        case .typeMismatch(_, let context), .valueNotFound(_, let context),
            .dataCorrupted(let context):
            context.codingPath.map(\.stringValue).joined(separator: ".")
        @unknown default: "unknown"
        }
    }
}

/// A field of its own for messages that are a number or a list.
private struct Field<Value: Codable>: Codable {
    let value: Value
}

private struct LeaveFields: Codable {
    let device: DeviceID
    let reason: String
}

private struct RefreshedFields: Codable {
    let answered: [DeviceID]
    let demoted: [DeviceID]
}

private struct PongFields: Codable {
    let nonce: UInt64
    let serverTime: Timestamp
}

extension PeerMessage: WireMessage {
    public static let types: Set<String> = [
        "hello", "pack", "pack-ack", "presence", "presence-refresh", "ping", "pong", "bye",
    ]

    public var type: String {
        switch self {
        case .hello: "hello"
        case .pack: "pack"
        case .packAck: "pack-ack"
        case .presence: "presence"
        case .presenceRefresh: "presence-refresh"
        case .ping: "ping"
        case .pong: "pong"
        case .bye: "bye"
        }
    }

    public init(type: String, from decoder: any Decoder) throws {
        switch type {
        case "hello": self = .hello(try Hello(from: decoder))
        case "pack": self = .pack(try Pack(from: decoder))
        case "pack-ack": self = .packAck(through: try Field<UInt64>(from: decoder).value)
        case "presence": self = .presence(try Presence(from: decoder))
        case "presence-refresh": self = .presenceRefresh
        case "ping": self = .ping(nonce: try Field<UInt64>(from: decoder).value)
        case "pong": self = .pong(nonce: try Field<UInt64>(from: decoder).value)
        default: self = .bye
        }
    }

    public func encodeFields(to encoder: any Encoder) throws {
        switch self {
        case .hello(let hello): try hello.encode(to: encoder)
        case .pack(let pack): try pack.encode(to: encoder)
        case .packAck(let through): try Field(value: through).encode(to: encoder)
        case .presence(let presence): try presence.encode(to: encoder)
        case .ping(let nonce), .pong(let nonce): try Field(value: nonce).encode(to: encoder)
        case .presenceRefresh, .bye: break
        }
    }
}

extension ServerMessage: WireMessage {
    public static let types: Set<String> = [
        "welcome", "error", "pack", "pack-ack", "presence", "presence-leave",
        "presence-refreshed", "impact", "ping", "pong",
    ]

    public var type: String {
        switch self {
        case .welcome: "welcome"
        case .error: "error"
        case .pack: "pack"
        case .packAck: "pack-ack"
        case .presence: "presence"
        case .presenceLeave: "presence-leave"
        case .presenceRefreshed: "presence-refreshed"
        case .impact: "impact"
        case .ping: "ping"
        case .pong: "pong"
        }
    }

    public init(type: String, from decoder: any Decoder) throws {
        switch type {
        case "welcome": self = .welcome(try Welcome(from: decoder))
        case "error": self = .error(try ErrorNotice(from: decoder))
        case "pack": self = .pack(try Pack(from: decoder))
        case "pack-ack": self = .packAck(try PushResult(from: decoder))
        case "presence": self = .presence(try Field<[PresenceRow]>(from: decoder).value)
        case "presence-leave":
            let fields = try LeaveFields(from: decoder)
            self = .presenceLeave(device: fields.device, reason: fields.reason)
        case "presence-refreshed":
            let fields = try RefreshedFields(from: decoder)
            self = .presenceRefreshed(answered: fields.answered, demoted: fields.demoted)
        case "impact": self = .impact(try ImpactNotice(from: decoder))
        case "ping": self = .ping(nonce: try Field<UInt64>(from: decoder).value)
        default:
            let fields = try PongFields(from: decoder)
            self = .pong(nonce: fields.nonce, serverTime: fields.serverTime)
        }
    }

    public func encodeFields(to encoder: any Encoder) throws {
        switch self {
        case .welcome(let welcome): try welcome.encode(to: encoder)
        case .error(let notice): try notice.encode(to: encoder)
        case .pack(let pack): try pack.encode(to: encoder)
        case .packAck(let result): try result.encode(to: encoder)
        case .presence(let rows): try Field(value: rows).encode(to: encoder)
        case .presenceLeave(let device, let reason):
            try LeaveFields(device: device, reason: reason).encode(to: encoder)
        case .presenceRefreshed(let answered, let demoted):
            try RefreshedFields(answered: answered, demoted: demoted).encode(to: encoder)
        case .impact(let notice): try notice.encode(to: encoder)
        case .ping(let nonce): try Field(value: nonce).encode(to: encoder)
        case .pong(let nonce, let serverTime):
            try PongFields(nonce: nonce, serverTime: serverTime).encode(to: encoder)
        }
    }
}

extension Pack {
    /// Packs a value.
    ///
    /// - Parameter count: how many changes are inside, for rate limits before decoding.
    public init(_ value: some PostcardCodable, count: Int) {
        let bytes = value.postcard
        self.init(
            data: Data(bytes).base64EncodedString(), count: count, digest: .of(bytes))
    }

    /// Unpacks a value.
    ///
    /// - Throws: ``EnvelopeFailure``: bad base64 and bad encoding are `protocol_invalid_field`,
    ///   a digest that does not match is `hash_mismatch`.
    public func unpack<Value: PostcardCodable>(_ type: Value.Type) throws(EnvelopeFailure) -> Value
    {
        guard let data = Data(base64Encoded: data) else {
            throw EnvelopeFailure(
                reject: .protocolInvalidField, reason: "invalid pack: bad base64")
        }
        let bytes = Array(data)
        guard ContentDigest.of(bytes) == digest else {
            throw EnvelopeFailure(
                reject: .hashMismatch, reason: "invalid pack: digest does not match")
        }
        do throws(PostcardFailure) { return try Value(postcard: bytes) } catch {
            throw EnvelopeFailure(
                reject: .protocolInvalidField, reason: "invalid pack: bad encoding: \(error.reason)"
            )
        }
    }
}
