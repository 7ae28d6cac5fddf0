// Reports out of files: one JSON object, or the lines of any number of reports.

import Support

/// Reads reports back that were written as JSON or as lines.
public enum ReportReader {
    /// A year of reports, one a minute, does not fit; a day does.
    private static let bytesMax = 256 << 20

    private struct Head: Decodable {
        let schema: String
        let version: Int

        private enum CodingKeys: String, CodingKey {
            case schema
            case version = "schema_version"
        }
    }

    /// The reports in a file, in its order; at least one.
    ///
    /// - Throws: ``PlainFailure`` when the file cannot be read, holds no whole report, or was made
    ///   by a later release whose fields may mean something else.
    public static func reports(at path: String) throws(PlainFailure) -> [Report] {
        let bytes: [UInt8]
        do throws(SystemFailure) {
            // `<(aura doctor live --json)` and /dev/stdin are pipes.
            bytes = try FileAccess.readStream(path == "-" ? "/dev/stdin" : path, limit: bytesMax)
        } catch {
            throw PlainFailure(path, error.reason, nextStep: error.nextStep)
        }
        return try reports(in: String(decoding: bytes, as: UTF8.self), from: path)
    }

    /// The same for text that was read already.
    public static func reports(
        in text: String, from path: String
    ) throws(PlainFailure) -> [Report] {
        let first = text.split(separator: "\n", maxSplits: 1).first.map(String.init) ?? ""
        if let head = try? JSONText.decode(Head.self, from: first),  // not a line: tried whole
            head.schema == ReportLine.schema
        {
            try require(head, path)
            return try lines(of: text, from: path)
        }
        let head = try decode(Head.self, text, path)
        guard head.schema == Report.schema else {
            throw PlainFailure(
                path, "is \(head.schema), not \(Report.schema)",
                nextStep: "make one with --format json", exitStatus: .usage)
        }
        try require(head, path)
        return [try decode(Report.self, text, path)]
    }

    private static func require(_ head: Head, _ path: String) throws(PlainFailure) {
        guard head.version <= Report.schemaVersion else {
            throw PlainFailure(
                path,
                "has schema version \(head.version), this release knows \(Report.schemaVersion)",
                nextStep: "read it with the release that made it", exitStatus: .refused)
        }
    }

    private static func lines(of text: String, from path: String) throws(PlainFailure) -> [Report] {
        let texts = text.split(separator: "\n").map(String.init)
        var lines: [ReportLine] = []
        for (index, line) in texts.enumerated() {
            do throws(PlainFailure) {
                lines.append(try decode(ReportLine.self, line, "\(path):\(index + 1)"))
            } catch {
                // A stream that was cut off ends in half a line.
                guard index == texts.count - 1 else { throw error }
            }
        }
        let reports = ReportLine.reports(in: lines)
        guard !reports.isEmpty else {
            throw PlainFailure(
                path, "holds no whole report", nextStep: "let the stream run for one report",
                exitStatus: .usage)
        }
        return reports
    }

    private static func decode<Value: Decodable>(
        _ type: Value.Type, _ text: String, _ path: String
    ) throws(PlainFailure) -> Value {
        do { return try JSONText.decode(type, from: text) } catch {
            throw PlainFailure(
                path, "is no report (\(JSONText.words(for: error)))",
                nextStep: "make one with --format json",
                exitStatus: .usage)
        }
    }
}
