// Opening for writing: lock, look, and begin a new segment. Always a new one, with the epoch after
// the last: an old segment is never written again, so whatever the disk still makes of it later
// cannot mix with new records.
//
// After a crash the records behind the last witnessed durable position are not trusted to be on the
// disk: they were read through the page cache, which may show what a failed sync has dropped. They
// are written again into the new segment, whose header ends the old one before them. The manifest's
// LOGICAL_END is the seal of a segment that never got its own.

import Support

/// What opening found.
public struct OpenReport: Hashable, Sendable {
    public var found: VerifyReport
    /// The log did not exist.
    public var isNew: Bool
    /// The last writer closed the log.
    public var lastCloseWasClean: Bool
    public var epoch: Epoch
    /// Records of the last writer's final moments that were written again.
    public var carriedRecords: Int
    /// Where the bytes of a torn tail were copied to, below the log's folder.
    public var tornTailCopy: String?

    public var verdicts: [Verdict] { found.verdicts }
    /// What the log has lost, each position named; recovery lists more about them.
    public var lostLSNs: LSNSet { found.damagedLSNs }
    /// Whether records are missing, also where nothing says which.
    public var hasLost: Bool { !lostLSNs.isEmpty || verdicts.contains(where: \.isUncounted) }
}

struct LogOpening {
    private let folder: LogFolder
    private let lock: LogLock
    private let options: LogOptions
    private let clock: any Clock
    private let places: [PlaceConcern]
    private var random: any RandomNumberGenerator & Sendable

    static func open(
        at path: String, options: LogOptions, clock: any Clock, witness: ExternalWitness,
        on disk: any LogDisk, resetFrom: (LogID, String)? = nil
    ) throws(LogFailure) -> (log: WriteAheadLog, report: OpenReport) {
        if resetFrom == nil { try LogReset.finishInterrupted(at: path, on: disk) }
        try makeFolder(path, on: disk)
        let places = try LogPlace.require(
            path, allowed: options.allowsNetworkFileSystem, on: disk)
        let folder = try LogFolder(at: path, on: disk)
        do throws(LogFailure) {
            let lock = try LogLock(in: folder)
            do throws(LogFailure) {
                var opening = LogOpening(folder, lock, options, clock, places)
                return try opening.run(witness, resetFrom: resetFrom)
            } catch {
                lock.release()
                throw error
            }
        } catch {
            folder.close()
            throw error
        }
    }

    private static func makeFolder(
        _ path: String, on disk: any LogDisk
    ) throws(LogFailure) {
        guard !disk.exists(path) else { return }
        try wrapping { () throws(SystemFailure) in try disk.makeFolder(path) }
    }

    private init(
        _ folder: LogFolder, _ lock: LogLock, _ options: LogOptions, _ clock: any Clock,
        _ places: [PlaceConcern]
    ) {
        (self.folder, self.lock, self.options) = (folder, lock, options)
        (self.clock, self.places) = (clock, places)
        if let seed = options.seed {
            random = SeededGenerator(seed: seed)
        } else {
            random = SystemRandomNumberGenerator()
        }
    }

    private mutating func run(
        _ witness: ExternalWitness, resetFrom: (LogID, String)?
    ) throws(LogFailure) -> (log: WriteAheadLog, report: OpenReport) {
        let look = try LogLook(folder, witness, threads: 2, isLive: false, ceiling: nil)
        try look.refuseNewer(in: folder)
        let logID = look.logID ?? LogID(high: random.next(), low: random.next())
        var manifest = try openManifest(look, logID, resetFrom)
        try removeTemporaryFiles()
        try Retirement.moveRetired(look.image.manifest.retired.keys, in: folder)

        let tail = try LogTail.found(look, in: folder, options)
        let copy = try keepTornBytes(tail)
        let active = try begin(after: tail, look, logID)
        var entries = adopted(look, manifest)
        if let end = tail.logicalEnd { entries.append(.logicalEnd(end)) }
        entries.append(.created(header: Hex.encode(active.header.encoded())))
        do throws(LogFailure) {
            try manifest.append(
                entries, durable: active.durableLSN, clock: clock, salt: random.next())
        } catch {
            manifest.close()
            throw error
        }
        protectEnded(tail)

        let queue = CommitQueue(
            folder: folder.path, plan: plan(active, tail), writer: state(look, active, tail))
        let seat = WriterSeat(
            LogWriter(
                folder: folder, lock: lock, options: options, clock: clock, queue: queue,
                manifest: manifest, active: active, random: random), queue: queue)
        seat.startThread()
        let log = WriteAheadLog(
            folder: folder.path, logID: logID, options: options, queue: queue, seat: seat,
            places: places, disk: folder.disk)
        let report = OpenReport(
            found: look.report, isNew: look.image.isEmpty,
            lastCloseWasClean: look.image.manifest.closedCleanly, epoch: active.header.epoch,
            carriedRecords: tail.carried.count, tornTailCopy: copy)
        return (log, report)
    }

