// Real logs, damaged from outside, looked at through a real host: exactly the right code, and not
// a byte of the log changed by the look.

import Diagnostics
import Foundation
import Glibc
import LiveSync
import Support
import Testing

@testable import Checks
@testable import WriteAheadLog

/// A log in a working copy, with the means to damage it.
struct Log {
    let folder: String
    private static let headerBytes = 4096

    /// Three sealed segments of ten records, closed cleanly.
    static func make(in copy: WorkingCopy) async throws -> Log {
        let folder = copy.workspace.walFolder
        let options = LogOptions(segmentBytes: 16 << 10, spare: false, seed: 11)
        let (log, _) = try WriteAheadLog.open(at: folder, options: options)
        for segment in 0..<3 {
            if segment > 0 { try await log.seal() }
            _ = try await log.append(
                (0..<10).map { index in
                    RecordDraft(
                        type: .note, metadata: Array("note \(segment).\(index)".utf8),
                        body: [UInt8](repeating: UInt8(index), count: 64))
                })
        }
        try log.close()
        return Log(folder: folder)
    }

    /// A log that was opened and closed and holds no record of ours.
    static func makeEmpty(in copy: WorkingCopy) throws {
        let (log, _) = try WriteAheadLog.open(
            at: copy.workspace.walFolder, options: LogOptions(segmentBytes: 16 << 10, spare: false))
        try log.close()
    }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    func change(_ name: String, _ body: (inout [UInt8]) throws -> Void) throws {
        var bytes = try FileAccess.read(path(name))
        try body(&bytes)
        chmod(path(name), 0o600)
        try FileAccess.replace(path(name), with: bytes)
    }

    func move(_ name: String, to target: String) throws {
        try #require(rename(path(name), path(target)) == 0)
    }

    /// Every file with its bytes and times, and the folder's own.
    func state() throws -> [String] {
        try FileAccess.names(in: folder).sorted().map { try Self.line(path($0)) }
            + [Self.line(folder)]
    }

    private static func line(_ path: String) throws -> String {
        var status = stat()
        try #require(lstat(path, &status) == 0)
        let isFile = status.st_mode & S_IFMT == mode_t(Glibc.S_IFREG)
        let bytes = isFile ? ContentDigest.of(try FileAccess.read(path)).hex : ""
        let times = [status.st_mtim, status.st_ctim].map { "\($0.tv_sec).\($0.tv_nsec)" }
        return "\(path) \(status.st_ino) \(status.st_mode) \(times) \(bytes)"
    }

    /// The offsets of the records of a segment: the walk needs lengths, which the reader knows.
    func offsets(in name: String) throws -> [Int] {
        let contents = try LogReader.records(at: folder)
        return contents.records.filter { $0.summary.segment.fileName == name }
            .map { Int($0.summary.offset) }
    }
}

@Suite struct LogDamageTests {
    private let checks: [any Check<SyncHost>] = [WALCheck(Thresholds()), IntegrityCheck()]

    /// The codes before and after the damage; the first must be none.
    private func codes(
        _ damage: (Log, WorkingCopy) throws -> Void
    ) async throws -> (codes: [String], report: Report) {
        let copy = try WorkingCopy()
        let log = try await Log.make(in: copy)
        let healthy = await copy.examine(checks)
        #expect(healthy.codes.isEmpty, "\(healthy.findings.map(\.symptom))")
        #expect(healthy.overall == .ok)

        try damage(log, copy)
        let before = try log.state()
        let report = await copy.examine(checks)

        #expect(try log.state() == before, "the look changed something")
        return (report.codes, report)
    }

