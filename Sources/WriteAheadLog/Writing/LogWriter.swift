// The one that writes. It owns every descriptor; whoever has the seat uses it, and callers reach it
// through the queue only.
//
// After an error of the disk a descriptor is never synced again and its file never written again:
// all records behind the durable position are still in memory, go into a new segment of the next
// epoch, are read back past the cache, and only then acknowledged. If that fails too, the log is
// read-only, or, when only space is missing, waits for it.

import Glibc
import Support

struct LogWriter: Sendable {
    /// Lazy records are synced at the latest when this much is unsynced: what one replaced segment
    /// would have to carry, and what a power cut could take.
    static let unsyncedBytesMax = 1 << 20

    /// What the writer stands on.
    enum Footing: Sendable {
        case active(ActiveSegment)
        /// The last segment is sealed and the next one not yet made.
        case sealed(SealedFact, nextCapacity: Int)
        /// The last segment had an error; its successor is not yet made.
        case broken(ActiveSegment, cause: LogFailure)
    }

    let folder: LogFolder
    let lock: LogLock
    let options: LogOptions
    let clock: any Clock
    let queue: CommitQueue
    var manifest: ManifestFile
    var footing: Footing
    var durable: LSN
    var epoch: Epoch
    var random: any RandomNumberGenerator & Sendable
    /// Manifest entries that are true and not yet written.
    var owed: [ManifestEntry] = []
    /// Written to the active segment, not yet synced.
    private var unsynced: [RecordGroup] = []
    private var unsyncedBytes = 0
    /// Taken from the queue and not yet done; more than a moment only while space is missing.
    var backlog: [CommitEntry] = []
    var waitsForSpace = false
    private(set) var lastSync = Duration.zero
    /// How many waited for the last sync.
    private(set) var lastAnswered = 0
    private var replies: [CommitReply] = []
    private(set) var isClosed = false
    var spareIsReady = false

    init(
        folder: LogFolder, lock: LogLock, options: LogOptions, clock: any Clock,
        queue: CommitQueue, manifest: ManifestFile, active: ActiveSegment,
        random: any RandomNumberGenerator & Sendable
    ) {
        (self.folder, self.lock, self.options, self.clock) = (folder, lock, options, clock)
        (self.queue, self.manifest, self.footing) = (queue, manifest, .active(active))
        (durable, epoch, self.random) = (active.lastLSN, active.header.epoch, random)
    }

    // MARK: Working through the queue

    /// Does as much as it can; entries leave the backlog when they are done.
    mutating func process(_ backlog: inout [CommitEntry]) throws(LogFailure) {
        try regainFooting()
        while !backlog.isEmpty, !isClosed {
            try writeRecords(at: &backlog)
            guard let entry = backlog.first else { break }
            switch entry {
            case .records, .reply: continue
            case .roll(let roll):
                try roll.perform(in: &self)
                backlog.removeFirst()
                try regainFooting()
            case .retire(let lsn, let reply):
                backlog.removeFirst()
                reply(retire(below: lsn))
            case .close(let sealLSN, let reply):
                try close(sealLSN)
                backlog.removeFirst()
                reply(.success(()))
            case .abandon(let released):
                backlog.removeFirst()
                release()
                released()
            }
        }
    }

    /// Writes the records at the head of the backlog, syncs if somebody waits, and answers.
    private mutating func writeRecords(at backlog: inout [CommitEntry]) throws(LogFailure) {
        var group: [RecordGroup] = []
        var taken = 0
        scan: for entry in backlog {
            switch entry {
            case .records(let records): group.append(records)
            case .reply(let reply): replies.append(reply)
            case .roll, .retire, .close, .abandon: break scan
            }
            taken += 1
        }
        backlog.removeFirst(taken)
        guard !group.isEmpty || !replies.isEmpty else { return }
        unsynced += group
        unsyncedBytes += group.frameBytes
        let rolls = if case .roll = backlog.first { true } else { false }
        let mustSync = !replies.isEmpty || unsyncedBytes >= Self.unsyncedBytesMax
        try commit(group, syncing: mustSync && !rolls)
    }

    private mutating func commit(_ group: [RecordGroup], syncing: Bool) throws(LogFailure) {
        guard case .active(var segment) = footing else { return }
        do throws(LogFailure) {
            if !group.isEmpty {
                try segment.write(group, durable: durable, in: folder)
                queue.publish { $0.writeCount += 1 }
            }
            if syncing, !unsynced.isEmpty { try timedSync(&segment) }
            footing = .active(segment)
            updateCatalog(segment)
        } catch {
            footing = .broken(segment, cause: error)
            try regainFooting()
        }
        if unsynced.isEmpty { answer() }
    }

