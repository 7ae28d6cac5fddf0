// Devices, change sets, and a driver that answers a room's effects the way a server does, with the
// ledger in memory and the time in the test's hand.

import LedgerModel
import LiveProtocol
import Mothership
import Support
import Testing

let repository = "repo-1"
let now = Timestamp(rawValue: 1_790_000_000_000)

/// One working copy: the same number is the same key in every run.
struct TestDevice: Sendable {
    let key: DeviceKey
    let user: String

    init(_ number: UInt8) throws {
        key = try #require(DeviceKey(rawBytes: Array(repeating: number, count: 32)))
        user = "user\(number)@host"
    }

    var id: DeviceID { key.device }

    func set(
        _ number: Int, _ changes: [UnitChange], branch: String = "main",
        repository: String = repository
    ) throws -> ChangeSet {
        let bytes = ContentDigest.of("\(id.hex) \(number)".utf8).bytes.prefix(16)
        return ChangeSet(
            id: try #require(ChangeSetID(bytes: bytes)), repository: repository, branch: branch,
            commit: "", grammar: GrammarStamp(language: "swift", digest: .of([1])), madeAt: now,
            changes: changes)
    }

    func signed(
        _ number: Int, _ changes: [UnitChange], branch: String = "main"
    ) throws -> SignedChangeSet {
        try key.sign(try set(number, changes, branch: branch))
    }

    func admitted(
        _ number: Int, _ changes: [UnitChange], branch: String = "main"
    ) throws -> AdmittedChangeSet {
        let outcome = PushAdmission.judge(
            try signed(number, changes, branch: branch), announced: changes.count, device: id,
            repository: repository, branch: branch, limits: ServerLimits())
        guard case .admitted(let admitted) = outcome else {
            throw Unexpected(what: "not admitted: \(outcome)")
        }
        return admitted
    }

    func presence(_ state: Presence.State = .online, branch: String = "main") -> Presence {
        Presence(
            device: id, user: user, branch: branch, state: state, function: nil,
            editingSince: nil, sentAt: Timestamp(rawValue: 0))
    }
}

struct Unexpected: Error { let what: String }

func function(_ number: Int) -> FunctionID {
    .derived(
        repository: repository, path: "a.swift", kind: .function, qualifiedName: "f\(number)",
        ordinal: 0)
}

/// - Parameter old: the text of the base; nil for a new unit and for a tombstone.
func put(
    _ number: Int, _ text: String, base: RevisionNumber = 0, on old: String? = nil,
    path: String = "a.swift"
) -> UnitChange {
    UnitChange(
        function: function(number), kind: .put, unit: .function, path: path,
        qualifiedName: "f\(number)", ordinal: 0, baseRevision: base,
        baseAuraID: old.map { .of($0.utf8) }, auraID: .of(text.utf8),
        text: UnitText(head: Array(text.utf8)), placement: Placement())
}

func deletion(_ number: Int, base: RevisionNumber, on old: String? = nil) -> UnitChange {
    UnitChange(
        function: function(number), kind: .delete, unit: .function, path: "a.swift",
        qualifiedName: "f\(number)", ordinal: 0, baseRevision: base,
        baseAuraID: old.map { .of($0.utf8) }, auraID: nil, text: nil, placement: Placement())
}

func place(_ index: Int, _ sequence: UInt64, _ revision: RevisionNumber) -> LedgerPlace {
    LedgerPlace(index: index, sequence: sequence, revision: revision)
}

/// A room with everything around it that a test needs.
struct RoomDriver {
    let store: MemoryLedger
    var core: RoomCore
    var uptime: Duration = .seconds(500)
    /// True keeps batches back until ``release()``.
    var holdsCommits = false
    private(set) var batches: [CommitBatch] = []
    private(set) var storeReads = 0
    private var held: CommitBatch?

