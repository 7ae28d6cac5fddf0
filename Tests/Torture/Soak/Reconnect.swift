// The moment after a Mothership comes back: everybody connects at once. How long until the last one
// is up to date, and what each costs on the wire.

import Drills
import Foundation
import LiveProtocol
import Support
import TortureSuite

/// A storm of reconnecting peers against one real Mothership.
public struct Reconnect {
    public var executable: String
    public var peers: Int
    /// Change sets one peer missed, for the replay.
    public var missed = 10_000
    private static let room = "storm"
    private static let limit = Duration.seconds(120)

    public init(executable: String, peers: Int) {
        self.executable = executable
        self.peers = peers
    }

    /// What a storm came to.
    public struct Figures: Sendable {
        public var duration: Duration
        public var upToDate: Int
        public var sentBytes: Int
        public var receivedBytes: Int
        /// Connections that ended before they were up to date and were made again.
        public var again: Int
    }

    /// - Parameter tell: takes each line for the reader.
    public func run(_ tally: Tally, _ tell: (String) -> Void) throws {
        RawPeers.raiseDescriptorLimit()
        let sandbox = try Sandbox(executable: executable)
        defer { sandbox.close() }
        try sandbox.startMothership(configuration: Self.configuration)
        try RawDevice.register(Self.room, home: sandbox.mothershipHome)
        let devices = try (0..<peers).map {
            try RawDevice("peer\($0)", room: Self.room, home: sandbox.mothershipHome)
        }
        let filled = try fill(sandbox, devices[0], 100)
        for kind in ["all at once", "after a restart", "after kill -9"] {
            if kind == "after a restart" {
                try sandbox.aura().require(["mothership", "stop"])
                try sandbox.startMothership()
            } else if kind == "after kill -9" {
                try sandbox.killMothership()
                try sandbox.startMothership()
            }
            let figures = try storm(sandbox, devices, filled)
            tally.injected("storm \(kind)")
            tally.add(figures.upToDate, "peers up to date")
            if figures.upToDate != peers {
                tally.broke("\(kind): \(figures.upToDate) of \(peers) are up to date")
            }
            tell(describe(figures, kind))
        }
        try replay(sandbox, devices, tally, tell)
    }

    /// A Mothership without limits for loads that no group of people makes.
    public static let configuration = """
        [server]
        connections_max = 20000
        [limits]
        changes_per_second = 0
        bytes_per_second = 0

        """

    private func describe(_ figures: Figures, _ kind: String) -> String {
        let each = { (bytes: Int) in bytes / max(1, figures.upToDate) }
        return "\(kind): \(figures.upToDate) of \(peers) up to date after "
            + "\(figures.duration.brief); a peer sends \(each(figures.sentBytes)) bytes and gets "
            + "\(each(figures.receivedBytes)); \(figures.again) connections made again"
    }

    /// Pushes `count` change sets; the frontier after them.
    private func fill(
        _ sandbox: Sandbox, _ device: RawDevice, _ count: Int, from first: Int = 0
    ) throws -> Frontier {
        let peer = try RawPeer(port: sandbox.port, room: Self.room)
        defer { peer.close() }
        try peer.send(device.hello())
        var frontier: Frontier?
        var (pushed, answered) = (0, 0)
        try wait("\(count) pushes", [peer]) {
            for message in try peer.messages() {
                if case .welcome(let welcome) = message {
                    frontier = Frontier(epoch: welcome.epoch, sequence: welcome.head)
                    try peer.send(.packAck(through: 0))
                }
                if case .pack(let pack) = message {
                    try peer.send(.packAck(through: try pack.unpack(Delivery.self).through))
                }
                if case .packAck(let result) = message {
                    answered += 1
                    let last = result.accepted.last?.sequence ?? 0
                    if let known = frontier { frontier?.sequence = max(known.sequence, last) }
                }
            }
            while frontier != nil, pushed < count, pushed - answered < 64 {
                let set = try device.changeSet(number: first + pushed)
                try peer.send(.pack(Pack(set, count: 1)))
                pushed += 1
            }
            return answered == count
        }
        guard let frontier else {
            throw PlainFailure("push", "had no welcome", nextStep: "see the Mothership's log")
        }
        return frontier
    }

