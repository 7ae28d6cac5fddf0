// Every close code there is, brought about on a real socket and counted by the Mothership. The switch
// has no default: a new code does not compile until somebody has said how it comes about.

import LiveProtocol
import LiveSync
import Support
import Testing

@testable import Mothership

@Suite struct CloseCodeTests {
    /// What nobody sends, and why it is there.
    private static let reserved: [CloseCode: String] = [
        .frozen: "no room can be frozen yet; peers of this release know what to do when one is"
    ]

    let ada: TestDevice

    init() throws { ada = try TestDevice(1) }

    @Test(arguments: CloseCode.allCases.filter { reserved[$0] == nil })
    func everyCodeIsSentAndCounted(_ code: CloseCode) async throws {
        var (told, context): (PeerClient?, ServerContext?)
        try await TestMothership.run {
            $0.limits = limits(for: code)
        } _: { ship in
            context = ship.context
            told = try await bringAbout(code, ship)
        }
        // Every session has ended with the Mothership.
        let counted = context?.metrics.value(.closed, "\(code.rawValue)")
        #expect(counted == 1)
        guard var told else {
            // Said by the peer, which does not wait for an answer.
            return #expect(code == .goingAway)
        }
        #expect(await told.closing().code == code.rawValue)
    }

    @Test func nothingElseIsReserved() {
        let provoked = CloseCode.allCases.filter { Self.reserved[$0] == nil }
        #expect(provoked.count == 12 && Self.reserved.keys.elementsEqual([.frozen]))
    }

    /// Small where that is what brings the code about.
    private func limits(for code: CloseCode) -> ServerLimits {
        switch code {
        case .messageTooBig: ServerLimits(frameBytes: 8192, bodyBytes: 2048)
        case .rateLimited: ServerLimits(changesPerPack: 4, changesPerSecond: 2)
        default: ServerLimits()
        }
    }

    /// - Returns: the client that is being told; nil where the client is the one who says it.
    private func bringAbout(_ code: CloseCode, _ ship: TestMothership) async throws -> PeerClient? {
        switch code {
        case .normal:
            var client = try await ship.peer(ada).client
            try client.send(.bye)
            return try await ended(client)
        case .goingAway:
            try await leave(ship)
            return nil
        case .messageTooBig:
            let client = try await ship.peer(ada).client
            client.send(.text, String(repeating: "x", count: 8193))
            return try await ended(client)
        case .serverOverload: return try await loseTheLedger(ship)
        case .serviceRestart: return try await ship.peer(ada).client
        case .resyncRequired: return try await stopReading(ship)
        case .tokenExpired:
            let client = try await ship.peer(ada).client
            ship.clock.setAhead(.seconds(86_400))
            return try await ended(client)
        case .unauthorized:
            var client = try await ship.socket()
            try client.send(.hello(ship.hello(ada, token: nil)))
            return try await ended(client)
        case .helloTimeout:
            var client = try await ship.socket()
            client.send(.ping, "")
            guard case .pong? = await client.next() else { throw Unexpected(what: "no pong") }
            ship.clock.advance(.seconds(15))
            return try await ended(client)
        case .expectedHello:
            let client = try await ship.socket()
            client.send(.text, "no json")
            return try await ended(client)
        case .unsupportedProtocol:
            let client = try await ship.socket()
            client.send(.text, #"{"v":2,"type":"hello","id":1}"#)
            return try await ended(client)
        case .frozen: throw Unexpected(what: "nothing freezes a room")
        case .rateLimited:
            var client = try await ship.peer(ada).client
            let four = (1...4).map { put($0, "text") }
            try client.push(try ada.signed(1, four), count: 4)
            // The clock stands, so nothing comes back into the bucket.
            try client.push(try ada.signed(2, four), count: 4)
            return try await ended(client)
        }
    }

    /// Waits for the end, or the stop of the Mothership could come first. What was read is read again
    /// by whoever asks.
    private func ended(_ client: PeerClient) async throws -> PeerClient {
        try await client.channel.closeFuture.get()
        return client
    }

    /// With the link that agents have.
    private func leave(_ ship: TestMothership) async throws {
        let link = try await WebSocketLink.connect(
            to: MothershipAddress(isEncrypted: false, host: "127.0.0.1", port: ship.port),
            room: repository, limit: TestMothership.patience)
        link.close(.goingAway)
        // Until the Mothership has read it: its stop would be the first to speak.
        let context = ship.context
        while context.metrics.value(.opened) == 0 || !context.sessions.all.isEmpty {
            await Task.yield()
        }
    }

    /// A push whose earlier answer cannot be looked up is neither taken nor refused.
    private func loseTheLedger(_ ship: TestMothership) async throws -> PeerClient {
        let store = try #require(ship.context.store as? SQLiteLedger)
        var client = try await ship.peer(ada).client
        try store.writing { try $0.execute(sql: "ALTER TABLE change_sets RENAME TO gone") }
        try client.push(try ada.signed(1, [put(1, "one")]))
        let told = try await ended(client)
        try store.writing { try $0.execute(sql: "ALTER TABLE gone RENAME TO change_sets") }
        return told
    }

    /// A peer that asks and does not read the answers, until no more of them may wait.
    private func stopReading(_ ship: TestMothership) async throws -> PeerClient {
        let client = try await ship.socket(.smallBuffer)
        try await client.reads(false)
        let data = String(repeating: "x", count: 125)
        for _ in 1...20_000 { client.send(.ping, data) }
        while !ship.context.sessions.all.contains(where: \.isLagged) { await Task.yield() }
        try await client.reads(true)
        return try await ended(client)
    }
}
