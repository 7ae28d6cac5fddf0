// The log of a simulated peer: the real engine on a disk in memory. What was acknowledged is
// remembered beside it, and has to be there whenever the log is opened again.

import LiveSync
import Support
import TortureSuite
import WriteAheadLog

struct SimulatedLog {
    struct Entry: Hashable {
        /// Where it stood first.
        let lsn: LSN
        /// Where it stands: recovery appends what it restores.
        let place: LSN
        let draft: RecordDraft
    }

    /// What an opening found.
    struct Opening {
        /// Records that a crash left of those that were on their way, in order.
        var late: [RecordDraft] = []
        /// Acknowledged records are gone, and the log says so.
        var hasLost = false
        /// What the log said of itself.
        var verdicts: [Verdict] = []
    }

    private struct FixedClock: Clock {
        let now: Timestamp
        let uptime = Duration.zero
    }

    private static let folder = "/log"
    /// The smallest there are: many are filled, sealed and retired in a run.
    private static let options = LogOptions(
        segmentBytes: LogOptions.segmentBytesRange.lowerBound, spare: false)
    /// More changing calls than an opening or an append makes.
    private static let callsMax = 24

    /// What is in the log and was acknowledged, in the order in which it was written.
    private(set) var entries: [Entry] = []
    /// Everything that ever was, by its first position.
    private var acknowledged: [LSN: RecordDraft] = [:]
    private let disk: MemoryDisk
    private var engine: WriteAheadLog?
    /// What a crash interrupted, and may have left whole or in part.
    private var onTheWay: [RecordDraft] = []
    /// Bytes were damaged since the last opening.
    private var isRotten = false
    /// What damage has cost so far; the log says so at every opening until it is recovered.
    private var knownLost = LSNSet()
    /// How often the disk failed, stopped or rotted, by name.
    private(set) var happened: [String: Int] = [:]

    init(forgetsSyncs: Bool = false) { disk = MemoryDisk(forgetsSyncs: forgetsSyncs) }

    private mutating func note(_ what: String) { happened[what, default: 0] += 1 }

    // MARK: Writing

    /// Appends; the records are durable when it returns.
    mutating func append(
        _ drafts: [RecordDraft], _ random: inout some RandomNumberGenerator
    ) throws {
        guard let engine else { throw SimulationFailure("the log is not open") }
        if Int.random(in: 0..<100, using: &random) == 0 {
            disk.fail(after: Int.random(in: 0..<2, using: &random))
            note("disk fails once")
        }
        let lsns = try engine.appendAndWait(drafts)
        for (lsn, draft) in zip(lsns, drafts) {
            entries.append(Entry(lsn: lsn, place: lsn, draft: draft))
            acknowledged[lsn] = draft
        }
    }

    /// What the agent does before it writes a checkpoint.
    mutating func seal() throws { try engine?.sealAndWait() }

    /// What the agent does after it.
    mutating func retire() throws {
        guard let engine else { return }
        let count = try engine.retireAndWait(below: engine.status.durableLSN)
        guard count > 0 else { return }
        note("segments retired")
        let first = engine.status.firstLSN
        entries.removeAll { $0.place < first }
    }

    // MARK: Faults

    /// The process ends, or the power, at some call of an append.
    mutating func crash(
        writing drafts: [RecordDraft], _ random: inout some RandomNumberGenerator
    ) throws {
        guard let engine else { return }
        self.engine = nil
        onTheWay = drafts
        if !drafts.isEmpty {
            disk.end(beforeCall: Int.random(in: 0..<6, using: &random))
            _ = try engine.appendAndWait(drafts)
        }
        try engine.abandon()
        end(&random)
    }

    private mutating func end(_ random: inout some RandomNumberGenerator) {
        let isCut = Bool.random(using: &random)
        note(isCut ? "power cut" : "killed")
        disk.end(isCut ? .powerCut : .kill, &random)
    }

    /// Bytes of the log change while nobody has it open.
    ///
    /// - Returns: what was damaged.
    mutating func rot(_ random: inout some RandomNumberGenerator) -> String? {
        guard engine == nil else { return nil }
        let damage = disk.rot(&random) {
            $0.hasPrefix("\(Self.folder)/segment-") || $0 == "\(Self.folder)/MANIFEST"
        }
        if damage != nil { isRotten = true }
        return damage
    }

