// The thin actor around a RoomCore: it feeds events in and carries effects out, in order, without
// waiting in between.

import Dispatch
import LiveProtocol
import Logging
import Support

/// A room that is open in this process.
actor Room {
    nonisolated let repository: String
    private let services: Services
    private var core: RoomCore
    private var outlets: [ConnectionID: PeerOutlet] = [:]

    init(state: RoomState, settings: RoomSettings, run: String?, services: Services) {
        repository = state.repository
        self.services = services
        core = RoomCore(state: state, settings: settings, run: run)
    }

    /// True when a commit failed and the room has to be loaded again.
    var isSpent: Bool { core.needsReload }
    var peerCount: Int { core.peers.count }
    var presenceCount: Int { core.presenceRows.count }

    /// - Returns: false when a commit failed since the room was looked up: it answers nobody.
    func join(_ peer: RoomPeer, _ outlet: PeerOutlet) -> Bool {
        guard !isSpent else { return false }
        outlets[outlet.id] = outlet
        take(.join(outlet.id, peer))
        services.metrics.set(.peers, to: core.peers.count, repository)
        return true
    }

    func leave(_ id: ConnectionID) {
        take(.leave(id))
        outlets[id] = nil
        services.metrics.set(.peers, to: core.peers.count, repository)
    }

    /// The stored answer to a change set that was decided before; nil when it never was.
    nonisolated func answer(to changeSet: ChangeSetID, of device: DeviceID) -> PushResult? {
        do throws(LedgerFailure) {
            return try services.store.result(of: changeSet, device: device, in: repository)
        } catch {
            services.logger.error("a result cannot be read", metadata: ["why": "\(error)"])
            return nil
        }
    }

    func push(_ id: ConnectionID, _ admitted: AdmittedChangeSet) {
        let prior: PushResult?
        do throws(LedgerFailure) {
            // Read here, without an await between it and the decision, so that a commit cannot
            // slip in between and the same set be decided twice.
            prior = try services.store.result(
                of: admitted.set.id, device: admitted.signed.device, in: repository)
        } catch {
            services.logger.error("a result cannot be read", metadata: ["why": "\(error)"])
            outlets[id]?.close(.serverOverload, .serverOverload, "the ledger cannot be read")
            return
        }
        let start = services.clock.uptime
        take(.push(id, admitted, prior: prior))
        services.metrics.observe(.mergeBatchSeconds, services.clock.uptime - start)
    }

    func take(_ event: RoomEvent) {
        let accepted = core.acceptedCount
        perform(core.handle(event, at: Moment(of: services.clock)))
        let count = core.acceptedCount - accepted
        if count > 0 { services.metrics.add(.changesAccepted, Int(count), repository) }
    }

    /// Messages to one peer in a row go as one: a push of thousands of changes has as many impact
    /// notices, and must not overflow the outbox of a peer that reads.
    private func perform(_ effects: [RoomEffect]) {
        var row: [ServerMessage] = []
        var page: OutgoingPage?
        for (index, effect) in effects.enumerated() {
            guard case .send(let id, let message) = effect else {
                perform(effect, &page)
                continue
            }
            row.append(message)
            if case .send(id, _)? = effects.dropFirst(index + 1).first { continue }
            outlets[id]?.send(row.count == 1 ? .message(message) : .messages(row))
            row = []
        }
    }

    /// - Parameter page: the last one that went out; peers that stand at one place get the same.
    private func perform(_ effect: RoomEffect, _ page: inout OutgoingPage?) {
        switch effect {
        case .commit(let batch): commit(batch)
        case .send(let id, let message): outlets[id]?.send(.message(message))
        case .deliver(let id, let delivery):
            if page?.delivery != delivery { page = OutgoingPage(delivery) }
            if let page { outlets[id]?.send(.page(page)) }
        case .readPage(let id, let branch, let skipping, let after, let through):
            readPage(id, branch, skipping, after, through)
        case .readElsewhere(let id, let branch, let skipping, let after, let through):
            readElsewhere(id, branch, skipping, after, through)
        case .close(let id, let code, let notice):
            outlets[id]?.close(code, notice)
            outlets[id] = nil
        }
    }

    private func commit(_ batch: CommitBatch) {
        services.writer.commit(batch) { result in
            let event: RoomEvent
            switch result {
            case .success: event = .committed
            case .failure(let failure):
                self.services.logger.error(
                    "a batch cannot be committed",
                    metadata: ["room": "\(self.repository)", "why": "\(failure)"])
                event = .commitFailed
            }
            Task { await self.take(event) }
        }
    }

    private func readElsewhere(
        _ id: ConnectionID, _ branch: String, _ skipping: DeviceID, _ after: UInt64,
        _ through: UInt64
    ) {
        services.reading.async {
            do throws(LedgerFailure) {
                let sets = try self.services.store.elsewhere(
                    than: branch, skipping: skipping, of: self.repository, after: after,
                    through: through, limit: MissedImpacts.limit)
                // Decoded here: a room does not stand still for one that comes back.
                let notices = MissedImpacts.notices(of: sets)
                Task { await self.take(.missed(id, notices)) }
            } catch {
                // Impacts are advice: a peer goes on without those it missed.
                self.services.logger.error(
                    "missed impacts cannot be read", metadata: ["why": "\(error)"])
            }
        }
    }

    private func readPage(
        _ id: ConnectionID, _ branch: String, _ skipping: DeviceID?, _ after: UInt64,
        _ through: UInt64
    ) {
        let settings = core.settings
        let limit = PageLimit(sets: settings.pageSetsMax, bytes: settings.pageBytesMax)
        services.reading.async {
            let event: RoomEvent
            do throws(LedgerFailure) {
                event = .page(
                    id,
                    try self.services.store.page(
                        of: self.repository, branch: branch, skipping: skipping, after: after,
                        through: through, limit: limit))
            } catch {
                self.services.logger.error("a page cannot be read", metadata: ["why": "\(error)"])
                event = .pageFailed(id)
            }
            Task { await self.take(event) }
        }
    }
}

