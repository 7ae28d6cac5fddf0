// Files of the log under each other's names: told as that, and put right without a loss.

import Diagnostics
import Glibc
import LiveSync
import Support
import Testing

@testable import Checks
@testable import WriteAheadLog

@Suite struct SegmentNamesTests {
    private let check = WALCheck(Thresholds())
    private let checks: [any Check<SyncHost>] = [WALCheck(Thresholds()), IntegrityCheck()]
    private let one = "segment-000001.log"
    private let two = "segment-000002.log"
    private let three = "segment-000003.log"

    private func exchange(_ log: Log, _ left: String, _ right: String) throws {
        try log.move(left, to: "apart.tmp")
        try log.move(right, to: left)
        try log.move("apart.tmp", to: right)
    }

    @Test func exchangedNamesAreToldAndGivenBack() async throws {
        let copy = try WorkingCopy()
        let log = try await Log.make(in: copy)
        let before = try bytes(log)
        try exchange(log, one, two)

        let report = await copy.examine(checks)
        let finding = try #require(report.findings.first)
        let verified = try LogReader.verify(at: log.folder, threads: 1)
        let steps = check.remediate(
            Finding(.segmentMisnamed, symptom: ""),
            seenIn: WALSnapshot(takenAt: now, report: verified))
        let repair = try #require(steps.first { $0.turn == .state })
        try await repair.require(of: copy.host())
        try await repair.perform(on: copy.host())
        try await repair.ensure(of: copy.host())

        #expect(Set(report.rootFindings.map(\.code)) == ["wal.segment-misnamed"], "\(report.codes)")
        #expect(finding.symptom.hasPrefix("\(one) is \(two) and 1 more"))
        #expect(finding.fix == .consent && !finding.lossy && finding.dataAtStake)
        #expect(steps.map(\.loss).reduce(.none, +).isNone)
        #expect(try bytes(log) == before)
        #expect(await copy.examine(checks).codes.isEmpty)
        await #expect(throws: StepFailure.self, "nothing is left to do") {
            try await repair.require(of: copy.host())
        }
    }

    @Test func aCircleOfThreeIsUndoneByARecoveryToo() async throws {
        let copy = try WorkingCopy()
        let log = try await Log.make(in: copy)
        let before = try bytes(log)
        try exchange(log, one, two)
        try exchange(log, two, three)

        let report = try LogRecovery.recover(at: log.folder)

        #expect(report.changed)
        #expect(report.lostLSNs.isEmpty)
        #expect(try bytes(log) == before)
        #expect(try LogReader.verify(at: log.folder, threads: 1).isSound)
    }

    @Test func aFileBesideItsFreePlaceIsBroughtHome() async throws {
        let copy = try WorkingCopy()
        let log = try await Log.make(in: copy)
        let before = try bytes(log)
        try log.move(two, to: "segment-000009.log")

        let report = await copy.examine(checks)
        let moved = try LogRecovery.giveBackNames(at: log.folder)

        #expect(Set(report.rootFindings.map(\.code)) == ["wal.segment-misnamed"], "\(report.codes)")
        #expect(moved == [SegmentRename(file: "segment-000009.log", belongsAs: two)])
        #expect(try bytes(log) == before)
    }

    @Test func aFileOfAnotherLogIsForeignAsBefore() async throws {
        let (copy, other) = (try WorkingCopy(), try WorkingCopy())
        let log = try await Log.make(in: copy)
        let (stranger, _) = try WriteAheadLog.open(
            at: other.workspace.walFolder,
            options: LogOptions(segmentBytes: 16 << 10, spare: false, seed: 99))
        try stranger.close()
        let bytes = try FileAccess.read("\(other.workspace.walFolder)/\(one)")
        try FileAccess.replace(log.path(two), with: bytes)

        let report = await copy.examine(checks)

        #expect(report.codes.contains("wal.foreign-writer"), "\(report.codes)")
        #expect(!report.codes.contains("wal.segment-misnamed"))
        #expect(try LogReader.verify(at: log.folder, threads: 1).misnamed == [])
    }

    /// The segments by their names.
    private func bytes(_ log: Log) throws -> [String: ContentDigest] {
        let names = try FileAccess.names(in: log.folder).filter { $0.hasSuffix(".log") }
        return try Dictionary(
            uniqueKeysWithValues: names.map {
                ($0, ContentDigest.of(try FileAccess.read(log.path($0))))
            })
    }
}
