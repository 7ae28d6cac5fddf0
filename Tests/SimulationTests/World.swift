// The whole system in one value: peers, one room, the network between them, and a schedule drawn
// from a seed. Every step is one thing that can happen; the same seed is the same run.

import LiveProtocol
import LiveSync
import Mothership
import Support
import WriteAheadLog

struct World {
    struct Connection {
        let peer: Int
        var toServer: [PeerMessageInFlight] = []
        var toPeer: [ServerMessageInFlight] = []
    }

    enum PeerMessageInFlight {
        case push(SignedChangeSet)
        case ack(UInt64)
    }

    enum ServerMessageInFlight {
        case message(ServerMessage)
        case page(Delivery)
    }

    var generator: SeededGenerator
    var language = ToyLanguage()
    var peers: [SimulatedPeer]
    var server: SimulatedServer
    var connections: [ConnectionID: Connection] = [:]
    var time: Int64 = 1
    var trace: [String] = []
    var invariants: Invariants
    private let head: [String: [String]]
    var connectionCount: UInt64 = 0
    private var freshCount = 0
    private let editsPerPhase: Int
    private var edits = 0
    private var crashes = 0

    init(seed: UInt64, peers count: Int, edits: Int = 14) throws {
        generator = SeededGenerator(seed: seed)
        head = [
            "a.toy": [
                "import base", "fn f 1", "fn g 2", "type T {", "fn m 3", "fn n 4", "}", "fn h 5",
            ],
            "b.toy": ["fn p 6", "fn q 7"],
        ]
        editsPerPhase = edits
        server = try SimulatedServer()
        invariants = Invariants(peers: count)
        peers = []
        for index in 0..<count {
            let bytes = [UInt8](repeating: UInt8(index + 1), count: 32)
            guard let key = DeviceKey(rawBytes: bytes) else {
                throw SimulationFailure("no key of 32 bytes")
            }
            peers.append(SimulatedPeer(key: key, name: "peer \(index)", files: head))
        }
        for lines in head.values {
            invariants.shared.formUnion(try language.parse(lines).observed.compactMap(\.auraID))
        }
    }

    /// Everything that is in the peers' logs.
    func records() throws -> [PeerRecord] {
        try peers.flatMap(\.log).compactMap {
            try PeerRecord(type: $0.type, metadata: $0.metadata, body: $0.body)
        }
    }

    // MARK: Schedule

    /// Runs phases of edits; after each, everything that can be done is done, and what must hold
    /// at rest is checked. Conflicts of one phase are resolved in the next.
    mutating func run(phases: Int = 4) throws {
        for _ in 0..<phases {
            (edits, crashes) = (editsPerPhase, 4)
            var steps = 0
            while edits > 0 && steps < 3_000 {
                steps += 1
                try step()
            }
            try settle()
            try invariants.checkEnd(of: self)
        }
    }

    private mutating func step() throws {
        time += 1
        let peer = Int.random(in: 0..<peers.count, using: &generator)
        switch Int.random(in: 0..<100, using: &generator) {
        case 0..<5: try userEdits(peer)
        case 5: userMoves(peer)
        case 6..<8: resolveSomething(peer)
        case 8..<30: try processInput(peer)
        case 30..<50: try sync(peer)
        case 50..<64: try deliverToServer()
        case 64..<78: try deliverToPeer()
        case 78..<86: try finishCommit()
        case 86..<91: try connect(peer)
        case 91: drop(peer)
        case 92: try crashSomething(peer)
        case 93: if let core = peers[peer].core { peers[peer].savedIndex = core.index }
        case 94: for _ in 0..<3 { resolveSomething(peer) }
        case 95: peers[peer].inbox.append(.event(.pause(causes: ["rebase"])))
        case 96, 97: peers[peer].inbox.append(.event(.resume))
        case 98: peers[peer].inbox.append(.event(.writeCheckpoint))
        default: try start(peer)
        }
    }

    /// Everybody up, connected and whole; then everything that can happen does.
    private mutating func settle() throws {
        for peer in peers.indices {
            try start(peer)
            for (path, lines) in peers[peer].files.sorted(by: { $0.key < $1.key }) {
                let mended = ToyLanguage.mended(lines) { fresh() }
                if mended != lines { save(mended, path, peer) }
            }
            peers[peer].inbox.append(.event(.resume))
        }
        for round in 0..<10_000 {
            time += 1
            var isIdle = true
            for peer in peers.indices {
                try connect(peer)
                while !peers[peer].isIdle {
                    isIdle = false
                    try processInput(peer)
                    try sync(peer)
                }
            }
            for id in connections.keys.sorted() {
                while connections[id]?.toServer.isEmpty == false {
                    isIdle = false
                    try deliverToServer(id)
                }
                while connections[id]?.toPeer.isEmpty == false {
                    isIdle = false
                    try deliverToPeer(id)
                }
            }
            if server.batch != nil { isIdle = false }
            try finishCommit()
            if isIdle && round > 0 { return }
        }
        throw SimulationFailure("the system does not come to rest")
    }

    mutating func fresh() -> String {
        freshCount += 1
        return "x\(freshCount)"
    }

    // MARK: Users

    private mutating func userEdits(_ peer: Int) throws {
        guard edits > 0 else { return }
        edits -= 1
        let path = ["a.toy", "a.toy", "b.toy", "c.toy"].randomElement(using: &generator) ?? "a.toy"
        let old = peers[peer].files[path] ?? []
        if path == "b.toy" && Int.random(in: 0..<10, using: &generator) == 0 {
            trace.append("\(peers[peer].name) deletes \(path)")
            peers[peer].files[path] = nil
            peers[peer].inbox.append(.reading(path: path, lines: nil))
            return
        }
        let new = ToyLanguage.edit(old, fresh: fresh(), using: &generator)
        save(new, path, peer)
    }