    init(epoch: String = "epoch-1", _ tune: (inout RoomSettings) -> Void = { _ in }) throws {
        store = MemoryLedger(epoch: epoch)
        try store.register(RoomRecord(repository: repository, name: "a name", registeredAt: now))
        var settings = RoomSettings(instance: "instance", serverVersion: "1")
        tune(&settings)
        core = RoomCore(state: try store.state(of: repository), settings: settings)
    }

    /// The room is opened again, by another process.
    mutating func open(run: String?) throws {
        if let run { try store.begin(run, of: repository) }
        core = RoomCore(
            state: try store.state(of: repository), settings: core.settings, run: run)
    }

    var moment: Moment { Moment(now: now + uptime, uptime: uptime) }
    /// Change sets that reached the store.
    var committedSets: [DecidedSet] { batches.flatMap(\.sets) }

    /// Takes an event and carries out what the room wants, until it wants nothing more.
    @discardableResult
    mutating func take(_ event: RoomEvent) throws -> [RoomEffect] {
        var all: [RoomEffect] = []
        var events = [event]
        while !events.isEmpty {
            for effect in core.handle(events.removeFirst(), at: moment) {
                all.append(effect)
                if let answer = try answer(effect) { events.append(answer) }
            }
        }
        return all
    }

    private mutating func answer(_ effect: RoomEffect) throws -> RoomEvent? {
        switch effect {
        case .commit(let batch):
            batches.append(batch)
            if holdsCommits {
                held = batch
                return nil
            }
            try store.commit([batch])
            return .committed
        case .readPage(let id, let branch, let skipping, let after, let through):
            storeReads += 1
            let limit = PageLimit(
                sets: core.settings.pageSetsMax, bytes: core.settings.pageBytesMax)
            return .page(
                id,
                try store.page(
                    of: repository, branch: branch, skipping: skipping, after: after,
                    through: through, limit: limit))
        case .readElsewhere(let id, let branch, let skipping, let after, let through):
            return .missed(
                id,
                MissedImpacts.notices(
                    of: try store.elsewhere(
                        than: branch, skipping: skipping, of: repository, after: after,
                        through: through, limit: PageLimit(sets: 3, bytes: 8 << 20))))
        case .send, .deliver, .close: return nil
        }
    }

    /// Makes the batch that was kept back durable.
    mutating func release() throws -> [RoomEffect] {
        try store.commit([try #require(held)])
        held = nil
        return try take(.committed)
    }

    @discardableResult
    mutating func join(
        _ number: UInt64, _ device: TestDevice, branch: String = "main",
        frontier: Frontier? = nil, position: LedgerPosition? = nil
    ) throws -> [RoomEffect] {
        let peer = RoomPeer(
            device: device.id, user: device.user, branch: branch, frontier: frontier,
            position: position)
        return try take(.join(connection(number), peer))
    }

    @discardableResult
    mutating func push(
        _ number: UInt64, _ admitted: AdmittedChangeSet, prior: PushResult? = nil
    ) throws -> [RoomEffect] {
        try take(.push(connection(number), admitted, prior: prior))
    }
}

func connection(_ number: UInt64) -> ConnectionID { ConnectionID(rawValue: number) }

extension [RoomEffect] {
    func sent(to number: UInt64) -> [ServerMessage] {
        compactMap { effect in
            if case .send(connection(number), let message) = effect { message } else { nil }
        }
    }

    func deliveries(to number: UInt64) -> [Delivery] {
        compactMap { effect in
            if case .deliver(connection(number), let delivery) = effect { delivery } else { nil }
        }
    }

    /// The results sent to a connection.
    func results(to number: UInt64) -> [PushResult] {
        sent(to: number).compactMap { if case .packAck(let result) = $0 { result } else { nil } }
    }

    func impacts(to number: UInt64) -> [ImpactNotice] {
        sent(to: number).compactMap { if case .impact(let notice) = $0 { notice } else { nil } }
    }

    var commits: [CommitBatch] {
        compactMap { if case .commit(let batch) = $0 { batch } else { nil } }
    }
}
