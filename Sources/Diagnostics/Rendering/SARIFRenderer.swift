// The report for code review tools: SARIF 2.1.0 (OASIS, 27 March 2020).
//
// A finding is a result, its code a rule with the catalogue's words, its fingerprint a partial
// fingerprint, an acknowledgement a suppression. A check without an answer is a notification of
// the run: a viewer must not take its silence for health.

import Support

struct SARIFRenderer {
    let tool: String
    let catalogue: Catalogue

    func render(_ report: Report) -> String {
        let log: JSONTree = [
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [run(report)],
        ]
        return log.text(order: ["$schema", "version"], pretty: true) + "\n"
    }

    private func run(_ report: Report) -> JSONTree {
        [
            "tool": [
                "driver": [
                    "name": .text(tool), "version": .text(report.toolVersion),
                    "rules": .list(catalogue.entries.map(rule)),
                ]
            ],
            "automationDetails": ["id": .text("\(report.system)/\(report.profile)/")],
            "invocations": [invocation(report)],
            "results": .list(report.findings.map { result($0) }),
            "properties": [
                "overall": .text(report.overall.rawValue),
                "next_step": .text(report.nextStep),
                "ruleset_digest": .text(report.rulesetDigest.hex),
            ],
        ]
    }

    private func rule(_ entry: Catalogue.Entry) -> JSONTree {
        [
            "id": .text(entry.code),
            "shortDescription": ["text": .text(entry.meaning)],
            "fullDescription": ["text": .text("\(entry.meaning): \(entry.impact)")],
            "help": ["text": .text(entry.nextStep)],
            "defaultConfiguration": ["level": Self.level(entry.severity)],
            "properties": [
                "tags": [.text(entry.bucket.rawValue)],
                "data_at_stake": .flag(entry.dataAtStake), "fix": .text(entry.fix.rawValue),
                "lossy": .flag(entry.lossy),
            ],
        ]
    }

    private func invocation(_ report: Report) -> JSONTree {
        let silent = report.checks.filter { $0.status.isUndetermined }
        var invocation: [String: JSONTree] = [
            "executionSuccessful": .flag(silent.isEmpty),
            "exitCode": .integer(Int64(report.exitCode)),
            "startTimeUtc": .text(report.started.timestamp.iso8601),
            "toolExecutionNotifications": .list(
                silent.map { row in
                    [
                        "level": row.state == .skip ? "note" : "error",
                        "message": ["text": .text("\(row.title): \(row.detail)")],
                        "descriptor": ["id": .text("\(row.check)/\(row.status.rawValue)")],
                    ]
                }
                    + report.notRun.map { left in
                        [
                            "level": "note",
                            "message": ["text": "\(left.check.rawValue): \(left.because.rawValue)"],
                            "descriptor": ["id": "\(left.check.rawValue)/not-run"],
                        ]
                    }),
        ]
        if let took = report.durationMilliseconds {
            let end = report.started.timestamp + .milliseconds(took)
            invocation["endTimeUtc"] = .text(end.iso8601)
        }
        return .object(invocation)
    }

    private func result(_ finding: AnyFinding) -> JSONTree {
        var result: [String: JSONTree] = [
            "ruleId": .text(finding.code),
            "level": Self.level(finding.severity),
            "kind": "fail",
            "message": [
                "text": .text("\(finding.symptom). \(finding.impact). \(finding.nextStep)")
            ],
            "partialFingerprints": ["finding/v1": .text(finding.fingerprint.rawValue)],
            "properties": [
                "confidence": .text(finding.confidence.rawValue),
                "evidence": .object(
                    Dictionary(
                        finding.evidence.map { ($0.label, .text($0.value.text)) },
                        uniquingKeysWith: { first, _ in first })),
            ],
        ]
        if let index = catalogue.entries.firstIndex(where: { $0.code == finding.code }) {
            result["ruleIndex"] = .integer(Int64(index))
        }
        if !finding.subjects.isEmpty {
            result["locations"] = .list(finding.subjects.map(Self.location))
        }
        if let note = finding.acknowledged {
            result["suppressions"] = [
                [
                    "kind": "external", "status": "accepted",
                    "justification": .text(
                        "\(note.reason) (until \(note.until.timestamp.iso8601))"),
                ]
            ]
        }
        return .object(result)
    }

    private static func location(_ subject: Subject) -> JSONTree {
        if case .path(let path) = subject {
            return ["physicalLocation": ["artifactLocation": ["uri": .text(uri(of: path))]]]
        }
        return [
            "logicalLocations": [
                ["fullyQualifiedName": .text(subject.text), "kind": .text(subject.kind)]
            ]
        ]
    }

    /// A relative or `file:` reference; every byte outside of RFC 3986's unreserved set is encoded.
    private static func uri(of path: String) -> String {
        let encoded = path.utf8.map { byte in
            let character = Character(Unicode.Scalar(byte))
            let isPlain =
                character.isASCII && (character.isLetter || character.isNumber)
                || "-._~/".contains(character)
            return isPlain ? String(character) : "%" + Hex.encode([byte]).uppercased()
        }.joined()
        return encoded.hasPrefix("/") ? "file://" + encoded : encoded
    }

    private static func level(_ severity: Severity) -> JSONTree {
        switch severity {
        case .info: "note"
        case .warn: "warning"
        case .fail: "error"
        }
    }
}
