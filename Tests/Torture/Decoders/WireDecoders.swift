// What comes over a connection: frames, packs, change sets, deliveries, tokens.

import Foundation
import LiveProtocol
import LiveSync
import Support

extension Decoder {
    static func wire() throws -> [Decoder] {
        let key = DeviceKey()
        let set = WireSamples.changeSet
        let delivery = try WireSamples.delivery(by: key)
        return [
            try frame("frame of a peer", WireSamples.peerMessages(key, set)),
            try frame("frame of a Mothership", WireSamples.serverMessages(key, set, delivery)),
            try pack(set),
            try postcard("change set", set),
            try postcard("delivery", delivery),
            try postcard("signed change set", try key.sign(set)),
            try token(),
        ]
    }

    private static func frame<Message: WireMessage>(
        _ name: String, _ messages: [Message]
    ) throws -> Decoder {
        try canonical(
            name, samples: messages.enumerated().map { Envelope(id: UInt64($0), message: $1) },
            write: { Array(try $0.text().utf8) },
            read: { try Envelope<Message>(parsing: String(decoding: $0, as: UTF8.self)) })
    }

    /// The bytes of a pack behind a digest that fits them: what a peer can send on purpose.
    private static func pack(_ set: ChangeSet) throws -> Decoder {
        Decoder("pack", samples: [Array(Pack(set, count: 1).data.utf8)]) { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            let digest = ContentDigest.of(Array(Data(base64Encoded: text) ?? Data()))
            let read = try Pack(data: text, count: 1, digest: digest).unpack(ChangeSet.self)
            let again = try Pack(read, count: 1).unpack(ChangeSet.self)
            return again == read ? .taken : .altered("\(read.id) became another")
        }
    }

    private static func postcard<Value: PostcardCodable & Equatable & Sendable>(
        _ name: String, _ value: Value
    ) throws -> Decoder {
        try canonical(
            name, samples: [value], write: { $0.postcard }, read: { try Value(postcard: $0) })
    }

    private static func token() throws -> Decoder {
        let claims = JoinClaims(
            iss: "6d6f", aud: "660b3146436c195d", sub: nil, jti: "t1", iat: 1, exp: 2,
            role: .contributor, once: true, url: "wss://hub.example:7070", cert: nil)
        return try canonical(
            "join token", samples: [claims],
            write: { claims in
                let payload = Data(try JSONText.encode(claims).utf8).base64EncodedString()
                    .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
                return Array("x.\(payload).y".utf8)
            },
            read: { try JoinClaims(reading: String(decoding: $0, as: UTF8.self)) })
    }
}

/// Values of every kind that crosses a connection.
public enum WireSamples {
    public static let digest = ContentDigest.of([1, 2, 3])

    public static var changeSet: ChangeSet {
        var random = SeededGenerator(seed: 7)
        return ChangeSet(
            id: .random(using: &random), repository: "660b3146436c195d", branch: "main",
            commit: "c0ffee",
            grammar: GrammarStamp(language: "rust", digest: digest),
            madeAt: Timestamp(rawValue: 1_700_000_000_000),
            changes: [ChangeKind.put, .delete, .move].map { kind in
                UnitChange(
                    function: .random(using: &random), kind: kind, unit: .function,
                    path: "src/a.rs", qualifiedName: "a::f", ordinal: 0, baseRevision: 7,
                    baseAuraID: digest, auraID: kind == .delete ? nil : digest,
                    text: UnitText(head: Array("fn f() {}".utf8)), placement: Placement())
            })
    }

    public static func delivery(by key: DeviceKey) throws -> Delivery {
        Delivery(
            after: 3, through: 9,
            sets: [
                DeliveredChangeSet(
                    signed: try key.sign(changeSet),
                    places: [LedgerPlace(index: 0, sequence: 9, revision: 8)],
                    receivedAt: Timestamp(rawValue: 1))
            ])
    }

    public static func peerMessages(_ key: DeviceKey, _ set: ChangeSet) -> [PeerMessage] {
        [
            .hello(
                Hello(
                    device: key.device, user: "ada@host", room: "r", branch: "main", commit: "c",
                    frontier: Frontier(epoch: "e", sequence: 4),
                    position: LedgerPosition(run: "r", sequence: 5), filterDigest: digest,
                    token: "t", agentVersion: "0")),
            .pack(Pack(set, count: 3)), .packAck(through: 7), .presence(presence(key)),
            .presenceRefresh, .ping(nonce: 1), .pong(nonce: 2), .bye,
        ]
    }

    private static func presence(_ key: DeviceKey) -> Presence {
        Presence(
            device: key.device, user: "ada", branch: "main", state: .editing, function: "a::f",
            editingSince: Timestamp(rawValue: 1), sentAt: Timestamp(rawValue: 2))
    }

    public static func serverMessages(
        _ key: DeviceKey, _ set: ChangeSet, _ delivery: Delivery
    ) -> [ServerMessage] {
        [
            .welcome(
                Welcome(
                    instance: "i", epoch: "e", head: 1, limits: ServerLimits(),
                    serverTime: Timestamp(rawValue: 1), durable: true, peers: 2,
                    serverVersion: "0", run: "r", wentBack: true)),
            .error(
                ErrorNotice(reject: .payloadTooLarge, message: "m", reference: 1, closing: false)),
            .pack(Pack(delivery, count: 1)),
            .packAck(
                PushResult(
                    changeSet: set.id,
                    accepted: [LedgerPlace(index: 0, sequence: 1, revision: 1)],
                    rejected: [
                        RejectedChange(
                            index: 1, reject: .baseMismatch, headRevision: 3, message: "m")
                    ])),
            .presence([PresenceRow(presence: presence(key), receivedAt: Timestamp(rawValue: 3))]),
            .presenceLeave(device: key.device, reason: "stale"),
            .presenceRefreshed(answered: [key.device], demoted: []),
            .impact(
                ImpactNotice(
                    function: set.changes[0].function, qualifiedName: "q", path: "p", kind: .delete,
                    branch: "b",
                    user: "u", oldAuraID: nil, newAuraID: digest, sequence: 1,
                    at: Timestamp(rawValue: 1))),
            .ping(nonce: 1), .pong(nonce: 2, serverTime: Timestamp(rawValue: 3)),
        ]
    }
}
