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
        for report in try await Self.reports() {
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
        #expect(Set(Report.fieldOrder).subtracting(required) == ["duration_ms"])
    }

    @Test(.enabled(if: Python.hasJSONSchema, "python3 has no jsonschema"))
    func everyKindOfReportIsValidUnderItsSchema() async throws {
        let reports = try await Self.reports().map { try JSONRenderer().render($0) }

        let answer = try Python.validate(reports, against: ReportSchema.text)

        #expect(answer == "valid \(reports.count)")
    }

    @Test(
        .enabled(if: Python.hasJSONSchema, "python3 has no jsonschema"),
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

    /// Reports that together use every status, every optional field and every kind of evidence.
    private static func reports() async throws -> [Report] {
        let pipe = try BlockingPipe()
        defer { pipe.release() }
        let crash = Fixture(AirKind.self) { _ throws(ProbeFailure) in
            throw .crashed(subject: "gauge", reason: "signal 11")
        }
        let print = Fingerprint(code: "light.dark", subjects: [.path("/pump/0")])
        let later = SystemClock().now + .seconds(60)
        let memory = FindingMemory(
            firstSeen: [print: Timestamp(rawValue: 0)],
            acknowledged: [print: Acknowledgement(until: later, reason: "night")])
        let sick = await Examiner.pump.run(
            Fixture(PowerKind.self, sees: .off), crash, EvidenceCheck(),
            Fixture(WaterKind.self).requiring("power"),
            Fixture(LightKind.self, sees: .dark, .forgotten),
            options: ExaminationOptions(memory: memory))
        let stuck = await Examiner.pump.run(
            Fixture(PowerKind.self, look: pipe.look).within(.milliseconds(50)),
            Fixture(WaterKind.self, sees: .hard), Fixture(AirKind.self),
            options: ExaminationOptions(selection: Selection(skip: ["air"])))
        let well = await Examiner.pump.run(Fixture(PowerKind.self))
        let empty = await Examiner.pump.run()
        let vacuous = await Examiner.pump.run(
            Fixture(WaterKind.self) { _ throws(ProbeFailure) in Reading(examined: 0) })
        return [sick, stuck, well, well.withoutDurations(), empty, vacuous]
    }
}

/// A check whose finding has every kind of subject and evidence.
private struct EvidenceCheck: Check {
    enum Kind: String, PumpKind {
        case odd = "gauge.odd"
        static let bucket: Bucket = "gauge"
        var severity: Severity { .warn }
    }

    func probe(_ system: Pump, until deadline: Deadline) throws(ProbeFailure) -> Int { 1 }

    func diagnose(_ snapshot: Int) -> [Finding<Kind>] {
        [
            Finding(
                .odd, symptom: "odd",
                on: [
                    .path("/a"), .function("f"), .segment("s", offset: 1), .peer("p"), .room("r"),
                    .process(pid: 1, name: "init"), .other(kind: "table", value: "t"),
                ],
                evidence: [
                    Evidence("n", .count(1)), Evidence("b", .bytes(1)),
                    Evidence("d", .duration(.seconds(1))),
                    Evidence("t", .time(Timestamp(rawValue: 0))), Evidence("h", .digest(.of([]))),
                    Evidence("f", .flag(false)), Evidence("w", .text("w")),
                ],
                cause: "a magnet", confidence: .suspected)
        ]
    }

    func witness(of snapshot: Int) -> Witness { Witness(examined: 1) }
    func detail(of snapshot: Int, findings: [Finding<Kind>]) -> String { "" }
}

/// The reference validator, in a process of its own.
enum Python {
    static let hasJSONSchema = (try? run("import jsonschema", "")) != nil  // no Python: not enabled

    static func validate(_ documents: [String], against schema: String) throws -> String {
        try run(
            """
            import json, sys, jsonschema
            given = json.load(sys.stdin)
            schema = json.loads(given["schema"])
            kind = jsonschema.Draft202012Validator
            kind.check_schema(schema)
            for text in given["documents"]:
                for error in kind(schema).iter_errors(json.loads(text)):
                    print("invalid", list(error.absolute_path), error.message); sys.exit(0)
            print("valid", len(given["documents"]))
            """,
            try JSONText.encode(Given(schema: schema, documents: documents)))
    }

    private struct Given: Encodable {
        let schema: String
        let documents: [String]
    }

    private static func run(_ program: String, _ input: String) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-W", "ignore", "-c", program]
        let (stdin, stdout, stderr) = (Pipe(), Pipe(), Pipe())
        process.standardInput = stdin
        process.standardOutput = stdout
        process.standardError = stderr
        try Programs.start(process)
        try stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try stdin.fileHandleForWriting.close()
        let output = stdout.fileHandleForReading.readDataToEndOfFile()
        let trouble = stderr.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw PlainFailure(
                "python3", String(decoding: trouble, as: UTF8.self), nextStep: "read its message")
        }
        return String(decoding: output, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