    @Test func aHealthyLogIsExaminedWhole() async throws {
        let copy = try WorkingCopy()
        _ = try await Log.make(in: copy)

        let report = await copy.examine(checks)

        #expect(report.row("integrity")?.detail == "segment checksums valid, 3/3 examined")
        #expect(
            report.row("integrity")?.witness == Witness(examined: 3, total: 3, unit: "segments"))
        #expect(report.row("wal")?.detail.hasSuffix("records, pending out 0, pending in 0") == true)
        #expect(report.row("wal")?.status == .ok)
    }

    @Test func anEmptyLogIsExaminedAndWell() async throws {
        let copy = try WorkingCopy()
        try Log.makeEmpty(in: copy)

        let report = await copy.examine(checks)

        #expect(report.codes.isEmpty)
        #expect(report.row("integrity")?.status == .ok)
        #expect(report.row("integrity")?.detail == "segment checksums valid, 1/1 examined")
    }

    @Test func withoutAnyLogNothingIsKnown() async throws {
        let copy = try WorkingCopy()

        let report = await copy.examine(checks)

        #expect(report.row("wal")?.status == .unknown)
        #expect(report.row("integrity")?.status == .unknown)
        #expect(report.codes.isEmpty)
    }

    @Test func aFlippedByteIsAMismatchWithItsPlace() async throws {
        var offset = 0
        let (codes, report) = try await codes { log, _ in
            offset = try log.offsets(in: "segment-000002.log")[4]
            try log.change("segment-000002.log") { $0[offset + 60] ^= 0x40 }
        }

        #expect(codes == ["integrity.checksum-mismatch"])
        let finding = try #require(report.findings.first)
        #expect(finding.subjects == [.segment("segment-000002.log", offset: UInt64(offset))])
        #expect(finding.dataAtStake && finding.lossy)
        let labels = finding.evidence.map(\.label)
        #expect(
            labels == ["segment", "offset", "verdict", "sequences", "records_lost", "record_type"])
        #expect(finding.evidence.first { $0.label == "records_lost" }?.value == .count(1))
        #expect(finding.evidence.last?.value == .text("NOTE"))
        #expect(report.row("integrity")?.detail == "segment checksums invalid, 3/3 examined")
    }

    @Test func aDamagedCheckpointIsNoRecordOfAnybodysWork() async throws {
        let copy = try WorkingCopy()
        let folder = copy.workspace.walFolder
        let (log, _) = try WriteAheadLog.open(
            at: folder, options: LogOptions(segmentBytes: 16 << 10, spare: false, seed: 11))
        for type in [RecordType.note, .checkpoint, .note] {
            _ = try await log.append([RecordDraft(type: type, metadata: [1, 2, 3, 4], body: [5])])
        }
        try log.close()
        let damaged = Log(folder: folder)
        let offset = try damaged.offsets(in: "segment-000001.log")[1]
        try damaged.change("segment-000001.log") { $0[offset + FrameSize.header] ^= 1 }
        let report = try LogReader.verify(at: folder, threads: 1)
        let check = IntegrityCheck()

        let finding = try #require(
            check.diagnose(IntegritySnapshot(report: report)).first, "\(report.verdicts)")
        let loss = check.remediate(finding, seenIn: IntegritySnapshot(report: report))
            .map(\.loss).reduce(.none, +)

        #expect(finding.code == "integrity.checksum-mismatch")
        #expect(finding.symptom.contains(", a checkpoint: "), "\(finding.symptom)")
        #expect(finding.impact.hasPrefix("a copy of the peer's state is gone"))
        #expect(finding.evidence.last?.value == .text("CHECKPOINT"))
        #expect(loss.names.first?.hasSuffix(", a checkpoint of the state") == true)
    }

    @Test func whatIsNotAllOfALossIsNotToldAsAll() {
        var report = VerifyReport.healthy
        report.verdicts = [
            .tailLost(
                Spot(
                    file: "segment-000001.log", lsns: LSNRange(LSN(3), LSN(4)), detail: "cut",
                    isUncounted: true))
        ]
        var snapshot = IntegritySnapshot(report: report)
        snapshot.losses = []

        let found = IntegrityCheck().diagnose(snapshot)

        let labels = found.flatMap(\.evidence).map(\.label)
        #expect(labels.contains("records_lost_at_least") && !labels.contains("records_lost"))
    }

    /// `integrity.ledger-gap`, and what a deep look could not read.
    @Test func theLedgerOfThisMachineIsJudgedByWhatItsServerFollowed() {
        var snapshot = IntegritySnapshot(report: .healthy)
        snapshot.store = .init(isWhole: true, words: "40 records follow")
        #expect(IntegrityCheck().judge(snapshot).codes.isEmpty)
        snapshot.storeProblem = "gave no answer"
        #expect(IntegrityCheck().judge(snapshot).codes == ["integrity.not-examined"])
        snapshot.store = .init(isWhole: false, words: "a gap after 3")
        snapshot.storeProblem = nil
        let found = IntegrityCheck().diagnose(snapshot)
        #expect(found.map(\.kind) == [.ledgerGap])
        #expect(found.first?.symptom == "a gap after 3")
    }

    @Test func aLogBehindALinkIsNamedSo() async throws {
        let copy = try WorkingCopy()
        let log = try await Log.make(in: copy)
        let elsewhere = copy.workspace.root + "/elsewhere"
        try #require(rename(log.folder, elsewhere) == 0)
        try #require(symlink(elsewhere, log.folder) == 0)

        let report = await copy.examine(checks)

        #expect(report.codes == ["wal.linked-folder"])
        #expect(report.row("wal")?.status == .fail)
        #expect(report.row("wal")?.detail == "a link, not followed")
        #expect(report.row("integrity")?.status == .unknown)
        #expect(report.row("integrity")?.detail.contains("is a symbolic link") == true)
        #expect(
            report.row("integrity")?.nextStep == "put the folder itself in the place of the link")
    }

    @Test func aCutSealedSegmentHasLostItsTail() async throws {
        let (codes, _) = try await codes { log, _ in
            let offset = try log.offsets(in: "segment-000002.log")[7]
            try log.change("segment-000002.log") { $0.removeSubrange((offset + 9)...) }
        }

        #expect(codes == ["integrity.tail-lost"])
    }

    @Test func aRecordTakenOutOfTheMiddleBreaksTheChain() async throws {
        let (codes, _) = try await codes { log, _ in
            let offsets = try log.offsets(in: "segment-000002.log")
            try log.change("segment-000002.log") { bytes in
                let record = bytes[offsets[3]..<offsets[4]]
                bytes.replaceSubrange(offsets[4]..<offsets[5], with: record)
            }
        }

        #expect(codes == ["integrity.chain-broken"])
    }

    @Test func aSegmentMovedAwayIsAGap() async throws {
        let (codes, report) = try await codes { log, copy in
            try #require(
                rename(
                    log.path("segment-000002.log"), copy.workspace.root + "/segment-000002.log")
                    == 0)
        }

        #expect(codes == ["wal.segment-gap"])
        #expect(report.findings.first?.subjects == [.segment("segment-000002.log", offset: nil)])
    }

    @Test func anAppendedByteIsAForeignWriter() async throws {
        let (codes, _) = try await codes { log, _ in
            try log.change("segment-000001.log") { $0.append(0x58) }
        }

        #expect(codes == ["wal.foreign-writer"])
    }

    @Test func aConflictedCopyIsAForeignWriter() async throws {
        let (codes, _) = try await codes { log, _ in
            let copy = "segment-000001 (conflicted copy).log"
            try FileAccess.replace(log.path(copy), with: [1, 2, 3])
        }

        #expect(codes == ["wal.foreign-writer"])
    }

    /// Nil takes the file away; a number is the length to which it is cut.
    @Test(arguments: [nil, 0, 100, 2000, 4095])
    func aManifestThatIsCutOrGoneIsDamaged(length: Int?) async throws {
        let (codes, report) = try await codes { log, _ in
            if let length {
                try log.change("MANIFEST") { $0.removeSubrange(length...) }
            } else {
                try #require(unlink(log.path("MANIFEST")) == 0)
            }
        }

        #expect(codes == ["wal.index-damaged"])
        #expect(report.row("wal")?.status == .warn)
    }

    @Test func aSegmentOfANewerReleaseIsLeftAlone() async throws {
        let (codes, _) = try await codes { log, _ in
            try log.change("segment-000003.log") { bytes in
                for copy in [0, 2048] {
                    bytes[copy + 8] = 9
                    let sum = Checksum.of(Array(bytes[copy..<copy + 156]))
                    for index in 0..<4 {
                        bytes[copy + 156 + index] = UInt8(truncatingIfNeeded: sum >> (8 * index))
                    }
                }
            }
            // The manifest's own copy of the header names the old format, and it goes first.
            try #require(unlink(log.path("MANIFEST")) == 0)
        }

        #expect(codes.contains("wal.newer-format"), "\(codes)")
        #expect(Set(codes).isSubset(of: ["wal.newer-format", "wal.index-damaged"]))
    }

    @Test func aTornTailIsNoDamage() async throws {
        let copy = try WorkingCopy()
        let folder = copy.workspace.walFolder
        let options = LogOptions(segmentBytes: 16 << 10, spare: false, seed: 11)
        try await Self.appendAndCrash(at: folder, options)
        let log = Log(folder: folder)
        let offset = try #require(try log.offsets(in: "segment-000001.log").last)
        #expect(await copy.examine(checks).codes.isEmpty)

        try log.change("segment-000001.log") { $0[offset + 50] ^= 1 }
        let report = await copy.examine(checks)

        #expect(report.codes == ["wal.torn-tail"])
        #expect(report.row("wal")?.status == .info)
        #expect(report.overall == .ok)
    }

    /// An open segment owns its space from the start: an empty one is no tail of a crash.
    @Test func anEmptiedOpenSegmentHasLostNobodyKnowsHowMany() async throws {
        let copy = try WorkingCopy()
        let folder = copy.workspace.walFolder
        try await Self.appendAndCrash(
            at: folder, LogOptions(segmentBytes: 16 << 10, spare: false, seed: 11))
        try Log(folder: folder).change("segment-000001.log") { $0 = [] }

        let report = await copy.examine(checks)

        #expect(report.codes == ["integrity.tail-lost"])
        let finding = try #require(report.findings.first)
        #expect(
            finding.symptom.hasSuffix(
                "the file is empty; how many records it held is not known"), "\(finding.symptom)")
        let steps = IntegrityCheck().remediate(
            Finding(.tailLost, symptom: ""),
            seenIn: IntegritySnapshot(report: try LogReader.verify(at: folder, threads: 1)))
        let loss = steps.map(\.loss).reduce(.none, +)
        #expect(
            loss.isUncounted && loss.names.first?.hasPrefix("records of segment-000001") == true)
        #expect(steps[1].title.hasSuffix("giving up an unknown number of records"))
    }

    private static func appendAndCrash(at folder: String, _ options: LogOptions) async throws {
        do {
            let (log, _) = try WriteAheadLog.open(at: folder, options: options)
            for index in 0..<10 {
                _ = try await log.append([
                    RecordDraft(
                        type: .note, metadata: Array("note \(index)".utf8),
                        body: [UInt8](repeating: 7, count: 64))
                ])
            }
        }
        // Left without a close, as a crash does; its lock goes when its thread has ended.
        let handle = try LogFolder(at: folder, on: KernelDisk())
        defer { handle.close() }
        while LogLock.isHeld(in: handle) { await Task.yield() }
    }

    @Test func anUnreadableSegmentIsNotCalledWell() async throws {
        let (codes, report) = try await codes { log, _ in
            // A folder in its place cannot be read by anybody, root included.
            try #require(unlink(log.path("segment-000002.log")) == 0)
            try #require(mkdir(log.path("segment-000002.log"), 0o700) == 0)
        }

        #expect(codes == ["integrity.not-examined"])
        #expect(report.row("integrity")?.status == .warn)
        #expect(report.row("integrity")?.detail == "segment checksums valid, 2/3 examined")
    }

    @Test func aLogWhoseFilesVanishUnderItsAgentIsAGap() async throws {
        let copy = try WorkingCopy()
        try copy.runAgent(try LiveStatus.healthy())

        let report = await copy.examine(checks)

        #expect(report.codes == ["wal.segment-gap"])
        #expect(report.row("integrity")?.status == .unknown)
    }
}
