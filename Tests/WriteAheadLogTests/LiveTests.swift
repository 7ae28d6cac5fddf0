// Readers beside a running writer: whatever they catch half done, they raise no alarm.

import Support
import Testing

@testable import WriteAheadLog

@Suite struct LiveTests {
    @Test func verifyingBesideAWriterNeverRaisesAFalseAlarm() async throws {
        let scratch = Scratch()
        let options = LogOptions(segmentBytes: 64 << 10)
        let (log, _) = try WriteAheadLog.open(at: scratch.log, options: options)
        let ended = Counter()
        let looks = Counter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for round in 0..<400 {
                    _ = try log.enqueue((0..<50).map { draft($0, body: (round * 7) % 300) })
                    try await log.sync()
                    if round.isMultiple(of: 100) {
                        _ = try await log.append([draft(1, type: .checkpoint)])
                        _ = try await log.retire(below: LSN(UInt64.max))
                    }
                }
                ended.add()
            }
            group.addTask {
                var newest = LSN.zero
                while ended.value == 0 {
                    let durable = log.status.durableLSN
                    let report = try LogReader.verify(at: scratch.log)
                    #expect(report.verdicts == [.ok], "\(report.verdicts)")
                    #expect(report.lastLSN >= durable && report.lastLSN >= newest)
                    newest = report.lastLSN
                    looks.add()
                    await Task.yield()
                }
            }
            try await group.waitForAll()
        }
        try log.close()
        #expect(looks.value > 3)
        #expect(try LogReader.verify(at: scratch.log, threads: 2, digests: true).verdicts == [.ok])
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
