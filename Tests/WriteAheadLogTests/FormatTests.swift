// The byte layout: golden bytes, round trips, hostile lengths.

import Support
import Testing

@testable import WriteAheadLog

@Suite struct FormatTests {
    @Test func segmentNamesReadBackAndNothingElseDoes() {
        for value: UInt64 in [1, 42, 999_999, 1_000_000] {
            let number = SegmentNumber(value)
            #expect(SegmentNumber(fileName: number.fileName) == number)
        }
        #expect(SegmentNumber(7).fileName == "segment-000007.log")
        for name in [
            "segment-7.log", "segment-0000007.log", "segment-000000.log", "segment-x.log",
            "segment-000007 (conflicted copy).log", "segment-000007.log.tmp",
        ] {
            #expect(SegmentNumber(fileName: name) == nil, "\(name)")
        }
    }

    @Test func everyRecordTypeHasANameThatFindsItAgain() {
        for type in RecordType.allCases { #expect(RecordType(name: type.name) == type) }
        #expect(Set(RecordType.allCases.map(\.rawValue)).count == 21)
        #expect(RecordType(name: "OUTBOUND") == nil)
    }

    @Test func aSegmentHeaderReadsBackWholeFromEitherCopy() throws {
        var header = SegmentHeader(
            logID: LogID(high: 1, low: 2), number: SegmentNumber(9), firstLSN: LSN(100),
            epoch: Epoch(rawValue: 3), salt: 0xDEAD_BEEF, capacity: 8 << 20,
            created: Timestamp(rawValue: 1_800_000_000_123))
        header.previousNumber = SegmentNumber(8)
        header.previousEnd = SegmentEnd(
            offset: 4711, lastLSN: LSN(99), chain: 17, digest: ContentDigest.of([1, 2, 3]))
        header.durable = LSN(98)

        var block = header.block()
        let whole = block.withUnsafeBytes { SegmentHeader($0) }
        block[20] ^= 1
        let damaged = block.withUnsafeBytes { SegmentHeader($0) }
        let copy = block.withUnsafeBytes { SegmentHeader($0, at: SegmentHeader.copyOffset) }
        #expect(whole == header)
        #expect(damaged == nil)
        #expect(copy == header)
        #expect(SegmentHeader(hex: Hex.encode(header.encoded())) == header)
    }

    /// The bytes of format 1.0: a change here is a change of the format.
    @Test func aRecordLiesInItsFileAsItAlwaysDid() {
        var encoder = FrameEncoder(salt: 1, chain: 2)
        var out = ByteWriter()
        encoder.append(
            RecordDraft(type: .note, metadata: [0x61, 0x62], body: [0x63], schema: 5), lsn: LSN(3),
            flags: .groupEnd, durable: LSN(2), to: &out)
        let text = Hex.encode(out.bytes)
        #expect(out.bytes.count == 56)
        #expect(text == Self.golden)
    }

    private static let golden =
        "0b000000acd256a703000000000000000200000013000100"
        + "0200000000000000ec36bd280500000002000000d819e7c56162630000000000"

    @Test func aSealReadsBack() {
        let seal = SealSummary(
            records: 5, firstLSN: LSN(1), lastLSN: LSN(5), bytes: 4096, chain: 9,
            digest: ContentDigest.of([7]))
        #expect(SealSummary(seal.encoded()) == seal)
        #expect(SealSummary(Array(seal.encoded().dropLast())) == nil)
    }

    @Test func aSetOfPositionsBehavesLikeASetOfNumbers() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            var (ours, plain) = (LSNSet(), Set<UInt64>())
            var (other, otherPlain) = (LSNSet(), Set<UInt64>())
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                let first = UInt64.random(in: 1...40, using: &random)
                let last = first + UInt64.random(in: 0...5, using: &random)
                guard let range = LSNRange(LSN(first), LSN(last)) else { continue }
                if Bool.random(using: &random) {
                    ours.insert(range)
                    plain.formUnion(first...last)
                } else {
                    other.insert(range)
                    otherPlain.formUnion(first...last)
                }
            }
            #expect(Self.numbers(ours) == plain.sorted(), "seed \(seed)")
            #expect(
                Self.numbers(ours.subtracting(other)) == plain.subtracting(otherPlain).sorted(),
                "seed \(seed)")
            #expect(
                Self.numbers(ours.intersection(other)) == plain.intersection(otherPlain).sorted(),
                "seed \(seed)")
            for value: UInt64 in 1...46 {
                #expect(ours.contains(LSN(value)) == plain.contains(value))
            }
        }
    }

    private static func numbers(_ set: LSNSet) -> [UInt64] {
        set.ranges.flatMap { $0.first.rawValue...$0.last.rawValue }
    }

    @Test func thePlanGivesDensePositionsAndNeverOverfillsASegment() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        var plan = AppendPlan(
            nextLSN: .first, offset: SegmentHeader.blockBytes, capacity: 16 << 10,
            segmentBytes: 16 << 10)
        var expected = LSN.first
        for _ in 0..<3000 {
            let body =
                Int.random(in: 0...3, using: &random) == 0
                ? Int.random(in: 0...40_000, using: &random) : 100
            let (roll, lsn) = plan.place(draft(1, body: body))
            if let roll {
                #expect(roll.sealLSN == expected, "seed \(seed)")
                expected = expected.next
            }
            #expect(lsn == expected, "seed \(seed)")
            expected = expected.next
            #expect(plan.offset + SealSummary.frameBytes <= plan.capacity, "seed \(seed)")
        }
    }
}