    private mutating func timedSync(_ segment: inout ActiveSegment) throws(LogFailure) {
        let started = clock.uptime
        try segment.sync(in: folder)
        becameDurable(segment.lastLSN, after: clock.uptime - started)
    }

    /// Everything written is on the disk now.
    mutating func becameDurable(_ lsn: LSN, after duration: Duration?) {
        if unsynced.contains(where: \.endsCheckpoint) { owed.append(.durable(lsn)) }
        durable = max(durable, lsn)
        (unsynced, unsyncedBytes) = ([], 0)
        let (now, position) = (clock.now, durable)
        if let duration { lastSync = duration }
        queue.publish {
            $0.durable = position
            guard let duration else { return }
            $0.syncCount += 1
            $0.lastSync = now
            if $0.recentSyncs.count >= LogStatus.recentSyncsMax { $0.recentSyncs.removeFirst() }
            $0.recentSyncs.append(duration)
        }
    }

    private mutating func answer() {
        guard !replies.isEmpty else { return }
        lastAnswered = replies.count
        for reply in replies { reply(.success(())) }
        replies = []
    }

    /// Answers everyone who waits with a failure.
    mutating func refuse(_ backlog: inout [CommitEntry], _ failure: LogFailure) {
        for reply in replies { reply(.failure(failure)) }
        replies = []
        for entry in backlog {
            switch entry {
            case .reply(let reply): reply(.failure(failure))
            case .retire(_, let reply): reply(.failure(failure))
            case .close(_, let reply):
                release()
                reply(.failure(failure))
            case .abandon(let released):
                release()
                released()
            case .records, .roll: break
            }
        }
        backlog = []
    }

    // MARK: Footing

    /// Makes the segment that is missing and pays what the manifest is owed. Safe to repeat.
    mutating func regainFooting() throws(LogFailure) {
        switch footing {
        case .active: break
        case .sealed(let fact, let capacity):
            let end = SegmentEnd(
                offset: fact.size, lastLSN: fact.lastLSN, chain: fact.chain, digest: fact.digest)
            try begin(after: fact.segment, end, capacity: capacity, carrying: [], checked: false)
        case .broken(let segment, let cause):
            try replace(segment, cause)
        }
        try payManifest()
    }

    mutating func payManifest() throws(LogFailure) {
        guard !owed.isEmpty else { return }
        try manifest.append(owed, durable: durable, clock: clock, salt: random.next())
        owed = []
    }

    private mutating func replace(_ broken: ActiveSegment, _ cause: LogFailure) throws(LogFailure) {
        queue.publish {
            $0.replacedSegments += 1
            $0.lastError = cause.description
        }
        epoch = epoch.next
        let capacity = AppendPlan.capacity(
            for: unsynced.frameBytes, segmentBytes: Int(broken.header.capacity))
        let end = broken.durableEnd
        let fact = LogicalEndFact(
            segment: broken.header.number, offset: end.offset, lastLSN: end.lastLSN,
            reason: .writeError)
        try begin(
            after: broken.header.number, end, capacity: capacity, carrying: unsynced, checked: true)
        owed.insert(.logicalEnd(fact), at: 0)
        broken.finish(in: folder)
        if let last = unsynced.last { becameDurable(last.last, after: nil) }
        answer()
    }

    private mutating func begin(
        after number: SegmentNumber, _ end: SegmentEnd, capacity: Int,
        carrying records: [RecordGroup], checked: Bool
    ) throws(LogFailure) {
        let next = try nextNumber(after: number)
        var header = SegmentHeader(
            logID: try logID(), number: next, firstLSN: records.first?.first ?? end.lastLSN.next,
            epoch: epoch, salt: random.next(), capacity: UInt64(capacity), created: clock.now)
        (header.previousNumber, header.previousEnd, header.durable) = (number, end, durable)
        // Used up, or gone with the attempt.
        spareIsReady = false
        let segment = try ActiveSegment(header, carrying: records, in: folder, checked: checked)
        footing = .active(segment)
        owed.append(.created(header: Hex.encode(header.encoded())))
        queue.publish { state in
            state.epoch = header.epoch
            let last = state.catalog.indices.last
            if let last { state.catalog[last].clip(to: end) }
            state.catalog.append(CatalogEntry(segment))
        }
    }

