// One damaged log looked at as its owner would: read, opened, written, and on request recovered.

import Support
import WriteAheadLog

/// Lays cases out in a folder of its own and compares; one for each thread.
struct Examiner {
    let log: TortureLog
    let tally: Tally
    private let arena: Arena
    private var present: [String: [UInt8]]
    private var count: Int
    /// Every how many cases the engine is started, and the damage recovered.
    let startEvery: Int
    let recoverEvery: Int

    /// - Parameter first: the number the cases are counted from; short lists meet a recovery too.
    init(
        _ log: TortureLog, _ tally: Tally, startEvery: Int, recoverEvery: Int, from first: Int = 0
    ) throws {
        (self.log, self.tally, count) = (log, tally, first)
        (self.startEvery, self.recoverEvery) = (startEvery, recoverEvery)
        arena = try Arena()
        try arena.restore(log.files)
        present = log.files
    }

    func close() { arena.remove() }

    mutating func examine(_ damage: Damage) throws {
        count += 1
        tally.injected(damage.kind)
        var files = log.files
        for (name, bytes) in damage.files { files[name] = bytes }
        try arena.restore(files, from: present)
        present = files
        if let name = damage.unreadableFile { try makeUnreadable(name) }
        let names = try look(damage)
        let starts = count.isMultiple(of: startEvery)
        if starts, !damage.refusesWriting { try start(damage, names) }
        if count.isMultiple(of: recoverEvery), !damage.refusesWriting, damage.unreadableFile == nil
        {
            try recover(damage, files)
        }
        if starts || count.isMultiple(of: recoverEvery) || damage.unreadableFile != nil {
            try arena.restore(log.files)
            present = log.files
        }
    }

    private mutating func makeUnreadable(_ name: String) throws {
        present[name] = nil
        try arena.restore(present)
        try FileAccess.makeFolder("\(arena.log)/\(name)")
    }

    private func broke(_ damage: Damage, _ promise: String) {
        tally.broke("\(damage.kind) \(damage.place): \(promise)")
    }

    // MARK: Reading

    /// - Returns: the names of the verdicts.
    private func look(_ damage: Damage) throws -> [String] {
        let contents = try LogReader.records(at: arena.log, witness: damage.witness)
        let verdicts = contents.report.verdicts
        for verdict in verdicts {
            tally.saw(verdict.name)
            if case .tornTail(let spot) = verdict, spot.detail.contains("whole records") {
                tally.saw("TORN_TAIL with islands")
            }
        }
        let names = verdicts.map(\.name)
        let strange = names.filter {
            !damage.rows.contains($0) && !($0 == "OK" && damage.isHarmless)
        }
        if !strange.isEmpty { broke(damage, "answered \(verdicts), expected \(damage.rows)") }
        compare(contents, damage)
        return names
    }

    private func compare(_ contents: LogContents, _ damage: Damage) {
        var found: Set<LSN> = []
        var last = LSN.zero
        for record in contents.records {
            if record.lsn <= last { broke(damage, "record \(record.lsn) came after \(last)") }
            last = record.lsn
            found.insert(record.lsn)
            guard let known = log.records[record.lsn] ?? damage.mayReturn[record.lsn] else {
                broke(damage, "record \(record.lsn) was never appended")
                continue
            }
            if !known.isSame(as: record) { broke(damage, "record \(record.lsn) has other bytes") }
        }
        tally.add(found.count, "records read back and compared")
        let lost = contents.report.damagedLSNs
        for lsn in log.records.keys where !found.contains(lsn) {
            tally.add(1, "records that damage cost")
            if !damage.mayLose.contains(lsn) { broke(damage, "lost record \(lsn) is undamaged") }
            let own = damage.takesWitnesses ? .zero : log.witnessed
            let isWitnessed = lsn <= max(own, damage.witness.acknowledged ?? .zero)
            if isWitnessed, !lost.contains(lsn) { broke(damage, "lost record \(lsn) is not named") }
        }
        for lsn in damage.mustLose where found.contains(lsn) {
            broke(damage, "damaged record \(lsn) was returned")
        }
    }

