// Every form a report can take, and who reads it.

/// The form of a report.
public enum ReportFormat: String, CaseIterable, Sendable {
    /// For people.
    case text
    /// One object, for programs; everything is in it.
    case json
    /// A line per row and finding, for streams.
    case ndjson
    /// For build servers: a test case per check.
    case junit
    /// For code review tools: SARIF 2.1.0.
    case sarif
    /// For Prometheus and its relatives.
    case openmetrics
    /// One line with performance data, for monitoring plug-in hosts.
    case nagios
    /// One page that needs nothing beside itself.
    case html
}

/// Renders a report in any format.
public struct ReportRenderer: Sendable {
    public let text: TextRenderer
    let title: String
    let explainCommand: String
    let tool: String
    let catalogue: Catalogue
    /// From this severity on a finding is a failure to formats that know only two outcomes.
    let failOn: Severity

    /// - Parameters:
    ///   - tool: the name of the program, as formats that carry it give it.
    ///   - failOn: the severity that decided the exit code.
    public init(
        text: TextRenderer, tool: String, catalogue: Catalogue, failOn: Severity = .warn
    ) {
        self.text = text
        self.tool = tool
        self.catalogue = catalogue
        self.failOn = failOn
        title = text.title
        explainCommand = text.explainCommand
    }

    /// The report, ended by a newline.
    ///
    /// - Parameter isOneOfMany: a JSON object is then one line, as in a stream of them.
    public func render(
        _ report: Report, as format: ReportFormat, isOneOfMany: Bool = false
    ) throws -> String {
        switch format {
        case .text: text.render(report)
        case .json: try JSONRenderer(pretty: !isOneOfMany).render(report) + "\n"
        case .ndjson: try NDJSONRenderer().render(report)
        case .junit: JUnitRenderer(failOn: failOn).render(report)
        case .sarif: SARIFRenderer(tool: tool, catalogue: catalogue).render(report)
        case .openmetrics: OpenMetricsRenderer().render(report)
        case .nagios: NagiosRenderer(title: title, failOn: failOn).render(report)
        case .html: HTMLRenderer(title: title, explainCommand: explainCommand).render(report)
        }
    }

    /// What the process ends with when this format went to standard output.
    public func exitCode(of report: Report, as format: ReportFormat) -> Int32 {
        switch format {
        case .nagios: NagiosRenderer(title: title, failOn: failOn).status(of: report).rawValue
        case .text, .json, .ndjson, .junit, .sarif, .openmetrics, .html: report.exitCode
        }
    }
}

extension AnyFinding {
    /// True when the finding decides the exit code, as `ReportBuilder` counts.
    func decides(from severity: Severity) -> Bool {
        self.severity >= severity && acknowledged == nil && !onlyExplainsUnknown
    }
}
