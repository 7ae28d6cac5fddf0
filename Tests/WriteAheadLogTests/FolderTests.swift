// Damage to files as wholes: missing, foreign, renamed, older; a manifest that is gone, torn or
// lies; and what opening and recovery make of it.

import Glibc
import Support
import Testing
import TortureSuite

@testable import WriteAheadLog

@Suite struct FolderTests {
    /// A closed log of several segments; returns every record's body by position.
    private func build(_ scratch: Scratch, _ count: Int = 120) async throws -> [LSN: [UInt8]] {
        try await withLog(scratch) { log in
            for index in 0..<count { _ = try log.enqueue([draft(index, body: 300)]) }
        }
        return try bodies(scratch)
    }

    private func bodies(_ scratch: Scratch) throws -> [LSN: [UInt8]] {
        var bodies: [LSN: [UInt8]] = [:]
        for record in try LogReader.records(at: scratch.log).records where record.type != .seal {
            bodies[record.salvagedFrom ?? record.lsn] = record.body
        }
        return bodies
    }

    private func names(_ scratch: Scratch) throws -> [String] {
        try LogReader.verify(at: scratch.log).verdicts.map(\.name)
    }

    /// Opening works, new records go on, a recovery lists the loss, and a second one does nothing.
    private func expectRecoverable(
        _ scratch: Scratch, _ before: [LSN: [UInt8]], lost: LSNSet,
        _ location: SourceLocation = #_sourceLocation
    ) async throws {
        let damaged = try LogReader.verify(at: scratch.log)
        #expect(damaged.damagedLSNs == lost, sourceLocation: location)
        let (log, report) = try WriteAheadLog.open(
            at: scratch.log, options: LogOptions(segmentBytes: 16 << 10))
        #expect(report.lostLSNs == lost, sourceLocation: location)
        let new = try await log.append([draft(1)])[0]
        #expect(before.keys.allSatisfy { $0 < new }, sourceLocation: location)
        try log.close()

        let recovery = try LogRecovery.recover(at: scratch.log)
        #expect(recovery.lostLSNs == lost, sourceLocation: location)
        let report2 = try LogReader.verify(at: scratch.log)
        #expect(report2.verdicts == [.ok] && report2.isSound, sourceLocation: location)
        #expect(report2.acceptedLosses == lost, sourceLocation: location)
        let after = try bodies(scratch)
        for (lsn, body) in before where !lost.contains(lsn) {
            #expect(after[lsn] == body, "record \(lsn)", sourceLocation: location)
        }
        let state = try snapshot(scratch)
        let second = try LogRecovery.recover(at: scratch.log)
        #expect(!second.changed, sourceLocation: location)
        #expect(try snapshot(scratch) == state, sourceLocation: location)
    }

    private func snapshot(_ scratch: Scratch) throws -> [String: ContentDigest] {
        var files: [String: ContentDigest] = [:]
        for name in try scratch.names() where name != LogLock.fileName {
            if FileAccess.isFolder(scratch.file(name)) { continue }
            files[name] = ContentDigest.of(try scratch.bytes(name))
        }
        return files
    }

    private func lsns(of segment: String, _ scratch: Scratch) throws -> LSNSet {
        let bytes = try scratch.bytes(segment)
        let header = try #require(bytes.withUnsafeBytes { SegmentHeader($0) })
        return LSNSet(Specimen.frames(bytes, header).map { LSNRange(single: $0.lsn) })
    }

    @Test(arguments: [1, 2, 4]) func aMissingSegmentIsNamedWithItsRecords(number: Int) async throws
    {
        let scratch = Scratch()
        let before = try await build(scratch)
        let name = SegmentNumber(UInt64(number)).fileName
        let lost = try lsns(of: name, scratch)
        unlink(scratch.file(name))
        #expect(try names(scratch) == ["MISSING"])
        try await expectRecoverable(scratch, before, lost: lost)
    }

    @Test func aMissingLastSegmentIsNoticedAndItsPositionsAreNotUsedAgain() async throws {
        let scratch = Scratch()
        let before = try await build(scratch)
        let name = try #require(try scratch.names().last { $0.hasPrefix("segment") })
        let lost = try lsns(of: name, scratch)
        unlink(scratch.file(name))
        #expect(try names(scratch) == ["MISSING"])
        try await expectRecoverable(scratch, before, lost: lost)
    }

