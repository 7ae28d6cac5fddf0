// `aura diff --semantic`: a file against git's HEAD, unit by unit.

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

    /// Compares a file of a git working copy with the version at HEAD.
    public static func withHead(_ given: String) throws -> [SemanticComparison] {
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
        return differences.map { difference in
            let name = difference.qualifiedName
            let before = difference.old?.qualifiedName
            return SemanticComparison(
                status: difference.status.rawValue,
                unit: name.isEmpty ? (difference.new ?? difference.old)?.kind.rawValue ?? "" : name,
                line: difference.new?.startLine, was: before == name ? nil : before)
        }
    }
}