    // MARK: Opening

    /// Opens the log as a start of the agent does, sometimes only at the second or third try, and
    /// compares what is there with what was acknowledged.
    mutating func open(
        now: Timestamp, _ random: inout some RandomNumberGenerator
    ) throws -> Opening {
        // A start that was interrupted may have cut a torn tail already, and written behind it.
        var witness = LSN(.max)
        while Int.random(in: 0..<5, using: &random) == 0 {
            disk.end(beforeCall: Int.random(in: 0..<Self.callsMax, using: &random))
            let (log, report) = try opened(now, &random)
            witness = min(witness, report.found.durableWitness)
            try log.abandon()
            note("start interrupted")
            end(&random)
        }
        var (log, report) = try opened(now, &random)
        witness = min(witness, report.found.durableWitness)
        let lost = report.lostLSNs
        if !lost.isEmpty, Bool.random(using: &random) {
            try log.abandon()
            _ = try LogRecovery.recover(
                at: Self.folder, options: Self.options, clock: FixedClock(now: now), on: disk)
            note("log recovered")
            (log, report) = try opened(now, &random)
            guard report.lostLSNs.isEmpty else {
                throw SimulationFailure("a recovered log is damaged: \(report.verdicts)")
            }
        }
        engine = log
        var opening = try take(
            try log.readRecords(from: .first), lost: lost, witness: witness)
        opening.verdicts = report.verdicts
        return opening
    }

    private func opened(
        _ now: Timestamp, _ random: inout some RandomNumberGenerator
    ) throws -> (log: WriteAheadLog, report: OpenReport) {
        var options = Self.options
        options.seed = random.next()
        return try WriteAheadLog.open(
            at: Self.folder, options: options, clock: FixedClock(now: now), witness: .nothingKnown,
            on: disk)
    }

    /// Holds what is in the log against what was acknowledged.
    private mutating func take(
        _ records: [Record], lost: LSNSet, witness: LSN
    ) throws -> Opening {
        defer { (onTheWay, isRotten) = ([], false) }
        var opening = Opening()
        let found = records.compactMap { record -> Entry? in
            guard let type = record.type, type != .seal else { return nil }
            return Entry(
                lsn: record.origin, place: record.lsn,
                draft: RecordDraft(
                    type: type, metadata: record.metadata, body: record.body,
                    schema: record.schema))
        }.sorted { $0.lsn < $1.lsn }
        let byPosition = Dictionary(found.map { ($0.lsn, $0.draft) }) { first, _ in first }
        for entry in entries where byPosition[entry.lsn] != entry.draft {
            // What no later record or header has witnessed cannot be told from a torn tail.
            let isNamed = lost.contains(entry.place) || entry.place > witness
            guard isRotten, byPosition[entry.lsn] == nil, isNamed else {
                throw SimulationFailure(
                    "the acknowledged record \(entry.lsn) is not in the log, which calls "
                        + "\(lost.ranges) lost and \(witness) durable")
            }
            opening.hasLost = true
        }
        guard isRotten || lost.subtracting(knownLost).isEmpty else {
            throw SimulationFailure(
                "a sound log calls \(lost.ranges) lost, \(knownLost.ranges) are")
        }
        knownLost.formUnion(lost)
        opening.hasLost = opening.hasLost || !lost.isEmpty
        let late = found.filter { acknowledged[$0.lsn] != $0.draft }
        opening.late = late.map(\.draft)
        guard isLeft(opening.late) else {
            throw SimulationFailure(
                "the log holds records that nobody wrote: "
                    + "\(late.map { "\($0.lsn) \($0.draft.type.name)" }), on the way were "
                    + "\(onTheWay.map(\.type.name))")
        }
        for entry in late { acknowledged[entry.lsn] = entry.draft }
        if !late.isEmpty { note("unanswered records kept") }
        entries = found
        return opening
    }

    /// A crash leaves the first of the records on their way; rot may have taken some of those.
    private func isLeft(_ late: [RecordDraft]) -> Bool {
        guard isRotten else { return onTheWay.starts(with: late) }
        var rest = onTheWay[...]
        return late.allSatisfy { draft in
            guard let place = rest.firstIndex(of: draft) else { return false }
            rest = rest[(place + 1)...]
            return true
        }
    }
}
