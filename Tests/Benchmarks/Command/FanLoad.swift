// The load of the fan-out benchmarks: one publisher, many subscribers, a batch at a time, and the
// clock stops when the last subscriber has the last message. The same sockets talk to the floor
// and to a Mothership, so that what differs is the server.

import Foundation
import LiveProtocol
import SoakSuite
import Support

/// Subscribers and a publisher at one server.
protocol FanServer {
    var port: Int { get }
    var room: String { get }
    /// What a peer says first; nil for a server that needs no introduction.
    func introduce(_ peer: RawPeer, number: Int) throws
    /// True for the frame that answers the introduction.
    func isWelcome(_ payload: [UInt8]) -> Bool
    /// The frames of one batch.
    func batch(_ count: Int) throws -> [[UInt8]]
    /// Messages in a frame that came to a subscriber, and what it answers.
    func take(_ payload: [UInt8], from peer: RawPeer, number: Int) throws -> Int
}

/// Opens the sockets and drives them.
final class FanLoad {
    private let server: any FanServer
    private let publisher: RawPeer
    private let subscribers: [RawPeer]
    private static let limit = Duration.seconds(120)

    init(_ server: any FanServer, subscribers count: Int) throws {
        self.server = server
        publisher = try Self.connect(server, number: 0)
        subscribers = try (1...count).map { try Self.connect(server, number: $0) }
    }

    func close() {
        publisher.close()
        for peer in subscribers { peer.close() }
    }

    static func connect(_ server: any FanServer, number: Int) throws -> RawPeer {
        let peer = try RawPeer(port: server.port, room: server.room)
        try server.introduce(peer, number: number)
        let clock = SystemClock()
        let end = clock.uptime + limit
        while true {
            _ = RawPeers.ready([peer], milliseconds: 100)
            try peer.flush()
            let frames = try peer.receive()
            if frames.contains(where: server.isWelcome) || peer.isUpgraded && server.isWelcome([]) {
                return peer
            }
            guard clock.uptime < end, !peer.hasEnded else {
                throw PlainFailure(
                    "peer \(number)", "was not welcomed", nextStep: "see the server's log")
            }
        }
    }

    /// Sends a batch and waits until everybody has all of it.
    ///
    /// - Returns: the time from the first byte sent to the last message received.
    func round(batch count: Int) throws -> Duration {
        let clock = SystemClock()
        let frames = try server.batch(count)
        var left = [Int](repeating: count, count: subscribers.count)
        var open = subscribers.count
        let all = subscribers + [publisher]
        let start = clock.uptime
        for frame in frames { publisher.queue(frame) }
        try publisher.flush()
        while open > 0 {
            guard clock.uptime - start < Self.limit else {
                throw PlainFailure("batch", "did not arrive", nextStep: "see the server's log")
            }
            for index in RawPeers.ready(all, milliseconds: 100) {
                try all[index].flush()
                for payload in try all[index].receive() where index < left.count {
                    let got = try server.take(payload, from: all[index], number: index)
                    guard got > 0 else { continue }
                    left[index] -= got
                    if left[index] == 0 { open -= 1 }
                }
                if all[index].hasEnded {
                    throw PlainFailure(
                        "peer \(index)", "was sent away", nextStep: "see the server's log")
                }
            }
        }
        return clock.uptime - start
    }
}

/// The C program beside this one.
final class FloorServer: FanServer {
    let port: Int
    let room = "floor"
    private let server: BackgroundProgram
    private static let payload = [UInt8](repeating: UInt8(ascii: "x"), count: 256)

    init(_ program: String) throws {
        server = try BackgroundProgram(ChildProcess(program, [], environment: [:]))
        guard let port = server.ask().flatMap({ Int($0) }) else {
            throw PlainFailure(program, "names no port", nextStep: "run it by hand")
        }
        self.port = port
    }

    func stop() throws {
        server.closeInput()
        guard server.wait() != nil else {
            throw PlainFailure("fanfloor", "does not end", nextStep: "run it by hand")
        }
    }

    func introduce(_ peer: RawPeer, number: Int) throws {}
    func isWelcome(_ payload: [UInt8]) -> Bool { payload.isEmpty }
    func batch(_ count: Int) throws -> [[UInt8]] {
        [[UInt8]](repeating: Self.payload, count: count)
    }
    func take(_ payload: [UInt8], from peer: RawPeer, number: Int) throws -> Int { 1 }
}

/// A real Mothership. Every message is a signed change set that is durable before it goes out, and
/// every page is acknowledged.
final class LedgerServer: FanServer {
    let port: Int
    let room: String
    private let home: String
    private let author: RawDevice
    private var pushed: Int
    private var seen: [Int: UInt64] = [:]
    let bytes: Int

    init(port: Int, room: String, home: String, bytes: Int = 256, numberingFrom first: Int = 0)
        throws
    {
        (self.port, self.room, self.home, self.bytes, pushed) = (port, room, home, bytes, first)
        try RawDevice.register(room, home: home)
        author = try RawDevice("author", room: room, home: home)
    }

    func introduce(_ peer: RawPeer, number: Int) throws {
        let device =
            number == 0 ? author : try RawDevice("peer\(number)", room: room, home: home)
        try peer.send(device.hello())
    }

    func isWelcome(_ payload: [UInt8]) -> Bool {
        payload.contains(Array("\"welcome\"".utf8))
    }

    func batch(_ count: Int) throws -> [[UInt8]] {
        try (0..<count).map { _ in
            pushed += 1
            let set = try author.changeSet(number: pushed, bytes: bytes)
            let message = Envelope(
                id: UInt64(pushed), message: PeerMessage.pack(Pack(set, count: 1)))
            return Array(try message.text().utf8)
        }
    }

    /// A page's number of changes is its first field, so it need not be decoded here: the load
    /// would be slower than what it measures.
    func take(_ payload: [UInt8], from peer: RawPeer, number: Int) throws -> Int {
        guard payload.starts(with: Array("{\"count\":".utf8)) else { return 0 }
        let digits = payload.dropFirst(9).prefix { (48...57).contains($0) }
        let count = digits.reduce(0) { $0 * 10 + Int($1 - 48) }
        seen[number, default: 0] += UInt64(count)
        // Sequences are dense and one author writes, so counting is knowing.
        try peer.send(.packAck(through: seen[number] ?? 0))
        return count
    }
}
