// The rules a filter is made of, and the ones every working copy has.

import LiveProtocol

/// Where a rule comes from.
public enum RuleOrigin: String, Hashable, Codable, Sendable {
    /// Built in.
    case builtIn = "default"
    /// Written in the settings file.
    case settings = "live.toml"
}

/// What a filter says about one path.
public struct SelectiveDecision: Hashable, Sendable {
    /// Whether a path takes part, and how.
    public enum Verdict: String, Hashable, Codable, Sendable {
        case included
        /// Included to travel whole, because it has no grammar.
        case wholeFile
        case excluded
        /// No include matches.
        case notIncluded
        /// git ignores it.
        case gitIgnored
        /// It lies in a clone, a worktree or a submodule.
        case otherRepository
    }

    public let verdict: Verdict
    /// The deciding rule as it was written.
    public let rule: String
    public let origin: RuleOrigin
    /// The rule's line in the settings file; nil for a built-in rule.
    public let line: Int?

    public init(verdict: Verdict, rule: String, origin: RuleOrigin, line: Int? = nil) {
        self.verdict = verdict
        self.rule = rule
        self.origin = origin
        self.line = line
    }

    /// True when the file takes part.
    public var admitted: Bool { verdict == .included || verdict == .wholeFile }
}

/// The rules that hold without being written.
public enum BuiltInRules {
    /// Never part of sync, whatever is included.
    static let always = [".git", ".aura", "\(TreePath.temporaryPrefix)*"]

    /// Folders of build output and vendored code, and names of generated files.
    ///
    /// One of these yields to an include in the settings file that names it: with
    /// `include = ["vendor/ours/**"]` the folder `vendor/` no longer shuts those files out.
    public static let exclude = [
        "node_modules/", "bower_components/", ".build/", "DerivedData/", "target/", "dist/",
        "build/", "out/", "vendor/", "third_party/", "Pods/", "Carthage/", ".gradle/", ".venv/",
        "venv/", "__pycache__/", ".tox/", ".mypy_cache/", ".pytest_cache/", ".next/", ".nuxt/",
        "coverage/", ".hg/", ".svn/", ".jj/", "*.min.js", "*.pb.go", "*.pb.swift", "*.pb.h",
        "*.pb.cc", "*_pb2.py", "*.generated.*",
    ]

    /// Name endings of the languages that are taken apart into functions.
    public static let codeExtensions: Set<String> = [
        "bash", "c", "cc", "cjs", "cpp", "cs", "cts", "cxx", "go", "h", "hh", "hpp", "hxx",
        "java", "js", "jsx", "kt", "kts", "lua", "mjs", "mts", "php", "py", "pyi", "rb", "rs",
        "sc", "scala", "sh", "swift", "ts", "tsx",
    ]
}
