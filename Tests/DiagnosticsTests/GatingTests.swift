// What rests on a failure is skipped, what a failure causes is folded under it.

import Diagnostics
import Support
import Testing

@Suite struct GatingTests {
    @Test func whatRestsOnAFailureIsSkippedAndSaysWhy() async throws {
        let report = await Examiner.pump.run(
            Fixture(LightKind.self).requiring("water"),
            Fixture(WaterKind.self, sees: .cold).requiring("power"),
            Fixture(PowerKind.self, sees: .off),
            Fixture(AirKind.self))

        let water = try #require(report["water"])
        let light = try #require(report["light"])
        #expect(water.status == .skipped)
        #expect(water.skippedBecause == "power")
        #expect(water.detail == "power failed")
        #expect(water.nextStep == "put power right first")
        #expect(light.skippedBecause == "power", "the root is named, not the skipped one between")
        #expect(report["air"]?.status == .ok)
        #expect(report.checks.map(\.check) == ["light", "water", "power", "air"])
        #expect(report.overall == .fail)
        #expect(report.nextStep == "look after power.off")
    }

    @Test func whatIsWrongNowIsAdvisedBeforeARepairThatFailed() async {
        let both = await Examiner.pump.run(
            Fixture(DoctorFinding.self, sees: .verifyFailed), Fixture(PowerKind.self, sees: .off))
        #expect(both.nextStep == "look after power.off")
        #expect(both.findings.map(\.code) == ["power.off", "doctor.verify-failed"])

        let alone = await Examiner.pump.run(Fixture(DoctorFinding.self, sees: .verifyFailed))
        #expect(alone.nextStep == DoctorFinding.verifyFailed.nextStep)
        let cutOff = await Examiner.pump.run(
            Fixture(DoctorFinding.self, sees: .interruptedRun), Fixture(PowerKind.self, sees: .off))
        #expect(cutOff.nextStep == DoctorFinding.interruptedRun.nextStep)
    }

    @Test func aWarningOrAnUnknownSkipsNothing() async {
        let blind = Fixture(AirKind.self) { _ throws(ProbeFailure) in
            throw .absent(subject: "air", nextStep: "breathe")
        }
        let report = await Examiner.pump.run(
            Fixture(PowerKind.self, sees: .low), blind,
            Fixture(WaterKind.self).requiring("power", "air"))

        #expect(report["water"]?.status == .ok)
    }

    @Test func aRequiredCheckThatIsNotRunGatesNothing() async {
        let report = await Examiner.pump.run(
            Fixture(PowerKind.self, sees: .off),
            Fixture(WaterKind.self).requiring("power", "nowhere"),
            options: ExaminationOptions(selection: Selection(only: ["water"])))

        #expect(report["water"]?.status == .ok)
    }

    @Test func checksThatRequireEachOtherStillRun() async {
        let report = await Examiner.pump.run(
            Fixture(PowerKind.self).requiring("water"),
            Fixture(WaterKind.self).requiring("power"),
            Fixture(AirKind.self).requiring("air"))

        #expect(report.checks.map(\.status) == [.ok, .ok, .ok])
    }

    @Test func symptomsAreFoldedUnderTheirRoot() async throws {
        let report = await Examiner.pump.run(
            Fixture(AirKind.self, sees: .damp), Fixture(WaterKind.self, sees: .cold, .dry),
            Fixture(PowerKind.self, sees: .off), Fixture(LightKind.self, sees: .dark))

        func finding(_ code: String) throws -> AnyFinding {
            try #require(report.findings.first { $0.code == code })
        }
        #expect(report.rootFindings.map(\.code) == ["power.off"])
        #expect(try finding("power.off").explains == ["light.dark", "water.cold", "water.dry"])
        #expect(try finding("water.dry").explains == ["air.damp"])
        #expect(try finding("air.damp").explainedBy == "water.dry")
        #expect(report.root(of: try finding("air.damp")).code == "power.off")
        #expect(report["air"]?.nextStep == "look after power.off", "a row gives the root's advice")
        #expect(report.nextStep == "look after power.off")
    }

    @Test func causesThatClaimEachOtherLeaveOneRoot() async throws {
        // water.dry explains air.damp and air.damp explains water.dry: the worse one wins.
        let report = await Examiner.pump.run(
            Fixture(AirKind.self, sees: .damp), Fixture(WaterKind.self, sees: .dry))

        #expect(report.rootFindings.count == 1)
        let chained = report.findings.filter { $0.explainedBy != nil }
        #expect(chained.count == 1)
        #expect(report.root(of: try #require(chained.first)) == report.rootFindings.first)
    }

    @Test func adviceIsOfTheFirstFailureElseOfTheFirstWarning() async {
        let warned = await Examiner.pump.run(
            Fixture(LightKind.self, sees: .dark), Fixture(AirKind.self, sees: .damp))
        let failed = await Examiner.pump.run(
            Fixture(LightKind.self, sees: .dark), Fixture(WaterKind.self, sees: .cold, .dry))

        #expect(warned.nextStep == "look after light.dark")
        #expect(failed.nextStep == "look after water.dry")
    }

    @Test func everySymptomHasOneCauseWhateverIsFound() {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededGenerator(seed: seed)
        let checks: [any Check<Pump>] = [
            Fixture(PowerKind.self), Fixture(WaterKind.self),
            Fixture(AirKind.self), Fixture(LightKind.self),
        ]
        let codes = Catalogue(of: checks).entries.map(\.code)
        for _ in 0..<40 {
            let seen = codes.filter { _ in Bool.random(using: &generator) }
            let recordings = Dictionary(
                uniqueKeysWithValues: checks.map { check in
                    let own = seen.filter { Bucket(of: $0) == check.bucket }
                    let list = own.map { "\"\($0)\"" }.joined(separator: ",")
                    return (
                        check.bucket, #"{"examined":1,"codes":[\#(list)],"suspected":false}"#
                    )
                })

            let report = Examiner.pump.replay(checks: checks, snapshots: recordings).report

            for finding in report.findings {
                #expect(report.root(of: finding).explainedBy == nil, "seed \(seed)")
                for effect in finding.explains {
                    let explained = report.findings.filter { $0.code == effect }
                    #expect(explained.allSatisfy { $0.explainedBy == finding.code }, "seed \(seed)")
                }
            }
        }
    }
}