    // MARK: Starting

    /// The engine starts, takes records behind everything known, and keeps what there was.
    private func start(_ damage: Damage, _ names: [String]) throws {
        // A SEAL that no manifest vouches for is nobody's record; its position is free again.
        let before = try LogReader.records(at: arena.log, witness: damage.witness).records
            .filter { $0.type != .seal }
        let probe = RecordDraft(type: .note, metadata: Array("probe".utf8), body: [1, 2, 3])
        do throws(LogFailure) {
            let (engine, report) = try WriteAheadLog.open(
                at: arena.log, options: log.options, witness: damage.witness)
            if report.verdicts.map(\.name) != names { broke(damage, "opening judged otherwise") }
            let lsn = try engine.enqueue([probe])[0]
            try engine.close()
            if lsn <= (before.last?.lsn ?? .zero) { broke(damage, "\(lsn) is used twice") }
            let after = try LogReader.records(at: arena.log, witness: damage.witness)
            let kept = Dictionary(uniqueKeysWithValues: after.records.map { ($0.lsn, $0) })
            for record in before
            where kept[record.lsn].map({ Self.isSame($0, record) }) != true {
                broke(damage, "record \(record.lsn) is gone after opening")
            }
            if kept[lsn]?.body != probe.body {
                broke(damage, "the new record \(lsn) is not there")
            }
            tally.add(1, "starts of the engine")
        } catch {
            broke(damage, "the engine does not start: \(error)")
        }
    }

    /// A record carried into a new segment is the same record in another place.
    private static func isSame(_ one: Record, _ other: Record) -> Bool {
        one.lsn == other.lsn && one.body == other.body && one.metadata == other.metadata
    }

    // MARK: Recovering

    /// Recovery lists the loss, keeps the damaged bytes, and run again does nothing.
    private func recover(_ damage: Damage, _ files: [String: [UInt8]]) throws {
        try arena.restore(files)
        do throws(LogFailure) {
            let before = try LogReader.records(at: arena.log)
            let first = try LogRecovery.recover(at: arena.log, options: log.options)
            let after = try LogReader.records(at: arena.log)
            if after.report.verdicts != [.ok] {
                broke(damage, "recovery leaves \(after.report.verdicts)")
            }
            let kept = Set(after.records.map { $0.salvagedFrom ?? $0.lsn })
            for record in before.records where record.type != .seal && !kept.contains(record.lsn) {
                broke(damage, "record \(record.lsn) is gone after recovery")
            }
            if try LogRecovery.recover(at: arena.log, options: log.options).changed {
                broke(damage, "a second recovery changes something")
            }
            checkQuarantine(damage, first, files)
            tally.add(1, "recoveries, each run twice")
        } catch {
            broke(damage, "recovery fails: \(error)")
        }
    }

    /// Every segment that recovery found wrong is still there as it was, in place or in quarantine.
    private func checkQuarantine(
        _ damage: Damage, _ report: RecoveryReport, _ files: [String: [UInt8]]
    ) {
        for (name, bytes) in files where damage.files.keys.contains(name) {
            do {
                // What had another's name was given its own.
                let places =
                    try FileAccess.names(in: arena.log).filter {
                        $0.hasSuffix(".log") || $0 == name
                    }
                    .map { "\(arena.log)/\($0)" }
                    + (report.quarantine.map { ["\(arena.log)/\($0)/\(name)"] } ?? [])
                let kept = try places.filter { FileAccess.exists($0) }.map {
                    try FileAccess.read($0)
                }
                // A manifest goes on being written behind the bytes it had.
                if !kept.contains(where: { $0.starts(with: bytes) }) {
                    broke(damage, "the damaged bytes of \(name) are gone")
                }
            } catch {
                broke(damage, "a kept copy of \(name) is unreadable: \(error)")
            }
        }
    }
}
