// Devices for bare sockets: a key, a token from the Mothership's own socket, the first message.

import Foundation
import LiveProtocol
import Mothership
import Support

/// A device without a working copy.
public struct RawDevice: Sendable {
    public let key: DeviceKey
    public let user: String
    public let room: String
    public let token: String

    /// Asks the Mothership of a home for a token, as its own user may.
    public init(_ user: String, room: String, home: String) throws {
        key = DeviceKey()
        self.user = user
        self.room = room
        token = try AdminSocket(home: home).ask(
            .token, ["room": room, "device": key.device.hex, "user": user],
            as: LocalMothership.IssuedToken.self
        ).token
    }

    /// Makes a room.
    public static func register(_ room: String, home: String) throws {
        _ = try AdminSocket(home: home).ask(
            .register, ["repository": room, "name": room], as: LocalMothership.Registered.self)
    }

    public func hello(branch: String = "main", frontier: Frontier? = nil) -> PeerMessage {
        .hello(
            Hello(
                device: key.device, user: user, room: room, branch: branch, commit: "",
                frontier: frontier, filterDigest: .of([]), token: token,
                agentVersion: Release.version))
    }

    /// A signed set of new functions of `bytes` bytes each.
    public func changeSet(
        number: Int, count: Int = 1, bytes: Int = 256, branch: String = "main"
    ) throws -> SignedChangeSet {
        let text = [UInt8](repeating: UInt8(ascii: "x"), count: bytes)
        let changes = (0..<count).map { index in
            let name = "f\(number)_\(index)"
            let id = FunctionID.derived(
                repository: room, path: "a.py", kind: .function, qualifiedName: name, ordinal: 0)
            return UnitChange(
                function: id, kind: .put, unit: .function, path: "a.py", qualifiedName: name,
                ordinal: 0, baseRevision: 0, baseAuraID: nil,
                auraID: .of(text + Array(name.utf8)), text: UnitText(head: text),
                placement: Placement())
        }
        var generator = SystemRandomNumberGenerator()
        return try key.sign(
            ChangeSet(
                id: .random(using: &generator), repository: room, branch: branch, commit: "",
                grammar: GrammarStamp(language: "python", digest: .of([1])),
                madeAt: SystemClock().now, changes: changes))
    }
}

/// Everything a room's branch holds, as a newcomer is told it.
public struct WholeLedger: Sendable {
    public private(set) var sets: [(set: ChangeSet, places: [LedgerPlace])] = []
    public private(set) var head: UInt64 = 0
    public private(set) var epoch = ""
    private static let limit = Duration.seconds(120)

    /// Reads the ledger from its beginning over a socket of its own.
    public init(port: Int, room: String, home: String, branch: String = "main") throws {
        let device = try RawDevice("auditor", room: room, home: home)
        let peer = try RawPeer(port: port, room: room)
        defer { peer.close() }
        try peer.send(device.hello(branch: branch))
        let clock = SystemClock()
        let end = clock.uptime + Self.limit
        var through: UInt64 = 0
        var isWelcome = false
        while !isWelcome || through < head {
            guard clock.uptime < end, !peer.hasEnded else {
                throw PlainFailure(
                    "ledger", "was told up to \(through) of \(head)",
                    nextStep: "look into the Mothership's log")
            }
            _ = RawPeers.ready([peer], milliseconds: 200)
            try peer.flush()
            for message in try peer.messages() {
                switch message {
                case .welcome(let welcome):
                    (head, epoch, isWelcome) = (welcome.head, welcome.epoch, true)
                case .pack(let pack):
                    let page = try pack.unpack(Delivery.self)
                    for set in page.sets {
                        sets.append((try set.signed.changeSet(), set.places))
                    }
                    through = page.through
                    try peer.send(.packAck(through: through))
                case .ping(let nonce): try peer.send(.pong(nonce: nonce))
                default: break
                }
            }
        }
        try peer.send(.bye)
    }

    /// Every text that was ever taken in.
    public var texts: [String] {
        sets.flatMap(\.set.changes).compactMap { change in
            change.text.map { String(decoding: $0.bytes, as: UTF8.self) }
        }
    }

    var setIDs: [ChangeSetID] { sets.map(\.set.id) }
}
