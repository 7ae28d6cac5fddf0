// The catalogue, and what a repair and a recording get from an examination.

import Diagnostics
import Support
import Testing

@Suite struct CatalogueTests {
    private static let checks: [any Check<Pump>] = [
        Fixture(PowerKind.self, sees: .off), Fixture(WaterKind.self, sees: .cold),
    ]

    @Test func theCatalogueListsEveryCaseAndTheFrameworksOwn() throws {
        let catalogue = Catalogue(of: Self.checks)

        #expect(
            catalogue.entries.map(\.code)
                == PowerKind.allCases.map(\.rawValue) + WaterKind.allCases.map(\.rawValue)
                + DoctorFinding.allCases.map(\.rawValue))
        #expect(catalogue.buckets == ["power", "water", "doctor"])
        #expect(catalogue["water.cold"]?.severity == .warn)
        #expect(catalogue["water.warm"] == nil)
        #expect(try #require(catalogue["power.off"]).classLine == "fail, data at stake · manual")
        #expect(catalogue.faults.isEmpty)
    }

    @Test func codesClaimedTwiceAndCodesOutOfFormAreFaults() {
        enum Odd: String, PumpKind {
            case twin = "power.off"
            case shouting = "power.OFF"
            case bare = "power"
            static let bucket: Bucket = "power"
            var severity: Severity { .info }
        }

        let faults = Catalogue(kinds: [PowerKind.self, Odd.self]).faults

        #expect(
            faults == [
                "power.off is declared twice", "power.OFF is not of the form bucket.kebab-name",
                "power is not of the form bucket.kebab-name",
            ])
    }

    @Test func theDigestChangesWithTheRulesAndNotWithTheirOrder() {
        let both = Catalogue(kinds: [PowerKind.self, WaterKind.self])
        let turned = Catalogue(kinds: [WaterKind.self, PowerKind.self])
        let fewer = Catalogue(kinds: [WaterKind.self])

        #expect(both.digest == turned.digest)
        #expect(both.digest != fewer.digest)
    }

    @Test(arguments: DoctorFinding.allCases)
    func ownKindsAreWordedLikeAnyOther(kind: DoctorFinding) {
        for words in [kind.meaning, kind.impact, kind.nextStep] {
            #expect(words.first?.isLowercase == true)
            #expect(!words.hasSuffix(".") && !words.contains("please"))
        }
        #expect(kind.code.hasPrefix("doctor."))
        // Only what a repair left behind can be repaired; a check that broke cannot.
        if kind.explainsUnknown { #expect(kind.fix == .none) }
    }

    @Test func aRecordingGivesTheSameFindingsAsTheLiveSystem() async throws {
        let live = await Examiner.pump.examine(checks: Self.checks, system: Pump())
        let recording = try Dictionary(
            uniqueKeysWithValues: live.sightings.map { ($0.bucket, try $0.snapshotJSON()) })

        let replayed = Examiner.pump.replay(checks: Self.checks, snapshots: recording)
        let partly = Examiner.pump.replay(
            checks: Self.checks, snapshots: ["water": recording["water"] ?? "", "air": "{}"])
        let damaged = Examiner.pump.replay(checks: Self.checks, snapshots: ["water": "{]"])

        #expect(replayed.report.findings == live.report.findings)
        #expect(partly.report.notRun == [NotRun(check: "power", because: .notRecorded)])
        #expect(partly.report.codes == ["water.cold"])
        #expect(damaged.report["water"]?.status == .unknown)
        #expect(damaged.sightings.isEmpty)
    }

    @Test func stepsArePlannedForConfirmedFindingsOnly() async throws {
        let doubtful = Fixture(WaterKind.self) { _ throws(ProbeFailure) in
            Reading(codes: ["water.cold"], suspected: true)
        }
        let sure = await Examiner.pump.examine(checks: Self.checks, system: Pump())
        let unsure = await Examiner.pump.examine(checks: [doubtful], system: Pump())
        let print = try #require(sure.report.findings.first { $0.code == "water.cold" }).fingerprint

        let steps = try #require(sure.sighting(of: "water")).steps(for: print)

        #expect(steps.map(\.title) == ["turn the valve of water.cold"])
        #expect(try #require(unsure.sighting(of: "water")).steps(for: print).isEmpty)
        #expect(try #require(sure.sighting(of: "power")).steps(for: print).isEmpty)
    }

    @Test func failuresOfFilesAreAbsentOrUnreadable() {
        let missing = ProbeFailure(SystemFailure(operation: "open", path: "/x", code: 2))
        let forbidden = ProbeFailure(SystemFailure(operation: "open", path: "/x", code: 13))

        #expect(missing == .absent(subject: "/x", nextStep: "check that the path exists"))
        guard case .unreadable(let subject, _, _) = forbidden else {
            Issue.record("EACCES is \(forbidden)")
            return
        }
        #expect(subject == "/x")
        #expect(throws: ProbeFailure.self) {
            try probing { () throws(SystemFailure) in try FileAccess.read("/nowhere/at/all") }
        }
    }
}
