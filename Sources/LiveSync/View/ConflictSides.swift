// The three sides of a conflict as texts: what both had, what is here, what came.

import LiveProtocol
import SourceAnalysis
import Support
import WriteAheadLog

/// A conflict with its texts.
public struct ConflictSides: Codable, Sendable {
    public let id: String
    public let kind: String
    public let state: String
    public let function: String
    public let path: String
    public let remoteDevice: String
    public let openedAt: Timestamp
    /// The version both sides started from; nil when there was none, or it is kept nowhere.
    public let base: String?
    /// Nil when it was deleted here.
    public let local: String?
    /// Nil when it was deleted there.
    public let remote: String?

    /// Reads a conflict from the log; works with and without an agent.
    public static func find(_ id: String, in workspace: Workspace) throws -> ConflictSides {
        let log = try LogReader.records(at: workspace.walFolder)
        let conflict = try PeerState.replay(log).state.conflicts.only(
            id, kind: "conflict", absent: "is not there", list: "aura live conflicts list --all"
        ) { $0.id.description }
        return ConflictSides(
            id: conflict.id.short, kind: conflict.kind.rawValue, state: conflict.state.rawValue,
            function: conflict.qualifiedName, path: conflict.path,
            remoteDevice: conflict.remoteDevice.short, openedAt: conflict.openedAt,
            base: try base(of: conflict, log.records, in: workspace),
            local: conflict.localText.map(text), remote: conflict.remote.text.map(text))
    }

    private static func text(_ text: UnitText) -> String {
        String(decoding: text.bytes, as: UTF8.self)
    }

    /// From the log, which has seen the version travel, else from the commit it comes from.
    private static func base(
        of conflict: Conflict, _ records: [Record], in workspace: Workspace
    ) throws -> String? {
        guard let auraID = conflict.baseAuraID else { return nil }
        for record in records.reversed() {
            guard let type = record.type,
                [.outboundEnqueued, .inboundReceived].contains(type),
                // The judgement of the log said that this record is whole.
                let decoded = try? PeerRecord(
                    type: type, metadata: record.summary.metadata, body: record.body)
            else { continue }
            let match = changes(of: decoded).first {
                $0.function == conflict.function && $0.auraID == auraID
            }
            if let found = match?.text { return text(found) }
        }
        return try committed(conflict, auraID, in: workspace)
    }

    private static func changes(of record: PeerRecord) -> [UnitChange] {
        switch record {
        case .enqueued(let set, _, _, _): set.changes
        // Decoded before it was recorded.
        case .received(let delivered, _, _): (try? delivered.signed.changeSet())?.changes ?? []
        default: []
        }
    }

    private static func committed(
        _ conflict: Conflict, _ auraID: AuraID, in workspace: Workspace
    ) throws -> String? {
        let repository = try GitRepository.open(
            at: workspace.root, environment: Surroundings().environment)
        guard let language = Language.forPath(conflict.path),
            let commit = try repository.head().commit,
            let bytes = try repository.show(commit: commit, path: conflict.path)
        else { return nil }
        let file = try SourceAnalyzer().analyze(bytes, path: conflict.path, language: language)
        guard let unit = file.units.first(where: { $0.auraID == auraID }) else { return nil }
        return String(decoding: unit.ranges.flatMap { bytes[$0] }, as: UTF8.self)
    }
}
