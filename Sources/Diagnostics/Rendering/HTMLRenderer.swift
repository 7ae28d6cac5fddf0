// The report as one page: no script, no font, no picture, nothing that is fetched. It may be
// mailed, attached to a ticket, opened ten years from now.

import Support

struct HTMLRenderer {
    let title: String
    let explainCommand: String

    func render(_ report: Report) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" \
        content="default-src 'none'; style-src 'unsafe-inline'">
        <title>\(Markup.line(title)): \(report.overall.rawValue)</title>
        <style>\(Self.style)</style>
        </head>
        <body>
        <h1>\(Markup.line(title)) \(badge(report.overall))</h1>
        <p class="next">\(Markup.line(report.nextStep))</p>
        \(table(report))
        \(leftOut(report))\(findings(report))
        <footer>\(footer(report))</footer>
        </body>
        </html>

        """
    }

    private func badge(_ state: State) -> String {
        "<span class=\"state \(state.rawValue.lowercased())\">\(state.rawValue)</span>"
    }

    private func table(_ report: Report) -> String {
        let rows = report.checks.map { row in
            """
            <tr><th scope="row">\(Markup.line(row.title))</th><td>\(badge(row.state))</td>\
            <td>\(Markup.line(row.detail))</td><td>\(Markup.line(row.nextStep ?? ""))</td></tr>
            """
        }
        return """
            <table>
            <thead><tr><th>Check</th><th>State</th><th>Seen</th><th>Next</th></tr></thead>
            <tbody>
            \(rows.joined(separator: "\n"))
            </tbody>
            </table>
            """
    }

    private func leftOut(_ report: Report) -> String {
        guard !report.notRun.isEmpty else { return "" }
        let items = report.notRun.map {
            "<li>\(Markup.line($0.check.rawValue)): \(Markup.line($0.because.rawValue))</li>"
        }
        return "<h2>Not run</h2>\n<ul>\(items.joined())</ul>\n"
    }

    private func findings(_ report: Report) -> String {
        guard !report.findings.isEmpty else { return "<p>No findings.</p>" }
        let blocks = report.findings.map { block($0) }.joined(separator: "\n")
        let hidden = report.findingCount - report.findings.count
        let more = hidden > 0 ? "\n<p>\(hidden) more are counted, not listed.</p>" : ""
        return "<h2>Findings</h2>\n" + blocks + more
    }

    private func block(_ finding: AnyFinding) -> String {
        var fields = [
            ("Seen", finding.symptom), ("Impact", finding.impact), ("Next", finding.nextStep),
        ]
        if let cause = finding.cause { fields.insert(("Cause", cause), at: 1) }
        if let root = finding.explainedBy { fields.append(("Caused by", root)) }
        if let since = finding.since { fields.append(("Since", since)) }
        if let note = finding.acknowledged {
            fields.append(
                ("Acknowledged", "until \(note.until.timestamp.iso8601): \(note.reason)"))
        }
        fields += finding.subjects.map { ("On \($0.kind)", $0.text) }
        fields += finding.evidence.map { ($0.label, $0.value.text) }
        fields.append(("Explain", "\(explainCommand) \(finding.code)"))
        let list = fields.map { "<dt>\(Markup.line($0))</dt><dd>\(Markup.line($1))</dd>" }
        let danger = finding.dataAtStake ? ", data at stake" : ""
        let doubt = finding.confidence == .suspected ? ", suspected" : ""
        let muted = finding.acknowledged == nil ? "" : " acknowledged"
        return """
            <section id="\(finding.fingerprint.rawValue)" \
            class="\(finding.severity.rawValue)\(muted)">
            <h3>\(Markup.line(finding.code)) <small>\(finding.severity.rawValue)\(danger)\(doubt)\
            </small></h3>
            <dl>\(list.joined())</dl>
            </section>
            """
    }

    private func footer(_ report: Report) -> String {
        let took = report.durationMilliseconds.map { " in \(Duration.milliseconds($0).brief)" }
        return Markup.line(
            "\(report.system), \(report.profile), examined \(report.started.timestamp.iso8601)"
                + "\(took ?? "") by version \(report.toolVersion), rules "
                + report.rulesetDigest.short)
    }

    private static let style = """
        :root{color-scheme:light dark}
        body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
        table{border-collapse:collapse;width:100%}
        th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #8884;vertical-align:top}
        .state{padding:.1rem .5rem;border-radius:.3rem;color:#fff;font-size:.8em}
        .ok{background:#1a7f37}.warn .state,.state.warn{background:#9a6700}
        .state.fail{background:#cf222e}.state.unknown{background:#8250df}
        .state.skip{background:#57606a}
        section{border-left:.3rem solid #57606a;padding:.1rem 1rem;margin:1rem 0}
        section.fail{border-color:#cf222e}section.warn{border-color:#9a6700}
        .acknowledged{opacity:.6}
        dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem}
        dt{color:#57606a}dd{margin:0;overflow-wrap:anywhere}
        footer{margin-top:2rem;color:#57606a;font-size:.85em}
        """
}
