// Reports against reports: what changed on one system, and on whose side a trouble lies.

import Diagnostics
import Support
import TestSupport
import Testing

@Suite struct ReportDiffTests {
    @Test func newFixedRemainingAndLostAreToldApart() async throws {
        let before = await Report.at(
            0, Fixture(PowerKind.self, sees: .low), Fixture(WaterKind.self, sees: .cold),
            Fixture(LightKind.self, sees: .dark), Fixture(AirKind.self))
        let after = await Report.at(
            5, Fixture(PowerKind.self), Fixture(WaterKind.self, sees: .cold),
            blind(LightKind.self), Fixture(AirKind.self, sees: .damp))

        let diff = try ReportDiff(of: [before, after])

        #expect(diff.new.map(\.code) == ["air.damp"])
        #expect(diff.fixed.map(\.code) == ["power.low"])
        #expect(diff.remaining.map(\.code) == ["water.cold"])
        #expect(diff.lostSight.map(\.code) == ["light.dark"])
        #expect(diff.lostChecks == ["light"])
        #expect(diff.regressed.isEmpty && diff.flapping.isEmpty && !diff.rules.changed)
        #expect(diff.exitCode == 1)
        #expect(try ReportDiff(of: [after, before]) == diff, "order comes from the times")
        #expect(diff.text.contains("  lost sight of:\n      light.dark  (warn)"))
    }

    @Test func nothingNewButSomethingUnseenIsUndetermined() async throws {
        let before = await Report.at(0, Fixture(LightKind.self, sees: .dark))
        let after = await Report.at(1, blind(LightKind.self))
        let same = await Report.at(2, Fixture(LightKind.self, sees: .dark))

        #expect(try ReportDiff(of: [before, after]).exitCode == 2)
        #expect(try ReportDiff(of: [before, same]).exitCode == 0)
        #expect(try ReportDiff(of: [before, same]).text.contains("remaining"))
    }

    @Test func comingBackIsARegressionAndAgainAndAgainIsFlapping() async throws {
        let on = Fixture(LightKind.self, sees: .dark)
        let off = Fixture(LightKind.self)
        func history(_ checks: Fixture<LightKind>...) async throws -> ReportDiff {
            var reports: [Report] = []
            for (minute, check) in checks.enumerated() {
                reports.append(await .at(Int64(minute), check))
            }
            return try ReportDiff(of: reports)
        }

        #expect(try await history(on, off, on).regressed.map(\.code) == ["light.dark"])
        #expect(try await history(off, on, on).new.map(\.code) == ["light.dark"])
        #expect(try await history(off, on, off, on).flapping.map(\.code) == ["light.dark"])
        let unseen = try await history(on, blind(LightKind.self), on)
        #expect(unseen.remaining.map(\.code) == ["light.dark"], "not looking is not absence")
        let passing = try await history(off, on, off)
        #expect(passing.text.contains("nothing changed"))
    }

    @Test func anEndedAcknowledgementAndAnOldAcquaintanceAreRegressions() async throws {
        let print = Fingerprint(code: "light.dark", subjects: [.path("/pump/0")])
        let acked = ExaminationOptions(
            memory: FindingMemory(
                acknowledged: [print: Acknowledgement(until: .minute(5), reason: "r")]))
        let known = ExaminationOptions(memory: FindingMemory(firstSeen: [print: .minute(-9)]))
        let on = Fixture(LightKind.self, sees: .dark)

        let lapsed = try ReportDiff(of: [
            await .at(1, on, options: acked), await .at(6, on, options: acked),
        ])
        let returned = try ReportDiff(of: [
            await .at(1, Fixture(LightKind.self)), await .at(2, on, options: known),
        ])

        #expect(lapsed.regressed.map(\.code) == ["light.dark"])
        #expect(returned.regressed.map(\.code) == ["light.dark"])
        #expect(returned.exitCode == 1)
    }

