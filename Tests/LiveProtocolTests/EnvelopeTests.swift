// Envelopes: every message round-trips, every bad frame is refused with its class.

import DecoderFuzz
import Support
import Testing

@testable import LiveProtocol

@Suite struct EnvelopeTests {
    static let peerMessages = WireSamples.peerMessages(DeviceKey(), WireSamples.changeSet)

    @Test(arguments: peerMessages)
    func everyPeerMessageRoundTrips(message: PeerMessage) throws {
        let text = try Envelope(id: 5, message: message).text()

        #expect(try Envelope<PeerMessage>(parsing: text) == Envelope(id: 5, message: message))
        #expect(PeerMessage.types.contains(message.type))
    }

    @Test func everyServerMessageRoundTrips() throws {
        let key = DeviceKey()
        let messages = WireSamples.serverMessages(
            key, WireSamples.changeSet, try WireSamples.delivery(by: key))
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

    /// Who does not name places in the ledger says nothing of them, and is understood.
    @Test func whatAnEarlierReleaseDoesNotSayIsLeftOut() throws {
        let hello = Hello(
            device: DeviceKey().device, user: "u", room: "r", branch: "main", commit: "c",
            frontier: Frontier(epoch: "e", sequence: 4), filterDigest: .of([0]), token: nil,
            agentVersion: "0")
        let welcome = Welcome(
            instance: "i", epoch: "e", head: 1, limits: ServerLimits(),
            serverTime: Timestamp(rawValue: 1), durable: true, peers: 2, serverVersion: "0")
        let (asked, answered) = (try JSONText.encode(hello), try JSONText.encode(welcome))

        for word in ["position", "run", "wentBack"] {
            #expect(!asked.contains("\"\(word)\"") && !answered.contains("\"\(word)\""))
        }
        #expect(try JSONText.decode(Hello.self, from: asked) == hello)
        #expect(try JSONText.decode(Welcome.self, from: answered) == welcome)
    }

    @Test func anUnknownTypeIsNamed() {
        let failure = #expect(throws: EnvelopeFailure.self) {
            try Envelope<PeerMessage>(parsing: "{\"v\":1,\"type\":\"pakc\",\"id\":7}")
        }
        #expect(failure?.reason.contains("pakc") == true)
        #expect(failure?.reference == 7)
    }

    @Test func packsSayWhichPartIsBad() throws {
        var pack = Pack(WireSamples.changeSet, count: 1)
        pack.data = "***"
        #expect(throws: EnvelopeFailure.self) { try pack.unpack(ChangeSet.self) }

        pack = Pack(WireSamples.changeSet, count: 1)
        pack.digest = ContentDigest.of([0])
        let failure = #expect(throws: EnvelopeFailure.self) { try pack.unpack(ChangeSet.self) }
        #expect(failure?.reject == .hashMismatch)
    }
}
