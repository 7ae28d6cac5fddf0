// What a user's memory of earlier runs does to a report, and when it is written.

import Diagnostics
import Glibc
import Support
import Testing

@Suite struct AcknowledgementTests {
    private static func dark(_ minute: Int64, _ store: FindingStore) async throws -> Report {
        await .at(
            minute, Fixture(LightKind.self, sees: .dark),
            options: ExaminationOptions(memory: try store.memory()))
    }

    @Test func anAcknowledgedFindingStaysVisibleAndDecidesNothingUntilItsEnd() async throws {
        try await withScratchFolder { folder in
            let store = FindingStore(folder: folder + "/memory")
            let first = try await Self.dark(0, store)
            let finding = try #require(first.findings.first)
            try store.acknowledge(finding, until: .minute(10), reason: "night", at: .minute(0))

            let during = try await Self.dark(9, store)
            let after = try await Self.dark(10, store)

            #expect(first.exitStatus == .findings)
            #expect(during.exitStatus == .success)
            #expect(during.overall == .warn, "the line does not turn green")
            #expect(during.findings.first?.acknowledged?.reason == "night")
            #expect(after.exitStatus == .findings, "it comes back")
            #expect(after.findings.first?.acknowledged == nil)
            let text = TextRenderer(title: "t", order: [], explainCommand: "x").render(during)
            #expect(text.contains("acked:    until \(Timestamp.minute(10).iso8601): night\n"))
        }
    }

    /// What was left as a warning is not left as a failure.
    @Test func aFindingThatBecomesWorseIsNoLongerAcknowledged() async throws {
        try await withScratchFolder { folder in
            let store = FindingStore(folder: folder)
            let finding = try #require(try await Self.dark(0, store).findings.first)
            try store.acknowledge(finding, until: .minute(10), reason: "night", at: .minute(0))
            var check = Fixture(LightKind.self, sees: .dark)
            check.raisedTo = .fail
            let options = ExaminationOptions(memory: try store.memory())

            let worse = await Report.at(1, check, options: options)

            #expect(finding.severity == .warn)
            let found = try #require(worse.findings.first)
            #expect(found.fingerprint == finding.fingerprint && found.severity == .fail)
            #expect(found.acknowledged == nil && worse.exitStatus == .findings)
        }
    }

    /// A symptom has no line of its own by which somebody could leave it for later.
    @Test func whatFollowsFromACauseThatIsLeftIsLeftWithIt() async throws {
        try await withScratchFolder { folder in
            let store = FindingStore(folder: folder + "/memory")
            let checks = (
                Fixture(PowerKind.self, sees: .off), Fixture(LightKind.self, sees: .dark)
            )
            let first = await Report.at(0, checks.0, checks.1)
            let root = try #require(first.rootFindings.first)
            #expect(first.findings.count == 2 && root.code == "power.off")
            try store.acknowledge(root, until: .minute(10), reason: "night", at: .minute(0))

            let during = await Report.at(
                1, checks.0, checks.1, options: ExaminationOptions(memory: try store.memory()))

            #expect(during.exitStatus == .success)
            #expect(during.findings.allSatisfy { $0.acknowledged?.reason == "night" })
            let other = await Report.at(
                2, checks.0, checks.1, Fixture(AirKind.self, sees: .damp),
                options: ExaminationOptions(memory: try store.memory()))
            #expect(other.exitStatus == .findings, "what has another cause is not left")
        }
    }

    @Test func aNoteIsReplacedWithdrawnAndDroppedWhenItLapsed() async throws {
        try await withScratchFolder { folder in
            let store = FindingStore(folder: folder)
            let report = await Report.at(
                0, Fixture(LightKind.self, sees: .dark), Fixture(AirKind.self, sees: .damp))
            for finding in report.findings {
                try store.acknowledge(finding, until: .minute(5), reason: "one", at: .minute(0))
            }
            let dark = try #require(report.findings.first { $0.code == "light.dark" })
            let damp = try #require(report.findings.first { $0.code == "air.damp" })
            try store.acknowledge(dark, until: .minute(20), reason: "two", at: .minute(6))

            let notes = try store.acknowledgements()
            #expect(notes.map(\.reason) == ["two"], "replaced, and the lapsed one is gone")
            #expect(try store.withdraw(dark.fingerprint))
            #expect(try !store.withdraw(damp.fingerprint))
            #expect(try store.acknowledgements().isEmpty)
        }
    }

