// The newest records as a list: what their metadata says, never what their bodies hold.

import LiveProtocol
import Support
import WriteAheadLog

/// One record of a log tail.
public struct TailRow: Codable, Sendable {
    public let sequence: UInt64
    /// When it happened, as far as the record says; `-` otherwise.
    public let time: String
    public let type: String
    /// Qualified names, or the beginning of ids where the record holds no names.
    public let function: String
    /// The first 8 digits of the version it is about.
    public let hash: String
    public let reason: String
}

extension TailRow {
    /// The newest records of a workspace's log, oldest of them first.
    public static func newest(
        of workspace: Workspace, count: Int, type: RecordType?
    ) throws(LogFailure) -> [TailRow] {
        try LogReader.tail(at: workspace.walFolder, count: count, filter: type)
            .map(TailRow.init(of:))
    }

    /// What the metadata of a record says.
    public init(of record: RecordSummary) {
        var facts = Facts()
        do throws(PostcardFailure) {
            if let type = record.type {
                var reader = PostcardReader(record.metadata)
                try facts.read(type, &reader)
            }
        } catch {
            facts.reason = "metadata of another format"
        }
        self.init(
            sequence: record.lsn.rawValue, time: facts.at?.iso8601 ?? "-", type: record.typeName,
            function: Self.shown(facts.names),
            hash: facts.hash ?? "-", reason: facts.reason ?? "-")
    }

    /// A set of one save may hold a thousand functions; a line has room for some.
    private static func shown(_ names: [String]) -> String {
        let most = 3
        if names.isEmpty { return "-" }
        let rest = names.count > most ? " and \(names.count - most) more" : ""
        return names.prefix(most).joined(separator: ", ") + rest
    }

    /// The same, by its parts.
    private struct Facts {
        var at: Timestamp?
        var names: [String] = []
        var hash: String?
        var reason: String?

        mutating func read(
            _ type: RecordType, _ reader: inout PostcardReader
        ) throws(PostcardFailure) {
            switch type {
            case .outboundEnqueued:
                _ = try ChangeSetID(from: &reader)
                _ = try reader.readString("path")
                names = try reader.readStrings("names")
                _ = try reader.readArray(ChangeSetID.self, "superseded sets")
                at = try Timestamp(from: &reader)
            case .outboundSent:
                _ = try ChangeSetID(from: &reader)
                let bases = try reader.readArray(SentBase.self, "bases")
                names = bases.map(\.function.short)
                hash = bases.first?.auraID?.short
                at = try Timestamp(from: &reader)
            case .outboundAcked:
                _ = try ChangeSetID(from: &reader)
                names = try reader.readArray(Acceptance.self, "places").map(\.function.short)
                at = try Timestamp(from: &reader)
            case .outboundFailed:
                _ = try ChangeSetID(from: &reader)
                let refusals = try reader.readArray(Refusal.self, "refusals")
                names = refusals.map(\.qualifiedName)
                reason = Set(refusals.map(\.reject.word)).sorted().joined(separator: ", ")
                at = try Timestamp(from: &reader)
            case .inboundReceived:
                _ = try reader.readString("epoch")
                reason = "ledger sequence \(try reader.readUnsigned("sequence"))"
                take(try RecordLabel(from: &reader))
            case .conflictOpened: try readConflict(&reader)
            case .applyBegin, .applyOK, .applyFailed, .applySkipped:
                try readApply(type, &reader)
            case .stateChanged:
                if case .lifecycle(let lifecycle) = try StateChange(from: &reader) {
                    reason = lifecycle.word
                }
            default: break
            }
        }

        private mutating func readApply(
            _ type: RecordType, _ reader: inout PostcardReader
        ) throws(PostcardFailure) {
            switch type {
            case .applyBegin:
                let begin = try ApplyBegin(from: &reader)
                names = begin.functions.map(\.short)
                hash = begin.postDigest?.short
                reason = begin.path
            case .applyOK:
                _ = try reader.readUnsigned("apply id")
                _ = try ChangeSetID(from: &reader)
                names = try reader.readArray(FunctionID.self, "functions").map(\.short)
                at = try Timestamp(from: &reader)
            case .applyFailed:
                _ = try reader.readUnsigned("apply id")
                _ = try ChangeSetID(from: &reader)
                let path = try reader.readString("path")
                names = try reader.readArray(FunctionID.self, "functions").map(\.short)
                reason = "\(try reader.readString("reason")) (\(path))"
                take(try RecordLabel(from: &reader))
            default:
                _ = try ChangeSetID(from: &reader)
                names = [try FunctionID(from: &reader).short]
                let path = try reader.readString("path")
                reason = "\(try reader.readString("reason")) (\(path))"
                take(try RecordLabel(from: &reader))
            }
        }

        private mutating func take(_ label: RecordLabel) {
            if !label.names.isEmpty { names = label.names }
            hash = label.auraID?.short
            at = label.at
        }

        private mutating func readConflict(
            _ reader: inout PostcardReader
        ) throws(PostcardFailure) {
            _ = try ConflictID(from: &reader)
            reason = try reader.readRaw(ConflictKind.self, "conflict kind").rawValue
            _ = try reader.readRaw(ConflictState.self, "conflict state")
            _ = try FunctionID(from: &reader)
            _ = try reader.readString("path")
            names = [try reader.readString("qualified name")]
            _ = try reader.readOptional(AuraID.self, "base")
            hash = try reader.readOptional(AuraID.self, "local version")?.short
        }
    }
}

/// The answer of `aura live wal verify`.
public struct VerifyRow: Codable, Sendable {
    public let isSound: Bool
    public let segmentsExamined: Int
    public let segmentsTotal: Int
    public let recordsExamined: UInt64
    public let damage: [Damage]

    /// One damaged place.
    public struct Damage: Codable, Sendable {
        /// `CHECKSUM_MISMATCH` for damaged bytes, the verdict's own name for the rest.
        public let word: String
        public let segment: String
        public let offset: UInt64
        /// The records it costs: `17`, `17-20`, `none`, or `unknown`.
        public let sequences: String
        public let detail: String
    }

    /// Judges the log of a workspace; writes nothing.
    public static func verify(_ workspace: Workspace) throws(LogFailure) -> VerifyRow {
        let report = try LogReader.verify(at: workspace.walFolder, threads: 2)
        return VerifyRow(
            isSound: report.isSound, segmentsExamined: report.segmentsExamined,
            segmentsTotal: report.segmentsTotal, recordsExamined: report.recordsExamined,
            damage: report.verdicts.compactMap { verdict in
                verdict.spot.map { Self.damage(verdict, $0) }
            })
    }

    private static func damage(_ verdict: Verdict, _ spot: Spot) -> Damage {
        let word: String =
            switch verdict {
            case .recordDamaged, .rangeDamaged: "CHECKSUM_MISMATCH"
            default: verdict.name
            }
        return Damage(
            word: word, segment: spot.file, offset: spot.offset,
            sequences: spot.lsns.map { "\($0)" } ?? (verdict.isUncounted ? "unknown" : "none"),
            detail: spot.detail)
    }
}
