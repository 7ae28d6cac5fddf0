// The report as text, to the column.

import Diagnostics
import Support
import Testing

@Suite struct RenderingTests {
    private let renderer = TextRenderer(
        title: "pump doctor", order: ["power", "water", "air"], explainCommand: "pump explain")

    @Test func aHealthyReportIsItsLinesAndOneWord() async {
        let report = await Examiner.pump.run(
            Fixture(AirKind.self), Fixture(WaterKind.self, sees: .hard),
            Fixture(PowerKind.self), Fixture(LightKind.self))
        let head = renderer.render(report).split(separator: "\n", omittingEmptySubsequences: false)
            .prefix(7)

        #expect(
            head.joined(separator: "\n") == """
                  pump doctor
                  ───────────
                  power:          OK    (1 valves, 0 wrong)
                  water:          OK    (1 valves, 1 wrong)
                  air:            OK    (1 valves, 0 wrong)

                  overall: OK
                """)
    }

    @Test func whoeverNamesAHealthyCheckGetsItsLine() async {
        let chosen = Selection(only: ["light.*"])
        let report = await Examiner.pump.run(
            Fixture(AirKind.self), Fixture(LightKind.self),
            options: ExaminationOptions(selection: chosen))
        let lines = TextRenderer(
            title: "t", order: ["air"], explainCommand: "x", listsHealthy: true
        ).render(report)

        #expect(lines.contains("  light:          OK    (1 valves, 0 wrong)\n"), "\(lines)")
        #expect(!renderer.render(report).contains("light:"))
    }

    @Test func whatWaitsForAnotherChecksFindingIsSkippedWithItsName() async {
        let waiting = Fixture(AirKind.self) { _ throws(ProbeFailure) in
            throw .waits(for: "power", subject: "plug", reason: "is out", nextStep: "put it in")
        }
        let report = await Examiner.pump.run(Fixture(PowerKind.self, sees: .off), waiting)
        let alone = await Examiner.pump.run(waiting)

        let air = report.checks.first { $0.check == "air" }
        #expect(air?.status == .skipped)
        #expect(air?.skippedBecause == "power")
        #expect(air?.detail == "waits for power")
        #expect(report.exitStatus == .findings)
        #expect(report.nextStep == "look after power.off")
        #expect(alone.exitStatus == .undetermined, "what was not looked at is not healthy")
        #expect(alone.nextStep == "put it in")
    }

    @Test func everyStateKeepsItsColumnAndRootsAreExplained() async {
        let blind = Fixture(AirKind.self) { _ throws(ProbeFailure) in
            throw .absent(subject: "/pump/air", nextStep: "open the window")
        }
        let report = await Examiner.pump.run(
            Fixture(PowerKind.self, sees: .off), Fixture(WaterKind.self).requiring("power"),
            blind, Fixture(LightKind.self, sees: .dark))
        let off = Fingerprint(code: "power.off", subjects: [.path("/pump/0")])

        #expect(
            renderer.render(report) == """
                  pump doctor
                  ───────────
                  power:          FAIL  (1 valves, 1 wrong)
                  water:          SKIP  (power failed)
                  air:            UNKNOWN  (/pump/air: not there)
                  light:          WARN  (1 valves, 1 wrong)

                  overall: FAIL — look after power.off

                  power.off  (fail, data at stake)
                      seen:     power.off was seen
                      impact:   the pump stands still
                      next:     look after power.off
                      explain:  pump explain power.off  # \(off)
                      causes:   light.dark: light.dark was seen

                """)
    }

    @Test func aCauseThatCanBeRepairedSaysHowMuchGoesWithIt() async {
        let report = await Examiner.pump.run(
            Fixture(PipeKind.self, sees: .leaking), Fixture(WaterKind.self, sees: .dry, .cold),
            Fixture(LightKind.self, sees: .dark))
        let dark = Fingerprint(code: "light.dark", subjects: [.path("/pump/0")])
        let alone = await Examiner.pump.run(Fixture(PipeKind.self, sees: .leaking))
        let twice = await Examiner.pump.run(
            Fixture(PipeKind.self, sees: .leaking, .leaking), Fixture(WaterKind.self, sees: .dry))
        let doubtful = await Examiner.pump.run(
            Fixture(PipeKind.self) { _ throws(ProbeFailure) in
                Reading(codes: ["pipe.leaking"], suspected: true)
            }, Fixture(WaterKind.self, sees: .dry))
        let byHand = await Examiner.pump.run(
            Fixture(PowerKind.self, sees: .off), Fixture(LightKind.self, sees: .dark))

        #expect(
            renderer.render(report).hasSuffix(
                """
                      causes:   water.cold: water.cold was seen
                      repair:   repairing this clears 3 findings

                  light.dark  (warn)
                      seen:     light.dark was seen
                      impact:   the pump stands still
                      next:     look after light.dark
                      explain:  pump explain light.dark  # \(dark)

                """), "\(renderer.render(report))")
        #expect(renderer.render(twice).contains("repairing this clears 3 findings"))
        for report in [alone, doubtful, byHand] {
            #expect(!renderer.render(report).contains("repairing this"))
        }
    }

    @Test func linesOfTheOrderArePrintedAlsoWhenNotRun() async {
        let report = await Examiner.pump.run(
            Fixture(PowerKind.self), Fixture(WaterKind.self).at(.deep),
            Fixture(AirKind.self),
            options: ExaminationOptions(selection: Selection(skip: ["air"])))

        let text = renderer.render(report)

        #expect(text.contains("  water:          SKIP  (needs a deeper examination)\n"))
        #expect(text.contains("  air:            SKIP  (not selected)\n"))
        #expect(text.contains("  overall: OK\n"))
    }

    @Test func namesCannotSteerTheTerminal() async {
        let check = Fixture(WaterKind.self) { _ throws(ProbeFailure) in
            throw .absent(subject: "a\u{1B}[2Jb\n\u{202E}c", nextStep: "rename\rit")
        }

        let text = renderer.render(await Examiner.pump.run(check))

        #expect(text.contains("(a\\u{1b}[2Jb\\u{a}\\u{202e}c: not there)"))
        #expect(text.contains("— rename\\u{d}it\n"))
        #expect(!text.contains("\u{1B}"))
    }

    @Test func colourIsUsedOnlyWhenAskedFor() async {
        let painted = TextRenderer(
            title: "pump doctor", order: ["power"], explainCommand: "pump explain", colour: true)
        let report = await Examiner.pump.run(Fixture(PowerKind.self))

        #expect(
            painted.render(report).contains(
                "  power:          \u{1B}[32mOK\u{1B}[0m    (1 valves, 0 wrong)\n"))
        #expect(!renderer.render(report).contains("\u{1B}"))
    }

    @Test func whatDecidesNothingSaysWhy() async {
        let fixture = Fixture(WaterKind.self) { _ throws(ProbeFailure) in
            Reading(codes: ["water.cold"])
        }
        let first = await Examiner.pump.run(fixture)
        var options = ExaminationOptions()
        options.memory.acknowledged = Dictionary(
            uniqueKeysWithValues: first.findings.map {
                ($0.fingerprint, Acknowledgement(until: .init(rawValue: .max), reason: "known"))
            })
        let report = await Examiner.pump.run(fixture, options: options)

        #expect(report.exitCode == 0)
        #expect(
            renderer.render(report).contains(
                "overall: WARN — acknowledged, and nothing else is wrong"))
    }

    @Test func manyFindingsAreCutWithTheirNumber() async {
        let check = Fixture(WaterKind.self) { _ throws(ProbeFailure) in
            Reading(codes: Array(repeating: "water.cold", count: 1030))
        }

        let text = renderer.render(await Examiner.pump.run(check))

        #expect(text.components(of: "  water.cold  (warn)") == 3)
        #expect(text.components(of: "\n      also:     ") == 17)
        #expect(text.contains("  and 1010 more findings; the JSON report counts them all\n"))
    }
}

/// What can be repaired, and has symptoms.
private enum PipeKind: String, PumpKind {
    case leaking = "pipe.leaking"

    static let bucket: Bucket = "pipe"
    var severity: Severity { .fail }
    var fix: FixClass { .safe }
    var explains: [String] { ["water"] }
}

extension String {
    /// How often a text occurs.
    fileprivate func components(of part: String) -> Int { ranges(of: part).count }
}
