// Every format, read by a reader that we did not write.

import Diagnostics
import Foundation
import Support
import Testing

@Suite struct FormatTests {
    private static let catalogue = Catalogue(
        of: [
            Fixture(PowerKind.self), Fixture(WaterKind.self), Fixture(AirKind.self),
            Fixture(LightKind.self),
        ] as [any Check<Pump>])

    private static let renderer = ReportRenderer(
        text: TextRenderer(
            title: "pump doctor", order: ["power", "water"], explainCommand: "pump explain"),
        tool: "pump", catalogue: catalogue)

    private static func rendered(_ format: ReportFormat) async throws -> [String] {
        try await SampleReports.all().map { try renderer.render($0, as: format) }
    }

    /// Runs `program` with the documents as a JSON list on its standard input.
    private static func read(
        _ format: ReportFormat, with program: String
    ) async throws -> [String] {
        let input = try JSONText.encode(try await rendered(format))
        return try Python.run(program, input).split(separator: "\n").map(String.init)
    }

    @Test func everyFormatEndsWithALineEnd() async throws {
        for format in ReportFormat.allCases {
            for text in try await Self.rendered(format) {
                #expect(text.hasSuffix("\n") && !text.hasSuffix("\n\n"), "\(format)")
            }
        }
    }

    @Test func inAStreamAJSONReportIsOneLine() async throws {
        for report in try await SampleReports.all() {
            let line = try Self.renderer.render(report, as: .json, isOneOfMany: true)

            #expect(line.hasSuffix("\n") && line.count { $0 == "\n" } == 1)
            #expect(try JSONText.decode(Report.self, from: line) == report)
        }
    }

    @Test(.enabled(if: Python.has("jsonschema"), "python3 has no jsonschema"))
    func everyLineOfNDJSONIsValidUnderItsSchema() async throws {
        let lines = try await Self.rendered(.ndjson)
            .flatMap { $0.split(separator: "\n").map(String.init) }

        let answer = try Python.validate(lines, against: ReportSchema.lineText)

        #expect(answer == "valid \(lines.count)")
        let broken = lines[0].replacingOccurrences(
            of: "\"line\":\"head\"", with: "\"line\":\"end\"")
        #expect(try Python.validate([broken], against: ReportSchema.lineText).hasPrefix("invalid"))
    }