    @Test func otherRulesAreNamed() async throws {
        let before = await Report.at(0, Fixture(LightKind.self, sees: .dark))
        let after = await Report.at(1, Fixture(LightKind.self, sees: .dark), Fixture(AirKind.self))

        let diff = try ReportDiff(of: [before, after])

        #expect(diff.rules.changed && diff.rules.codes.isEmpty)
        let text = try JSONRenderer(pretty: false).render(after)
            .replacing(#""fix":"manual""#, with: #""fix":"safe""#)
        let other = try #require(try ReportReader.reports(in: text, from: "x").first)
        #expect(try ReportDiff(of: [before, other]).rules.codes == ["light.dark"])
    }

    @Test func whatCannotBeComparedIsRefused() async throws {
        let one = await Report.at(0, Fixture(LightKind.self))
        let other = await Examiner(
            system: "mill", toolVersion: "1", clock: StillClock(now: .minute(1))
        ).run(Fixture(LightKind.self))

        for reports in [[], [one], [one, other]] {
            let failure = #expect(throws: PlainFailure.self) { try ReportDiff(of: reports) }
            #expect(failure?.exitStatus == .usage)
        }
    }

    @Test(.enabled(if: Python.has("jsonschema"), "python3 has no jsonschema"))
    func differencesAndComparisonsAreValidUnderTheirSchemas() async throws {
        let sick = await Report.at(
            0, Fixture(PowerKind.self, sees: .low), Fixture(LightKind.self, sees: .dark))
        let blinded = await Report.at(5, Fixture(PowerKind.self), blind(LightKind.self))
        let diffs = [try ReportDiff(of: [sick, blinded]), try ReportDiff(of: [sick, sick])]
        let sides = [
            TwoSidedComparison(
                here: sick, peer: blinded, rules: TwoSidedTests.rules, hereIsNow: true),
            TwoSidedComparison(
                here: blinded, peer: blinded, rules: TwoSidedTests.rules, hereIsNow: false),
        ]
        let one = try diffs.map { try OrderedJSON.encode($0, order: ReportDiff.fieldOrder) }
        let two = try sides.map { try OrderedJSON.encode($0, order: TwoSidedComparison.fieldOrder) }

        #expect(try Python.validate(one, against: ComparisonSchema.diff) == "valid 2")
        #expect(try Python.validate(two, against: ComparisonSchema.comparison) == "valid 2")
        let broken = one[0].replacing("\"new\"", with: "\"fresh\"")
        #expect(try Python.validate([broken], against: ComparisonSchema.diff).hasPrefix("invalid"))
    }
}

@Suite struct ReportReaderTests {
    @Test func bothFormsAreRead() async throws {
        let reports = [
            await Report.at(0, Fixture(LightKind.self, sees: .dark), blind(AirKind.self)),
            await Report.at(
                1, Fixture(LightKind.self), Fixture(WaterKind.self).at(.deep)),
        ]
        let lines = try reports.map { try NDJSONRenderer().render($0) }.joined()

        #expect(try ReportReader.reports(in: lines, from: "x") == reports)
        let cut = String(lines.dropLast(20))
        #expect(try ReportReader.reports(in: cut, from: "x") == [reports[0]], "cut off in a line")
        for report in reports {
            let json = try JSONRenderer().render(report)
            #expect(try ReportReader.reports(in: json, from: "x") == [report])
        }
    }

