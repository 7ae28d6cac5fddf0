// The whole system in one value: peers, one room, the network between them, and a schedule drawn
// from a seed. Every step is one thing that can happen; the same seed is the same run.

import LiveProtocol
import LiveSync
import Mothership
import Support
import WriteAheadLog

/// What is wrong on purpose; nothing, in a run that has to hold.
struct Mistake: Sendable {
    var seams: Set<Seam> = []
    /// The peers' disks say yes to a sync and do nothing.
    var forgetsSyncs = false
}

struct World {
    struct Connection {
        let peer: Int
        /// Its messages take their time.
        var isSlow = false
        /// Nothing gets through in this direction for a while.
        var blocked: Direction?
        /// The peer has given it up; the room has not noticed yet.
        var isDead = false
        var toServer: [PeerMessageInFlight] = []
        var toPeer: [ServerMessageInFlight] = []
    }

    enum Direction: CaseIterable { case toServer, toPeer }

    enum PeerMessageInFlight {
        case push(SignedChangeSet, ChangeSet)
        case ack(UInt64)
    }

    enum ServerMessageInFlight {
        case message(ServerMessage)
        case page(Delivery)
        /// A push was refused as a whole.
        case refused(ChangeSetID, RejectClass)
    }

    /// The most steps a run may take. Far above what a schedule needs; it only ends those that hang.
    static let stepsMax = 200_000

    var generator: SeededGenerator
    var language = ToyLanguage()
    var peers: [SimulatedPeer]
    var server: SimulatedServer
    var connections: [ConnectionID: Connection] = [:]
    var time: Int64 = 1
    var trace: [String] = []
    var invariants: Invariants
    /// What git's HEAD holds.
    let head: [String: [String]]
    /// The mistakes that are planted into the cores.
    let seams: Set<Seam>
    var connectionCount: UInt64 = 0
    /// Peers whose token was revoked: they cannot connect.
    var revoked: Set<Int> = []
    /// Peers whose token allows reading only.
    var readers: Set<Int> = []
    /// At rest nothing new goes wrong.
    private(set) var isSettling = false
    private(set) var steps = 0
    private var freshCount = 0
    private let editsPerPhase: Int
    /// The trace names every record: much text, for one schedule that is looked at.
    var tellsRecords = false
    var edits = 0
    var crashes = 0
    /// How far the clock of each peer is off.
    var clockErrors: [Int64]
    /// Peers that do nothing for a while.
    var stalled: Set<Int> = []
    /// What happened, and how often.
    var happened: [String: Int] = [:]

    init(seed: UInt64, peers count: Int, edits: Int = 14, mistake: Mistake = Mistake()) throws {
        seams = mistake.seams
        generator = SeededGenerator(seed: seed)
        head = [
            "a.toy": [
                "import base", "fn f 1", "fn g 2", "type T {", "fn m 3", "fn n 4", "}", "fn h 5",
            ],
            "b.toy": ["fn p 6", "fn q 7"],
        ]
        editsPerPhase = edits
        clockErrors = Array(repeating: 0, count: count)
        server = try SimulatedServer(seams: seams)
        invariants = Invariants(peers: count)
        peers = []
        for index in 0..<count {
            let bytes = [UInt8](repeating: UInt8(index + 1), count: 32)
            guard let key = DeviceKey(rawBytes: bytes) else {
                throw SimulationFailure("no key of 32 bytes")
            }
            peers.append(
                SimulatedPeer(
                    key: key, name: "peer \(index)", files: head,
                    log: SimulatedLog(forgetsSyncs: mistake.forgetsSyncs)))
        }
        defer { invariants.shared = invariants.committed }
        for lines in head.values {
            invariants.committed.formUnion(
                try language.parse(lines).observed.compactMap(\.auraID))
        }
    }

    /// Everything that is in the peers' logs.
    func records() throws -> [PeerRecord] {
        try peers.flatMap(\.log.entries).map(\.draft).compactMap {
            try PeerRecord(type: $0.type, metadata: $0.metadata, body: $0.body)
        }
    }

    // MARK: Schedule

    /// Runs phases of edits; after each, everything that can be done is done, and what must hold
    /// at rest is checked. Conflicts of one phase are resolved in the next.
    mutating func run(phases: Int = 4) throws {
        for _ in 0..<phases {
            (edits, crashes) = (editsPerPhase, 4)
            let end = steps + 3_000
            while edits > 0 && steps < end { try step() }
            try settle()
            try invariants.checkEnd(of: self)
        }
    }