    @Test func manyWritersLoseNothing() async throws {
        try await withScratchFolder { folder in
            let check = Fixture(WaterKind.self) { _ throws(ProbeFailure) in
                Reading(codes: Array(repeating: "water.cold", count: 24))
            }
            let report = await Report.at(0, check)
            try await withThrowingTaskGroup { group in
                for finding in report.findings {
                    group.addTask {
                        try FindingStore(folder: folder).acknowledge(
                            finding, until: .minute(9), reason: "x", at: .minute(0))
                    }
                }
                try await group.waitForAll()
            }
            #expect(try FindingStore(folder: folder).acknowledgements().count == 24)
        }
    }

    @Test func aWriterThatWasStoppedHoldsNobodyUpForEver() async throws {
        try await withScratchFolder { folder in
            let report = await Report.at(0, Fixture(LightKind.self, sees: .dark))
            let finding = try #require(report.findings.first)
            let other = open(folder + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            try #require(flock(other, LOCK_EX | LOCK_NB) == 0)
            let store = FindingStore(folder: folder, lockWait: .milliseconds(20))

            let failure = #expect(throws: PlainFailure.self) {
                try store.acknowledge(finding, until: .minute(5), reason: "x", at: .minute(0))
            }
            close(other)
            try store.acknowledge(finding, until: .minute(5), reason: "x", at: .minute(0))

            #expect(failure?.exitStatus == .busy)
            #expect(try store.acknowledgements().count == 1)
        }
    }

    @Test func brokenAcknowledgementsAreSaidAndBrokenSightingsForgotten() throws {
        try inScratchFolder { folder in
            let store = FindingStore(folder: folder)
            try FileAccess.replace(store.sightingsPath, with: Array("{".utf8))
            #expect(try store.memory().firstSeen.isEmpty)
            try FileAccess.replace(store.acknowledgementsPath, with: Array("{".utf8))
            let failure = #expect(throws: PlainFailure.self) { try store.memory() }
            #expect(failure?.subject == store.acknowledgementsPath)
        }
    }
}

@Suite struct SightingTests {
    @Test func firstSeenIsKeptAndNothingIsWrittenWhileNothingChanges() async throws {
        try await withScratchFolder { folder in
            let store = FindingStore(folder: folder)
            let healthy = await Report.at(0, Fixture(LightKind.self))
            try store.remember(healthy)
            #expect(try FileAccess.names(in: folder).isEmpty, "health leaves no trace")

            try store.remember(await .at(1, Fixture(LightKind.self, sees: .dark)))
            let before = try stamp(store.sightingsPath)
            try store.remember(await .at(2, Fixture(LightKind.self, sees: .dark)))
            #expect(try stamp(store.sightingsPath) == before)

            let later = await Report.at(
                3, Fixture(LightKind.self, sees: .dark),
                options: ExaminationOptions(memory: try store.memory()))
            #expect(later.findings.first?.firstSeen == UTCTime(.minute(1)))
        }
    }

    @Test func whatCameBackSaysSinceWhenItIsThereAgain() async throws {
        try await withScratchFolder { folder in
            let store = FindingStore(folder: folder)
            func look(_ minute: Int64, _ check: Fixture<LightKind>) async throws -> Report {
                let report = await Report.at(
                    minute, check, options: ExaminationOptions(memory: try store.memory()))
                try store.remember(report)
                return try report.withFirstSightings(from: store)
            }
            let first = try await look(0, Fixture(LightKind.self, sees: .dark))
            _ = try await look(3, Fixture(LightKind.self))
            let back = try await look(7, Fixture(LightKind.self, sees: .dark))
            let still = try await look(9, Fixture(LightKind.self, sees: .dark))

            #expect(first.findings.first?.cameBack == nil, "it was never away")
            for report in [back, still] {
                #expect(report.findings.first?.cameBack == UTCTime(.minute(7)))
                #expect(report.findings.first?.firstSeen == UTCTime(.minute(0)))
                let text = TextRenderer(title: "t", order: [], explainCommand: "x").render(report)
                let times = (Timestamp.minute(7).iso8601, Timestamp.minute(0).iso8601)
                #expect(text.contains("since:    \(times.0), again; the first time \(times.1)\n"))
            }
        }
    }

