// Forward and back: what format 1.0 wrote is read for ever, byte for byte what it was, and what this
// release writes is still that format.

import LiveProtocol
import Support
import TestSupport
import Testing
import WriteAheadLog

@testable import LiveSync

@Suite struct GoldenLogTests {
    private struct Line: Hashable {
        let type: RecordType
        let metadataBytes: Int
        let bodyBytes: Int
        /// The first digits of the digest of both.
        let digest: String

        init(_ type: RecordType, _ metadataBytes: Int, _ bodyBytes: Int, _ digest: String) {
            (self.type, self.metadataBytes) = (type, metadataBytes)
            (self.bodyBytes, self.digest) = (bodyBytes, digest)
        }

        init?(_ record: Record) {
            guard let type = record.type else { return nil }
            let digest = ContentDigest.of(record.metadata + record.body)
            self.init(
                type, record.metadata.count, record.body.count,
                Hex.encode(digest.bytes.prefix(8)))
        }
    }

    private static let lines = [
        Line(.outboundEnqueued, 62, 403, "95682ea37ef325c4"),
        Line(.outboundSent, 21, 0, "599a35c9afdb1bd0"),
        Line(.outboundAcked, 21, 0, "599a35c9afdb1bd0"),
        Line(.inboundReceived, 47, 506, "91612fb1affceaa0"),
        Line(.baselineAdvanced, 9, 0, "d7804b1548a37776"),
        Line(.baselineAdvanced, 72, 0, "29cfd6a65af86510"),
        Line(.applyBegin, 109, 10, "e0b0e45f68565733"),
        Line(.applyOK, 70, 0, "fcbd5d4e0e1f25e4"),
        Line(.stateChanged, 10, 0, "51f38645181620c2"),
        Line(.stateChanged, 51, 0, "9e6227df861eb862"),
        Line(.seal, 68, 0, "0e99e989bcf0776b"),
    ]

    private func folder(in tree: ScratchTree) throws -> String {
        let folder = tree.at("wal")
        try FileAccess.makeFolder(folder, mode: 0o700)
        for (name, bytes) in GoldenLog.files {
            try FileAccess.replace("\(folder)/\(name)", with: bytes)
        }
        return folder
    }

    @Test func everyRecordOfFormatOneIsReadAsItWas() throws {
        let tree = try ScratchTree()
        let contents = try LogReader.records(at: try folder(in: tree))

        #expect(contents.report.verdicts == [.ok])
        #expect(contents.records.map(\.lsn.rawValue) == Array(1...11))
        #expect(contents.records.map(Line.init) == Self.lines)
        #expect(try LogReader.verify(at: tree.at("wal"), digests: true).verdicts == [.ok])
    }

    @Test func thePeerUnderstandsEachOfThem() throws {
        let tree = try ScratchTree()
        let contents = try LogReader.records(at: try folder(in: tree))

        for record in contents.records.dropLast() {
            let type = try #require(record.type)
            let read = try #require(
                try PeerRecord(type: type, metadata: record.metadata, body: record.body))
            #expect(read.draft.metadata == record.metadata && read.draft.body == record.body)
        }
        let (state, undecodable) = PeerState.replay(contents)
        #expect(undecodable == 0)
        #expect(state.lifecycle == .paused(causes: ["rebase"]))
        #expect(state.frontier == Frontier(epoch: "e1", sequence: 0) && state.rereadThrough == 9)
        #expect(state.counters.setsSent == 1 && state.counters.changesSettled == 3)
        #expect(state.counters.changesReceived == 1 && state.counters.changesApplied == 3)
    }

    @Test func itIsWrittenOnAndLosesNothing() throws {
        let tree = try ScratchTree()
        let folder = try folder(in: tree)
        let (log, report) = try WriteAheadLog.open(at: folder)
        #expect(report.verdicts == [.ok] && report.lastCloseWasClean && !report.isNew)
        let next = try log.enqueue([RecordDraft(type: .note, metadata: [1])])
        try log.close()
        let contents = try LogReader.records(at: folder)

        #expect(next == [LSN(12)] && contents.report.verdicts == [.ok])
        #expect(contents.records.prefix(11).map(Line.init) == Self.lines)
    }

    /// Another byte is another format: it needs a number of its own, and a golden log beside this one.
    @Test func theSameRecordsGiveTheSameFilesToday() async throws {
        let tree = try ScratchTree()
        let golden = try LogReader.records(at: try folder(in: tree)).records
        let (log, _) = try WriteAheadLog.open(
            at: tree.at("new"), options: LogOptions(segmentBytes: 8 << 10, spare: false, seed: 7),
            clock: StillClock(now: Timestamp(rawValue: 1_790_000_000_000)))
        for record in golden.dropLast() {
            let type = try #require(record.type)
            _ = try await log.append([
                RecordDraft(
                    type: type, metadata: record.metadata, body: record.body,
                    schema: record.schema)
            ])
        }
        try log.close()

        for (name, bytes) in GoldenLog.files {
            #expect(try FileAccess.read(tree.at("new/\(name)")) == bytes, "\(name)")
        }
    }
}
