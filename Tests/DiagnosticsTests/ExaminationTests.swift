// From what probes see to rows, overall state, advice and exit code.

import Diagnostics
import Support
import Testing

@Suite struct ExaminationTests {
    @Test func healthyChecksMakeAHealthyReport() async throws {
        let report = await Examiner.pump.run(
            Fixture(PowerKind.self), Fixture(WaterKind.self))

        let power = try #require(report["power"])
        #expect(report.overall == .ok)
        #expect(report.overallOK)
        #expect(report.nextStep == "nothing to do")
        #expect(report.exitStatus == .success)
        #expect(report.checks.map(\.check) == ["power", "water"])
        #expect(power.status == .ok)
        #expect(power.detail == "1 valves, 0 wrong")
        #expect(power.witness?.examined == 1)
        #expect(power.nextStep == nil)
        #expect(power.deadlineMilliseconds == 2000)
    }

    @Test(arguments: [
        ([WaterKind.hard], Status.info, State.ok, Support.ExitStatus.success),
        ([.cold], .warn, .warn, .findings),
        ([.dry], .fail, .fail, .findings),
        ([.hard, .cold, .dry], .fail, .fail, .findings),
    ])
    func theWorstFindingSetsTheRow(
        kinds: [WaterKind], status: Status, overall: State, exit: Support.ExitStatus
    ) async {
        let codes = kinds.map(\.rawValue)
        let check = Fixture(WaterKind.self) { _ throws(ProbeFailure) in Reading(codes: codes) }

        let report = await Examiner.pump.run(check)

        #expect(report["water"]?.status == status)
        #expect(report.overall == overall)
        #expect(report.exitStatus == exit)
        #expect(report.findings.count == kinds.count)
        #expect(report["water"]?.findings == report.findings.map(\.fingerprint))
    }

    @Test(arguments: [
        (Severity.info, Support.ExitStatus.findings), (.warn, .findings), (.fail, .success),
    ])
    func failOnSetsWhatDecidesTheExitCode(failOn: Severity, exit: Support.ExitStatus) async {
        let report = await Examiner.pump.run(
            Fixture(WaterKind.self, sees: .cold), options: ExaminationOptions(failOn: failOn))

        #expect(report.exitStatus == exit)
        #expect(report.overall == .warn)
    }

    @Test(arguments: [[], ["water.hard"]])
    func okWithNothingExaminedIsUnknown(codes: [String]) async throws {
        let check = Fixture(WaterKind.self) { _ throws(ProbeFailure) in
            Reading(examined: 0, codes: codes)
        }

        let report = await Examiner.pump.run(check)

        let row = try #require(report["water"])
        #expect(row.status == .unknown)
        #expect(row.nextStep == "see whether the source of that check is empty")
        #expect(report.codes.contains("doctor.vacuous-ok"))
        #expect(report.exitStatus == .undetermined)
        #expect(report["doctor"] == nil, "the row itself says UNKNOWN; no second line")
    }

    @Test func aWarningNeedsNoWitness() async {
        let check = Fixture(WaterKind.self) { _ throws(ProbeFailure) in
            Reading(examined: 0, codes: ["water.cold"])
        }

        let report = await Examiner.pump.run(check)

        #expect(report["water"]?.status == .warn)
        #expect(report.codes == ["water.cold"])
    }

    @Test(arguments: [
        ProbeFailure.absent(subject: "/pump/log", nextStep: "start the pump"),
        .unreadable(subject: "/pump/log", reason: "open failed", nextStep: "start the pump"),
        .unavailable(subject: "/pump/log", reason: "no answer", nextStep: "start the pump"),
    ])
    func aProbeThatCannotLookIsUnknown(failure: ProbeFailure) async throws {
        let check = Fixture(WaterKind.self) { _ throws(ProbeFailure) in throw failure }

        let report = await Examiner.pump.run(check, Fixture(PowerKind.self))

        let row = try #require(report["water"])
        #expect(row.status == .unknown)
        #expect(row.detail == "/pump/log: \(failure.reason)")
        #expect(report.overall == .unknown)
        #expect(report.nextStep == "start the pump")
        #expect(report.findings.isEmpty)
        #expect(report.exitStatus == .undetermined)
    }

