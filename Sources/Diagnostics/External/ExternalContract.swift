// What is said between us and a check that is a program of its own: one JSON object in, one out.
//
// The texts of a program are bounded and its names are held to the same form as ours, because
// they go into reports that others validate.

/// What a program is asked, on its standard input. The verb is also its first argument.
struct ExternalRequest: Encodable {
    enum Verb: String, Encodable { case describe, detect, plan }

    var schema = "aura.check-request"
    var version = 1
    let verb: Verb
    /// The folder of what is examined; nil for `describe`.
    var root: String?
    var depth: Depth?
    var deadlineMilliseconds: Int64?
    /// The finding to plan for.
    var finding: AnyFinding?

    private enum CodingKeys: String, CodingKey {
        case schema
        case version = "schema_version"
        case verb, root, depth
        case deadlineMilliseconds = "deadline_ms"
        case finding
    }
}

/// The answer to `describe`.
public struct ExternalDescription: Codable, Hashable, Sendable {
    /// The bucket: every code begins with it and a dot.
    public var name: String
    public var title: String?
    public var deadlineMilliseconds: Int64?
    public var processorMilliseconds: Int64?
    public var depth: Depth?
    public var codes: [Code]

    /// One entry of the program's catalogue.
    public struct Code: Codable, Hashable, Sendable {
        public var code: String
        public var severity: Severity
        public var dataAtStake: Bool?
        public var fix: FixClass?
        public var meaning: String
        public var impact: String
        public var nextStep: String

        private enum CodingKeys: String, CodingKey {
            case code, severity
            case dataAtStake = "data_at_stake"
            case fix, meaning, impact
            case nextStep = "next_step"
        }
    }

    private enum CodingKeys: String, CodingKey {
        case name, title
        case deadlineMilliseconds = "deadline_ms"
        case processorMilliseconds = "processor_ms"
        case depth, codes
    }

    /// A program that needs longer than this for one look is not a check.
    static let deadlineMax = Duration.seconds(30)

    var deadline: Duration {
        min(.milliseconds(max(1, deadlineMilliseconds ?? 2000)), Self.deadlineMax)
    }

    /// What is wrong with the description; nil when it can be used.
    ///
    /// - Parameter reserved: buckets of other checks.
    public func fault(reserved: Set<Bucket>) -> String? {
        guard ExternalText.isName(name) else {
            return "the name \"\(name)\" is not of the form lower-case-and-digits"
        }
        if reserved.contains(Bucket(rawValue: name)) { return "the name \(name) is taken" }
        if codes.isEmpty { return "it declares no code" }
        for code in codes {
            let rest = code.code.dropFirst(name.count + 1)
            guard code.code.hasPrefix(name + "."), ExternalText.isName(String(rest)) else {
                return "the code \"\(code.code)\" is not \(name).lower-case-and-digits"
            }
            if code.fix == .safe || code.fix == .consent {
                return
                    "\(code.code) says fix \(code.fix?.rawValue ?? ""); a third party's is manual or none"
            }
            if [code.meaning, code.impact, code.nextStep].contains("") {
                return "\(code.code) leaves its meaning, impact or next step empty"
            }
        }
        return Set(codes.map(\.code)).count == codes.count ? nil : "a code is declared twice"
    }
}

/// The answer to `detect`.
struct ExternalAnswer: Codable, Sendable {
    var witness: Witness?
    var detail: String?
    var findings: [Found]?
    var facts: [Evidence]?
    /// In place of the rest when the program could not look.
    var unavailable: Unavailable?

    struct Found: Codable, Sendable {
        var code: String
        var symptom: String
        var severity: Severity?
        var confidence: Confidence?
        var cause: String?
        var impact: String?
        var nextStep: String?
        var subjects: [Subject]?
        var evidence: [Evidence]?

        private enum CodingKeys: String, CodingKey {
            case code, symptom, severity, confidence, cause, impact
            case nextStep = "next_step"
            case subjects, evidence
        }
    }

    struct Unavailable: Codable, Sendable {
        var reason: String
        var nextStep: String

        private enum CodingKeys: String, CodingKey {
            case reason
            case nextStep = "next_step"
        }
    }

    /// What in the answer would make a report that its readers refuse.
    var fault: String? {
        let evidence = (facts ?? []) + (findings ?? []).flatMap { $0.evidence ?? [] }
        if let bad = evidence.first(where: { !ExternalText.isLabel($0.label) }) {
            return "the label \"\(bad.label)\" is not in snake case"
        }
        if (findings ?? []).contains(where: { $0.symptom.isEmpty }) { return "a symptom is empty" }
        if (findings ?? []).contains(where: { !$0.code.contains(/^[a-z][a-z0-9-]*\.[a-z0-9.-]+$/) })
        {
            return "a code is not of the form bucket.kebab-name"
        }
        return nil
    }
}

/// The answer to `plan`: what a person would do, in order.
struct ExternalPlan: Codable, Sendable {
    var steps: [String]
}

enum ExternalText {
    static func isName(_ text: String) -> Bool {
        text.count <= 40 && text.wholeMatch(of: /[a-z][a-z0-9-]*/) != nil
    }

    static func isLabel(_ text: String) -> Bool {
        text.count <= 60 && text.wholeMatch(of: /[a-z][a-z0-9_]*/) != nil
    }

    /// Cut where a person has long stopped reading.
    static func cut(_ text: String) -> String {
        text.count <= 1000 ? text : text.prefix(1000) + "…"
    }
}