    /// The number behind the last one, past any file that a failed attempt may have left.
    private func nextNumber(after number: SegmentNumber) throws(LogFailure) -> SegmentNumber {
        var next = number.next
        while folder.exists(next.fileName) { next = next.next }
        return next
    }

    private func logID() throws(LogFailure) -> LogID {
        switch footing {
        case .active(let segment), .broken(let segment, _): return segment.header.logID
        case .sealed:
            guard let id = manifest.logID else { throw .notALog(folder: folder.path) }
            return id
        }
    }

    /// - Parameter fileBytes: the size of a sealed file; an active one keeps what it owns.
    private func updateCatalog(_ segment: ActiveSegment, fileBytes: UInt64? = nil) {
        queue.publish { state in
            guard let last = state.catalog.indices.last else { return }
            state.catalog[last].extend(to: segment)
            if let fileBytes { state.catalog[last].fileBytes = fileBytes }
        }
    }

    // MARK: Sealing and closing

    fileprivate mutating func seal(_ lsn: LSN, nextCapacity: Int) throws(LogFailure) {
        guard case .active(var segment) = footing else { return }
        do throws(LogFailure) {
            let started = clock.uptime
            let fact = try segment.seal(lsn, durable: durable, in: folder)
            becameDurable(lsn, after: clock.uptime - started)
            updateCatalog(segment, fileBytes: segment.offset)
            segment.finish(in: folder)
            owed.append(.sealed(fact))
            footing = .sealed(fact, nextCapacity: nextCapacity)
            answer()
        } catch {
            footing = .broken(segment, cause: error)
            try regainFooting()
            try seal(lsn, nextCapacity: nextCapacity)
        }
        try payManifest()
    }

    private mutating func close(_ sealLSN: LSN) throws(LogFailure) {
        if case .active = footing, durable < sealLSN {
            try seal(sealLSN, nextCapacity: options.segmentBytes)
        }
        owed.append(.cleanClose(lastLSN: durable, at: clock.now))
        try payManifest()
        try folder.remove(ActiveSegment.spareName)
        release()
    }

    /// Gives back every descriptor, the lock last.
    mutating func release() {
        guard !isClosed else { return }
        isClosed = true
        switch footing {
        case .active(let segment), .broken(let segment, _): folder.disk.close(segment.descriptor)
        case .sealed: break
        }
        manifest.close()
        folder.close()
        lock.release()
        queue.publish { $0.condition = .closed }
    }

    // MARK: Ahead of need

    /// Allocates the next segment's file.
    mutating func makeSpare() throws(LogFailure) {
        guard options.spare, !spareIsReady, !isClosed else { return }
        try ActiveSegment.allocate(ActiveSegment.spareName, options.segmentBytes, in: folder)
        try folder.sync()
        spareIsReady = true
    }
}

extension AppendPlan.Roll {
    fileprivate func perform(in writer: inout LogWriter) throws(LogFailure) {
        // A retry after a full disk finds the seal already done, and the next segment too when the
        // space came back in between.
        if writer.durable >= sealLSN { return }
        try writer.seal(sealLSN, nextCapacity: capacity)
    }
}

extension ManifestFile {
    var logID: LogID? { ManifestFold(entries, logID: header.logID).logID }
}

extension CatalogEntry {
    init(_ segment: ActiveSegment) {
        let run = RecordRun(
            first: segment.header.firstLSN, last: segment.lastLSN,
            offset: UInt64(SegmentHeader.blockBytes), end: segment.offset)
        self.init(
            number: segment.header.number, salt: segment.header.salt,
            firstLSN: segment.header.firstLSN, fileBytes: segment.header.capacity,
            runs: segment.lastLSN >= segment.header.firstLSN ? [run] : [])
    }

    /// Takes in what was written to the active segment.
    mutating func extend(to segment: ActiveSegment) {
        guard runs.count == 1 else {
            self = CatalogEntry(segment)
            return
        }
        (runs[0].last, runs[0].end) = (segment.lastLSN, segment.offset)
    }

    /// Forgets what lies behind the end that the next segment names.
    mutating func clip(to end: SegmentEnd) {
        runs = runs.filter { $0.first <= end.lastLSN }.map { run in
            var run = run
            run.last = min(run.last, end.lastLSN)
            return run
        }
    }
}
