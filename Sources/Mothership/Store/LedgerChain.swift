// The digest that ties each ledger row to the one before it, and the reader that follows the chain.

import Foundation
import GRDB
import LiveProtocol
import Support

/// The chain over the ledger of one room.
enum LedgerChain {
    /// What the first row of a room follows.
    static let start = ContentDigest.of("aura-ledger/1".utf8)

    static func digest(
        after previous: ContentDigest, repository: String, set: DecidedSet, row: LedgerRow
    ) -> ContentDigest {
        digest(
            after: previous,
            Fields(
                repository: repository, sequence: row.place.sequence, function: row.function.bytes,
                branch: set.branch, revision: row.place.revision, baseRevision: row.baseRevision,
                kind: row.kind.rawValue, auraID: row.auraID?.bytes, path: row.path,
                device: set.signed.device.bytes, position: row.place.index))
    }

    struct Fields {
        let repository: String
        let sequence: UInt64
        let function: [UInt8]
        let branch: String
        let revision: UInt64
        let baseRevision: UInt64
        let kind: String
        let auraID: [UInt8]?
        let path: String
        let device: [UInt8]
        let position: Int
    }

    static func digest(after previous: ContentDigest, _ fields: Fields) -> ContentDigest {
        var writer = PostcardWriter()
        writer.writeFixed(previous.bytes)
        writer.write(fields.repository)
        writer.write(fields.sequence)
        writer.writeFixed(fields.function)
        writer.write(fields.branch)
        writer.write(fields.revision)
        writer.write(fields.baseRevision)
        writer.write(fields.kind)
        writer.writeOptional(fields.auraID) { $0.writeFixed($1) }
        writer.write(fields.path)
        writer.writeFixed(fields.device)
        writer.write(UInt64(clamping: fields.position))
        return .of(writer.bytes)
    }
}

/// What following the chain of one room showed.
public struct ChainReport: Codable, Hashable, Sendable {
    public let repository: String
    public let records: UInt64
    /// Sequences whose digest does not follow from their contents and the row before.
    public let broken: [UInt64]
    /// Sequences that are missing between neighbours, as the number before each gap.
    public let gapsAfter: [UInt64]
    /// Heads that are not the newest row of their unit.
    public let headMismatches: Int

    public var isWhole: Bool { broken.isEmpty && gapsAfter.isEmpty && headMismatches == 0 }
}

/// What following the chains of all rooms showed.
public struct LedgerVerdict: Codable, Hashable, Sendable {
    /// Rows that were followed, over all rooms.
    public let records: UInt64
    /// False when only the newest rows were, or the walk was ended early.
    public let isComplete: Bool
    /// What is wrong, a sentence for each room; empty when nothing is.
    public let damage: [String]

    package init(reports: [ChainReport], isComplete: Bool) {
        records = reports.reduce(0) { $0 + $1.records }
        self.isComplete = isComplete
        damage = reports.filter { !$0.isWhole }.map(\.words)
    }

    /// One line for people.
    public var words: String {
        if damage.isEmpty, records == 0 { return "empty" }
        let extent = isComplete ? "all \(records) records" : "the newest \(records) records"
        return damage.isEmpty ? "whole (\(extent))" : damage.joined(separator: "; ")
    }
}

extension ChainReport {
    fileprivate var words: String {
        var parts: [String] = []
        if let first = broken.first {
            let more = broken.count > 1 ? " (and \(broken.count - 1) more)" : ""
            parts.append("record \(first) does not follow from the one before it\(more)")
        }
        if let first = gapsAfter.first {
            let more = gapsAfter.count > 1 ? " (and at \(gapsAfter.count - 1) more places)" : ""
            parts.append("records are missing after \(first)\(more)")
        }
        if headMismatches > 0 { parts.append("\(headMismatches) heads are not the newest record") }
        return "room \(repository): " + parts.joined(separator: ", ")
    }
}

/// A walk along the chain of one room, in slices.
private struct ChainWalk {
    /// Most broken places a report names; a ruined file would otherwise fill memory.
    private static let placesMax = 1000
    /// Rows that are read at once: some 20 ms, the longest that a checkpoint waits for the walk.
    private static let sliceRows = 1000

    let repository: String
    private var previous = (sequence: UInt64(0), digest: LedgerChain.start)
    private(set) var records: UInt64 = 0
    private(set) var broken: [UInt64] = []
    private(set) var gaps: [UInt64] = []

