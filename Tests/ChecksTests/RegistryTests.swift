// The list of checks, its catalogue, and the pages that belong to it.

import Diagnostics
import LiveSync
import Runbooks
import Support
import Testing

@testable import Checks

@Suite struct RegistryTests {
    private let catalogue = Catalogue(of: Registry.all)

    @Test func theSevenLinesHaveTheFieldManualsOrder() {
        let order = [
            "scanner", "mothership", "wal", "conflicts", "impacts", "presence", "integrity",
        ]
        #expect(Registry.liveOrder.map(\.rawValue) == order)
        let buckets = Registry.all.map { $0.bucket }
        #expect(Set(buckets).count == buckets.count)
        #expect(Registry.liveOrder.allSatisfy { buckets.contains($0) })
    }

    @Test func codesAreSoundAndThereAreThisMany() {
        #expect(catalogue.faults.isEmpty, "\(catalogue.faults)")
        // A code that disappears is noticed here: codes keep their meaning for ever.
        #expect(catalogue.entries.count { $0.bucket != "doctor" } == 135)
    }

    @Test func dataAtStakeAndLossAreWhereTheCatalogueSays() {
        let atStake = catalogue.entries.filter(\.dataAtStake).map(\.code).sorted()
        #expect(
            atStake == [
                "config.cloned-identity", "daemon.store-missing", "doctor.impure",
                "doctor.interrupted-run",
                "doctor.journal-broken", "doctor.redaction-failed", "host.disk-error",
                "integrity.chain-broken",
                "integrity.checksum-mismatch", "integrity.hub-went-back", "integrity.ledger-gap",
                "integrity.path-escape",
                "integrity.signature-invalid", "integrity.tail-lost", "mothership.ack-unknown",
                "mothership.tls-untrusted", "wal.disk-full",
                "wal.foreign-writer", "wal.fsync-failed", "wal.reset-unsafe", "wal.segment-gap",
                "wal.segment-misnamed",
            ])
        let lossy = catalogue.entries.filter(\.lossy).map(\.code).sorted()
        #expect(
            lossy == [
                "integrity.checksum-mismatch", "integrity.tail-lost", "wal.reset-unsafe",
                "wal.segment-gap",
            ])
    }

    @Test func everyCodeHasItsSectionWithItsClass() throws {
        for entry in catalogue.entries {
            let section = try #require(Runbooks.section(code: entry.code), "\(entry.code)")
            #expect(
                section.hasPrefix("## \(entry.code)\n\n`\(entry.classLine)`\n"), "\(entry.code)")
            for part in ["Meaning", "Impact", "Diagnosis", "Repair", "If it comes back"] {
                #expect(section.contains("\n**\(part)** "), "\(entry.code): \(part)")
            }
            let headings = section.split(separator: "\n").count { $0.hasPrefix("## ") }
            #expect(headings == 1, "\(entry.code)")
        }
    }

    @Test func everySectionHasItsCodeAndEveryPageItsIntroduction() {
        let codes = Set(catalogue.entries.map(\.code))
        for page in Runbooks.pages {
            let lines = page.text.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.first == "# \(page.name)")
            #expect(lines.count > 2 && lines[2].count > 40, "\(page.name)")
            for line in lines where line.hasPrefix("## ") {
                #expect(codes.contains(String(line.dropFirst(3))), "\(line)")
            }
        }
        #expect(Runbooks.section(code: "wal.no-such-code") == nil)
        #expect(Runbooks.section(code: "nonsense") == nil)
        #expect(Runbooks.section(code: "") == nil)
    }

    @Test func everyRelationPointsAtACodeOfTheCatalogue() {
        for entry in catalogue.entries {
            for pattern in entry.explains {
                let covers = catalogue.entries.contains { Glob.covers(pattern, code: $0.code) }
                #expect(covers, "\(entry.code) explains \(pattern)")
            }
        }
    }

    @Test func theWholeSnapshotSurvivesARecording() async throws {
        let copy = try WorkingCopy()
        var status = try LiveStatus.healthy()
        status.impacts = [Samples.impact("i1"), Samples.impact("i2")]
        try copy.runAgent(status)
        _ = try await Log.make(in: copy)
        let examiner = Examiner(system: "live sync", toolVersion: "1.0", clock: SystemClock())
        let options = ExaminationOptions(timeout: .seconds(60), checkDeadline: .seconds(60))

        let live = await examiner.examine(
            checks: Registry.all, system: copy.host(), options: options)
        var snapshots: [Bucket: String] = [:]
        for sighting in live.sightings { snapshots[sighting.bucket] = try sighting.snapshotJSON() }
        let replayed: Examination<SyncHost> = examiner.replay(
            checks: Registry.all, snapshots: snapshots, options: options)

        #expect(live.sightings.count == Registry.all.count)
        #expect(live.report.codes == ["impacts.unresolved"])
        #expect(replayed.report.findings == live.report.findings)
        #expect(replayed.report.checks.map(\.detail) == live.report.checks.map(\.detail))
    }

    /// A bundle of one state, key and time is the same twice; what the disk has left may change between.
    @Test func aRecordingAtOneTimeIsTheSameTwice() async throws {
        let copy = try WorkingCopy()
        let surroundings = Surroundings(environment: [
            "HOME": copy.workspace.root, "AURA_HOME": copy.mothershipHome,
        ])
        let clock = HeldClock(at: Timestamp(rawValue: 1_795_000_000_123))
        func record() async throws -> [String: String] {
            try await LiveProfile.record(copy.workspace, surroundings: surroundings, clock: clock)
                .files
        }

        let (one, two) = (try await record(), try await record())

        #expect(one.keys.sorted() == two.keys.sorted() && one["doctor.json"] != nil)
        for (name, text) in one where name != "host.json" {
            #expect(text == two[name], "\(name)")
        }
    }
}