    @Test func aDamagedRecordInASealedSegmentCostsThatRecordAlone() async throws {
        let scratch = Scratch()
        let before = try await build(scratch)
        var bytes = try scratch.bytes("segment-000002.log")
        let header = try #require(bytes.withUnsafeBytes { SegmentHeader($0) })
        let frame = Specimen.frames(bytes, header)[3]
        bytes[frame.payloadStart + 40] ^= 0x10
        try scratch.write(bytes, to: "segment-000002.log")
        #expect(try names(scratch) == ["RECORD_DAMAGED"])
        try await expectRecoverable(scratch, before, lost: LSNSet([LSNRange(single: frame.lsn)]))
        // The copy in quarantine is the file as it was, and the report names the record.
        let occasion = try #require(try FileAccess.names(in: scratch.file("quarantine")).first)
        #expect(try scratch.bytes("quarantine/\(occasion)/segment-000002.log") == bytes)
        let text = try FileAccess.read(scratch.file("quarantine/\(occasion)/report.json"))
        let report = try JSONText.decode(RecoveryReport.self, from: text)
        let lost = try #require(report.lost.first)
        #expect(lost.lsn == frame.lsn && lost.type != nil)
        #expect(lost.metadata.flatMap(Hex.decode)?.starts(with: "meta ".utf8) == true)
        // Damage that comes later is news again.
        bytes[frame.end + 50] ^= 1
        try scratch.write(bytes, to: "segment-000002.log")
        #expect(try LogReader.verify(at: scratch.log).verdicts.contains { $0.isDamage })
    }

    @Test func aConflictedCopyGivesALostRecordBack() async throws {
        let scratch = Scratch()
        let before = try await build(scratch)
        let good = try scratch.bytes("segment-000002.log")
        var bytes = good
        bytes[5000] ^= 1
        try scratch.write(bytes, to: "segment-000002.log")
        try FileAccess.replace(scratch.file("segment-000002 (conflicted copy).log"), with: good)
        #expect(try Set(names(scratch)).contains("FOREIGN"))

        let recovery = try LogRecovery.recover(at: scratch.log)
        #expect(recovery.lostLSNs.isEmpty)
        #expect(recovery.lost.compactMap(\.restoredAs).count == 1)
        #expect(try bodies(scratch).filter { before[$0.key] != nil } == before)
        #expect(try LogReader.verify(at: scratch.log).verdicts == [.ok])
        #expect(try !LogRecovery.recover(at: scratch.log).changed)
    }

    @Test func aSectorThatCannotBeReadCostsItsRecordsAlone() throws {
        let disk = MemoryDisk()
        let options = LogOptions(segmentBytes: 16 << 10, spare: false)
        func open() throws -> (log: WriteAheadLog, report: OpenReport) {
            try WriteAheadLog.open(
                at: "/log", options: options, clock: SystemClock(), witness: .nothingKnown, on: disk
            )
        }
        let log = try open().log
        for index in 0..<60 { _ = try log.appendAndWait([draft(index, body: 200)]) }
        try log.close()
        disk.refuse(8192..<8193, of: "/log/segment-000001.log")

        let (again, report) = try open()

        #expect(report.verdicts.contains { $0.name == "UNREADABLE" }, "\(report.verdicts)")
        let lost = report.lostLSNs
        #expect(!lost.isEmpty && lost.count < 30)
        let found = try again.readRecords(from: .first).filter { $0.type != .seal }
        #expect(found.count == 60 - Int(lost.count))
        #expect(found.allSatisfy { !lost.contains($0.lsn) })
        try again.close()
    }

    /// A folder in the place of the newest segment stands for a disk, a mode or a limit that keeps it
    /// from being opened once; afterwards every record is there, and nothing is called lost.
    @Test func aSegmentThatCannotBeOpenedForAWhileKeepsItsRecords() async throws {
        let scratch = Scratch()
        let (log, _) = try WriteAheadLog.open(at: scratch.log)
        for index in 0..<9 { _ = try await log.append([draft(index)]) }
        try log.abandon()
        let (name, aside) = (scratch.file("segment-000001.log"), scratch.path + "/aside")
        try #require(rename(name, aside) == 0 && mkdir(name, 0o700) == 0)

        let (blind, report) = try WriteAheadLog.open(at: scratch.log)
        #expect(report.verdicts.map(\.name) == ["UNREADABLE"])
        _ = try await blind.append([draft(9)])
        try blind.close()
        try #require(rmdir(name) == 0 && rename(aside, name) == 0)

        let contents = try LogReader.records(at: scratch.log)
        #expect(contents.report.verdicts == [.ok], "\(contents.report.verdicts)")
        #expect(contents.records.filter { $0.type != .seal }.count == 10)
    }

