// Pages to cursors. A commit only moves the head; what a peer gets is read when the peer has room
// for it, so a slow peer costs a cursor and not a queue.

import LiveProtocol

/// The newest change sets of a room, in memory.
struct RecentSets: Sendable {
    struct Entry: Sendable {
        let branch: String
        let delivered: DeliveredChangeSet
        let first: UInt64
        let last: UInt64
        var byteCount: Int { delivered.signed.payload.count }
    }

    /// Everything after this is here.
    private(set) var after: UInt64
    private(set) var entries: [Entry] = []
    private var byteCount = 0
    private let setsMax: Int
    private let bytesMax: Int

    init(after: UInt64, setsMax: Int, bytesMax: Int) {
        self.after = after
        self.setsMax = setsMax
        self.bytesMax = bytesMax
    }

    mutating func append(_ set: DecidedSet) {
        guard let first = set.rows.first, let last = set.rows.last else { return }
        let entry = Entry(
            branch: set.branch, delivered: set.delivered, first: first.place.sequence,
            last: last.place.sequence)
        entries.append(entry)
        byteCount += entry.byteCount
        // Dropping a quarter at a time keeps the cost of moving the array small per set.
        if entries.count > setsMax || byteCount > bytesMax { shrink() }
    }

    private mutating func shrink() {
        var dropped = 0
        while entries.count - dropped > setsMax * 3 / 4 || byteCount > bytesMax * 3 / 4 {
            guard dropped < entries.count else { break }
            byteCount -= entries[dropped].byteCount
            after = entries[dropped].last
            dropped += 1
        }
        entries.removeFirst(dropped)
    }

    /// The entries that end after `sequence`.
    func entries(after sequence: UInt64) -> ArraySlice<Entry> {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].last <= sequence { low = middle + 1 } else { high = middle }
        }
        return entries[low...]
    }
}

/// What is remembered of a page until it is acknowledged.
struct PageSent: Sendable {
    let through: UInt64
    /// Nothing more would have gone into it.
    let isFull: Bool
}

extension RoomCore {
    /// Sends a connection all the pages it has room for.
    ///
    /// - Parameter patient: what is not a full page waits for the batch that is on its way to the
    ///   store, so that peers whose acknowledgements come one by one get one page and not each its
    ///   own.
    mutating func pump(
        _ id: ConnectionID, patient: Bool = false, _ effects: inout [RoomEffect]
    ) {
        while let connection = connections[id], !connection.isReading,
            connection.pagesUnacked.count < settings.pagesUnackedMax,
            connection.sentThrough < durableSequence
        {
            guard connection.sentThrough >= recent.after else {
                connections[id]?.isReading = true
                effects.append(readPage(id, connection))
                return
            }
            let page = page(for: connection)
            if patient && isCommitting && !isFull(page) { return }
            guard send(page, to: id, &effects) else { return }
        }
    }

    private var isCommitting: Bool { inFlight?.isEmpty == false }

    /// False when the page was held back, to grow until there is room for it.
    private mutating func send(
        _ page: LedgerPage, to id: ConnectionID, _ effects: inout [RoomEffect]
    ) -> Bool {
        guard let connection = connections[id], page.through > connection.sentThrough else {
            return false
        }
        guard hasRoom(for: page, connection.pagesUnacked) else { return false }
        effects.append(
            .deliver(
                id,
                Delivery(
                    after: connection.sentThrough, through: page.through, sets: page.sets)))
        connections[id]?.sentThrough = page.through
        let sent = PageSent(through: page.through, isFull: isFull(page))
        connections[id]?.pagesUnacked.append(sent)
        return true
    }

    /// A page without content waits for all others, so that a busy author is not answered with a
    /// stream of empty pages.
    private func hasRoom(for page: LedgerPage, _ unacked: [PageSent]) -> Bool {
        if page.sets.isEmpty { return unacked.isEmpty }
        return isFull(page)
            || unacked.count(where: { !$0.isFull }) < settings.smallPagesUnackedMax
    }

