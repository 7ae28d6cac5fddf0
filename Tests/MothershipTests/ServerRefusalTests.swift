// A listening Mothership and peers that misbehave: each is told the class before it is closed, or is
// refused one message and keeps its socket.

import LiveProtocol
import Mothership
import Support
import Testing

@Suite struct ServerRefusalTests {
    let ada: TestDevice
    let bob: TestDevice

    init() throws {
        ada = try TestDevice(1)
        bob = try TestDevice(2)
    }

    @Test func aSocketThatSaysNothingIsClosedAfterTheHelloLimit() async throws {
        try await TestMothership.run { ship in
            var client = try await ship.socket()
            // The answer to a ping shows that the session began before the time moves.
            client.send(.ping, "")
            guard case .pong? = await client.next() else { throw Unexpected(what: "no pong") }
            ship.clock.advance(.seconds(15))
            let (notice, code) = await client.closing()
            #expect(notice?.reject == .protocolHelloTimeout && notice?.closing == true)
            #expect(code == 4004)
        }
    }

    struct FirstFrame: Sendable, CustomTestStringConvertible {
        let text: String
        let isBinary: Bool
        let reject: RejectClass
        let code: UInt16
        var testDescription: String { "\(text.prefix(30)) \(isBinary)" }
    }

    @Test(arguments: [
        FirstFrame(text: "x", isBinary: true, reject: .protocolInvalidMessage, code: 4005),
        FirstFrame(text: "no json", isBinary: false, reject: .protocolInvalidMessage, code: 4005),
        FirstFrame(text: "[]", isBinary: false, reject: .protocolInvalidMessage, code: 4005),
        FirstFrame(
            text: #"{"v":1,"type":"ping","id":1,"value":1}"#, isBinary: false,
            reject: .protocolInvalidMessage, code: 4005),
        FirstFrame(
            text: #"{"v":1,"type":"hello","id":1}"#, isBinary: false,
            reject: .protocolInvalidField, code: 4005),
        FirstFrame(
            text: #"{"v":2,"type":"hello","id":1}"#, isBinary: false,
            reject: .protocolUnsupportedVersion, code: 4006),
    ])
    func aFirstFrameThatIsNoHelloEndsTheSocket(_ frame: FirstFrame) async throws {
        try await TestMothership.run { ship in
            var client = try await ship.socket()
            client.send(frame.isBinary ? .binary : .text, frame.text)
            let (notice, code) = await client.closing()
            #expect(notice?.reject == frame.reject && notice?.closing == true)
            #expect(code == frame.code)
        }
    }

    @Test func aHelloWithoutAGoodTokenIsUnauthorized() async throws {
        try await TestMothership.run { ship in
            let good = try await ship.token(ada)
            let foreign = try await ship.token(ada, room: "repo-2")
            let cases: [(TestDevice, String?, RejectClass)] = [
                (ada, nil, .tokenMissing), (ada, "garbage", .tokenInvalid),
                (bob, good, .tokenPeerMismatch), (ada, foreign, .tokenRoomMismatch),
            ]
            for (device, token, reject) in cases {
                var client = try await ship.socket()
                try client.send(.hello(ship.hello(device, token: token)))
                let (notice, code) = await client.closing()
                #expect(notice?.reject == reject && notice?.closing == true)
                #expect(code == 4003)
            }
            #expect(ship.context.metrics.value(.authValidation, "unauthorized.token_missing") == 1)
        }
    }

    @Test func aTokenThatEndsEndsItsSocketAndAdmitsNoMore() async throws {
        try await TestMothership.run { ship in
            let old = try await ship.token(ada)
            var client = try await ship.peer(ada).client
            ship.clock.setAhead(.seconds(86_400))
            let (notice, code) = await client.closing()
            #expect(notice?.reject == .tokenExpired && notice?.closing == true)
            #expect(code == 4002)
            #expect(ship.context.metrics.value(.tokenExpiredDisconnects) == 1)
            var again = try await ship.socket()
            try again.send(.hello(ship.hello(ada, token: old)))
            let refused = await again.closing()
            #expect(refused.notice?.reject == .tokenExpired && refused.code == 4003)
        }
    }

