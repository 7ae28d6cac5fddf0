// One finding in full, with its evidence: for a person who asked about this one.

import Support

/// Writes one finding as a block of text.
public enum FindingText {
    /// Lines, each ended by a newline.
    ///
    /// - Parameter isPresent: false for one that was seen before and is gone.
    public static func block(_ finding: AnyFinding, isPresent: Bool) -> String {
        let danger = finding.dataAtStake ? ", data at stake" : ""
        let doubt = finding.confidence == .suspected ? ", suspected" : ""
        var fields = [
            ("finding", finding.fingerprint.rawValue), ("seen", finding.symptom),
            ("impact", finding.impact), ("next", finding.nextStep),
        ]
        if let cause = finding.cause { fields.insert(("cause", cause), at: 2) }
        if let root = finding.explainedBy { fields.append(("root", root)) }
        if let since = finding.since { fields.append(("since", since)) }
        if let note = finding.acknowledged {
            fields.append(("acked", "until \(note.until.timestamp.iso8601): \(note.reason)"))
        }
        fields += finding.subjects.map { ("on", "\($0.kind) \($0.text)") }
        fields += finding.evidence.map { ("proof", "\($0.label) = \($0.value.text)") }
        let state = isPresent ? "" : ", no longer there"
        let head = "  \(finding.code)  (\(finding.severity.rawValue)\(danger)\(doubt)\(state))"
        let lines = fields.map { name, value in
            "      " + Printable.padded("\(name):", to: 10) + Printable.line(value)
        }
        return ([head] + lines).map { $0 + "\n" }.joined()
    }
}