    /// - Parameter newest: begins so many rows before the end; the row there is taken on trust.
    init(_ repository: String, newest: UInt64?, _ database: Database) throws {
        self.repository = repository
        guard let newest else { return }
        let last = try Int64.fetchOne(
            database, sql: "SELECT max(sequence) FROM ledger WHERE repository = ?",
            arguments: [repository])
        let start = UInt64(bitPattern: last ?? 0)
        guard start > newest else { return }
        let row = try Row.fetchOne(
            database,
            sql: """
                SELECT sequence, digest FROM ledger WHERE repository = ? AND sequence <= ?
                ORDER BY sequence DESC LIMIT 1
                """,
            arguments: [repository, Int64(bitPattern: start - newest)])
        guard let row, let digest = ContentDigest(bytes: row["digest"] as Data) else { return }
        previous = (UInt64(bitPattern: row["sequence"]), digest)
    }

    /// Follows the next rows; false when there are none.
    mutating func follow(_ database: Database) throws -> Bool {
        let before = records
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT * FROM ledger WHERE repository = ? AND sequence > ?
                ORDER BY sequence LIMIT \(Self.sliceRows)
                """,
            arguments: [repository, Int64(bitPattern: previous.sequence)])
        while let row = try rows.next() { take(row) }
        return records > before
    }

    private mutating func take(_ row: Row) {
        let fields = LedgerChain.Fields(row)
        let stored = ContentDigest(bytes: row["digest"] as Data)
        if fields.sequence != previous.sequence + 1, gaps.count < Self.placesMax {
            gaps.append(previous.sequence)
        }
        let expected = LedgerChain.digest(after: previous.digest, fields)
        if stored != expected, broken.count < Self.placesMax { broken.append(fields.sequence) }
        // The chain goes on from what is stored, so that one bad row is one bad row.
        previous = (fields.sequence, stored ?? expected)
        records += 1
    }
}

extension SQLiteLedger {
    public func verify(
        newest: UInt64?, while goesOn: () -> Bool
    ) throws(LedgerFailure) -> LedgerVerdict {
        var reports: [ChainReport] = []
        for room in try rooms() where goesOn() {
            reports.append(try verify(room.repository, newest: newest, while: goesOn))
        }
        return LedgerVerdict(reports: reports, isComplete: newest == nil && goesOn())
    }

    /// Follows the chain of one room; all of it, and its heads, unless told how many rows.
    func verify(
        _ repository: String, newest: UInt64? = nil, while goesOn: () -> Bool = { true }
    ) throws(LedgerFailure) -> ChainReport {
        var walk = try reading { try ChainWalk(repository, newest: newest, $0) }
        while goesOn(), try reading({ try walk.follow($0) }) {}
        let mismatches = try newest == nil ? reading { try Self.headMismatches(repository, $0) } : 0
        return ChainReport(
            repository: repository, records: walk.records, broken: walk.broken,
            gapsAfter: walk.gaps, headMismatches: mismatches)
    }

    private static func headMismatches(_ repository: String, _ database: Database) throws -> Int {
        try Int.fetchOne(
            database,
            sql: """
                SELECT count(*) FROM heads h WHERE repository = ? AND NOT EXISTS (
                SELECT 1 FROM ledger l WHERE l.repository = h.repository
                AND l.sequence = h.sequence AND l.branch = h.branch
                AND l.function = h.function AND l.revision = h.revision
                AND l.aura_id IS h.aura_id AND l.revision = (
                SELECT max(revision) FROM ledger m WHERE m.repository = h.repository
                AND m.branch = h.branch AND m.function = h.function))
                """,
            arguments: [repository]) ?? 0
    }
}

extension LedgerChain.Fields {
    fileprivate init(_ row: Row) {
        self.init(
            repository: row["repository"], sequence: UInt64(bitPattern: row["sequence"]),
            function: [UInt8](row["function"] as Data), branch: row["branch"],
            revision: UInt64(bitPattern: row["revision"]),
            baseRevision: UInt64(bitPattern: row["base_revision"]), kind: row["kind"],
            auraID: (row["aura_id"] as Data?).map { [UInt8]($0) }, path: row["path"],
            device: [UInt8](row["device"] as Data), position: row["position"])
    }
}
