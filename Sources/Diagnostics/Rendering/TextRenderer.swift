// The report for people: a line per check, the overall state with one next step, then the
// findings that stand for themselves, each with what it causes.
//
// The form of the lines is a contract with everyone who pipes them through grep: two spaces, the
// name padded to 16 columns, the state padded to 6, the detail in brackets.

import Support

/// Writes a report for people.
public struct TextRenderer: Sendable {
    let title: String
    private let order: [Bucket]
    let explainCommand: String
    private let listsHealthy: Bool
    private let colour: Bool

    /// - Parameters:
    ///   - title: the first line.
    ///   - order: checks whose line is always printed, in this order; others follow in the
    ///     report's order, and only when they are not OK.
    ///   - listsHealthy: others have their line when they are OK as well. For whoever named checks.
    ///   - explainCommand: what to type in front of a code to read its page.
    ///   - colour: use ANSI colours; the caller knows whether the output is a terminal.
    public init(
        title: String, order: [Bucket], explainCommand: String, listsHealthy: Bool = false,
        colour: Bool = false
    ) {
        self.title = title
        self.order = order
        self.listsHealthy = listsHealthy
        self.explainCommand = explainCommand
        self.colour = colour
    }

    /// Lines, each ended by a newline.
    public func render(_ report: Report) -> String {
        let head = ["  \(title)", "  " + String(repeating: "─", count: title.count)]
        let lines =
            head + rows(of: report) + ["", overall(of: report)] + blocks(of: report)
            + leftOut(of: report) + changes(of: report)
        return lines.map { $0 + "\n" }.joined()
    }

    private func rows(of report: Report) -> [String] {
        let always = order.map { bucket in
            let rows = report.checks.filter { $0.check == bucket }
            if rows.isEmpty { return [lineOfMissing(bucket, in: report)] }
            return rows.map(line)
        }
        let others = report.checks.filter {
            !order.contains($0.check) && ($0.state != .ok || listsHealthy)
        }
        return always.flatMap { $0 } + others.map(line)
    }

    private func lineOfMissing(_ bucket: Bucket, in report: Report) -> String {
        let reason = report.notRun.first { $0.check == bucket }?.because ?? .notSelected
        return line(bucket.rawValue, .skip, reason.rawValue)
    }

    private func line(_ row: CheckResult) -> String { line(row.title, row.state, row.detail) }

    private func line(_ name: String, _ state: State, _ detail: String) -> String {
        let words = detail.isEmpty ? "" : "(\(Printable.line(detail)))"
        let padding = String(repeating: " ", count: max(2, 6 - state.rawValue.count))
        let name = Printable.padded("\(Printable.line(name)):", to: 16)
        return "  " + name + painted(state) + (words.isEmpty ? "" : padding + words)
    }

    private func overall(of report: Report) -> String {
        let hint = hint(for: report)
        return "  overall: " + painted(report.overall) + (hint.isEmpty ? "" : " — \(hint)")
    }

    /// The next step; of a state that decides nothing, why it does not.
    private func hint(for report: Report) -> String {
        let serious = report.findings.filter { $0.severity != .info }
        let isAcknowledged =
            report.exitCode == 0 && !serious.isEmpty
            && serious.allSatisfy { $0.acknowledged != nil }
        if report.overall != .ok {
            return isAcknowledged
                ? "acknowledged, and nothing else is wrong" : Printable.line(report.nextStep)
        }
        let leftOut = report.notRun.count { $0.because == .overBudget }
        guard leftOut > 0 else { return "" }
        return
            "of what was examined: \(leftOut) of \(leftOut + report.checks.count) checks did not fit "
            + "the budget"
    }

    private func painted(_ state: State) -> String {
        guard colour else { return state.rawValue }
        let code =
            switch state {
            case .ok: 32
            case .warn: 33
            case .fail: 31
            case .unknown: 35
            case .skip: 2
            }
        return "\u{1B}[\(code)m\(state.rawValue)\u{1B}[0m"
    }
}

extension TextRenderer {
    /// Findings printed in full; a person reads no further, JSON has them all.
    private static let blockCountMax = 20
    /// Findings of one code printed in full; of more of them their symptoms.
    private static let likeCountMax = 3
    /// Lines of symptoms beneath one cause.
    private static let symptomCountMax = 10

