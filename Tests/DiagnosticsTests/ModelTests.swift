// The words of a report: what is stable across runs, what survives coding, what ranks above what.

import Diagnostics
import Support
import Testing

@Suite struct ModelTests {
    @Test func fingerprintIgnoresWordsSeverityEvidenceAndOrder() {
        let plain = Finding(
            WaterKind.cold, symptom: "cold", on: [.path("/a"), .peer("mia")])
        let reworded = Finding(
            WaterKind.cold, symptom: "quite cold", on: [.peer("mia"), .path("/a"), .path("/a")],
            evidence: [Evidence("degrees", .count(3))], cause: "winter", raisedTo: .fail,
            impact: "shivering", nextStep: "wait for spring")

        #expect(plain.fingerprint == reworded.fingerprint)
        #expect(plain.fingerprint.rawValue.count == 16)
        #expect(plain.fingerprint.rawValue.allSatisfy { $0.isHexDigit })
    }

    @Test func fingerprintsStayWhatTheyAre() {
        // Acknowledgements are kept by fingerprint; another way to take it would forget them all.
        let subjects: [Subject] = [
            .peer("mia"), .segment("s-1", offset: 9), .path("/a"), .room("r"),
            .process(pid: 7, name: "aura"), .function("f::g"),
        ]

        #expect(
            Fingerprint(code: "water.cold", subjects: subjects).rawValue == "2ac0ab5a0ca24f7c")
    }

    @Test func fingerprintTellsCodesAndSubjectsApart() {
        let subjects: [[Subject]] = [
            [], [.path("/a")], [.path("/a"), .path("/b")], [.path("/a\0path:/b")],
            [.function("/a")], [.segment("/a", offset: nil)], [.segment("/a", offset: 1)],
            [.process(pid: 1, name: "/a")], [.other(kind: "table", value: "/a")],
        ]
        let prints = subjects.flatMap { subjects in
            WaterKind.allCases.map { Fingerprint(code: $0.code, subjects: subjects) }
        }

        // A path with a NUL in it may look like two; no file system has one.
        #expect(Set(prints).count >= prints.count - WaterKind.allCases.count)
    }

    @Test func severityIsRaisedAndNeverLowered() {
        #expect(Finding(WaterKind.cold, symptom: "", raisedTo: .fail).severity == .fail)
        #expect(Finding(WaterKind.dry, symptom: "", raisedTo: .warn).severity == .fail)
        #expect(Finding(WaterKind.hard, symptom: "").severity == .info)
    }

    @Test func wordingComesFromTheCatalogueUnlessGiven() {
        let usual = Finding(WaterKind.cold, symptom: "cold")
        let special = Finding(WaterKind.cold, symptom: "cold", impact: "ice", nextStep: "thaw it")

        #expect(usual.nextStep == "look after water.cold")
        #expect(usual.impact == "the pump stands still")
        #expect(special.nextStep == "thaw it")
        #expect(special.impact == "ice")
    }

    @Test func subjectsAndEvidenceSurviveCoding() throws {
        let subjects: [Subject] = [
            .path("/a b"), .function("billing::tax"), .segment("segment-000001.log", offset: nil),
            .segment("segment-000001.log", offset: .max), .peer("p"), .room("r"),
            .process(pid: 12, name: "aura"), .other(kind: "table", value: "t"),
        ]
        let evidence = [
            Evidence("n", .count(-1)), Evidence("b", .bytes(3)),
            Evidence("d", .duration(.milliseconds(1500))),
            Evidence("t", .time(Timestamp(rawValue: 1_234_567_890_123))),
            Evidence("h", .digest(.of([1, 2, 3]))), Evidence("f", .flag(true)),
            Evidence("w", .text("words"), scrub: .address),
        ]

        let finding = Finding(WaterKind.dry, symptom: "s", on: subjects, evidence: evidence)
        let text = try JSONText.encode(finding)

        #expect(try JSONText.decode(Finding<WaterKind>.self, from: text) == finding)
    }

    @Test func wordsAreScrubbedUnlessSaidOtherwise() {
        #expect(Evidence("w", .text("x")).scrub == .text)
        #expect(Evidence("w", .text("x"), scrub: .plain).scrub == .plain)
        #expect(Evidence("n", .count(1)).scrub == .plain)
        #expect(Subject.peer("mia").scrub == .identity)
        #expect(Subject.other(kind: "table", value: "t").scrub == .text)
    }

    @Test func overallRanksUnknownBetweenSkipAndWarn() {
        let ranked: [State] = [.ok, .skip, .unknown, .warn, .fail]

        #expect(State.allCases.shuffled().sorted() == ranked)
        #expect(
            Status.allCases.map(\.state) == [
                .ok, .ok, .warn, .fail, .unknown, .skip, .unknown, .unknown,
            ])
        #expect(
            Status.allCases.filter(\.isUndetermined) == [
                .unknown, .skipped, .timeout, .crashed,
            ])
    }

    @Test func timesAreReadBackAsWritten() throws {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededGenerator(seed: seed)

        for _ in 0..<500 {
            // Years 0000 to 9999, the range of the format.
            let value = Int64.random(
                in: -62_167_219_200_000...253_402_300_799_999, using: &generator)
            let time = Timestamp(rawValue: value)
            #expect(UTCTime(time.iso8601)?.timestamp == time, "seed \(seed), \(time.iso8601)")
        }
    }

    @Test(arguments: [
        "", "2026-11-21", "2026-11-21 04:05:06.789Z", "2026-11-21T04:05:06Z",
        "2026-02-30T04:05:06.789Z", "2026-11-21T24:05:06.789Z", "2026-13-21T04:05:06.789Z",
        "2026-11-21T04:05:06.789+01:00",
    ])
    func otherSpellingsOfATimeAreRefused(text: String) {
        #expect(UTCTime(text) == nil)
    }
}