    @Test(.enabled(if: Python.has("jsonschema"), "python3 has no jsonschema"))
    func sarifKeepsTheRulesOfItsSpecification() async throws {
        let documents = try await Self.rendered(.sarif)

        #expect(
            try Python.validate(documents, against: SARIFRules.text) == "valid \(documents.count)")
        for (good, bad) in [
            ("\"version\": \"2.1.0\"", "\"version\": \"2.0.0\""),
            ("\"level\": \"error\"", "\"level\": \"fail\""),
            ("\"uri\": \"file:///pump/0\"", "\"uri\": \"/a b\""),
        ] {
            try #require(documents[0].contains(good), "\(good)")
            let broken = documents[0].replacingOccurrences(of: good, with: bad)
            let answer = try Python.validate([broken], against: SARIFRules.text)
            #expect(answer.hasPrefix("invalid"), "\(bad)")
        }
    }

    @Test(.enabled(if: Python.has(Python.sarifReaders), "python3 has no schema of SARIF"))
    func sarifIsValidUnderTheSchemaOfItsStandard() async throws {
        let documents = try await Self.rendered(.sarif)

        #expect(try Python.validateSARIF(documents) == "valid \(documents.count)")
        for (good, bad) in [
            ("\"level\": \"error\"", "\"level\": \"fail\""),
            ("\"ruleId\":", "\"rule\":"),
            ("\"uri\": \"file:///pump/0\"", "\"uri\": \"/a b\""),
            ("\"startTimeUtc\": \"", "\"startTimeUtc\": \"on "),
        ] {
            try #require(documents[0].contains(good), "\(good)")
            let broken = documents[0].replacingOccurrences(of: good, with: bad)
            #expect(try Python.validateSARIF([broken]).hasPrefix("invalid"), "\(bad)")
        }
    }

    @Test func sarifResultsPointAtTheirRules() async throws {
        struct Log: Decodable {
            struct Run: Decodable {
                struct Tool: Decodable { let driver: Driver }
                struct Driver: Decodable { let rules: [Rule] }
                struct Rule: Decodable { let id: String }
                struct Result: Decodable {
                    let ruleId: String
                    let ruleIndex: Int?
                    let suppressions: [[String: String]]?
                }
                let tool: Tool
                let results: [Result]
            }
            let runs: [Run]
        }
        var suppressed: [String] = []
        for text in try await Self.rendered(.sarif) {
            let run = try #require(try JSONText.decode(Log.self, from: text).runs.first)
            for result in run.results {
                let known = Self.catalogue.entries.contains { $0.code == result.ruleId }
                #expect((result.ruleIndex != nil) == known, "\(result.ruleId)")
                if let index = result.ruleIndex {
                    #expect(run.tool.driver.rules[index].id == result.ruleId)
                }
                if result.suppressions != nil { suppressed.append(result.ruleId) }
            }
        }
        #expect(suppressed == ["light.dark"], "the one acknowledged finding")
    }

    @Test(.enabled(if: Python.has("junitparser"), "python3 has no junitparser"))
    func junitReadersSeeACasePerCheckWithItsResult() async throws {
        let lines = try await Self.read(
            .junit,
            with: """
                import json, sys, junitparser
                for text in json.load(sys.stdin):
                    xml = junitparser.JUnitXml.fromstring(text.encode())
                    words = []
                    for suite in xml:
                        assert suite.tests == len(list(suite)), "count"
                        for case in suite:
                            kind = case.result[0].__class__.__name__ if case.result else "Passed"
                            words.append(case.name + "=" + kind)
                    print(xml.failures, xml.errors, xml.skipped, " ".join(words))
                """)

        #expect(lines[0].hasPrefix("4 1 1 power=Failure air=Error gauge=Failure water=Skipped"))
        #expect(lines[1] == "0 1 1 power=Error water=Passed air=Skipped")
        #expect(lines[2] == "0 0 0 power=Passed")
        #expect(lines.last == "1 1 0 air=Error hostile=Failure")
    }

    @Test(.enabled(if: Python.has("prometheus_client"), "python3 has no prometheus_client"))
    func bothMetricsReadersTakeTheSameText() async throws {
        let lines = try await Self.read(
            .openmetrics,
            with: """
                import json, sys
                from prometheus_client.parser import text_string_to_metric_families as old
                from prometheus_client.openmetrics.parser import (
                    text_string_to_metric_families as new)
                for text in json.load(sys.stdin):
                    seen = []
                    for reader in (old, new):
                        samples = [(s.name, sorted(s.labels.items()), s.value)
                                   for family in reader(text) for s in family.samples]
                        assert len(samples) == len(set(map(repr, samples))), "twice"
                        seen.append(samples)
                    assert seen[0] == seen[1], "differ"
                    total = sum(v for n, l, v in seen[0] if n == "aura_doctor_findings")
                    code = [v for n, l, v in seen[0] if n == "aura_doctor_exit_code"]
                    facts = [dict(l)["fact"] for n, l, v in seen[0]
                             if n == "aura_doctor_check_fact"]
                    print(int(total), int(code[0]), ",".join(facts))
                """)

        let reports = try await SampleReports.all()
        for (line, report) in zip(lines, reports) {
            let words = line.split(separator: " ").map(String.init)
            #expect(words[0] == String(report.findings.count))
            #expect(words[1] == String(report.exitCode))
        }
        #expect(lines[0].hasSuffix(" pressure,delay,open"))
        #expect(lines.count == reports.count)
    }

    @Test func nagiosIsOneLineAndFourCodes() async throws {
        let reports = try await SampleReports.all()
        let codes = reports.map { Self.renderer.exitCode(of: $0, as: .nagios) }

        #expect(codes == [2, 3, 0, 0, 3, 3, 1])
        for (report, code) in zip(reports, codes) {
            let text = try Self.renderer.render(report, as: .nagios)
            let word = ["OK", "WARNING", "CRITICAL", "UNKNOWN"][Int(code)]
            #expect(text.hasPrefix("PUMP DOCTOR \(word) - "))
            #expect(text.split(separator: "\n").count == 1)
            let halves = text.split(separator: "|")
            #expect(halves.count == 2, "one bar: \(text)")
            for pair in try #require(halves.last).split(whereSeparator: \.isWhitespace) {
                #expect(pair.wholeMatch(of: /[a-z]+=[0-9.]+s?/) != nil, "\(pair)")
            }
        }
    }

    @Test func whatIsAcknowledgedOrBelowTheBarIsNoAlarm() async throws {
        let report = await Examiner.pump.run(
            Fixture(LightKind.self, sees: .dark), options: ExaminationOptions(failOn: .fail))
        let renderer = ReportRenderer(
            text: Self.renderer.text, tool: "pump", catalogue: Self.catalogue, failOn: .fail)

        #expect(renderer.exitCode(of: report, as: .nagios) == 0)
        #expect(try renderer.render(report, as: .junit).contains("failures=\"0\""))
    }

    @Test(.enabled(if: Python.has("html.parser"), "there is no python3"))
    func thePageIsWellFormedAndFetchesNothing() async throws {
        let lines = try await Self.read(
            .html,
            with: """
                import json, sys
                from html.parser import HTMLParser
                class Reader(HTMLParser):
                    void = {"meta", "link", "img", "br"}
                    def __init__(self):
                        super().__init__(); self.open = []; self.seen = []; self.text = ""
                    def handle_starttag(self, tag, attributes):
                        self.seen.append(tag)
                        for name, value in attributes:
                            assert name not in ("src", "href", "onclick", "style"), name
                        if tag not in self.void: self.open.append(tag)
                    def handle_endtag(self, tag):
                        assert self.open and self.open[-1] == tag, (tag, self.open)
                        self.open.pop()
                    def handle_data(self, data): self.text += data
                for text in json.load(sys.stdin):
                    reader = Reader(); reader.feed(text); reader.close()
                    assert not reader.open, reader.open
                    assert "script" not in reader.seen and "b" not in reader.seen
                    print(reader.seen.count("tr") - 1, reader.seen.count("section"))
                """)

        let reports = try await SampleReports.all()
        #expect(lines == reports.map { "\($0.checks.count) \($0.findings.count)" })
    }

    @Test func whatComesFromAFileNameShowsInFull() async throws {
        let hostile = try #require(try await Self.rendered(.html).last)

        #expect(hostile.contains("&lt;/script&gt;&lt;b&gt;&amp;&quot;&#39;|"))
    }

    @Test func targetsAreParsedStrictly() {
        #expect(ReportTarget(parsing: "json") == ReportTarget(.json))
        #expect(ReportTarget(parsing: "json:a:b.json") == ReportTarget(.json, file: "a:b.json"))
        #expect(ReportTarget(parsing: "json:") == nil)
        #expect(ReportTarget(parsing: "yaml") == nil)
        #expect(ReportTarget(parsing: "") == nil)
    }

    @Test func filesAreReplacedWholeAndOnlyFiles() throws {
        let folder = "/tmp/aura-format-\(UInt64.random(in: .min ... .max))"
        try FileAccess.makeFolder(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let target = ReportTarget(.json, file: folder + "/report.json")

        try target.write("one")
        try target.write("two")

        #expect(
            String(decoding: try FileAccess.read(folder + "/report.json"), as: UTF8.self) == "two")
        #expect(try FileAccess.names(in: folder) == ["report.json"])
        #expect(throws: PlainFailure.self) { try ReportTarget(.json, file: folder).write("x") }
        let failure = #expect(throws: PlainFailure.self) {
            try ReportTarget(.json, file: folder + "/no/such/file").write("x")
        }
        #expect(failure?.exitStatus == .cannotCreate)
    }
}