    private func blocks(of report: Report) -> [String] {
        let roots = report.rootFindings
        var lines: [String] = []
        var shown: [String: Int] = [:]
        for finding in roots.prefix(Self.blockCountMax) {
            // What to do is the same; where it is differs.
            let isLikeThose = shown[finding.code, default: 0] >= Self.likeCountMax
            shown[finding.code, default: 0] += 1
            lines += isLikeThose ? [field("also", finding.symptom)] : block(finding, in: report)
        }
        let hidden =
            max(0, roots.count - Self.blockCountMax) + report.findingCount - report.findings.count
        guard hidden > 0 else { return lines }
        return lines + ["", "  and \(hidden) more findings; the JSON report counts them all"]
    }

    private func block(_ finding: AnyFinding, in report: Report) -> [String] {
        let danger = finding.dataAtStake ? ", data at stake" : ""
        let doubt = finding.confidence == .suspected ? ", suspected" : ""
        let note = finding.acknowledged.map {
            field("acked", "until \($0.until.timestamp.iso8601): \($0.reason)")
        }
        let head = "  \(finding.code)  (\(finding.severity.rawValue)\(danger)\(doubt))"
        return ["", head, field("seen", finding.symptom)]
            + (finding.cause.map { [field("cause", $0)] } ?? [])
            + [field("impact", finding.impact), field("next", finding.nextStep)]
            + (finding.since.map { [field("since", $0)] } ?? [])
            + (note.map { [$0] } ?? [])
            // Behind the sign of a comment, so that the line can be typed as it stands.
            + [field("explain", "\(explainCommand) \(finding.code)  # \(finding.fingerprint)")]
            + symptoms(of: finding, in: report)
    }

    /// The symptoms hang under the first finding of a code; one code, one explanation.
    private func symptoms(of cause: AnyFinding, in report: Report) -> [String] {
        guard report.findings.first(where: { $0.code == cause.code }) == cause else { return [] }
        let folded = report.findings.filter {
            $0.explainedBy != nil && report.root(of: $0).code == cause.code
        }
        let lines = folded.prefix(Self.symptomCountMax).map {
            field("causes", "\($0.code): \($0.symptom)")
        }
        let rest = folded.count - lines.count
        return lines + (rest > 0 ? [field("causes", "and \(rest) more")] : [])
            + gain(of: cause, over: folded.count, in: report)
    }

    /// How much a repair of the cause clears, where there are symptoms and the doctor may repair it. Those
    /// of its code count too: their symptoms are gone once all of them are.
    private func gain(
        of cause: AnyFinding, over symptomCount: Int, in report: Report
    ) -> [String] {
        guard symptomCount > 0, cause.fix == .safe || cause.fix == .consent,
            cause.confidence == .confirmed, cause.acknowledged == nil
        else { return [] }
        let count = report.findings.count { $0.code == cause.code } + symptomCount
        return [field("repair", "repairing this clears \(count) findings")]
    }

    /// Checks that have no line and were left out for another reason than not being asked for.
    private func leftOut(of report: Report) -> [String] {
        let reasons = NotRun.Reason.allCases.filter { $0 != .notSelected }
        let lines = reasons.compactMap { reason -> String? in
            let names = report.notRun.filter { $0.because == reason }.map(\.check.rawValue)
            return names.isEmpty
                ? nil : "  left out: \(names.joined(separator: ", ")) (\(reason.rawValue))"
        }
        return lines.isEmpty ? [] : [""] + lines
    }

    private func changes(of report: Report) -> [String] {
        guard let changes = report.changes else { return [] }
        let new = report.findings.filter { changes.new.contains($0.fingerprint) }
        let lines =
            new.map { field("new", "\($0.code): \($0.symptom)") }
            + changes.gone.map {
                field("gone", "\($0.code): \($0.symptom) (\($0.goneAt.timestamp.iso8601))")
            }
        return ["", "  since \(changes.since.timestamp.iso8601):"]
            + (lines.isEmpty ? [field("same", "nothing came and nothing went")] : lines)
    }

    private func field(_ name: String, _ value: String) -> String {
        "      " + Printable.padded("\(name):", to: 10) + Printable.line(value)
    }
}
