// What repairs have cost, for good: one line a repair that gave something up.
//
// The ledger outlives journals and quarantine. A system that lost something and is sound again is
// sound; it is never again simply green.

import Glibc
import Support

/// The ledger of losses.
public struct LossLedger: Sendable {
    /// One repair that gave something up.
    public struct Entry: Codable, Hashable, Sendable {
        public let schema: String
        public let schemaVersion: Int
        public let run: RunID
        public let at: UTCTime
        public let codes: [String]
        public let loss: Loss

        private enum CodingKeys: String, CodingKey {
            case schema
            case schemaVersion = "schema_version"
            case run, at, codes, loss
        }
    }

    public static let schema = "aura.loss"

    private let folder: String
    private var path: String { "\(folder)/losses.ndjson" }

    /// - Parameter folder: the folder of the journals.
    public init(folder: String) { self.folder = folder }

    /// Every loss that is known of: the ledger's, then those of repairs that stand and that the ledger does
    /// not hold any more. It is one file, and who cuts or removes it makes nothing good.
    public func known() throws(RepairFailure) -> [Entry] {
        let written = try entries()
        let runs = Set(written.map(\.run))
        let told = try RunHistory(folder: folder).sound()
            .filter { $0.outcome == .repaired && !runs.contains($0.id) }
            .flatMap { run in
                run.plan.repairs.filter { !$0.loss.isNone }.map {
                    Entry(
                        schema: Self.schema, schemaVersion: 1, run: run.id,
                        at: UTCTime(run.ended ?? run.begun), codes: $0.codes, loss: $0.loss)
                }
            }
        return written + told
    }

    /// Every loss, oldest first. Half a line at the end counts for nothing: the repair it belongs
    /// to is then not sealed, and writes it again.
    public func entries() throws(RepairFailure) -> [Entry] {
        guard FileAccess.exists(path) else { return [] }
        let bytes = try repairing { () throws(SystemFailure) in try FileAccess.read(path) }
        var entries: [Entry] = []
        for line in JournalFolder.wholeLines(bytes) {
            do { entries.append(try JSONText.decode(Entry.self, from: Array(line))) } catch {
                throw .unreadable(
                    subject: path, reason: "line \(entries.count + 1) does not parse")
            }
        }
        return entries
    }

    /// Writes what these repairs gave up; a run that stands in it already is not written twice.
    func note(
        _ repairs: [PlannedRepair], of run: RunID, at now: Timestamp
    ) throws(RepairFailure) {
        try note(repairs.map { ($0.codes, $0.loss) }, of: run, at: now)
    }

    /// Writes what a command gave up that is no planned repair, under a name of its own.
    public func note(
        _ loss: Loss, for codes: [String], at now: Timestamp
    ) throws(RepairFailure) {
        var chance = SystemRandomNumberGenerator()
        try note([(codes, loss)], of: RunID(at: now, using: &chance), at: now)
    }

    private func note(
        _ losses: [(codes: [String], loss: Loss)], of run: RunID, at now: Timestamp
    ) throws(RepairFailure) {
        let known = Set(try entries().filter { $0.run == run }.map(\.codes))
        var lines: [UInt8] = []
        for (codes, loss) in losses
        where !loss.isNone && !known.contains(codes) {
            let entry = Entry(
                schema: Self.schema, schemaVersion: 1, run: run, at: UTCTime(now),
                codes: codes, loss: loss)
            do {
                let text = try OrderedJSON.encode(entry, order: ["schema", "schema_version"])
                lines += Array(text.utf8) + [10]
            } catch {
                throw .unreadable(subject: path, reason: "the line does not encode (\(error))")
            }
        }
        guard !lines.isEmpty else { return }
        try replace(try wholeLines() + lines)
    }

    /// Takes back what a run gave up, once all it changed is back.
    func withdraw(_ run: RunID) throws(RepairFailure) {
        let entries = try entries()
        guard entries.contains(where: { $0.run == run }) else { return }
        let lines = zip(entries, JournalFolder.wholeLines(try wholeLines()))
        try replace(lines.filter { $0.0.run != run }.flatMap { Array($0.1) + [10] })
    }

    private func wholeLines() throws(RepairFailure) -> [UInt8] {
        let all = try repairing { () throws(SystemFailure) in
            FileAccess.exists(path) ? try FileAccess.read(path) : []
        }
        return all.lastIndex(of: 10).map { Array(all[...$0]) } ?? []
    }

    private func replace(_ lines: [UInt8]) throws(RepairFailure) {
        try repairing { () throws(SystemFailure) in try FileAccess.replace(path, with: lines) }
    }
}

extension RepairEngine {
    var ledger: LossLedger { LossLedger(folder: ground.journalFolder) }

    /// Ends a run of which nothing was to stay.
    ///
    /// - Parameter isWhole: all of it came back. What did not is in force, and what it gave up is lost.
    func seal(
        _ journal: JournalWriter, takenBackAs outcome: RunOutcome, isWhole: Bool
    ) async throws(RepairFailure) {
        // Before the seal: a crash in between does it again.
        if !isWhole { try noteWhatStays(of: journal.run) }
        try await journal.append(.sealed(outcome: isWhole ? outcome : .undonePartly))
    }

    /// Writes what the repairs of a run gave up whose lossy steps were not taken back.
    func noteWhatStays(of id: RunID) throws(RepairFailure) {
        let run = try history.run(id)
        let standing = Set(
            run.steps.filter { [.done, .started].contains($0.progress) }.map(\.planned.number))
        let repairs = run.plan.repairs.filter { repair in
            repair.steps.contains { !$0.loss.isNone && standing.contains($0.number) }
        }
        try ledger.note(repairs, of: id, at: ground.clock.now)
    }
}