    /// Counts a step; a system that never comes to rest has failed too.
    mutating func spend() throws {
        time += 1
        steps += 1
        guard steps < Self.stepsMax else {
            throw SimulationFailure("the system does not come to rest")
        }
    }

    private mutating func step() throws {
        try spend()
        let peer = Int.random(in: 0..<peers.count, using: &generator)
        switch Int.random(in: 0..<112, using: &generator) {
        case 0..<5: try userEdits(peer)
        case 5: try userMoves(peer)
        case 6..<8: resolveSomething(peer)
        case 8..<30: if !stalled.contains(peer) { try processInput(peer) }
        case 30..<50: if !stalled.contains(peer) { try sync(peer) }
        case 50..<64: try deliverToServer()
        case 64..<78: try deliverToPeer()
        case 78..<86: try finishCommit()
        case 86..<91: try connect(peer)
        case 91: try drop(peer)
        case 92, 104: try crashSomething(peer)
        case 94: for _ in 0..<3 { resolveSomething(peer) }
        case 95: try runGit(peer)
        case 96, 97:
            if peers[peer].setAside == nil { peers[peer].inbox.append(.event(.resume)) }
        case 98: peers[peer].inbox.append(.event(.writeCheckpoint))
        case 99: reopenSomething(peer)
        case 100: try changeToken(peer)
        case 101: lose(peer)
        case 102: try noticeLost()
        case 103: if Int.random(in: 0..<4, using: &generator) == 0 { toggleSync(peer) }
        case 106: mergeSomething(peer)
        case 108: trouble(on: peer)
        case 109: try troubleAtServer()
        case 110: if Int.random(in: 0..<4, using: &generator) == 0 { stall(peer) }
        case 107: if Int.random(in: 0..<2, using: &generator) == 0 { try switchBranch(peer) }
        case 105: if Int.random(in: 0..<4, using: &generator) == 0 { readAgain(peer) }
        default: try start(peer)
        }
    }

    /// Everybody up, connected and whole; then everything that can happen does.
    private mutating func settle() throws {
        isSettling = true
        defer { isSettling = false }
        stalled = []
        for id in connections.keys { connections[id]?.blocked = nil }
        // Everybody gets a token that allows everything.
        for peer in revoked.union(readers).sorted() { try changeToken(peer) }
        try noticeLost()
        for peer in peers.indices {
            comeBack(peer)
            try start(peer)
            try mendFiles(of: peer)
            peers[peer].inbox += [.event(.enable), .event(.resume)]
        }
        try comeToRest()
        // What was refused while a token or a limit stood in the way goes out again.
        for peer in peers.indices {
            try mendFiles(of: peer)
            // And what git stood in the way of, as the agent does when git is done.
            peers[peer].inbox += [.event(.retryRefused(nil)), .event(.retryApplies(path: nil))]
        }
        try comeToRest()
    }

    /// Nothing that is held back stays in the files, and nothing too large.
    private mutating func mendFiles(of peer: Int) throws {
        for (path, lines) in peers[peer].files.sorted(by: { $0.key < $1.key }) {
            let mended = ToyLanguage.mended(lines) { fresh() }
            if mended != lines { try save(mended, path, peer) }
        }
    }

    private mutating func comeToRest() throws {
        var round = 0
        while true {
            try spend()
            var isIdle = true
            for peer in peers.indices {
                try connect(peer)
                while !peers[peer].isIdle {
                    try spend()
                    isIdle = false
                    try processInput(peer)
                    try sync(peer)
                }
            }
            for id in connections.keys.sorted() {
                while connections[id]?.toServer.isEmpty == false {
                    try spend()
                    isIdle = false
                    try deliverToServer(id)
                }
                while connections[id]?.toPeer.isEmpty == false {
                    try spend()
                    isIdle = false
                    try deliverToPeer(id)
                }
            }
            if server.batch != nil { isIdle = false }
            try finishCommit()
            if isIdle && round > 0 { return }
            round += 1
        }
    }

    mutating func fresh() -> String {
        freshCount += 1
        return "x\(freshCount)"
    }
}
