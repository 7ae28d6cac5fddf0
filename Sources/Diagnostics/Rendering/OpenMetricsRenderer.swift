// The report for Prometheus and its relatives: gauges in the OpenMetrics text form.
//
// Only gauges are used, so that the older Prometheus text readers take the same bytes. Labels are
// bounded: checks, states and codes of the catalogue, never a path or a name.

import Support

struct OpenMetricsRenderer {
    func render(_ report: Report) -> String {
        families(of: report).map(\.text).joined() + "# EOF\n"
    }

    private func families(of report: Report) -> [Family] {
        ofTheRun(report) + ofChecks(report) + [
            Family(
                "not_run", "1 for a check that was left out",
                report.notRun.map {
                    Sample(["check": $0.check.rawValue, "because": $0.because.rawValue], 1)
                }),
            Family("findings", "findings by code", findings(of: report)),
        ]
    }

    private func ofTheRun(_ report: Report) -> [Family] {
        let tool = ["version": report.toolVersion, "profile": report.profile]
        let started = Double(report.started.timestamp.rawValue) / 1000
        let duration = Double(report.durationMilliseconds ?? 0) / 1000
        return [
            Family("tool", "1, with the version of what made the report", [Sample(tool, 1)]),
            Family(
                "started_timestamp_seconds", "when the examination began", [Sample([:], started)]),
            Family("duration_seconds", "how long the examination took", [Sample([:], duration)]),
            Family(
                "exit_code", "0 healthy, 1 findings, 2 not determinable",
                [Sample([:], Double(report.exitCode))]),
            Family(
                "overall", "1 for the overall state",
                State.allCases.map {
                    Sample(["state": $0.rawValue], report.overall == $0 ? 1 : 0)
                }),
        ]
    }

    private func ofChecks(_ report: Report) -> [Family] {
        let statuses = report.checks.flatMap { row in
            Status.allCases.map {
                Sample(
                    ["check": row.check.rawValue, "status": $0.rawValue], row.status == $0 ? 1 : 0)
            }
        }
        let durations = report.checks.compactMap { row in
            row.durationMilliseconds.map {
                Sample(["check": row.check.rawValue], Double($0) / 1000)
            }
        }
        let examined = report.checks.compactMap { row in
            row.witness.map {
                Sample(["check": row.check.rawValue, "unit": $0.unit], Double($0.examined))
            }
        }
        return [
            Family("check_status", "1 for the status of a check", statuses),
            Family("check_duration_seconds", "how long a check took", durations),
            Family("check_examined", "how many things a check looked at", examined),
            Family("check_fact", "what a check measured, in base units", facts(of: report)),
        ]
    }

    private func findings(of report: Report) -> [Sample] {
        struct Key: Hashable {
            let code: String
            let severity: Severity
            let isAcknowledged: Bool
        }
        let counts = Dictionary(
            report.findings.map {
                (
                    Key(
                        code: $0.code, severity: $0.severity,
                        isAcknowledged: $0.acknowledged != nil), 1.0
                )
            }, uniquingKeysWith: +)
        return counts.map { key, count in
            Sample(
                [
                    "code": key.code, "severity": key.severity.rawValue,
                    "acknowledged": key.isAcknowledged ? "yes" : "no",
                ], count)
        }.sorted { $0.text < $1.text }
    }

    private func facts(of report: Report) -> [Sample] {
        report.checks.flatMap { row in
            (row.facts ?? []).compactMap { fact in
                fact.value.inBaseUnits.map { value, unit in
                    Sample(
                        ["check": row.check.rawValue, "fact": fact.label, "unit": unit], value)
                }
            }
        }
    }
}

extension EvidenceValue {
    /// The number and its unit: seconds, bytes or 1; nil for what is no number.
    var inBaseUnits: (value: Double, unit: String)? {
        switch self {
        case .count(let value): (Double(value), "1")
        case .bytes(let value): (Double(value), "bytes")
        case .duration(let value): (value.seconds, "seconds")
        case .time(let value): (Double(value.rawValue) / 1000, "timestamp_seconds")
        case .flag(let value): (value ? 1 : 0, "1")
        case .digest, .text: nil
        }
    }
}

/// A metric with its samples; one without samples is left out.
private struct Family {
    let name: String
    let help: String
    let samples: [Sample]

    init(_ name: String, _ help: String, _ samples: [Sample]) {
        self.name = "aura_doctor_" + name
        self.help = help
        self.samples = samples
    }

    var text: String {
        guard !samples.isEmpty else { return "" }
        return "# HELP \(name) \(help)\n# TYPE \(name) gauge\n"
            + samples.map { "\(name)\($0.text)\n" }.joined()
    }
}

private struct Sample {
    let labels: [String: String]
    let value: Double

    init(_ labels: [String: String], _ value: Double) {
        self.labels = labels
        self.value = value
    }

    var text: String {
        let pairs = labels.sorted { $0.key < $1.key }
            .map { "\($0.key)=\"\(Self.escaped($0.value))\"" }
        return (pairs.isEmpty ? "" : "{\(pairs.joined(separator: ","))}") + " \(number)"
    }

    private var number: String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : value.description
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            .replacing("\n", with: "\\n")
    }
}