    @Test func whereDataIsAtStakeIsAdvisedFirst() async throws {
        let report = await Examiner.pump.run(
            Fixture(AirKind.self), Fixture(LightKind.self),
            Fixture(ValveKind.self, sees: .stuck), Fixture(PowerKind.self, sees: .off))

        #expect(report.findings.first?.code == "power.off")
        #expect(report.nextStep == "look after power.off")
    }

    @Test func aBrokenProbeIsAFindingAndTheOthersGoOn() async throws {
        let broken = Fixture(WaterKind.self) { _ throws(ProbeFailure) in
            throw .crashed(subject: "gauge", reason: "signal 11")
        }

        let report = await Examiner.pump.run(broken, Fixture(PowerKind.self, sees: .low))

        #expect(report["water"]?.status == .crashed)
        #expect(report["power"]?.status == .warn)
        #expect(Set(report.codes) == ["doctor.check-crashed", "power.low"])
        #expect(report.exitStatus == .findings, "of power.low, not of the crash")
    }

    @Test func aFindingOutsideTheCatalogueIsReported() async throws {
        let report = await Examiner.pump.run(Fixture(LightKind.self, sees: .forgotten))

        let own = try #require(report.findings.first { $0.code == "doctor.code-undeclared" })
        #expect(own.subjects.contains(.other(kind: "code", value: "light.forgotten")))
        #expect(report["light"]?.status == .warn)
        #expect(report["doctor"]?.status == .fail)
        #expect(report.exitStatus == .findings)
    }

    @Test func findingsAreCappedAndCounted() async throws {
        let check = Fixture(WaterKind.self) { _ throws(ProbeFailure) in
            Reading(codes: Array(repeating: "water.cold", count: 1300) + ["water.dry"])
        }

        let report = await Examiner.pump.run(check)

        #expect(report.findings.count == 1000)
        #expect(report.findings.first?.code == "water.dry", "the worst are kept")
        #expect(report["water"]?.omittedCount == 301)
        #expect(report.findingCount == 1301)
    }

    @Test func acknowledgedFindingsStayVisibleAndDecideNothing() async throws {
        let now = SystemClock().now
        let print = Fingerprint(code: "water.cold", subjects: [.path("/pump/0")])
        func report(until: Timestamp) async -> Report {
            let memory = FindingMemory(
                firstSeen: [print: Timestamp(rawValue: 1000)],
                acknowledged: [print: Acknowledgement(until: until, reason: "spring is near")])
            return await Examiner.pump.run(
                Fixture(WaterKind.self, sees: .cold), options: ExaminationOptions(memory: memory))
        }

        let valid = await report(until: now + .seconds(3600))
        let lapsed = await report(until: now + .seconds(-1))

        #expect(valid.exitStatus == .success)
        #expect(valid.overall == .warn)
        #expect(valid.findings.first?.acknowledged?.reason == "spring is near")
        #expect(valid.findings.first?.firstSeen?.timestamp == Timestamp(rawValue: 1000))
        #expect(lapsed.exitStatus == .findings)
        #expect(lapsed.findings.first?.acknowledged == nil)
    }

    @Test func anExaminationOfNothingIsNotHealthy() async {
        let report = await Examiner.pump.run()

        #expect(report.overall == .unknown)
        #expect(report.exitStatus == .undetermined)
    }
}

@Suite struct SelectionTests {
    private static let sick: [any Check<Pump>] = [
        Fixture(PowerKind.self, sees: .low), Fixture(WaterKind.self, sees: .cold, .hard),
        Fixture(LightKind.self, sees: .dark),
    ]

