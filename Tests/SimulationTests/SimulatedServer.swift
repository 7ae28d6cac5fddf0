// One room over a ledger in memory; a crash loses what was not committed.

import LedgerModel
import LiveProtocol
import Mothership
import Support

struct SimulatedServer {
    static let repository = "0123456789abcdef"
    static let branch = "main"

    private(set) var ledger = MemoryLedger(epoch: "e1")
    private var committed: [CommitBatch] = []
    private(set) var room: RoomCore
    /// The batch that is being written.
    private(set) var batch: CommitBatch?

    /// The next page cannot be read.
    var failsToRead = false
    let seams: Set<Seam>
    private var starts = 1
    /// Sets that came in since the last start; after a crash they are in the ledger or nowhere.
    private var decided: Set<ChangeSetID> = []

    private var judged: [ChangeSetID: (signed: SignedChangeSet, outcome: PushAdmission.Outcome)] =
        [:]

    init(seams: Set<Seam>) throws {
        self.seams = seams
        try Self.register(ledger)
        room = try Self.load(ledger, run: "run 1", seams)
    }

    private static func register(_ ledger: MemoryLedger) throws {
        try ledger.register(
            RoomRecord(repository: repository, name: "sim", registeredAt: Timestamp(rawValue: 0)))
    }

    /// Small enough that a long line of the toy language is too large.
    static let limits = ServerLimits(bodyBytes: 400)

    private static func load(
        _ ledger: MemoryLedger, run: String, _ seams: Set<Seam>
    ) throws -> RoomCore {
        try ledger.begin(run, of: repository)
        var settings = RoomSettings(limits: limits, instance: "sim", serverVersion: "1")
        settings.seams = seams
        settings.pageSetsMax = 3
        settings.ringSetsMax = 8
        return RoomCore(state: try ledger.state(of: repository), settings: settings, run: run)
    }

    /// - Parameter epoch: the ledger comes back from a copy, under this name, which may be the old one.
    /// - Parameter lost: so many batches are not in the copy.
    /// - Parameter atStart: the copy was made before the run began that stands at its end.
    mutating func crash(
        renewing epoch: String?, losing lost: Int = 0, atStart: Bool = false
    ) throws {
        batch = nil
        decided = []
        if let epoch {
            committed.removeLast(min(lost, committed.count))
            try restore(as: epoch, atStart)
        }
        starts += 1
        room = try Self.load(ledger, run: "run \(starts)", seams)
    }

    /// Makes the ledger anew from the batches that are left, with the runs that it went through then.
    private mutating func restore(as epoch: String, _ atStart: Bool) throws {
        var runs = try ledger.state(of: Self.repository).runs[...]
        ledger = MemoryLedger(epoch: epoch)
        try Self.register(ledger)
        for batch in committed {
            try begin(&runs)
            try ledger.commit([batch])
        }
        if !atStart { try begin(&runs) }
    }

    private func begin(_ runs: inout ArraySlice<LedgerRun>) throws {
        let head = try ledger.state(of: Self.repository).headSequence
        while let run = runs.first, run.after <= head {
            try ledger.begin(run.id, of: Self.repository)
            runs.removeFirst()
        }
    }

    var epoch: String { ledger.epoch }

    mutating func handle(_ event: RoomEvent, at time: Timestamp) throws -> [RoomEffect] {
        var outputs: [RoomEffect] = []
        var events = [event]
        while !events.isEmpty {
            for effect in room.handle(events.removeFirst(), at: moment(time)) {
                switch effect {
                case .commit(let new):
                    batch = new
                    if seams.contains(.serverAcknowledgesEarly) { events.append(.committed) }
                case .readPage(let id, _, _, _, _) where failsToRead:
                    failsToRead = false
                    events.append(.pageFailed(id))
                case .readPage(let id, let branch, let skipping, let after, let through):
                    let page = try ledger.page(
                        of: Self.repository, branch: branch, skipping: skipping, after: after,
                        through: through, limit: PageLimit(sets: 3, bytes: 1 << 20))
                    events.append(.page(id, page))
                // One branch alone is simulated: nothing happens elsewhere.
                case .readElsewhere: break
                case .send, .deliver, .close: outputs.append(effect)
                }
            }
        }
        return outputs
    }

    mutating func push(
        _ signed: SignedChangeSet, _ set: ChangeSet, from id: ConnectionID, device: DeviceID,
        at time: Timestamp
    ) throws -> [RoomEffect] {
        switch judge(signed, set, of: device) {
        case .admitted(let admitted):
            decided.insert(admitted.set.id)
            let prior = try ledger.result(
                of: admitted.set.id, device: device, in: Self.repository)
            return try handle(.push(id, admitted, prior: prior), at: time)
        case .refused(let result): return [.send(id, .packAck(result))]
        case .untrusted(let reject, let why): throw SimulationFailure("\(reject): \(why)")
        }
    }

    /// The judgement of a push depends on nothing but the push: the same one is judged once.
    private mutating func judge(
        _ signed: SignedChangeSet, _ set: ChangeSet, of device: DeviceID
    ) -> PushAdmission.Outcome {
        if let known = judged[set.id], known.signed == signed { return known.outcome }
        let outcome = PushAdmission.judge(
            signed, announced: set.changes.count, device: device, repository: Self.repository,
            branch: Self.branch, limits: Self.limits)
        judged[set.id] = (signed, outcome)
        return outcome
    }

    /// Whether a set is in the ledger, or on its way into it.
    func hasDecided(_ set: ChangeSetID, of device: DeviceID) throws -> Bool {
        try decided.contains(set)
            || ledger.result(of: set, device: device, in: Self.repository) != nil
    }

    /// The disk does not take the batch: what was decided since is void.
    mutating func failCommit(at time: Timestamp) throws -> [RoomEffect] {
        guard batch != nil else { return [] }
        let effects = try handle(.commitFailed, at: time)
        try crash(renewing: nil)
        return effects
    }

    /// Batches of the ledger.
    var batches: [CommitBatch] { committed }

    mutating func finishCommit(at time: Timestamp) throws -> [RoomEffect] {
        guard let done = batch else { return [] }
        batch = nil
        try ledger.commit([done])
        committed.append(done)
        if seams.contains(.serverAcknowledgesEarly) { return [] }
        return try handle(.committed, at: time)
    }

    private func moment(_ time: Timestamp) -> Moment {
        Moment(now: time, uptime: .milliseconds(time.rawValue))
    }

    /// Every accepted change of the ledger.
    func changes() throws -> [(change: UnitChange, place: LedgerPlace)] {
        let page = try ledger.page(
            of: Self.repository, branch: Self.branch, skipping: nil, after: 0, through: .max,
            limit: PageLimit(sets: .max, bytes: .max))
        return try page.sets.flatMap { delivered in
            let changes = try delivered.signed.changeSet().changes
            return delivered.places.map { (changes[$0.index], $0) }
        }
    }
}

/// An invariant that does not hold, in words.
struct SimulationFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
