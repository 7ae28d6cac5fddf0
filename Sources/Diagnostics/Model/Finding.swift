// One thing found wrong: a kind, the resources it was found on, and the proof.
//
// `Finding<Kind>` is what a check makes and what a repair is planned from; the kind is typed, so
// a `switch` over it is exhaustive. `AnyFinding` is the same in a report.

import Support

/// A finding of a known kind.
public struct Finding<Kind: FindingKind>: Codable, Hashable, Sendable {
    public let kind: Kind
    public let severity: Severity
    public let confidence: Confidence
    /// What was seen, one sentence with the values in it.
    public let symptom: String
    public let impact: String
    /// Why it is so, where that is known.
    public let cause: String?
    public let nextStep: String
    public let subjects: [Subject]
    public let evidence: [Evidence]

    /// - Parameters:
    ///   - raisedTo: a severity above the kind's; a lower one is ignored.
    ///   - impact: in place of the catalogue's, when this case can say it better.
    ///   - nextStep: in place of the catalogue's.
    public init(
        _ kind: Kind,
        symptom: String,
        on subjects: [Subject] = [],
        evidence: [Evidence] = [],
        cause: String? = nil,
        raisedTo severity: Severity = .info,
        confidence: Confidence = .confirmed,
        impact: String? = nil,
        nextStep: String? = nil
    ) {
        self.kind = kind
        self.severity = max(kind.severity, severity)
        self.confidence = confidence
        self.symptom = symptom
        self.impact = impact ?? kind.impact
        self.cause = cause
        self.nextStep = nextStep ?? kind.nextStep
        self.subjects = subjects
        self.evidence = evidence
    }

    public var code: String { kind.rawValue }
    public var fingerprint: Fingerprint { Fingerprint(code: code, subjects: subjects) }
}

/// The identity of a finding across runs: its code and what it is about.
///
/// No prose and no time goes in, therefore rewording a message or waiting a day changes nothing.
public struct Fingerprint: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// 16 hexadecimal digits.
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    /// The first 16 digits of SHA-256 over the code and the sorted, distinct subjects.
    public init(code: String, subjects: [Subject]) {
        var hasher = ContentHasher()
        hasher.update(code)
        let canonical = Set(subjects.map(\.canonical))
        for subject in canonical.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            hasher.update([0])
            hasher.update(subject)
        }
        rawValue = String(hasher.finish().hex.prefix(16))
    }

    public var description: String { rawValue }
}

extension Fingerprint: Comparable, Codable {
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    public init(from decoder: any Decoder) throws {
        rawValue = try decoder.singleValueContainer().decode(String.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}
