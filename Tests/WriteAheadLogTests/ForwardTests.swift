// What a later release wrote into a log of this format: a record of a kind unknown here keeps this
// release from writing, unless it says itself that it may be passed over; and then it is kept.

import CHardware
import Support
import Testing

@testable import WriteAheadLog

@Suite struct ForwardTests {
    private static let segment = "segment-000001.log"

    private func unknown(isIgnorable: Bool) -> RecordDraft {
        RecordDraft(
            typeCode: 47, metadata: Array("of tomorrow".utf8), body: [1, 2, 3], schema: 9,
            salvagedFrom: nil, isIgnorable: isIgnorable)
    }

    /// The log of a later release that was killed: behind ten records of ours stand one of its own and
    /// another of ours.
    private func writeLog(_ scratch: Scratch, isIgnorable: Bool) async throws {
        let options = LogOptions(segmentBytes: 16 << 10, spare: false)
        let (log, _) = try WriteAheadLog.open(at: scratch.log, options: options)
        for index in 0..<10 { _ = try await log.append([draft(index)]) }
        try log.abandon()

        var bytes = try scratch.bytes(Self.segment)
        let header = try #require(bytes.withUnsafeBytes { SegmentHeader($0) })
        let last = try #require(Specimen.frames(bytes, header).last)
        let frame = try #require(
            bytes.withUnsafeBytes {
                FrameHeader($0, at: last.offset, seed: Checksum.seed(salt: header.salt))
            })
        var encoder = FrameEncoder(salt: header.salt, chain: frame.payloadCRC)
        var (out, lsn) = (ByteWriter(), last.lsn)
        for draft in [unknown(isIgnorable: isIgnorable), draft(11)] {
            lsn = lsn.next
            encoder.append(draft, lsn: lsn, flags: .groupEnd, durable: last.lsn, to: &out)
        }
        bytes.replaceSubrange(last.end..<last.end + out.bytes.count, with: out.bytes)
        try scratch.write(bytes, to: Self.segment)
    }

    /// Every file but the one that only says who had the lock.
    private func files(_ scratch: Scratch) throws -> [String: [UInt8]] {
        let names = try scratch.names().filter { $0 != LogLock.fileName }
        return try Dictionary(
            uniqueKeysWithValues: names.map { ($0, try scratch.bytes($0)) })
    }

    @Test func aRecordOfALaterReleaseKeepsThisOneFromWriting() async throws {
        let scratch = Scratch()
        try await writeLog(scratch, isIgnorable: false)
        // What a recovery would set aside.
        try scratch.write([1, 2, 3], to: "segment-000001 (conflicted copy).log")
        let before = try files(scratch)

        let contents = try LogReader.records(at: scratch.log)
        let names = contents.report.verdicts.map(\.name)
        let newer = contents.report.verdicts.first { $0.name == "TOO_NEW" }
        #expect(Set(names) == ["TOO_NEW", "FOREIGN"])
        #expect(newer?.spot?.recordType == 47 && newer?.spot?.lsns == nil)
        #expect(newer?.spot?.detail == "record 11 is a TYPE_47, unknown here")
        #expect(contents.records.map(\.lsn.rawValue) == Array(1...12))
        #expect(contents.records.filter { !$0.summary.isKnown }.map(\.lsn) == [LSN(11)])

        let refusal = LogFailure.unknownRecord(
            file: scratch.file(Self.segment), type: 47,
            detail: "record 11 is a TYPE_47, unknown here")
        #expect(refusal.exitStatus == .refused && refusal.nextStep.hasPrefix("upgrade"))
        #expect(throws: refusal) { _ = try WriteAheadLog.open(at: scratch.log) }
        #expect(throws: refusal) { _ = try LogRecovery.recover(at: scratch.log) }
        #expect(throws: refusal) { _ = try LogRecovery.giveBackNames(at: scratch.log) }
        #expect(try files(scratch) == before)
    }

    @Test func oneThatMayBePassedOverIsKept() async throws {
        let scratch = Scratch()
        try await writeLog(scratch, isIgnorable: true)
        #expect(try LogReader.verify(at: scratch.log).verdicts == [.ok])

        // Nobody vouched for the last two, so they are written once more.
        let (log, report) = try WriteAheadLog.open(at: scratch.log)
        #expect(report.verdicts == [.ok] && report.carriedRecords == 2)
        _ = try await log.append([draft(12)])
        try log.close()

        let contents = try LogReader.records(at: scratch.log)
        let kept = try #require(contents.records.first { $0.type == nil })
        let wanted = unknown(isIgnorable: true)
        #expect(contents.report.verdicts == [.ok])
        #expect(contents.records.filter { $0.type != .seal }.count == 13)
        #expect(kept.lsn == LSN(11) && kept.summary.typeCode == 47 && kept.schema == 9)
        #expect(kept.summary.flags.contains(.ignorable) && kept.summary.isKnown)
        #expect(kept.metadata == wanted.metadata && kept.body == wanted.body)
    }

    /// The loop over good records is C and knows the types by their highest number.
    @Test func bothLoopsKnowTheSameTypes() {
        #expect(RecordType.allCases.map(\.rawValue) == Array(1...UInt16(AURA_FRAME_TYPE_MAX)))
        #expect(RecordFlags.ignorable.rawValue == UInt16(AURA_FRAME_IGNORABLE))
    }
}
