// A finding in a report: everything a reader needs, with no type of any check.

import Support

/// A finding whose kind is reduced to its catalogue values.
public struct AnyFinding: Codable, Hashable, Sendable {
    public let code: String
    public let fingerprint: Fingerprint
    public internal(set) var severity: Severity
    public let dataAtStake: Bool
    public let confidence: Confidence
    public let fix: FixClass
    public let lossy: Bool
    public let meaning: String
    public internal(set) var symptom: String
    public internal(set) var impact: String
    public let cause: String?
    public internal(set) var nextStep: String
    public let subjects: [Subject]
    public let evidence: [Evidence]
    /// Codes of the findings in the same report that this one causes.
    public internal(set) var explains: [String] = []
    /// Code of the finding in the same report that causes this one.
    public internal(set) var explainedBy: String?
    /// The first time ever; a finding that went and came back has ``cameBack`` as well.
    public internal(set) var firstSeen: UTCTime?
    /// Begin of the present time; nil for one that was never gone.
    public internal(set) var cameBack: UTCTime?
    public internal(set) var acknowledged: Acknowledgement?

    public init(_ finding: Finding<some FindingKind>) {
        code = finding.code
        fingerprint = finding.fingerprint
        severity = finding.severity
        dataAtStake = finding.kind.dataAtStake
        confidence = finding.confidence
        fix = finding.kind.fix
        lossy = finding.kind.lossy
        meaning = finding.kind.meaning
        symptom = finding.symptom
        impact = finding.impact
        cause = finding.cause
        nextStep = finding.nextStep
        subjects = finding.subjects
        evidence = finding.evidence
    }

    public var bucket: Bucket { Bucket(of: code) }

    private enum CodingKeys: String, CodingKey {
        case code, fingerprint, severity
        case dataAtStake = "data_at_stake"
        case confidence, fix, lossy, meaning, symptom, impact, cause
        case nextStep = "next_step"
        case subjects, evidence, explains
        case explainedBy = "explained_by"
        case firstSeen = "first_seen"
        case cameBack = "came_back"
        case acknowledged
    }
}

extension AnyFinding {
    /// Worst first, then by code and fingerprint: equal states give equal reports. What an earlier
    /// repair could not do helps less than what is wrong now, so it comes last of its severity.
    public static func precedes(_ left: AnyFinding, _ right: AnyFinding) -> Bool {
        if left.severity != right.severity { return left.severity > right.severity }
        if left.dataAtStake != right.dataAtStake { return left.dataAtStake }
        let isPast = [left, right].map { $0.code == DoctorFinding.verifyFailed.rawValue }
        if isPast[0] != isPast[1] { return isPast[1] }
        if left.code != right.code { return left.code < right.code }
        return left.fingerprint < right.fingerprint
    }

    /// Since when it is there, in words; nil where nothing is remembered of it.
    var since: String? {
        guard let firstSeen else { return nil }
        let first = firstSeen.timestamp.iso8601
        return cameBack.map { "\($0.timestamp.iso8601), again; the first time \(first)" } ?? first
    }
}

/// A person said: seen, leave it until then.
public struct Acknowledgement: Codable, Hashable, Sendable {
    public let until: UTCTime
    public let reason: String

    public init(until: Timestamp, reason: String) {
        self.until = UTCTime(until)
        self.reason = reason
    }
}

/// What earlier runs remember of findings, by fingerprint. Kept by the caller, outside of what is
/// examined: an examination itself writes nothing.
public struct FindingMemory: Sendable {
    public var firstSeen: [Fingerprint: Timestamp]
    /// Since when those that had gone are there again.
    public var cameBack: [Fingerprint: Timestamp]
    /// Seen before, and not the last time anybody looked.
    public var gone: Set<Fingerprint>
    public var acknowledged: [Fingerprint: Acknowledgement]
    /// How bad each was when a person left it; nothing for a note of an older release.
    public var acknowledgedAs: [Fingerprint: Severity] = [:]

    public init(
        firstSeen: [Fingerprint: Timestamp] = [:], cameBack: [Fingerprint: Timestamp] = [:],
        gone: Set<Fingerprint> = [], acknowledged: [Fingerprint: Acknowledgement] = [:]
    ) {
        self.firstSeen = firstSeen
        self.cameBack = cameBack
        self.gone = gone
        self.acknowledged = acknowledged
    }

    /// The finding with what is remembered of it. An acknowledgement that lapsed counts no more, and
    /// neither does one of a finding that has become worse since: that is not what the person saw.
    func annotated(_ finding: AnyFinding, at now: Timestamp) -> AnyFinding {
        var annotated = finding
        annotated.firstSeen = firstSeen[finding.fingerprint].map(UTCTime.init)
        let back = gone.contains(finding.fingerprint) ? now : cameBack[finding.fingerprint]
        annotated.cameBack = back.map(UTCTime.init)
        if let note = acknowledged[finding.fingerprint], now < note.until.timestamp,
            finding.severity <= acknowledgedAs[finding.fingerprint] ?? .fail
        {
            annotated.acknowledged = note
        }
        return annotated
    }
}
