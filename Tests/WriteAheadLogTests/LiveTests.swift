// Readers beside a running writer: whatever they catch half done, they raise no alarm.

import Support
import Testing
import TortureSuite

@testable import WriteAheadLog

@Suite struct LiveTests {
    /// The short form of `torture live --records 1000000`.
    @Test func verifyingBesideAWriterNeverRaisesAFalseAlarm() async throws {
        let tally = Tally()
        let seed = UInt64.random(in: 0...UInt64.max)
        try await LiveReading(tally, seed: seed, records: 20_000).run()
        #expect(tally.broken.isEmpty, "seed \(seed): \(tally.broken)")
        #expect(tally.figure(LiveReading.written) == 20_000)
        #expect(tally.figure(LiveReading.looks) > 3)
        #expect(tally.figure("segments retired meanwhile") > 0)
    }

    /// The bytes a reader may catch while one group is being written: the kernel copies page by
    /// page, and the reader may see a later page before an earlier one.
    @Test func aGroupCaughtHalfWrittenIsAWriteInFlight() async throws {
        let specimen = try await Specimen.make(30, sealed: false, body: 300)
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let known = specimen.frames[Int.random(in: 0..<29, using: &random)]
            var bytes = specimen.bytes
            for page in known.end / 512 + 1..<bytes.count / 512 where Bool.random(using: &random) {
                for index in page * 512..<page * 512 + 512 { bytes[index] = 0 }
            }
            let image = LoadedFile(bytes: bytes).withView {
                SegmentImage.judge(
                    $0, specimen.number, specimen.manifest, logID: specimen.manifest.logID,
                    digests: false)
            }
            let judgement = LogJudge.judge(
                LogImage(
                    manifest: specimen.manifest, manifestState: .good,
                    segments: [specimen.number: image]),
                isLive: true, ceiling: known.lsn)
            #expect(judgement.verdicts == [.ok], "seed \(seed): \(judgement.verdicts)")
            #expect(judgement.lastLSN >= known.lsn, "seed \(seed)")
        }
    }
}