    @Test(arguments: [
        ("", Support.ExitStatus.usage), ("nonsense", .usage), ("[]", .usage),
        (#"{"schema":"aura.plan","schema_version":1}"#, .usage),
        (#"{"schema":"aura.report","schema_version":2}"#, .refused),
        (#"{"schema":"aura.report-line","schema_version":1,"line":"head"}"#, .usage),
        (#"{"schema":"aura.report-line","schema_version":9,"line":"head"}"#, .refused),
    ])
    func whatIsNoReportIsSaidSo(text: String, status: Support.ExitStatus) {
        let failure = #expect(throws: PlainFailure.self) {
            try ReportReader.reports(in: text, from: "x")
        }
        #expect(failure?.exitStatus == status)
    }

    @Test func aMissingFileIsSaidSo() {
        #expect(throws: PlainFailure.self) { try ReportReader.reports(at: "/no/such/file") }
    }
}

@Suite struct TwoSidedTests {
    static let rules = SideRules(
        remote: ["power"], link: ["water"], clockOffset: ("water", "offset"),
        roundTrip: ("water", "trip"))

    private func verdict(_ here: Report, _ peer: Report) -> TwoSidedComparison.Verdict {
        TwoSidedComparison(here: here, peer: peer, rules: Self.rules, hereIsNow: false).verdict
    }

    @Test func theSideIsFoundFromWhatBothSee() async {
        let well = await Report.at(0, Fixture(WaterKind.self), Fixture(LightKind.self))
        let noLink = await Report.at(
            0, Fixture(WaterKind.self, sees: .dry), Fixture(LightKind.self))
        let dark = await Report.at(
            0, Fixture(WaterKind.self), Fixture(LightKind.self, sees: .dark))
        let noPower = await Report.at(
            0, Fixture(PowerKind.self, sees: .low), Fixture(WaterKind.self))
        let unseen = await Report.at(0, blind(WaterKind.self), Fixture(LightKind.self))

        #expect(verdict(well, well) == .healthy)
        #expect(verdict(noLink, well) == .link)
        #expect(verdict(well, noLink) == .peerLink)
        #expect(verdict(noLink, noLink) == .server, "what both miss is what both use")
        #expect(verdict(noPower, well) == .server)
        #expect(verdict(well, noPower) == .server)
        #expect(verdict(dark, well) == .client)
        #expect(verdict(well, dark) == .peer)
        #expect(verdict(dark, dark) == .bothClients)
        #expect(verdict(noLink, unseen) == .undetermined, "the other side did not look")
        #expect(verdict(unseen, well) == .undetermined)
    }

    @Test func aSymptomOfALocalCauseIsNoLinkTrouble() async {
        // power.off explains water: here power is local and water the link.
        let rules = SideRules(
            remote: [], link: ["water"], clockOffset: ("water", "offset"),
            roundTrip: ("water", "trip"))
        let off = await Report.at(
            0, Fixture(PowerKind.self, sees: .off), Fixture(WaterKind.self, sees: .dry))
        let well = await Report.at(0, Fixture(PowerKind.self), Fixture(WaterKind.self))

        let comparison = TwoSidedComparison(here: off, peer: well, rules: rules, hereIsNow: false)

        #expect(comparison.verdict == .client)
        #expect(comparison.reasons == ["here: power.off: power.off was seen"])
        #expect(comparison.exitCode == 1)
    }

    @Test func whatOneSideHasIsItsOwnAndWhatBothHaveIsTheServers() async {
        let rules = SideRules(
            remote: ["power"], link: ["water"], own: ["water.cold"],
            clockOffset: ("water", "offset"), roundTrip: ("water", "trip"))
        let cold = await Report.at(0, Fixture(WaterKind.self, sees: .cold))
        let well = await Report.at(0, Fixture(WaterKind.self))
        func verdict(_ here: Report, _ peer: Report) -> TwoSidedComparison.Verdict {
            TwoSidedComparison(here: here, peer: peer, rules: rules, hereIsNow: false).verdict
        }

        #expect(verdict(cold, well) == .client)
        #expect(verdict(well, cold) == .peer)
        #expect(verdict(cold, cold) == .server)
    }

    @Test func clocksAreComparedThroughTheCommonOne() async throws {
        let here = await Report.at(0, OffsetCheck(offset: .seconds(5), trip: .milliseconds(40)))
        let peer = await Report.at(0, OffsetCheck(offset: .seconds(-2), trip: .milliseconds(20)))

        let skew = try #require(
            TwoSidedComparison(here: here, peer: peer, rules: Self.rules, hereIsNow: false)
                .clockSkew)

        // The middle is 5 s ahead of here and 2 s behind the peer: the peer is 7 s ahead.
        #expect(skew.milliseconds == 7000)
        #expect(skew.uncertaintyMilliseconds == 30)
    }

    @Test func aReportFromTheFutureComesFromAClockAhead() async throws {
        let here = await Report.at(0, Fixture(LightKind.self))
        let peer = await Report.at(3, Fixture(LightKind.self))

        let now = TwoSidedComparison(here: here, peer: peer, rules: Self.rules, hereIsNow: true)
        let filed = TwoSidedComparison(here: here, peer: peer, rules: Self.rules, hereIsNow: false)

        let skew = try #require(now.clockSkew)
        #expect(skew.uncertaintyMilliseconds == nil)
        #expect(skew.milliseconds > 170_000 && skew.milliseconds <= 180_000)
        #expect(filed.clockSkew == nil)
        #expect(now.text.contains("at least"))
    }
}

/// Measures an offset and a round trip, as a link does.
private struct OffsetCheck: Check {
    let offset: Duration
    let trip: Duration

    func probe(_ system: Pump, until deadline: Deadline) throws(ProbeFailure) -> Int { 1 }
    func diagnose(_ snapshot: Int) -> [Finding<WaterKind>] { [] }
    func witness(of snapshot: Int) -> Witness { Witness(examined: 1) }
    func detail(of snapshot: Int, findings: [Finding<WaterKind>]) -> String { "" }
    func facts(of snapshot: Int) -> [Evidence] {
        [Evidence("offset", .duration(offset)), Evidence("trip", .duration(trip))]
    }
}