    @Test func onlyACheckThatLookedMakesAFindingGone() async throws {
        try await withScratchFolder { folder in
            let store = FindingStore(folder: folder)
            try store.remember(await .at(0, Fixture(LightKind.self, sees: .dark)))
            try store.remember(await .at(1, blind(LightKind.self)))
            try store.remember(await .at(2, Fixture(AirKind.self)))
            try store.remember(
                await .at(3, Fixture(LightKind.self)), selection: Selection(skip: ["light.dark"]))
            #expect(try store.sightings().first?.gone == nil)

            try store.remember(await .at(4, Fixture(LightKind.self)))
            #expect(try store.sightings().first?.gone == UTCTime(.minute(4)))
        }
    }

    @Test func whatCameAndWentSinceIsListed() async throws {
        try await withScratchFolder { folder in
            let store = FindingStore(folder: folder)
            try store.remember(
                await .at(0, Fixture(LightKind.self, sees: .dark), Fixture(AirKind.self)))
            try store.remember(
                await .at(5, Fixture(LightKind.self, sees: .dark), Fixture(AirKind.self)))
            let now = await Report.at(
                10, Fixture(LightKind.self), Fixture(AirKind.self, sees: .damp))
            try store.remember(now)

            let recent = try now.showingChanges(since: .minute(8), from: store)
            let none = try now.showingChanges(since: .minute(11), from: store)

            #expect(recent.changes?.new == now.findings.map(\.fingerprint))
            #expect(recent.changes?.gone.map(\.code) == ["light.dark"])
            #expect(recent.changes?.gone.first?.firstSeen == UTCTime(.minute(0)))
            #expect(none.changes?.new == [] && none.changes?.gone == [])
            let renderer = TextRenderer(title: "t", order: [], explainCommand: "x")
            #expect(renderer.render(recent).contains("gone:     light.dark: light.dark was seen"))
            #expect(renderer.render(none).contains("nothing came and nothing went"))
            let json = try JSONRenderer().render(recent)
            #expect(try JSONText.decode(Report.self, from: json) == recent)
        }
    }

    @Test func aReturnIsCountedAndTheMemoryHasAnEnd() async throws {
        try await withScratchFolder { folder in
            let store = FindingStore(folder: folder)
            for minute in 0..<6 {
                let light: Fixture<LightKind> =
                    minute.isMultiple(of: 2)
                    ? Fixture(LightKind.self, sees: .dark) : Fixture(LightKind.self)
                try store.remember(await .at(Int64(minute), light))
            }
            let seen = try #require(try store.sightings().first)
            #expect(seen.returns == 2)
            #expect(seen.firstSeen == UTCTime(.minute(0)))
            #expect(seen.came == UTCTime(.minute(4)))

            let quarter: Int64 = 60 * 24 * 91
            try store.remember(await .at(quarter, Fixture(LightKind.self)))
            #expect(try store.sightings().isEmpty)
        }
    }

    @Test(arguments: [
        ("2026-11-21", "2026-11-21T00:00:00.000Z"),
        ("2026-11-21T10:15Z", "2026-11-21T10:15:00.000Z"),
        ("2026-11-21T10:15:30Z", "2026-11-21T10:15:30.000Z"),
        ("2026-11-21T10:15:30.250Z", "2026-11-21T10:15:30.250Z"),
    ])
    func timesAreReadAsTyped(text: String, full: String) {
        #expect(Timestamp(typed: text)?.iso8601 == full)
    }

    @Test(arguments: [
        "", "yesterday", "2026-13-01", "2026-11-21T10:15", "21.11.2026", "2026-11-31",
    ])
    func whatIsNoTimeIsRefused(text: String) {
        #expect(Timestamp(typed: text) == nil)
    }

    /// Inode and time of change: a replaced file has other ones.
    private func stamp(_ path: String) throws -> String {
        var status = stat()
        try retrying("stat", path) { stat(path, &status) }
        return "\(status.st_ino) \(status.st_ctim.tv_sec) \(status.st_ctim.tv_nsec)"
    }
}
