// The report as JSON: order of the first keys, its schema, and the way back.

import Diagnostics
import Foundation
import Support
import Testing

@Suite struct JSONTests {
    @Test func schemaStandsFirstAndTheRestIsSorted() async throws {
        let report = await Examiner.pump.run(Fixture(WaterKind.self, sees: .dry))

        let text = try JSONRenderer(pretty: false).render(report)

        #expect(
            text.hasPrefix(#"{"schema":"aura.report","schema_version":1,"tool_version":"1.2.3""#))
        #expect(text.contains(#""witness":{"age_of_newest_ms":3000,"examined":1,"#))
        #expect(text.hasSuffix(#""exit_code":1}"#))
    }

    @Test func aReportSurvivesTheWayThereAndBack() async throws {
        for report in try await SampleReports.all() {
            let text = try JSONRenderer().render(report)
            let back = try JSONText.decode(Report.self, from: text)
            #expect(back == report)
            #expect(try JSONRenderer().render(back) == text)
        }
    }

    @Test func orderedJSONSaysTheSameAsFoundation() throws {
        struct Sample: Codable, Equatable {
            var words = ["", "\"\\/", "tab\tline\nreturn\r", "\u{1}\u{1F}\u{7F}", "ä€😀\u{2028}"]
            var numbers: [Double] = [0, -1.5, 1e300, 0.1]
            var small = Int64.min
            var large = UInt64.max
            var flags = [true, false]
            var nested = ["b": ["x": 1], "a": [:]]
            var gaps: [Int?] = [1, nil, 2]
            var empty: [Int] = []
        }

        for pretty in [true, false] {
            let text = try OrderedJSON.encode(
                Sample(), order: ["words", "missing", "large"], pretty: pretty)
            #expect(try JSONText.decode(Sample.self, from: text) == Sample())
            let words = try #require(text.range(of: "\"words\""))
            let large = try #require(text.range(of: "\"large\""))
            let empty = try #require(text.range(of: "\"empty\""))
            #expect(words.lowerBound < large.lowerBound && large.lowerBound < empty.lowerBound)
        }
    }

    @Test func theSchemaKnowsExactlyTheReportsFields() throws {
        let schema = try #require(
            try JSONSerialization.jsonObject(with: Data(ReportSchema.text.utf8)) as? [String: Any])
        let properties = try #require(schema["properties"] as? [String: Any])
        let required = try #require(schema["required"] as? [String])

        #expect(Set(properties.keys) == Set(Report.fieldOrder))
        #expect(Set(Report.fieldOrder).subtracting(required) == ["changes", "duration_ms"])
    }

    @Test(.enabled(if: Python.has("jsonschema"), "python3 has no jsonschema"))
    func everyKindOfReportIsValidUnderItsSchema() async throws {
        let reports = try await SampleReports.all().map { try JSONRenderer().render($0) }

        let answer = try Python.validate(reports, against: ReportSchema.text)

        #expect(answer == "valid \(reports.count)")
    }

    @Test(
        .enabled(if: Python.has("jsonschema"), "python3 has no jsonschema"),
        arguments: [
            (#""status":"ok""#, #""status":"fine""#),
            (#""exit_code":0"#, #""exit_code":3"#),
            (#""examined":1"#, #""examined":0"#),
            (#""profile":"all""#, #""profile":"all","extra":1"#),
            (#""schema_version":1"#, #""schema_version":2"#),
        ])
    func theSchemaRefusesWhatItShould(good: String, bad: String) async throws {
        let report = await Examiner.pump.run(Fixture(WaterKind.self))
        let text = try JSONRenderer(pretty: false).render(report)
        try #require(text.contains(good))

        let answer = try Python.validate(
            [text.replacingOccurrences(of: good, with: bad)], against: ReportSchema.text)

        #expect(answer.hasPrefix("invalid"))
    }

}