    // MARK: Steps

    private mutating func openManifest(
        _ look: LogLook, _ logID: LogID, _ resetFrom: (LogID, String)?
    ) throws(LogFailure) -> ManifestFile {
        if let image = look.image.manifestImage {
            return try ManifestFile(opening: image, in: folder)
        }
        var entries: [ManifestEntry] = []
        if let (old, place) = resetFrom {
            entries.append(.reset(from: old, to: logID, movedTo: place))
        }
        if !look.image.isEmpty {
            entries += ManifestRebuild.entries(from: look, reason: "unusable", at: clock.now)
        }
        return try ManifestFile(
            replacingWith: entries, logID: logID, salt: random.next(),
            durable: look.judgement.durable, in: folder, clock: clock)
    }

    /// What a writer made ahead and never used holds no record.
    private func removeTemporaryFiles() throws(LogFailure) {
        for name in [ActiveSegment.spareName, ActiveSegment.temporaryName] {
            try folder.remove(name)
        }
    }

    /// Segments that a crash kept from being announced.
    private func adopted(_ look: LogLook, _ manifest: ManifestFile) -> [ManifestEntry] {
        let known = ManifestFold(manifest.entries, logID: nil).headers
        return look.image.segments.values.sorted { $0.number < $1.number }.compactMap { segment in
            guard known[segment.number] == nil, segment.scan != nil, let header = segment.header
            else { return nil }
            return .created(header: Hex.encode(header.encoded()))
        }
    }

    private func keepTornBytes(_ tail: LogTail) throws(LogFailure) -> String? {
        guard let torn = tail.torn else { return nil }
        let quarantine = try Quarantine(of: folder, clock: clock, code: "torn-tail")
        defer { quarantine.close() }
        try quarantine.keep(torn.bytes, as: "\(torn.spot.file).tail")
        try quarantine.write(report: torn.spot)
        return quarantine.name
    }

    private mutating func begin(
        after tail: LogTail, _ look: LogLook, _ logID: LogID
    ) throws(LogFailure) -> ActiveSegment {
        let frames = tail.carried.frameBytes
        var header = SegmentHeader(
            logID: logID, number: tail.nextNumber,
            firstLSN: tail.carried.first?.first ?? tail.nextLSN, epoch: look.epoch.next,
            salt: random.next(),
            capacity: UInt64(AppendPlan.capacity(for: frames, segmentBytes: options.segmentBytes)),
            created: clock.now)
        header.previousNumber = tail.lastNumber
        header.previousEnd = tail.end
        header.durable = header.firstLSN.previous
        return try ActiveSegment(header, carrying: tail.carried, in: folder, checked: false)
    }

    /// An ended segment is only read from now on.
    private func protectEnded(_ tail: LogTail) {
        guard tail.logicalEnd != nil,
            // A file that cannot be opened cannot be written by mistake either.
            let file = try? folder.openQuietly(tail.lastNumber.fileName)
        else { return }
        folder.disk.protect(file)
        folder.disk.close(file)
    }

    private func plan(_ active: ActiveSegment, _ tail: LogTail) -> AppendPlan {
        AppendPlan(
            nextLSN: tail.nextLSN, offset: Int(active.offset),
            capacity: Int(active.header.capacity), segmentBytes: options.segmentBytes)
    }

    private func state(
        _ look: LogLook, _ active: ActiveSegment, _ tail: LogTail
    ) -> WriterState {
        var catalog = look.judgement.segments.compactMap { segment -> CatalogEntry? in
            guard let image = look.image.segments[segment.number], let header = image.header
            else { return nil }
            return CatalogEntry(
                number: segment.number, salt: header.salt, firstLSN: header.firstLSN,
                fileBytes: image.fileBytes, runs: segment.runs, lost: segment.lost)
        }
        if let last = catalog.indices.last { catalog[last].clip(to: tail.end) }
        catalog.append(CatalogEntry(active))
        let manifest = look.image.manifest
        return WriterState(
            durable: active.durableLSN, epoch: active.header.epoch, catalog: catalog,
            retiredSegments: manifest.retired.keys.filter { !manifest.removed.contains($0) }.count)
    }
}
