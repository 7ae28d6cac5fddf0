// A ledger without a disk: for the simulation, for tests of everything above the store, and as the
// model that the ledger in SQLite is compared with. It keeps the same rules: append only, dense
// sequences, one result per change set.

import LiveProtocol
import Mothership
import Support
import Synchronization

/// A ledger that lives and dies with the process.
public final class MemoryLedger: LedgerStore {
    public let epoch: String
    public let isDurable = false
    private let contents = Mutex(Contents())
    let tokenTable = MemoryTokens()

    private struct SetKey: Hashable {
        let device: DeviceID
        let changeSet: ChangeSetID
    }

    private struct CursorKey: Hashable {
        let device: DeviceID
        let branch: String
    }

    private struct Room {
        var record: RoomRecord
        var sets: [DecidedSet] = []
        var results: [SetKey: PushResult] = [:]
        var heads: [HeadKey: Head] = [:]
        var headSequence: UInt64 = 0
        var cursors: [CursorKey: DeviceCursor] = [:]
        var runs: [LedgerRun] = []
    }

    private struct Contents {
        var rooms: [String: Room] = [:]
    }

    public init(epoch: String) { self.epoch = epoch }

    public func rooms() throws(LedgerFailure) -> [RoomRecord] {
        contents.withLock { contents in
            contents.rooms.values.map(\.record).sorted { $0.repository < $1.repository }
        }
    }

    public func register(_ room: RoomRecord) throws(LedgerFailure) {
        contents.withLock { contents in
            let since = contents.rooms[room.repository]?.record.registeredAt ?? room.registeredAt
            contents.rooms[room.repository, default: Room(record: room)].record = RoomRecord(
                repository: room.repository, name: room.name, registeredAt: since)
        }
    }

    public func state(of repository: String) throws(LedgerFailure) -> RoomState {
        let room = try room(repository)
        return RoomState(
            repository: repository, epoch: epoch, headSequence: room.headSequence,
            heads: room.heads, runs: room.runs)
    }

    public func begin(_ run: String, of repository: String) throws(LedgerFailure) {
        let room = try room(repository)
        contents.withLock {
            $0.rooms[repository]?.runs.append(LedgerRun(id: run, after: room.headSequence))
        }
    }

    public func result(
        of changeSet: ChangeSetID, device: DeviceID, in repository: String
    ) throws(LedgerFailure) -> PushResult? {
        try room(repository).results[SetKey(device: device, changeSet: changeSet)]
    }

    public func commit(_ batches: [CommitBatch]) throws(LedgerFailure) {
        let missing = contents.withLock { contents -> String? in
            for batch in batches {
                guard var room = contents.rooms[batch.repository] else { return batch.repository }
                for set in batch.sets { Self.append(set, to: &room) }
                for cursor in batch.cursors {
                    let key = CursorKey(device: cursor.device, branch: cursor.branch)
                    room.cursors[key] = cursor
                }
                contents.rooms[batch.repository] = room
            }
            return nil
        }
        if let missing { throw .unknownRoom(missing) }
    }

    private static func append(_ set: DecidedSet, to room: inout Room) {
        let key = SetKey(device: set.signed.device, changeSet: set.result.changeSet)
        room.results[key] = set.result
        guard let last = set.rows.last else { return }
        room.sets.append(set)
        room.headSequence = last.place.sequence
        for row in set.rows {
            room.heads[HeadKey(branch: set.branch, function: row.function)] = Head(
                revision: row.place.revision, auraID: row.auraID, sequence: row.place.sequence,
                path: row.path)
        }
    }

    public func page(
        of repository: String, branch: String, skipping: DeviceID?, after: UInt64,
        through: UInt64, limit: PageLimit
    ) throws(LedgerFailure) -> LedgerPage {
        let room = try room(repository)
        var page = PageBuilder(after: after, through: through, limit: limit)
        for set in room.sets where set.branch == branch && set.signed.device != skipping {
            guard page.add(set.delivered) else { break }
        }
        return page.page
    }

    public func elsewhere(
        than branch: String, skipping: DeviceID, of repository: String, after: UInt64,
        through: UInt64, limit: PageLimit
    ) throws(LedgerFailure) -> [AuthoredSet] {
        let sets = try room(repository).sets.filter { set in
            guard let last = set.rows.last?.place.sequence else { return false }
            return set.branch != branch && set.signed.device != skipping && last > after
                && last <= through
        }
        var newest: [AuthoredSet] = []
        var bytes = 0
        for set in sets.reversed().prefix(limit.sets) where bytes < limit.bytes {
            newest.append(
                AuthoredSet(branch: set.branch, user: set.user, delivered: set.delivered))
            bytes += set.signed.payload.count
        }
        return newest.reversed()
    }

    /// How far each device has acknowledged, by device.
    public func cursors(of repository: String) throws(LedgerFailure) -> [DeviceCursor] {
        try room(repository).cursors.values.sorted { $0.device.hex < $1.device.hex }
    }

    public func totals() throws(LedgerFailure) -> LedgerTotals {
        contents.withLock { contents in
            let heads = contents.rooms.values.map(\.headSequence)
            return LedgerTotals(
                rooms: contents.rooms.count, records: heads.reduce(0, +),
                lastSequence: heads.max() ?? 0)
        }
    }

    public func checkpoint() throws(LedgerFailure) {}

    public func proveWritable() throws(LedgerFailure) {}

    /// There is no chain in memory to be broken.
    public func verify(
        newest: UInt64?, while goesOn: () -> Bool
    ) throws(LedgerFailure) -> LedgerVerdict {
        LedgerVerdict(reports: [], isComplete: newest == nil)
    }

    private func room(_ repository: String) throws(LedgerFailure) -> Room {
        guard let room = contents.withLock({ $0.rooms[repository] }) else {
            throw .unknownRoom(repository)
        }
        return room
    }
}
