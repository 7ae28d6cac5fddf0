// A difference and a comparison for people.

import Support

extension ReportDiff {
    /// Lines, each ended by a newline.
    public var text: String {
        var lines = [
            "  from \(from.started.timestamp.iso8601) (\(from.overall.rawValue)) "
                + "to \(to.started.timestamp.iso8601) (\(to.overall.rawValue))"
        ]
        if reportCount > 2 { lines[0] += ", \(reportCount) reports" }
        let groups: [(String, [Change])] = [
            ("new", new), ("regressed", regressed), ("flapping", flapping), ("fixed", fixed),
            ("lost sight of", lostSight), ("remaining", remaining),
        ]
        for (name, changes) in groups where !changes.isEmpty {
            lines += ["", "  \(name):"] + changes.map(Self.line)
        }
        if !lostChecks.isEmpty {
            lines += [
                "", "  no answer any more: " + lostChecks.map(\.rawValue).joined(separator: ", "),
            ]
        }
        if rules.changed {
            let codes = rules.codes.isEmpty ? "" : ": " + rules.codes.joined(separator: ", ")
            lines += ["", "  the rules changed" + codes]
        }
        if lines.count == 1 { lines += ["", "  nothing changed"] }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func line(_ change: Change) -> String {
        "      \(change.code)  (\(change.severity.rawValue))  \(Printable.line(change.symptom))"
    }
}

extension TwoSidedComparison {
    /// Lines, each ended by a newline.
    public var text: String {
        var lines = ["  verdict: \(verdict.words)"]
        lines += reasons.map { "      \(Printable.line($0))" }
        if let skew = clockSkew { lines += ["", "  clocks: \(skew.words)"] }
        return lines.map { $0 + "\n" }.joined()
    }
}