    @Test(arguments: [
        (["water"], [], ["water.cold", "water.hard"], ["water"]),
        (["water.cold"], [], ["water.cold"], ["water"]),
        (["*.dark", "po?er"], [], ["light.dark", "power.low"], ["power", "light"]),
        ([], ["water", "light.*"], ["power.low"], ["power"]),
        (
            [], ["water.hard"], ["light.dark", "power.low", "water.cold"],
            ["power", "water", "light"]
        ),
        (["water"], ["water.cold"], ["water.hard"], ["water"]),
    ])
    func globsChooseChecksAndFindings(
        only: [String], skip: [String], codes: [String], buckets: [Bucket]
    ) async {
        let options = ExaminationOptions(selection: Selection(only: only, skip: skip))

        let report = await Examiner.pump.run(checks: Self.sick, system: Pump(), options: options)

        #expect(report.codes.sorted() == codes)
        #expect(report.checks.map(\.check) == buckets)
        #expect(Set(report.notRun.map(\.check)).isDisjoint(with: buckets))
        #expect(report.notRun.count + buckets.count == 3)
    }

    @Test func misspeltPatternsAreNamed() {
        let catalogue = Catalogue(of: Self.sick)
        let selection = Selection(
            only: ["water", "watr", "*.cold"], skip: ["power.of", "doctor.*"])

        #expect(selection.unknownPatterns(in: catalogue) == ["watr", "power.of"])
    }

    @Test(arguments: [
        ("*", "", true), ("", "", true), ("", "a", false), ("a*c", "abc", true),
        ("a*c", "ac", true), ("a*c", "abcd", false), ("*b*b*", "abab", true),
        ("*b*b*b", "abab", false), ("?", "", false), ("a?c", "abc", true), ("**", "x", true),
        ("wal.*", "wal", false),
    ])
    func globsMatchAsInAShell(pattern: String, text: String, expected: Bool) {
        #expect(Glob.matches(pattern, text) == expected)
    }

    @Test func manyStarsDoNotExplode() {
        let pattern = String(repeating: "*a", count: 40) + "b"

        #expect(!Glob.matches(pattern, String(repeating: "a", count: 4000)))
    }

    @Test func deeperChecksWaitForADeeperExamination() async {
        let checks: [any Check<Pump>] = [
            Fixture(PowerKind.self), Fixture(WaterKind.self).at(.standard),
            Fixture(AirKind.self).at(.deep),
        ]
        for (depth, count) in [(Depth.quick, 1), (.standard, 2), (.deep, 3)] {
            let report = await Examiner.pump.run(
                checks: checks, system: Pump(), options: ExaminationOptions(depth: depth))
            #expect(report.checks.count == count)
            #expect(report.notRun.allSatisfy { $0.because == .deeperThanAsked })
            #expect(report.exitStatus == .success)
        }
    }

    @Test func theProbeIsToldTheDepth() async {
        let check = Fixture(WaterKind.self) { deadline throws(ProbeFailure) in
            Reading(codes: deadline.depth == .deep ? ["water.dry"] : [])
        }

        let deep = await Examiner.pump.run(check, options: ExaminationOptions(depth: .deep))
        let usual = await Examiner.pump.run(check)

        #expect(deep.codes == ["water.dry"])
        #expect(usual.codes.isEmpty)
    }

    @Test func aBudgetTakesTheCheapChecksFirst() async {
        func cost(_ milliseconds: Int) -> Cost {
            Cost(processor: .milliseconds(milliseconds), readBytes: 1 << 20)
        }
        let report = await Examiner.pump.run(
            Fixture(PowerKind.self).costing(cost(150)),
            Fixture(WaterKind.self).costing(cost(90)),
            Fixture(AirKind.self).costing(cost(100)),
            options: ExaminationOptions(budget: .milliseconds(200)))

        #expect(report.checks.map(\.check) == ["water", "air"])
        #expect(report.notRun == [NotRun(check: "power", because: .overBudget)])
    }
}
