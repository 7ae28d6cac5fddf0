// Envelopes: every message round-trips, every bad frame is refused with its class.

import Support
import Testing

@testable import LiveProtocol

@Suite struct EnvelopeTests {
    static let peerMessages: [PeerMessage] = [
        .hello(
            Hello(
                device: DeviceKey().device, user: "ada@host", room: "r", branch: "main",
                commit: "c", frontier: Frontier(epoch: "e", sequence: 4),
                filterDigest: Sample.digest(1), token: "t", agentVersion: "0")),
        .pack(Pack(Sample.changeSet(), count: 1)), .packAck(through: 7),
        .presence(
            Presence(
                device: DeviceKey().device, user: "ada", branch: "main", state: .editing,
                function: "a::f", editingSince: Timestamp(rawValue: 1),
                sentAt: Timestamp(rawValue: 2))),
        .presenceRefresh, .ping(nonce: 1), .pong(nonce: 2), .bye,
    ]

    @Test(arguments: peerMessages)
    func everyPeerMessageRoundTrips(message: PeerMessage) throws {
        let text = try Envelope(id: 5, message: message).text()

        #expect(try Envelope<PeerMessage>(parsing: text) == Envelope(id: 5, message: message))
        #expect(PeerMessage.types.contains(message.type))
    }

    @Test func everyServerMessageRoundTrips() throws {
        let device = DeviceKey().device
        let messages: [ServerMessage] = [
            .welcome(
                Welcome(
                    instance: "i", epoch: "e", head: 1, limits: ServerLimits(),
                    serverTime: Timestamp(rawValue: 1), durable: true, peers: 2,
                    serverVersion: "0")),
            .error(
                ErrorNotice(
                    reject: .payloadTooLarge, message: "m", reference: 1, closing: false)),
            .pack(Pack(try Sample.delivery(), count: 1)),
            .packAck(
                PushResult(
                    changeSet: Sample.changeSet().id,
                    accepted: [LedgerPlace(index: 0, sequence: 1, revision: 1)],
                    rejected: [
                        RejectedChange(
                            index: 1, reject: .baseMismatch, headRevision: 3, message: "m")
                    ])),
            .presence([]), .presenceLeave(device: device, reason: "stale"),
            .presenceRefreshed(answered: [device], demoted: []),
            .impact(
                ImpactNotice(
                    function: Sample.changeSet().changes[0].function, qualifiedName: "q",
                    path: "p", kind: .delete, branch: "b", user: "u", oldAuraID: nil,
                    newAuraID: Sample.digest(3), sequence: 1, at: Timestamp(rawValue: 1))),
            .ping(nonce: 1), .pong(nonce: 2, serverTime: Timestamp(rawValue: 3)),
        ]
        for message in messages {
            let text = try Envelope(id: 9, message: message).text()
            #expect(try Envelope<ServerMessage>(parsing: text) == Envelope(id: 9, message: message))
        }
        #expect(Set(messages.map(\.type)) == ServerMessage.types)
    }

    @Test(arguments: [
        ("", RejectClass.protocolInvalidMessage), ("[1]", .protocolInvalidMessage),
        ("{\"type\":\"ping\"}", .protocolInvalidMessage),
        ("{\"v\":2,\"type\":\"ping\",\"id\":1}", .protocolUnsupportedVersion),
        ("{\"v\":1,\"type\":\"pakc\",\"id\":1}", .protocolUnsupportedCommand),
        ("{\"v\":1,\"type\":\"ping\",\"id\":1}", .protocolInvalidField),
        ("{\"v\":1,\"type\":\"hello\",\"id\":1,\"room\":3}", .protocolInvalidField),
    ])
    func badFramesAreRefusedByClass(text: String, reject: RejectClass) {
        let failure = #expect(throws: EnvelopeFailure.self) {
            try Envelope<PeerMessage>(parsing: text)
        }
        #expect(failure?.reject == reject)
    }

    @Test func anUnknownTypeIsNamed() {
        let failure = #expect(throws: EnvelopeFailure.self) {
            try Envelope<PeerMessage>(parsing: "{\"v\":1,\"type\":\"pakc\",\"id\":7}")
        }
        #expect(failure?.reason.contains("pakc") == true)
        #expect(failure?.reference == 7)
    }

    @Test func packsSayWhichPartIsBad() throws {
        var pack = Pack(Sample.changeSet(), count: 1)
        pack.data = "***"
        #expect(throws: EnvelopeFailure.self) { try pack.unpack(ChangeSet.self) }

        pack = Pack(Sample.changeSet(), count: 1)
        pack.digest = Sample.digest(0)
        let failure = #expect(throws: EnvelopeFailure.self) { try pack.unpack(ChangeSet.self) }
        #expect(failure?.reject == .hashMismatch)
    }
}
