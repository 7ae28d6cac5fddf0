// A report as its reader gets it: parsed from what the real command printed, together with its exit
// status.

import Support

/// A parsed report.
public struct DoctorAnswer: Sendable {
    /// The part of the report that rehearsals compare.
    public struct Body: Decodable, Sendable {
        /// One finding of the report.
        public struct Finding: Decodable, Sendable {
            public let code: String
            public let severity: String
            public let symptom: String
            public let explainedBy: String?

            enum CodingKeys: String, CodingKey {
                case code, severity, symptom
                case explainedBy = "explained_by"
            }
        }

        /// One row of the report.
        public struct Check: Decodable, Sendable {
            public let check: String
            public let status: String
            public let detail: String
        }
        public let overall: String
        public let findings: [Finding]
        public let checks: [Check]
    }

    public let status: Int32
    public let body: Body
    /// The report as it was printed.
    public let text: String

    public init(_ result: ToolResult) throws {
        do {
            body = try JSONText.decode(Body.self, from: result.output)
        } catch {
            throw PlainFailure(
                "report", "is none: status \(result.status), \(result.errors)\(result.output)",
                nextStep: "run aura doctor live --json by hand")
        }
        status = result.status
        text = result.output
    }

    /// Codes of severity warn and fail.
    public var codes: Set<String> {
        Set(body.findings.filter { $0.severity != "info" }.map(\.code))
    }
    public var allCodes: Set<String> { Set(body.findings.map(\.code)) }

    /// Findings of any severity that no other one explains.
    public var everyRoot: Set<String> {
        Set(body.findings.filter { $0.explainedBy == nil }.map(\.code))
    }

    /// Codes of everything that folds under a root, however far down.
    public func codes(under root: String) -> Set<String> {
        Set(body.findings.map(\.code).filter { $0 != root && top(of: $0) == root })
    }

    private func top(of code: String) -> String {
        var top = code
        // Folding makes no cycles, what was printed might hold one: as many steps as findings.
        for _ in body.findings {
            guard let cause = body.findings.first(where: { $0.code == top })?.explainedBy,
                body.findings.contains(where: { $0.code == cause })
            else { break }
            top = cause
        }
        return top
    }

    /// Codes with what explains them, as one line.
    public var brief: String {
        let words = body.findings.map { finding in
            finding.code + (finding.explainedBy.map { " (under \($0))" } ?? "")
        }
        let unknown = body.checks.filter { !["ok", "info", "warn", "fail"].contains($0.status) }
            .map { "\($0.check) \($0.status)" }
        return ((words.isEmpty ? ["nothing"] : words) + unknown).joined(separator: ", ")
    }
}
