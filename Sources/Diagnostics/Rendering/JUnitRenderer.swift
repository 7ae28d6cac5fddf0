// The report for build servers: a test case per check.
//
// A finding at or above the severity that decides the exit code fails its case; below it, or
// acknowledged, it is written into the case's output. A check without an answer is an error, one
// that rests on a failed check or was left out is skipped.

import Support

struct JUnitRenderer {
    let failOn: Severity

    func render(_ report: Report) -> String {
        let cases = report.checks.map { testCase($0, in: report) }
        let left = report.notRun.map { skippedCase($0, in: report) }
        let all = cases + left
        let seconds = Self.seconds(report.durationMilliseconds)
        let counts =
            "tests=\"\(all.count)\" failures=\"\(all.count { $0.result == .failure })\" "
            + "errors=\"\(all.count { $0.result == .error })\" "
            + "skipped=\"\(all.count { $0.result == .skipped })\" time=\"\(seconds)\""
        let name = Markup.line(report.system)
        // The format's times have no zone and no fraction.
        let stamp = report.started.timestamp.iso8601.prefix(19)
        let properties = [
            ("tool_version", report.toolVersion), ("ruleset_digest", report.rulesetDigest.hex),
            ("overall", report.overall.rawValue), ("next_step", report.nextStep),
        ].map { "      <property name=\"\($0)\" value=\"\(Markup.line($1))\"/>\n" }.joined()
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites name="\(name)" \(counts)>
              <testsuite name="\(Markup.line(report.profile))" \(counts) timestamp="\(stamp)">
                <properties>
            \(properties)    </properties>
            \(all.map(\.text).joined())  </testsuite>
            </testsuites>

            """
    }

    private enum Result { case passed, failure, error, skipped }

    private struct Case {
        let result: Result
        let text: String
    }

    private func testCase(_ row: CheckResult, in report: Report) -> Case {
        let findings = report.findings(of: row)
        let failing = findings.filter { $0.decides(from: failOn) }
        let rest = findings.filter { !failing.contains($0) }
        var body = ""
        var result = Result.passed
        if let worst = failing.first {
            result = .failure
            body += element(
                "failure", message: "\(worst.code): \(worst.symptom)", type: worst.code,
                failing.map(Self.block).joined(separator: "\n"))
        } else if row.status == .skipped {
            result = .skipped
            body += "      <skipped message=\"\(Markup.line(row.detail))\"/>\n"
        } else if row.state == .unknown {
            result = .error
            body += element(
                "error", message: row.detail, type: row.status.rawValue, row.nextStep ?? "")
        }
        if !rest.isEmpty {
            let text = rest.map(Self.block).joined(separator: "\n")
            body += "      <system-out>\(Markup.escaped(text))</system-out>\n"
        }
        return Case(
            result: result,
            text: """
                    <testcase classname="\(Markup.line(report.profile))" \
                name="\(Markup.line(row.title))" time="\(Self.seconds(row.durationMilliseconds))">
                \(body)    </testcase>

                """)
    }

    private func skippedCase(_ left: NotRun, in report: Report) -> Case {
        Case(
            result: .skipped,
            text: """
                    <testcase classname="\(Markup.line(report.profile))" \
                name="\(Markup.line(left.check.rawValue))" time="0">
                      <skipped message="\(Markup.line(left.because.rawValue))"/>
                    </testcase>

                """)
    }

    private func element(
        _ name: String, message: String, type: String, _ text: String
    ) -> String {
        "      <\(name) message=\"\(Markup.line(message))\" type=\"\(Markup.line(type))\">"
            + "\(Markup.escaped(text))</\(name)>\n"
    }

    private static func block(_ finding: AnyFinding) -> String {
        var lines = [
            "\(finding.code) (\(finding.severity.rawValue)) \(finding.fingerprint)",
            "  seen: \(finding.symptom)", "  impact: \(finding.impact)",
            "  next: \(finding.nextStep)",
        ]
        if let note = finding.acknowledged {
            lines.append("  acknowledged until \(note.until.timestamp.iso8601): \(note.reason)")
        }
        return lines.map(Printable.line).joined(separator: "\n")
    }

    /// Seconds with three digits; 0 when it was not measured.
    private static func seconds(_ milliseconds: Int64?) -> String {
        let value = milliseconds ?? 0
        let digits = String(value % 1000)
        return "\(value / 1000)." + String(repeating: "0", count: 3 - digits.count) + digits
    }
}