    private func isFull(_ page: LedgerPage) -> Bool {
        page.through < durableSequence || page.sets.count == settings.pageSetsMax
    }

    private func readPage(_ id: ConnectionID, _ connection: Connection) -> RoomEffect {
        // Up to `ownSetsFrom` the device gets its own sets too, so that stretch is read by itself.
        let wantsOwn = connection.sentThrough < connection.ownSetsFrom
        return .readPage(
            id, branch: connection.peer.branch,
            skipping: wantsOwn ? nil : connection.peer.device, after: connection.sentThrough,
            through: wantsOwn ? connection.ownSetsFrom : durableSequence)
    }

    private func page(for connection: Connection) -> LedgerPage {
        var sets: [DeliveredChangeSet] = []
        var byteCount = 0
        for entry in recent.entries(after: connection.sentThrough) {
            guard wants(entry, connection) else { continue }
            if sets.count == settings.pageSetsMax
                || !sets.isEmpty && byteCount + entry.byteCount > settings.pageBytesMax
            {
                return LedgerPage(through: entry.first - 1, sets: sets)
            }
            sets.append(entry.delivered.after(connection.sentThrough))
            byteCount += entry.byteCount
        }
        return LedgerPage(through: durableSequence, sets: sets)
    }

    private func wants(_ entry: RecentSets.Entry, _ connection: Connection) -> Bool {
        entry.branch == connection.peer.branch
            && (entry.delivered.signed.device != connection.peer.device
                || entry.last <= connection.ownSetsFrom)
    }

    mutating func turn(
        _ id: ConnectionID, _ page: LedgerPage, _ effects: inout [RoomEffect]
    ) {
        guard connections[id]?.isReading == true else { return }
        connections[id]?.isReading = false
        if send(page, to: id, &effects) { pump(id, &effects) }
    }

    mutating func skipPage(_ id: ConnectionID, _ effects: inout [RoomEffect]) {
        guard connections[id]?.isReading == true else { return }
        let notice = ErrorNotice(
            reject: .serverOverload, message: "the ledger cannot be read", reference: nil,
            closing: true)
        effects.append(.close(id, .serverOverload, notice))
        leave(id, &effects)
    }

    mutating func acknowledge(
        _ id: ConnectionID, _ through: UInt64, at moment: Moment, _ effects: inout [RoomEffect]
    ) {
        guard let connection = connections[id] else { return }
        guard through <= connection.sentThrough else {
            let message = "acknowledges \(through), only \(connection.sentThrough) was sent"
            effects.append(
                .send(
                    id,
                    .error(
                        ErrorNotice(
                            reject: .protocolInvalidField, message: message, reference: nil,
                            closing: false))))
            return
        }
        // A late or repeated acknowledgement never moves a cursor back.
        guard through > connection.ackedThrough else { return }
        connections[id]?.ackedThrough = through
        connections[id]?.pagesUnacked.removeAll { $0.through <= through }
        note(id, at: moment)
        pump(id, patient: true, &effects)
    }

    /// Remembers a connection's cursor for the next batch.
    mutating func note(_ id: ConnectionID, at moment: Moment) {
        guard let connection = connections[id] else { return }
        let peer = connection.peer
        cursors[CursorKey(device: peer.device, branch: peer.branch)] = DeviceCursor(
            device: peer.device, branch: peer.branch, user: peer.user,
            sequence: connection.ackedThrough, at: moment.now)
    }
}

extension DeliveredChangeSet {
    /// The same set with only the places beyond a frontier that stands inside it.
    func after(_ sequence: UInt64) -> DeliveredChangeSet {
        guard let first = places.first, first.sequence <= sequence else { return self }
        return DeliveredChangeSet(
            signed: signed, places: places.filter { $0.sequence > sequence },
            receivedAt: receivedAt)
    }
}