    @Test func aTypeOfALaterVersionHasANumberForAName() throws {
        let summary = RecordSummary(
            lsn: .first, typeCode: 999, flags: [], schema: 1, metadata: [], bodyBytes: 0,
            payloadCRC: 0, salvagedFrom: LSN(7), durable: .zero, segment: SegmentNumber(1),
            offset: 0)
        #expect(summary.type == nil && summary.typeName == "TYPE_999")
        #expect(Record(summary: summary, body: []).origin == LSN(7))
    }

    @Test func aRestoredPartOfACheckpointIsNoCheckpoint() async throws {
        let scratch = Scratch()
        let options = LogOptions(segmentBytes: 8 << 10)
        try await withLog(scratch, options) { log in
            for index in 0..<60 { _ = try log.enqueue([draft(index, body: 300)]) }
            try await log.seal()
            _ = try await log.append((0..<3).map { draft($0, body: 300, type: .checkpoint) })
            try await log.seal()
        }
        let middle = try #require(
            try LogReader.records(at: scratch.log).records.filter { $0.type == .checkpoint }
                .dropFirst().first)
        let name = middle.summary.segment.fileName
        let good = try scratch.bytes(name)
        var bytes = good
        bytes[Int(middle.summary.offset) + FrameSize.header + 20] ^= 1
        try scratch.write(bytes, to: name)
        try FileAccess.replace(scratch.file("\(name) (copy)"), with: good)
        let recovery = try LogRecovery.recover(at: scratch.log, options: options)
        try #require(recovery.lost.compactMap(\.restoredAs).count == 1)

