// Under a budget as many checks as possible run, and the report says which ones did not.

import Diagnostics
import Support
import Testing

@Suite struct RosterTests {
    private func fixture<Kind: FindingKind>(
        _ kind: Kind.Type, _ milliseconds: Int64, sharing names: String...
    ) -> Fixture<Kind> {
        Fixture(kind).costing(
            Cost(processor: .milliseconds(milliseconds), readBytes: 1 << 20)
        ).sharing(names)
    }

    private func ran(
        _ budget: Int64, _ checks: any Check<Pump>..., costs: [String: Int64] = [:]
    ) async -> Set<String> {
        let shared = costs.mapValues { Cost(processor: .milliseconds($0), readBytes: 1 << 30) }
        let report = await Examiner.pump.run(
            checks: checks, system: Pump(),
            options: ExaminationOptions(budget: .milliseconds(budget), sharedCosts: shared))
        #expect(report.checks.count + report.notRun.count == checks.count)
        #expect(report.notRun.allSatisfy { $0.because == .overBudget })
        return Set(report.checks.map(\.check.rawValue))
    }

    @Test func theLargestNumberThatFitsIsChosen() async {
        let names = await ran(
            100, fixture(PowerKind.self, 90), fixture(WaterKind.self, 40),
            fixture(AirKind.self, 30), fixture(LightKind.self, 30))

        #expect(names == ["water", "air", "light"])
    }

    @Test func aSharedLookIsPaidOnce() async {
        let names = await ran(
            100, fixture(PowerKind.self, 80), fixture(WaterKind.self, 10, sharing: "log"),
            fixture(AirKind.self, 10, sharing: "log"), fixture(LightKind.self, 10, sharing: "log"),
            costs: ["log": 60])

        #expect(names == ["water", "air", "light"], "three for 90 beat one for 80")
    }

    @Test func aLookThatDoesNotFitLeavesOutAllThatNeedIt() async {
        let names = await ran(
            50, fixture(PowerKind.self, 40), fixture(WaterKind.self, 1, sharing: "log"),
            fixture(AirKind.self, 1, sharing: "log"), costs: ["log": 60])

        #expect(names == ["power"])
    }

    @Test func aSharedLookCountsForTheMeter() async {
        let options = ExaminationOptions(
            sharedCosts: ["log": Cost(processor: .seconds(20), readBytes: 1 << 30)])
        let burning = Fixture(WaterKind.self) { _ throws(ProbeFailure) in
            let end = SystemClock().uptime + .milliseconds(60)
            while SystemClock().uptime < end { continue }
            return Reading()
        }.costing(Cost(processor: .milliseconds(1), readBytes: 8 << 20))

        let alone = await Examiner.pump.run(burning, options: options)
        let sharing = await Examiner.pump.run(burning.sharing(["log"]), options: options)

        #expect(alone.codes == ["doctor.over-budget"])
        #expect(sharing.findings.isEmpty)
    }

    @Test func theTextSaysWhatWasLeftOut() async {
        let report = await Examiner.pump.run(
            fixture(PowerKind.self, 90), fixture(WaterKind.self, 5),
            options: ExaminationOptions(budget: .milliseconds(10)))

        let text = TextRenderer(title: "t", order: ["water"], explainCommand: "x").render(report)

        #expect(text.hasSuffix("\n  left out: power (does not fit the budget)\n"))
    }

    @Test func whatTheCallerLeftOutIsListedToo() async {
        let options = ExaminationOptions(leftOut: [NotRun(check: "fan", because: .notTrusted)])

        let report = await Examiner.pump.run(Fixture(PowerKind.self), options: options)

        #expect(report.notRun == options.leftOut)
        #expect(report.exitStatus == .success)
    }
}