    private mutating func save(_ lines: [String], _ path: String, _ peer: Int) {
        trace.append("\(peers[peer].name) saves \(path): \(lines.joined(separator: "; "))")
        peers[peer].files[path] = lines
        if peers[peer].core != nil {
            peers[peer].inbox.append(.reading(path: path, lines: lines))
        }
    }

    private mutating func resolveSomething(_ peer: Int) {
        guard let core = peers[peer].core,
            let conflict = core.state.conflicts.filter(\.isBlocking).randomElement(
                using: &generator)
        else { return }
        let choice: ConflictChoice =
            [.local, .local, .remote, .remote, .dismiss].randomElement(using: &generator) ?? .local
        trace.append("\(peers[peer].name) resolves \(conflict.qualifiedName): \(choice.rawValue)")
        peers[peer].inbox.append(.event(.resolveConflict(conflict.id, choice)))
    }

    // MARK: Processes

    private mutating func crashSomething(_ peer: Int) throws {
        guard crashes > 0 else { return }
        crashes -= 1
        if Int.random(in: 0..<3, using: &generator) == 0 {
            trace.append("server crashes")
            for index in peers.indices { drop(index) }
            connections = [:]
            let renews = Int.random(in: 0..<3, using: &generator) == 0
            try server.crash(renewing: renews ? "e\(time)" : nil)
        } else {
            trace.append("\(peers[peer].name) crashes")
            drop(peer)
            peers[peer].crash(keeping: &generator)
        }
    }

    private mutating func start(_ peer: Int) throws {
        guard peers[peer].core == nil else { return }
        let (state, undecodable) = PeerState.replay(
            peers[peer].log.map { ($0.type, $0.metadata, $0.body) })
        guard undecodable == 0 else { throw SimulationFailure("a record does not read back") }
        let keepsIndex = Bool.random(using: &generator)
        peers[peer].core = PeerCore(
            identity: PeerIdentity(
                repository: SimulatedServer.repository, branch: SimulatedServer.branch, commit: "",
                device: peers[peer].device,
                grammars: [ToyLanguage.stamp.language: ToyLanguage.stamp.digest]),
            state: state, index: keepsIndex ? peers[peer].savedIndex : LocalIndex(),
            generator: SeededGenerator(seed: generator.next()))
        trace.append("\(peers[peer].name) starts")
        peers[peer].inbox = [.event(.started)]
        try processInput(peer)
        if state.lifecycle == .off { peers[peer].inbox.append(.event(.enable)) }
        if case .paused = state.lifecycle { peers[peer].inbox.append(.event(.resume)) }
        for path in Set(head.keys).union(peers[peer].files.keys).sorted() {
            peers[peer].inbox.append(.reading(path: path, lines: peers[peer].files[path]))
        }
        peers[peer].inbox.append(.event(.scanCompleted))
    }

    /// One input into the core; what it wants is queued behind what it wanted before.
    private mutating func processInput(_ peer: Int) throws {
        guard peers[peer].core != nil, !peers[peer].inbox.isEmpty else { return }
        let event: PeerEvent
        switch peers[peer].inbox.removeFirst() {
        case .event(let plain): event = plain
        case .reading(let path, let lines):
            peers[peer].known[path] = .some(lines)
            event = .observed(try observation(path, lines))
        case .readingTogether(let files):
            for (path, lines) in files { peers[peer].known[path] = .some(lines) }
            event = .observedTogether(try files.map { try observation($0.path, $0.lines) })
        case .applied(let id, let lines, let ids):
            guard let path = peers[peer].prepared.removeValue(forKey: id)?.plan.path else { return }
            peers[peer].known[path] = .some(lines)
            event = .applyFinished(id, .applied(try observation(path, lines, ids: ids)))
        case .changedUnderneath(let id, let path, let lines):
            peers[peer].prepared[id] = nil
            peers[peer].known[path] = .some(lines)
            event = .applyFinished(id, .changedUnderneath(try observation(path, lines)))
        }
        if case .resolveConflict(let id, .remote) = event {
            noteGivenUp(id, peer)
        }
        let effects = peers[peer].core?.handle(event, now: Timestamp(rawValue: time)) ?? []
        peers[peer].effects += effects
        try perform(peer)
    }

    private mutating func noteGivenUp(_ id: ConflictID, _ peer: Int) {
        guard let core = peers[peer].core,
            let conflict = core.state.conflicts.first(where: { $0.id == id }),
            let auraID = core.index.locate(conflict.function)?.unit.auraID
        else { return }
        invariants.givenUp[peer].insert(auraID)
    }

    mutating func observation(
        _ path: String, _ lines: [String]?, ids: [FunctionID?]? = nil
    ) throws -> FileObservation {
        let base: HeadVersion =
            head[path] == lines ? .same : .units(try language.parse(head[path] ?? []).observed)
        guard let lines else { return .missing(path, grammar: ToyLanguage.stamp, head: base) }
        return FileObservation(
            path: path, grammar: ToyLanguage.stamp, units: try language.parse(lines).observed,
            head: ids == nil ? base : .asKnown, knownIDs: ids)
    }

    /// The disk has what the first effect wants it to have.
    private mutating func sync(_ peer: Int) throws {
        guard case .append(let drafts)? = peers[peer].effects.first else {
            try perform(peer, pauses: false)
            return
        }
        peers[peer].log += drafts
        peers[peer].effects.removeFirst()
        try invariants.note(drafts, of: peer)
        try perform(peer)
    }
}