        // The checkpoint is broken, and what was restored of it must not pass for one.
        try await withLog(scratch, options) { log in
            await #expect(throws: LogFailure.noCheckpoint(below: LSN(1_000))) {
                _ = try await log.retire(below: LSN(1_000))
            }
            #expect(log.status.firstLSN == .first)
        }
    }

    @Test func aRenamedADuplicatedAndAStrangeSegmentAreForeign() async throws {
        let scratch = Scratch()
        _ = try await build(scratch)
        let two = try scratch.bytes("segment-000002.log")
        let three = try scratch.bytes("segment-000003.log")
        try scratch.write(two, to: "segment-000003.log")
        #expect(try names(scratch) == ["FOREIGN"])
        try scratch.write(three, to: "segment-000003.log")
        #expect(try names(scratch) == ["OK"])

        let other = Scratch()
        _ = try await build(other)
        try scratch.write(try other.bytes("segment-000003.log"), to: "segment-000003.log")
        let report = try LogReader.verify(at: scratch.log)
        #expect(report.verdicts.map(\.name) == ["FOREIGN"])
        #expect(report.recordsTotal == report.lastLSN.rawValue)
    }

    @Test func aFolderSwappedForAnotherLogIsForeignToItsWitness() async throws {
        let scratch = Scratch()
        _ = try await build(scratch, 10)
        let id = try #require(try LogReader.verify(at: scratch.log).logID)
        let good = try LogReader.verify(at: scratch.log, witness: ExternalWitness(logID: id))
        #expect(good.verdicts == [.ok])
        let other = ExternalWitness(logID: LogID(high: 1, low: 1))
        #expect(
            try LogReader.verify(at: scratch.log, witness: other).verdicts.map(\.name) == [
                "FOREIGN"
            ])
    }

    @Test func anOlderCopyOfTheWholeFolderIsFoundByTheOtherSidesWitness() async throws {
        let scratch = Scratch()
        _ = try await build(scratch, 20)
        let last = try LogReader.verify(at: scratch.log).lastLSN
        let witness = ExternalWitness(acknowledged: last.advanced(by: 30))
        let report = try LogReader.verify(at: scratch.log, witness: witness)
        #expect(report.verdicts.map(\.name) == ["TAIL_LOST"] && report.damagedLSNs.count == 30)
        let (log, opened) = try WriteAheadLog.open(at: scratch.log, witness: witness)
        #expect(try await log.append([draft(0)])[0] > last.advanced(by: 30))
        #expect(opened.verdicts.contains { if case .tailLost = $0 { true } else { false } })
        try log.close()
    }

    // MARK: The manifest

    @Test func theManifestAloneCostsNothing() async throws {
        let scratch = Scratch()
        let before = try await build(scratch)
        let manifest = try scratch.bytes("MANIFEST")
        unlink(scratch.file("MANIFEST"))
        #expect(try names(scratch) == ["MANIFEST_DAMAGED"])
        #expect(try bodies(scratch) == before)
        try await expectRecoverable(scratch, before, lost: LSNSet())

        let again = Scratch()
        let other = try await build(again)
        try again.write([UInt8](repeating: 0, count: manifest.count), to: "MANIFEST")
        #expect(try names(again) == ["MANIFEST_DAMAGED"])
        try await expectRecoverable(again, other, lost: LSNSet())
    }

    @Test func aManifestCutAtAnyEntryCostsNoRecord() async throws {
        let scratch = Scratch()
        let before = try await build(scratch)
        let manifest = try scratch.bytes("MANIFEST")
        for length in stride(from: 0, through: manifest.count, by: 37) {
            try scratch.write(Array(manifest[..<length]), to: "MANIFEST")
            let report = try LogReader.verify(at: scratch.log)
            #expect(report.damagedLSNs.isEmpty, "length \(length): \(report.verdicts)")
            #expect(report.recordsExamined >= UInt64(before.count), "length \(length)")
            let strange = report.verdicts.filter {
                switch $0 {
                case .ok, .manifestDamaged: false
                default: true
                }
            }
            #expect(strange.isEmpty, "length \(length): \(strange)")
        }
    }

    @Test func everyByteOfTheManifestIsGuarded() async throws {
        let scratch = Scratch()
        _ = try await build(scratch, 40)
        let manifest = try scratch.bytes("MANIFEST")
        let image = try #require(ManifestCodec.decode(manifest))
        #expect(image.damage == nil)
        for position in manifest.indices {
            var bytes = manifest
            bytes[position] ^= 0x04
            let damaged = ManifestCodec.decode(bytes)
            // The padding behind an entry is the only place where a flip changes nothing.
            let isNoticed =
                damaged == nil || damaged?.damage != nil
                || damaged?.entries != image.entries
            #expect(isNoticed || manifest[position] == 0, "byte \(position)")
            if let damaged { #expect(damaged.entries.count >= image.entries.count - 1) }
        }
    }

    @Test func aTornManifestEntryIsPassedAndWrittenBehind() async throws {
        let scratch = Scratch()
        let before = try await build(scratch)
        let manifest = try scratch.bytes("MANIFEST")
        try scratch.write(manifest + [UInt8](repeating: 0x5A, count: 61), to: "MANIFEST")
        try await withLog(scratch) { _ = try await $0.append([draft(3)]) }
        let bytes = try scratch.bytes("MANIFEST")
        #expect(bytes.starts(with: manifest) && bytes.count > manifest.count + 100)
        let report = try LogReader.verify(at: scratch.log)
        #expect(report.verdicts == [.ok])
        #expect(try bodies(scratch).count == before.count + 1)
    }

    // MARK: Formats and resets

    @Test func aNewerMajorIsRefusedForWritingAndNamedForReading() async throws {
        let scratch = Scratch()
        _ = try await build(scratch, 10)
        var bytes = try scratch.bytes("segment-000001.log")
        var header = try #require(bytes.withUnsafeBytes { SegmentHeader($0) })
        header.major = 2
        bytes.replaceSubrange(0..<SegmentHeader.blockBytes, with: header.block())
        unlink(scratch.file("MANIFEST"))
        try scratch.write(bytes, to: "segment-000001.log")
        #expect(try names(scratch).contains("TOO_NEW"))
        #expect(throws: LogFailure.tooNew(file: scratch.file("segment-000001.log"), major: 2)) {
            _ = try WriteAheadLog.open(at: scratch.log)
        }
    }

    @Test func aResetMovesTheLogAwayAndBeginsAnother() async throws {
        let scratch = Scratch()
        let before = try await build(scratch, 30)
        let old = try LogReader.verify(at: scratch.log).logID
        let report = try LogRecovery.reset(at: scratch.log)
        #expect(report.oldLogID == old && report.newLogID != old)
        let moved = try LogReader.records(at: report.movedTo)
        #expect(moved.report.verdicts == [.ok])
        #expect(moved.records.filter { $0.type != .seal }.count == before.count)
        let fresh = try LogReader.verify(at: scratch.log)
        #expect(fresh.verdicts == [.ok] && fresh.logID == report.newLogID)
        try await withLog(scratch) { log in
            #expect(log.logID == report.newLogID)
            _ = try await log.append([draft(0)])
        }
        #expect(try FileAccess.names(in: scratch.path).count == 2)
    }
}
