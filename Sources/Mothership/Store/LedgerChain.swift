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

extension SQLiteLedger {
    /// Most broken places a report names; a ruined file would otherwise fill memory.
    private static let placesMax = 1000

    /// Reads a room's whole ledger and follows its chain.
    public func verify(_ repository: String) throws(LedgerFailure) -> ChainReport {
        try reading { database in
            var previous = (sequence: UInt64(0), digest: LedgerChain.start)
            var records: UInt64 = 0
            var broken: [UInt64] = []
            var gaps: [UInt64] = []
            let rows = try Row.fetchCursor(
                database, sql: "SELECT * FROM ledger WHERE repository = ? ORDER BY sequence",
                arguments: [repository])
            while let row = try rows.next() {
                let fields = LedgerChain.Fields(row)
                let stored = ContentDigest(bytes: row["digest"] as Data)
                if fields.sequence != previous.sequence + 1, gaps.count < Self.placesMax {
                    gaps.append(previous.sequence)
                }
                let expected = LedgerChain.digest(after: previous.digest, fields)
                if stored != expected, broken.count < Self.placesMax {
                    broken.append(fields.sequence)
                }
                // The chain goes on from what is stored, so that one bad row is one bad row.
                previous = (fields.sequence, stored ?? expected)
                records += 1
            }
            return ChainReport(
                repository: repository, records: records, broken: broken, gapsAfter: gaps,
                headMismatches: try Self.headMismatches(repository, database))
        }
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
