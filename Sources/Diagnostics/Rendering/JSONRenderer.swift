// The report for programs.

/// Writes a report as one JSON object.
public struct JSONRenderer: Sendable {
    private let pretty: Bool

    public init(pretty: Bool = true) { self.pretty = pretty }

    /// One JSON object that begins with `schema` and `schema_version`, without a final newline.
    public func render(_ report: Report) throws -> String {
        try OrderedJSON.encode(report, order: Report.fieldOrder, pretty: pretty)
    }
}
