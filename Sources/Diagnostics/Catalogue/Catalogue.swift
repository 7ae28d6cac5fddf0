// Everything that can be found, in one list without types: for listing, for explaining, for the
// tests that hold documentation and code together.

import Support

/// The catalogue of a set of checks, the framework's own kinds included.
public struct Catalogue: Sendable {
    /// One kind of finding.
    public struct Entry: Codable, Hashable, Sendable {
        public let code: String
        public let severity: Severity
        public let dataAtStake: Bool
        public let fix: FixClass
        public let lossy: Bool
        public let meaning: String
        public let impact: String
        public let nextStep: String
        /// Codes and globs of the symptoms it causes.
        public let explains: [String]

        public init(_ kind: some FindingKind) {
            code = kind.rawValue
            severity = kind.severity
            dataAtStake = kind.dataAtStake
            fix = kind.fix
            lossy = kind.lossy
            meaning = kind.meaning
            impact = kind.impact
            nextStep = kind.nextStep
            explains = kind.explains
        }

        public var bucket: Bucket { Bucket(of: code) }

        /// The line under a code's heading in its runbook: `fail, data at stake · consent, lossy`.
        public var classLine: String {
            severity.rawValue + (dataAtStake ? ", data at stake" : "") + " · " + fix.rawValue
                + (lossy ? ", lossy" : "")
        }

        private enum CodingKeys: String, CodingKey {
            case code, severity
            case dataAtStake = "data_at_stake"
            case fix, lossy, meaning, impact
            case nextStep = "next_step"
            case explains
        }
    }

    /// In the order of the checks, then of the cases.
    public let entries: [Entry]
    private let byCode: [String: Entry]

    public init<System: Sendable>(of checks: [any Check<System>]) {
        self.init(entries: checks.flatMap { $0.entries })
    }

    /// The framework's own kinds are added when they are not in the list.
    public init(kinds: [any FindingKind.Type]) {
        self.init(entries: kinds.flatMap { Self.entries(of: $0) })
    }

    private init(entries: [Entry]) {
        var entries = entries
        if !entries.contains(where: { $0.bucket == DoctorFinding.bucket }) {
            entries += Self.entries(of: DoctorFinding.self)
        }
        self.entries = entries
        byCode = Dictionary(entries.map { ($0.code, $0) }, uniquingKeysWith: { first, _ in first })
    }

    public subscript(code: String) -> Entry? { byCode[code] }

    public var buckets: [Bucket] {
        var seen: Set<Bucket> = []
        return entries.map(\.bucket).filter { seen.insert($0).inserted }
    }

    /// Codes that two kinds claim, and codes outside of their bucket. Empty in a sound catalogue.
    public var faults: [String] {
        var seen: Set<String> = []
        return entries.compactMap { entry in
            if !seen.insert(entry.code).inserted { return "\(entry.code) is declared twice" }
            let name = entry.code.dropFirst(entry.bucket.rawValue.count + 1)
            let isKebab =
                !name.isEmpty && name.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "-" }
            return isKebab ? nil : "\(entry.code) is not of the form bucket.kebab-name"
        }
    }

    /// Changes when any rule changes; two reports with one digest were made by the same rules.
    public var digest: ContentDigest {
        var hasher = ContentHasher()
        for entry in entries.sorted(by: { $0.code < $1.code }) {
            let fields =
                [entry.code, entry.classLine, entry.meaning, entry.impact, entry.nextStep]
                + entry.explains
            hasher.update(fields.joined(separator: "\u{1f}") + "\u{1e}")
        }
        return hasher.finish()
    }

    static func entries<Kind: FindingKind>(of kind: Kind.Type) -> [Entry] {
        kind.allCases.map { Entry($0) }
    }
}