    /// Everybody connects at once and is up to date when the welcome names what it has.
    private func storm(
        _ sandbox: Sandbox, _ devices: [RawDevice], _ frontier: Frontier
    ) throws -> Figures {
        let clock = SystemClock()
        var figures = Figures(
            duration: .zero, upToDate: 0, sentBytes: 0, receivedBytes: 0, again: 0)
        let start = clock.uptime
        var connections = try devices.map { try connect($0, sandbox, frontier) }
        defer { for connection in connections { connection.close() } }
        var isDone = [Bool](repeating: false, count: devices.count)
        while figures.upToDate < devices.count, clock.uptime - start < Self.limit {
            for index in RawPeers.ready(connections, milliseconds: 100) {
                try connections[index].flush()
                for message in try connections[index].messages() {
                    if case .welcome(let welcome) = message, welcome.head == frontier.sequence,
                        welcome.epoch == frontier.epoch, !isDone[index]
                    {
                        isDone[index] = true
                        figures.upToDate += 1
                    }
                }
                guard connections[index].hasEnded, !isDone[index] else { continue }
                figures.again += 1
                connections[index].close()
                connections[index] = try connect(devices[index], sandbox, frontier)
            }
        }
        figures.duration = clock.uptime - start
        figures.sentBytes = connections.map(\.sentBytes).reduce(0, +)
        figures.receivedBytes = connections.map(\.receivedBytes).reduce(0, +)
        return figures
    }

    private func connect(
        _ device: RawDevice, _ sandbox: Sandbox, _ frontier: Frontier
    ) throws -> RawPeer {
        let peer = try RawPeer(port: sandbox.port, room: Self.room)
        try peer.send(device.hello(frontier: frontier))
        return peer
    }

    /// One peer was away for thousands of change sets.
    private func replay(
        _ sandbox: Sandbox, _ devices: [RawDevice], _ tally: Tally, _ tell: (String) -> Void
    ) throws {
        guard devices.count > 1, missed > 0 else { return }
        let start = try fill(sandbox, devices[0], 1, from: 1000)
        let end = try fill(sandbox, devices[0], missed, from: 2000)
        let clock = SystemClock()
        let peer = try RawPeer(port: sandbox.port, room: Self.room)
        defer { peer.close() }
        let began = clock.uptime
        try peer.send(devices[1].hello(frontier: start))
        var (sets, through) = (0, start.sequence)
        try wait("the replay", [peer]) {
            for message in try peer.messages() {
                guard case .pack(let pack) = message else { continue }
                let page = try pack.unpack(Delivery.self)
                sets += page.sets.count
                through = page.through
                try peer.send(.packAck(through: through))
            }
            return through >= end.sequence
        }
        let took = clock.uptime - began
        tally.add(sets, "missed change sets replayed")
        if sets != missed { tally.broke("\(sets) of \(missed) missed change sets came") }
        tell(
            "replay of \(sets) missed change sets: \(took.brief), "
                + "\(peer.receivedBytes / max(1, sets)) bytes each")
    }

    private func wait(_ what: String, _ peers: [RawPeer], _ done: () throws -> Bool) throws {
        let clock = SystemClock()
        let end = clock.uptime + Self.limit
        while try !done() {
            guard clock.uptime < end, peers.allSatisfy({ !$0.hasEnded }) else {
                throw PlainFailure(what, "did not end", nextStep: "see the Mothership's log")
            }
            _ = RawPeers.ready(peers, milliseconds: 100)
            for peer in peers { try peer.flush() }
        }
    }
}
