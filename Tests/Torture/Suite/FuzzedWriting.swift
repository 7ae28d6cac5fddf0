// A log made of bytes that nobody wrote, in the hands of its owner: opened, written and recovered. What
// could be read before is there afterwards, and what recovery leaves verifies.

import Support
import WriteAheadLog

struct FuzzedWriting {
    private let log: TortureLog
    private let tally: Tally

    init(_ log: TortureLog, _ tally: Tally) { (self.log, self.tally) = (log, tally) }

    func run(_ files: [String: [UInt8]], _ arena: Arena, _ what: String) throws {
        for work in [open, recover] {
            try arena.restore(files)
            do throws(LogFailure) {
                // A SEAL that no manifest vouches for is nobody's record.
                let before = try LogReader.records(at: arena.log).records
                    .filter { $0.type != .seal }
                try work(before, arena.log, what)
            } catch {
                // What is not recognised as a log is refused by name.
                if case .notALog = error { continue }
                tally.broke("\(what), opened or recovered: \(error)")
            }
        }
    }

    private func open(
        _ before: [Record], _ folder: String, _ what: String
    ) throws(LogFailure) {
        let probe = RecordDraft(type: .note, metadata: Array("probe".utf8), body: [1, 2, 3])
        let (engine, _) = try WriteAheadLog.open(at: folder, options: log.options)
        let lsn = try engine.enqueue([probe])[0]
        try engine.close()
        if lsn <= before.last?.lsn ?? .zero { tally.broke("\(what): \(lsn) is used twice") }
        let after = try LogReader.records(at: folder).records
        compare(before, after, "\(what): opening")
        if after.last(where: { $0.lsn == lsn })?.body != probe.body {
            tally.broke("\(what): the new record \(lsn) is not there")
        }
        tally.add(1, "fuzzed logs opened for writing")
    }

    private func recover(
        _ before: [Record], _ folder: String, _ what: String
    ) throws(LogFailure) {
        _ = try LogRecovery.recover(at: folder, options: log.options)
        let after = try LogReader.records(at: folder)
        if after.report.verdicts != [.ok] {
            tally.broke("\(what): recovery leaves \(after.report.verdicts)")
        }
        compare(before, after.records, "\(what): recovery")
        if try LogRecovery.recover(at: folder, options: log.options).changed {
            tally.broke("\(what): a second recovery changes something")
        }
        tally.add(1, "fuzzed logs recovered, each twice")
    }

    /// A record that was written again is the same record in another place.
    private func compare(_ before: [Record], _ after: [Record], _ what: String) {
        let kept = Dictionary(after.map { ($0.origin, $0) }) { first, _ in first }
        for record in before {
            let same = kept[record.origin]
            if same?.body != record.body || same?.metadata != record.metadata {
                tally.broke("\(what) loses record \(record.lsn)")
            }
        }
    }
}
