// The report for monitoring hosts: one line, performance data behind the bar, four exit codes
// (Monitoring Plugins Development Guidelines, "Plugin Output" and "Plugin Return Codes").

import Support

struct NagiosRenderer {
    let title: String
    let failOn: Severity

    enum ServiceState: Int32 {
        case ok = 0
        case warning = 1
        case critical = 2
        case unknown = 3

        var word: String {
            switch self {
            case .ok: "OK"
            case .warning: "WARNING"
            case .critical: "CRITICAL"
            case .unknown: "UNKNOWN"
            }
        }
    }

    /// What decides is what decides the exit code everywhere else; how bad it is tells the two
    /// kinds of trouble apart.
    func status(of report: Report) -> ServiceState {
        let deciding = report.findings.filter { $0.decides(from: failOn) }.map(\.severity).max()
        switch (deciding, report.exitStatus) {
        case (.fail, _): return .critical
        case (.warn, _), (.info, _): return .warning
        case (nil, .success): return .ok
        case (nil, .findings): return .warning
        case (nil, _): return .unknown
        }
    }

    func render(_ report: Report) -> String {
        let state = status(of: report)
        let head = "\(title.uppercased()) \(state.word) - "
        return head + words(of: report, state) + " | " + performance(of: report) + "\n"
    }

    private func words(of report: Report, _ state: ServiceState) -> String {
        if state == .ok {
            let left = report.rootFindings.count { $0.acknowledged != nil && $0.severity != .info }
            let rest = left > 0 ? "\(left) acknowledged, nothing else to do" : "nothing to do"
            return Self.plain("\(report.checks.count) checks, \(rest)")
        }
        let deciding = report.findings.filter { $0.decides(from: failOn) }
        // Under a cause that decides nothing the symptoms are what decides.
        let own = deciding.filter { $0.explainedBy == nil }
        let roots = own.isEmpty ? deciding : own
        let named = roots.prefix(3).map { "\($0.code): \($0.symptom)" }
        let silent = report.checks.filter { $0.status.isUndetermined }
            .prefix(3).map { "\($0.title): \($0.detail)" }
        let reasons = named.isEmpty ? silent : named
        let more = roots.count - named.count
        return Self.plain(
            reasons.joined(separator: "; ") + (more > 0 ? "; and \(more) more" : "")
                + "; \(report.nextStep)")
    }

    private func performance(of report: Report) -> String {
        let counts = Severity.allCases.reversed().map { severity in
            "\(severity.rawValue)="
                + "\(report.findings.count { $0.severity == severity && $0.acknowledged == nil })"
        }
        let silent = report.checks.count { $0.status.isUndetermined }
        let took = Double(report.durationMilliseconds ?? 0) / 1000
        return (counts + ["undetermined=\(silent)", "time=\(took)s"]).joined(separator: " ")
    }

    /// One line without the bar, which begins the performance data.
    private static func plain(_ text: String) -> String {
        Printable.line(text).replacing("|", with: "/")
    }
}
