// Setting a damaged log right without changing a byte of what is there.
//
// Order: copies of everything concerned go to quarantine; files that do not belong move there; lost
// records that another copy still has are appended again, flagged; the report is written; and only
// then the manifest says that this damage is known and listed. Killed anywhere, the next recovery
// finds the damage still unlisted and does what is left. Run twice, the second run touches nothing.

import Support

/// Recovers a damaged log, or begins a new one in its place.
public enum LogRecovery {
    /// Puts what is damaged aside, names every lost record, and leaves a log that verifies.
    ///
    /// - Throws: ``LogFailure/locked(folder:holder:)`` while a writer has the log open; when a newer
    ///   release wrote a part of it.
    public static func recover(
        at path: String, options: LogOptions = LogOptions(), clock: any Clock = SystemClock()
    ) throws(LogFailure) -> RecoveryReport {
        try recover(at: path, options: options, clock: clock, on: KernelDisk())
    }

    /// The same on any disk.
    package static func recover(
        at path: String, options: LogOptions, clock: any Clock, on disk: any LogDisk
    ) throws(LogFailure) -> RecoveryReport {
        try LogReset.finishInterrupted(at: path, on: disk)
        var found = try look(path, disk)
        if found.image.isEmpty { throw .notALog(folder: path) }
        let before = found.judgement.verdicts
        // First what costs nothing: what is under a wrong name would be set aside as foreign.
        let isRenamed = !found.report.misnamed.isEmpty
        if isRenamed {
            _ = try giveBackNames(at: path, on: disk)
            found = try look(path, disk)
        }
        guard found.judgement.verdicts != [.ok] else {
            return RecoveryReport(
                at: clock.now, changed: isRenamed, verdicts: before, remaining: [],
                lostLSNs: LSNSet(), lost: [], keptRecords: found.report.recordsExamined)
        }
        let recovery = Recovery(path: path, options: options, clock: clock, disk: disk)
        return try recovery.run(found)
    }

    private static func look(_ path: String, _ disk: any LogDisk) throws(LogFailure) -> LogLook {
        try underLock(path, on: disk) { (folder) throws(LogFailure) in
            let look = try LogLook(
                folder, .nothingKnown, threads: 2, isLive: false, ceiling: nil)
            // Before anything is copied or moved: a newer release sets it right as it should be.
            try look.refuseNewer(in: folder)
            return look
        }
    }

    /// Moves the whole log away and begins an empty one with a new id. What the old one still owed
    /// to others is the caller's to judge beforehand.
    public static func reset(
        at path: String, options: LogOptions = LogOptions(), clock: any Clock = SystemClock()
    ) throws(LogFailure) -> ResetReport {
        try LogReset.reset(at: path, options: options, clock: clock, on: KernelDisk())
    }

    /// Runs a piece of work while nobody else can write.
    static func underLock<Value>(
        _ path: String, on disk: any LogDisk, _ work: (LogFolder) throws(LogFailure) -> Value
    ) throws(LogFailure) -> Value {
        let folder = try LogFolder(at: path, on: disk)
        defer { folder.close() }
        let lock = try LogLock(in: folder)
        defer { lock.release() }
        return try work(folder)
    }
}

private struct Recovery {
    let path: String
    let options: LogOptions
    let clock: any Clock
    let disk: any LogDisk

    func run(_ found: LogLook) throws(LogFailure) -> RecoveryReport {
        let aside = try LogRecovery.underLock(path, on: disk) { (folder) throws(LogFailure) in
            try setAside(found, folder)
        }
        try endAndSalvage(aside)
        return try LogRecovery.underLock(path, on: disk) { (folder) throws(LogFailure) in
            try settle(found, aside, folder)
        }
    }

    /// What the first step left behind.
    private struct Aside {
        var quarantine: String?
        var salvaged: [Salvage.Found]
    }

    // MARK: Copies

    private func setAside(_ found: LogLook, _ folder: LogFolder) throws(LogFailure) -> Aside {
        let damaged = found.judgement.segments.filter { $0.isNewDamage }
        let manifestIsDamaged = found.image.manifestState.isDamaged
        guard !damaged.isEmpty || manifestIsDamaged || !found.image.strays.isEmpty else {
            return Aside(quarantine: nil, salvaged: [])
        }
        let code = found.judgement.verdicts.first(where: \.isDamage)?.name ?? "DAMAGE"
        let quarantine = try Quarantine(
            of: folder, clock: clock, code: code.lowercased().replacing("_", with: "-"))
        defer { quarantine.close() }
        var names = damaged.compactMap { segment -> String? in
            switch found.image.segments[segment.number]?.state {
            case .scanned, .headerLost: segment.number.fileName
            case .foreign, .tooNew, .unreadable, .missing, nil: nil
            }
        }
        if manifestIsDamaged, folder.exists(ManifestCodec.fileName) {
            names.append(ManifestCodec.fileName)
        }
        _ = try quarantine.keep(names)
        let salvaged = try salvage(found, folder)
        for name in found.image.strays + foreignFiles(found) { try quarantine.move(name) }
        return Aside(quarantine: quarantine.name, salvaged: salvaged)
    }

