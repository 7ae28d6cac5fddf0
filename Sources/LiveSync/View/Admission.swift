// Why a file syncs or does not: the deciding rule with its line, then each function's own mark.

import SourceAnalysis
import Support

/// The answer of `aura live selective why`.
public struct Admission: Codable, Sendable {
    public let path: String
    public let admitted: Bool
    public let verdict: String
    public let rule: String
    /// `live.toml line 12`, or where else the rule comes from.
    public let origin: String
    /// The language whose grammar reads the file.
    public let adapter: String?
    /// How the file parses; nil when it was not read.
    public let parse: String?
    public let functions: [Row]

    /// A function of the file.
    public struct Row: Codable, Sendable {
        public let name: String
        public let line: Int
        public let localOnly: Bool
        public let heldBack: Bool
    }

    /// Explains a path, given relative to the current folder or the root.
    public static func explain(_ given: String, in workspace: Workspace) throws -> Admission {
        let path = try relativePath(given, in: workspace)
        let configuration = try LiveConfiguration.load(
            workspace.configurationPath, guestTables: SyncHost.guestTables)
        let repository = try GitRepository.open(
            at: workspace.root, environment: Surroundings().environment)
        let scope = ScanScope(
            filter: try SelectiveFilter(configuration.selective),
            ignored: try repository.command.ignoreList())
        var decision = scope.decide(path)
        if let folder = GitRepository.nested(above: path, in: workspace.root) {
            decision = SelectiveDecision(
                verdict: .otherRepository, rule: "\(folder) is a repository of its own",
                origin: .builtIn)
        }
        let language = Language.forPath(path)
        var parse: String?
        var rows: [Row] = []
        if let language, FileAccess.exists(workspace.root + "/" + path) {
            let stable = try StableRead.read(
                root: workspace.root, path: path, clock: SystemClock())
            let file = try SourceAnalyzer().analyze(
                stable.bytes, path: path, language: language)
            parse = file.hasErrors ? "has errors; broken units are held back" : "clean"
            rows = file.units.filter { $0.kind == .function || $0.kind == .method }.map {
                Row(
                    name: $0.qualifiedName, line: $0.startLine, localOnly: $0.isLocalOnly,
                    heldBack: $0.isHeldBack)
            }
        }
        return Admission(
            path: path, admitted: decision.admitted, verdict: decision.verdict.rawValue,
            rule: decision.rule,
            origin: decision.line.map { "\(decision.origin.rawValue) line \($0)" }
                ?? decision.origin.rawValue,
            adapter: language?.name, parse: parse, functions: rows)
    }

    /// A path below the root, relative to it.
    static func relativePath(_ given: String, in workspace: Workspace) throws -> String {
        let absolute = PathName.absolute(given)
        let folder =
            PathName.resolved(PathName.parent(of: absolute)) ?? PathName.parent(of: absolute)
        let real = folder + "/" + PathName.last(of: absolute)
        guard real.hasPrefix(workspace.root + "/") else {
            throw PlainFailure(
                given, "is not inside \(workspace.root)",
                nextStep: "name a file of this working copy",
                exitStatus: .usage)
        }
        return String(real.dropFirst(workspace.root.count + 1))
    }
}