/// What rooms and sessions share.
struct Services: Sendable {
    let store: any LedgerStore
    let writer: CommitWriter
    /// Reads of pages that are no longer in memory; they must not hold up a room.
    let reading: DispatchQueue
    let metrics: Metrics
    let logger: Logger
    let clock: any Clock
}

/// The rooms that are open, each made when its first peer comes.
actor RoomDirectory {
    private let services: Services
    private let settings: RoomSettings
    private var rooms: [String: Room] = [:]

    init(services: Services, settings: RoomSettings) {
        self.services = services
        self.settings = settings
    }

    func room(_ repository: String) async throws(LedgerFailure) -> Room {
        while let open = rooms[repository] {
            if await !open.isSpent { return open }
            // Another caller may have replaced it while this one was asking.
            if rooms[repository] === open { rooms[repository] = nil }
        }
        // No await from here on: two rooms for one repository would hand out the same sequences.
        let run = begin(repository)
        let state = try services.store.state(of: repository)
        let room = Room(state: state, settings: settings, run: run, services: services)
        rooms[repository] = room
        return room
    }

    /// Begins a run. A room that cannot be written to can still be read: then it has no name, and
    /// peers remember no place of it.
    private func begin(_ repository: String) -> String? {
        let run = RandomBytes.name()
        do throws(LedgerFailure) { try services.store.begin(run, of: repository) } catch {
            services.logger.error(
                "a run cannot be noted", metadata: ["room": "\(repository)", "why": "\(error)"])
            return nil
        }
        return run
    }

    func tick() async {
        var presences = 0
        for room in rooms.values {
            await room.take(.tick)
            presences += await room.presenceCount
        }
        services.metrics.set(.presenceEntries, to: presences)
    }

    func drain() async {
        for room in rooms.values { await room.take(.drain) }
    }

    var peerCount: Int {
        get async {
            var count = 0
            for room in rooms.values { count += await room.peerCount }
            return count
        }
    }
}