    private func foreignFiles(_ found: LogLook) -> [String] {
        found.image.segments.values.compactMap { segment in
            if case .foreign = segment.state { return segment.number.fileName }
            return nil
        }
    }

    private func salvage(_ found: LogLook, _ folder: LogFolder) throws(LogFailure) -> [Salvage
        .Found]
    {
        let lost = found.judgement.damaged
        guard !lost.isEmpty else { return [] }
        let restored = try Salvage.restored(in: folder, found)
        let wanted = lost.subtracting(LSNSet(restored.keys.map { LSNRange(single: $0) }))
        var records = Salvage.search(
            for: wanted, in: folder, names: found.image.strays, image: found.image)
        let rest = wanted.subtracting(LSNSet(records.map { LSNRange(single: $0.oldLSN) }))
        if !rest.isEmpty, folder.exists(Retirement.folderName) {
            let archive = try folder.subfolder(Retirement.folderName)
            defer { archive.close() }
            records += Salvage.search(
                for: rest, in: archive, names: try archive.names(), image: found.image)
        }
        return records
    }

    // MARK: Appending

    /// Opens and closes the log: that ends a torn or unsealed tail, and takes what was salvaged.
    private func endAndSalvage(_ aside: Aside) throws(LogFailure) {
        let (log, _) = try LogOpening.open(
            at: path, options: options, clock: clock, witness: .nothingKnown, on: disk)
        if !aside.salvaged.isEmpty { _ = try log.enqueue(aside.salvaged.map(\.draft)) }
        try log.close()
    }

    // MARK: Listing

    private func settle(
        _ found: LogLook, _ aside: Aside, _ folder: LogFolder
    ) throws(LogFailure) -> RecoveryReport {
        let look = try LogLook(folder, .nothingKnown, threads: 2, isLive: false, ceiling: nil)
        let restored = try Salvage.restored(in: folder, look)
        let back = LSNSet(restored.keys.map { LSNRange(single: $0) })
        let listable = look.judgement.segments.filter { segment in
            if case .unreadable = look.image.segments[segment.number]?.state { return false }
            return segment.isNewDamage
        }
        let lost = listable.reduce(into: LSNSet()) { $0.formUnion($1.lost) }
        let report = RecoveryReport(
            at: clock.now, changed: true, verdicts: found.judgement.verdicts,
            remaining: look.judgement.segments.filter { segment in
                segment.isNewDamage && !listable.contains { $0.number == segment.number }
            }.flatMap(\.verdicts),
            lostLSNs: lost.subtracting(back),
            lost: LossList.make(look, in: folder, restored: restored),
            keptRecords: look.report.recordsExamined, quarantine: aside.quarantine)
        try write(report, aside, folder)
        let facts = try listable.map { (segment) throws(LogFailure) in
            ManifestEntry.quarantined(
                QuarantinedFact(
                    segment: segment.number, digest: try digest(of: segment, look, folder),
                    lost: segment.lost.subtracting(back), copy: aside.quarantine, at: clock.now))
        }
        try list(facts, look, folder)
        return report
    }

    private func write(
        _ report: RecoveryReport, _ aside: Aside, _ folder: LogFolder
    ) throws(LogFailure) {
        guard let place = aside.quarantine else { return }
        let all = try folder.subfolder(Quarantine.folderName)
        defer { all.close() }
        let occasion = try all.subfolder(PathName.last(of: place))
        defer { occasion.close() }
        let text: String
        do { text = try JSONText.encode(report, pretty: true) } catch {
            throw .malformed(
                subject: "report.json", detail: "the report has no JSON form: \(error)")
        }
        try occasion.create("report.json", bytes: Array(text.utf8))
        try occasion.sync()
    }

    private func digest(
        of segment: SegmentJudgement, _ look: LogLook, _ folder: LogFolder
    ) throws(LogFailure) -> ContentDigest? {
        if case .missing = look.image.segments[segment.number]?.state { return nil }
        return try wrapping { () throws(SystemFailure) in
            ContentDigest.of(try SegmentLoader.load(segment.number.fileName, in: folder).bytes)
        }
    }

    private func list(
        _ facts: [ManifestEntry], _ look: LogLook, _ folder: LogFolder
    ) throws(LogFailure) {
        var random = SystemRandomNumberGenerator()
        let durable = look.judgement.durable
        if let image = look.image.manifestImage, look.image.manifestState == .good {
            guard !facts.isEmpty else { return }
            var manifest = try ManifestFile(opening: image, in: folder)
            defer { manifest.close() }
            try manifest.append(facts, durable: durable, clock: clock, salt: random.next())
            return
        }
        guard let logID = look.logID else { throw .notALog(folder: path) }
        let entries = ManifestRebuild.entries(from: look, reason: "damaged", at: clock.now)
        let manifest = try ManifestFile(
            replacingWith: entries + facts, logID: logID, salt: random.next(), durable: durable,
            in: folder, clock: clock)
        manifest.close()
    }
}

extension SegmentJudgement {
    /// Damage that no recovery has listed yet.
    fileprivate var isNewDamage: Bool { !isAccepted && verdicts.contains(where: \.isDamage) }
}

extension LogImage.ManifestState {
    fileprivate var isDamaged: Bool {
        switch self {
        case .good, .missing: false
        case .damaged, .unreadable: true
        }
    }
}
