// `aura diff --semantic`: a file against what is shared of it, unit by unit: the version the ledger
// has where it has one, else git's HEAD.

import LiveProtocol
import SourceAnalysis
import Support

/// One unit's difference.
public struct SemanticComparison: Codable, Sendable {
    /// `added`, `removed`, `renamed`, `moved`, `changed`, `trivia-only`, `same`, `held-back`.
    public let status: String
    public let unit: String
    /// The line the unit starts at now.
    public let line: Int?
    /// Its name before, when that was another.
    public let was: String?
    /// `ledger` or `commit`: where the version comes from that it is compared with.
    public let against: String

    /// Compares a file of a git working copy with what is shared of it.
    public static func withShared(_ given: String) throws -> [SemanticComparison] {
        let absolute = PathName.absolute(given)
        let repository = try GitRepository.open(
            at: PathName.parent(of: absolute), environment: Surroundings().environment)
        let path = try Admission.relativePath(
            absolute, in: Workspace(root: repository.topLevel))
        guard let language = Language.forPath(path) else {
            throw PlainFailure(
                path, "is in no language with a grammar", nextStep: "compare lines with git diff",
                exitStatus: .usage)
        }
        let analyzer = SourceAnalyzer()
        let new = FileAccess.exists(absolute) ? try FileAccess.read(absolute) : []
        let head = try repository.head()
        let old = try head.commit.flatMap { try repository.show(commit: $0, path: path) } ?? []
        let differences = SemanticDiff.compare(
            old: try analyzer.analyze(old, path: path, language: language), oldBytes: old,
            new: try analyzer.analyze(new, path: path, language: language), newBytes: new)
        let bases = try bases(at: path, in: Workspace(root: repository.topLevel))
        return differences.map { row($0, bases, new) }
    }

    /// What the ledger has at this path, as far as this working copy was synced.
    private static func bases(
        at path: String, in workspace: Workspace
    ) throws -> [UnitKey: Base] {
        guard FileAccess.isFolder(workspace.walFolder) else { return [:] }
        let table = try StatusFromFiles.fold(workspace).bases
        let live = table.functions(at: path).compactMap { table[$0] }.filter { !$0.isTombstone }
        return Dictionary(live.map { ($0.key, $0) }) { first, _ in first }
    }

    private static func row(
        _ difference: UnitDifference, _ bases: [UnitKey: Base], _ bytes: [UInt8]
    ) -> SemanticComparison {
        let name = difference.qualifiedName
        let before = difference.old?.qualifiedName
        let shown =
            name.isEmpty ? (difference.new ?? difference.old)?.kind.rawValue ?? "" : name
        if let unit = difference.new, !unit.isHeldBack, let base = bases[key(of: unit)] {
            return SemanticComparison(
                status: status(of: ObservedUnit(unit, in: bytes), since: base).rawValue,
                unit: shown, line: unit.startLine, was: nil, against: "ledger")
        }
        return SemanticComparison(
            status: difference.status.rawValue, unit: shown, line: difference.new?.startLine,
            was: before == name ? nil : before, against: "commit")
    }

    private static func key(of unit: SourceUnit) -> UnitKey {
        UnitKey(kind: unit.kind, qualifiedName: unit.qualifiedName, ordinal: unit.ordinal)
    }

    private static func status(of unit: ObservedUnit, since base: Base) -> UnitDifference.Status {
        if unit.auraID != base.auraID { return .changed }
        return unit.text.digest == base.textDigest ? .same : .triviaOnly
    }
}