    @Test func aMessageThatIsNotUnderstoodIsRefusedAndTheSocketStays() async throws {
        try await TestMothership.run { ship in
            var client = try await ship.peer(ada).client
            let cases: [(String, RejectClass, UInt64?)] = [
                (#"{"v":1,"type":"dance","id":41}"#, .protocolUnsupportedCommand, 41),
                ("{", .protocolInvalidMessage, nil),
                (#"{"v":1,"type":"ping","id":43}"#, .protocolInvalidField, 43),
                (#"{"v":9,"type":"ping","id":44}"#, .protocolUnsupportedVersion, 44),
            ]
            for (text, reject, reference) in cases {
                client.send(.text, text)
                let notice = try await client.error()
                #expect(notice.reject == reject && notice.reference == reference)
                #expect(!notice.closing)
            }
            client.send(.binary, "bytes")
            #expect(try await client.error().reject == .protocolInvalidMessage)
            try client.send(.hello(ship.hello(ada, token: nil)))
            #expect(try await client.error().reject == .protocolInvalidMessage)
            #expect(try await client.isAlive())
            #expect(ship.context.metrics.value(.errors, "reject.protocol_unsupported_command") == 1)
        }
    }

    @Test func aBadPackIsRefusedByItsClassAndTheSocketStays() async throws {
        try await TestMothership.run { ship in
            var client = try await ship.peer(ada).client
            let signed = try ada.signed(1, [put(1, "one")])
            let good = Pack(signed, count: 1)
            var swapped = good
            swapped.digest = .of([1])
            let bent = SignedChangeSet(
                payload: signed.payload, signature: Array(signed.signature.reversed()),
                device: ada.id)
            let cases: [(Pack, RejectClass)] = [
                (Pack(data: "!!!", count: 1, digest: good.digest), .protocolInvalidField),
                (swapped, .hashMismatch), (Pack(ada.id, count: 1), .protocolInvalidField),
                (Pack(bent, count: 1), .invalidSignature),
                (Pack(try bob.signed(1, [put(1, "one")]), count: 1), .tokenPeerMismatch),
                (Pack(signed, count: 2), .protocolInvalidField),
                (Pack(signed, count: 0), .payloadTooLarge),
                (Pack(signed, count: 4097), .payloadTooLarge),
            ]
            for (pack, reject) in cases {
                let id = try client.send(.pack(pack))
                let notice = try await client.error()
                #expect(notice.reject == reject && notice.reference == id && !notice.closing)
            }
            try client.push(try ada.signed(2, [put(1, "x", path: ".git/config")]))
            #expect(try await client.result().rejected.map(\.reject) == [.pathScopeForbidden])
            try client.push(signed)
            #expect(try await client.result().accepted == [place(0, 1, 1)])
            #expect(ship.context.health().records == 1)
        }
    }

    @Test(arguments: [false, true])
    func aMessageOverTheFrameLimitEndsTheSocket(inFragments: Bool) async throws {
        try await TestMothership.run {
            $0.limits = ServerLimits(frameBytes: 8192, bodyBytes: 2048)
        } _: { ship in
            var client = try await ship.peer(ada).client
            if inFragments {
                client.send(.text, String(repeating: "x", count: 5000), fin: false)
                client.send(.continuation, String(repeating: "x", count: 5000))
            } else {
                client.send(.text, String(repeating: "x", count: 8193))
            }
            let (notice, code) = await client.closing()
            #expect(notice?.reject == .protocolMessageTooLarge && notice?.closing == true)
            #expect(code == 1009)
        }
    }

    @Test func aMessageAtTheFrameLimitPasses() async throws {
        try await TestMothership.run {
            $0.limits = ServerLimits(frameBytes: 8192, bodyBytes: 2048)
        } _: { ship in
            var client = try await ship.peer(ada).client
            client.send(.text, String(repeating: "x", count: 8192))
            #expect(try await client.error().reject == .protocolInvalidMessage)
            client.send(.text, #"{"v":1,"type":"#, fin: false)
            client.send(.continuation, #""dance","id":5}"#)
            #expect(try await client.error().reference == 5)
        }
    }

    @Test func aPeerOverItsRateIsToldHowLongToWait() async throws {
        try await TestMothership.run {
            $0.limits = ServerLimits(changesPerPack: 4, changesPerSecond: 2)
        } _: { ship in
            var client = try await ship.peer(ada).client
            let four = (1...4).map { put($0, "text") }
            try client.push(try ada.signed(1, four), count: 4)
            #expect(try await client.result().accepted.count == 4)
            // The clock stands, so the bucket is empty.
            try client.push(try ada.signed(2, four), count: 4)
            let (notice, code) = await client.closing()
            #expect(notice?.reject == .rateLimitNodes && code == 4008)
            #expect(notice?.retryAfterMilliseconds == 2001)
            #expect(ship.context.metrics.value(.rateLimitDrops, "nodes") == 1)
        }
    }
}
