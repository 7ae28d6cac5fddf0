// Every way to damage one segment, judged in memory: what must hold is that nothing passes
// unnoticed, that the row of the table is right, and that nothing but the damaged record is lost.

import Support
import Testing

@testable import WriteAheadLog

@Suite struct DamageTests {
    @Test func everyFlippedBitOfASealedSegmentIsReportedAndCostsAtMostItsRecord() async throws {
        let specimen = try await Specimen.make(24)
        var bytes = specimen.bytes
        #expect(specimen.judge(bytes).verdicts == [.ok])
        #expect(bytes.count > 6500 && bytes.count < 8300)

        for position in bytes.indices {
            for bit in 0..<8 {
                bytes[position] ^= 1 << bit
                let judgement = specimen.judge(bytes)
                bytes[position] ^= 1 << bit
                let expected = row(for: position, specimen)
                let kinds = judgement.verdicts.map(\.name)
                guard kinds == [expected.name], judgement.damaged == expected.lost,
                    judgement.readable == specimen.allLSNs.subtracting(expected.lost)
                else {
                    Issue.record(
                        "byte \(position) bit \(bit): \(judgement.verdicts), wanted \(expected)")
                    return
                }
            }
        }
    }

    private struct Row {
        var name: String
        var lost: LSNSet
    }

    private func row(for position: Int, _ specimen: Specimen) -> Row {
        guard let frame = specimen.frames.last(where: { $0.offset <= position }) else {
            return Row(name: "RANGE_DAMAGED", lost: LSNSet())
        }
        let lost = LSNSet([LSNRange(single: frame.lsn)])
        if position < frame.payloadStart { return Row(name: "RANGE_DAMAGED", lost: lost) }
        if position < frame.payloadEnd { return Row(name: "RECORD_DAMAGED", lost: lost) }
        return Row(name: "RANGE_DAMAGED", lost: LSNSet())
    }

    @Test func everyFlippedBitBehindTheWitnessIsATornTailAndBeforeItDamage() async throws {
        let specimen = try await Specimen.make(10, sealed: false)
        var bytes = specimen.bytes
        // The tenth record names the ninth as durable; the tenth itself has no witness.
        let lastFrame = try #require(specimen.frames.last)
        #expect(lastFrame.lsn == LSN(10))

        for position in SegmentHeader.blockBytes..<lastFrame.end + 64 {
            for bit in [0, 3, 7] {
                bytes[position] ^= 1 << bit
                let judgement = specimen.judge(bytes)
                let witnessed = specimen.judge(
                    bytes, witness: ExternalWitness(acknowledged: LSN(10)))
                bytes[position] ^= 1 << bit
                let names = judgement.verdicts.map(\.name)
                if position >= lastFrame.offset {
                    #expect(
                        names == ["TORN_TAIL"] || position >= lastFrame.payloadEnd, "\(position)")
                    #expect(!judgement.hasDamage, "\(position)")
                    #expect(judgement.damaged.isEmpty)
                }
                if position < lastFrame.payloadEnd {
                    #expect(witnessed.hasDamage, "\(position)")
                    #expect(judgement.verdicts != [.ok], "\(position)")
                }
                #expect(specimen.allLSNs.subtracting(judgement.readable).count <= 1)
            }
        }
    }

    @Test func aSealedSegmentCutAtAnyLengthLosesExactlyWhatWasCutOff() async throws {
        let specimen = try await Specimen.make(24)
        for length in specimen.bytes.indices {
            let judgement = specimen.judge(Array(specimen.bytes[..<length]))
            let kept = specimen.frames.filter { $0.end <= length }.map { LSNRange(single: $0.lsn) }
            let last = specimen.frames.last { $0.payloadEnd <= length }?.lsn
            #expect(judgement.hasDamage, "length \(length)")
            let missing = LSNSet(kept).subtracting(judgement.readable)
            #expect(missing.isEmpty, "length \(length)")
            #expect(judgement.damaged == specimen.allLSNs.subtracting(judgement.readable))
            if length > SegmentHeader.blockBytes {
                #expect(
                    judgement.verdicts.contains { if case .tailLost = $0 { true } else { false } }
                        || last == specimen.frames.last?.lsn, "\(length): \(judgement.verdicts)")
            }
        }
    }

    /// Nothing that is left says how many there were, and no crash leaves a segment so short.
    @Test(arguments: [0, 1, SegmentHeader.blockBytes - 1])
    func anActiveSegmentWithoutItsFirstBlockHasLostNobodyKnowsHowMany(length: Int) async throws {
        let specimen = try await Specimen.make(12, sealed: false)

        let judgement = specimen.judge(Array(specimen.bytes[..<length]))

        let verdict = try #require(judgement.verdicts.first { $0.isUncounted })
        #expect(verdict.name == "TAIL_LOST")
        #expect(judgement.hasDamage)
        let known = specimen.judge(
            Array(specimen.bytes[..<length]), witness: ExternalWitness(acknowledged: LSN(12)))
        #expect(known.damaged == specimen.allLSNs)
        #expect(known.hasDamage && !known.verdicts.contains(where: \.isUncounted))
    }

    @Test func anActiveSegmentCutAtAnyLengthIsJudgedByItsWitness() async throws {
        let specimen = try await Specimen.make(12, sealed: false)
        let end = try #require(specimen.frames.last?.end)
        for length in SegmentHeader.blockBytes...end {
            let bytes = Array(specimen.bytes[..<length])
            let judgement = specimen.judge(bytes)
            let witnessed = specimen.judge(bytes, witness: ExternalWitness(acknowledged: LSN(12)))
            // What is left proves no more than itself, so nothing is missed without a witness.
            #expect(judgement.damaged.isEmpty, "length \(length)")
            #expect(!judgement.hasDamage, "length \(length)")
            #expect(witnessed.damaged == specimen.allLSNs.subtracting(witnessed.readable))
            #expect(witnessed.hasDamage == !witnessed.damaged.isEmpty)
        }
    }

    @Test(arguments: [512, 4096], ["zero", "garbage"])
    func aLostSectorCostsOnlyTheRecordsInIt(size: Int, kind: String) async throws {
        let specimen = try await Specimen.make(60)
        var random = SeededGenerator(seed: 5)
        for start in stride(from: 0, to: specimen.bytes.count, by: size) {
            var bytes = specimen.bytes
            let range = start..<min(start + size, bytes.count)
            for index in range {
                bytes[index] = kind == "zero" ? 0 : UInt8.random(in: 0...255, using: &random)
            }
            let judgement = specimen.judge(bytes)
            let hit = specimen.frames.filter {
                $0.offset < range.upperBound && $0.end > range.lowerBound
            }
            let lost = LSNSet(hit.map { LSNRange(single: $0.lsn) })
            #expect(bytes == specimen.bytes || judgement.verdicts != [.ok], "\(start)")
            #expect(judgement.damaged.subtracting(lost).isEmpty, "\(start): \(judgement.verdicts)")
            #expect(judgement.damaged == specimen.allLSNs.subtracting(judgement.readable))
        }
    }

    // MARK: Whole records

    private func rebuilt(_ specimen: Specimen, _ frames: [Frame]) -> [UInt8] {
        var bytes = Array(specimen.bytes[..<SegmentHeader.blockBytes])
        for frame in frames { bytes += specimen.bytes[frame.offset..<frame.end] }
        return bytes
    }

    @Test func aRemovedRecordIsASpliceThatNamesIt() async throws {
        let specimen = try await Specimen.make(20, body: 40)
        for index in specimen.frames.indices.dropLast() {
            var frames = specimen.frames
            let removed = frames.remove(at: index)
            let judgement = specimen.judge(rebuilt(specimen, frames))
            #expect(judgement.verdicts.contains { if case .spliced = $0 { true } else { false } })
            #expect(judgement.damaged == LSNSet([LSNRange(single: removed.lsn)]))
        }
    }

    @Test func aDuplicatedRecordIsReturnedOnce() async throws {
        let specimen = try await Specimen.make(20, body: 40)
        for index in specimen.frames.indices {
            for place in [index + 1, specimen.frames.count - 1, 0] {
                var frames = specimen.frames
                frames.insert(specimen.frames[index], at: place)
                let judgement = specimen.judge(rebuilt(specimen, frames))
                let isSplice = judgement.verdicts.contains {
                    switch $0 {
                    case .spliced, .staleCopy: true
                    default: false
                    }
                }
                #expect(isSplice, "\(index) at \(place): \(judgement.verdicts)")
                #expect(judgement.readable == specimen.allLSNs, "\(index) at \(place)")
                #expect(judgement.returned == judgement.returned.sorted())
                #expect(Set(judgement.returned).count == judgement.returned.count)
            }
        }
    }

    @Test func swappedRecordsComeBackInTheirOrder() async throws {
        let specimen = try await Specimen.make(14, body: 40)
        let last = specimen.frames.count - 1
        for first in 0..<last {
            for second in first + 1..<last {
                var frames = specimen.frames
                frames.swapAt(first, second)
                let judgement = specimen.judge(rebuilt(specimen, frames))
                let isSplice = judgement.verdicts.contains {
                    if case .spliced = $0 { true } else { false }
                }
                #expect(isSplice, "\(first) \(second)")
                #expect(judgement.readable == specimen.allLSNs, "\(first) \(second)")
                #expect(judgement.returned == judgement.returned.sorted())
            }
        }
    }

    @Test func aRecordOfAnotherSegmentDoesNotFit() async throws {
        let specimen = try await Specimen.make(10, body: 40)
        let other = try await Specimen.make(10, body: 40)
        var foreign = other
        foreign.header.salt = specimen.header.salt ^ 1
        var bytes = specimen.bytes
        var encoder = FrameEncoder(salt: foreign.header.salt, chain: 0)
        var out = ByteWriter()
        encoder.append(draft(4, body: 40), lsn: LSN(5), flags: [], durable: .zero, to: &out)
        let place = specimen.frames[4]
        bytes.replaceSubrange(place.offset..<place.offset + out.bytes.count, with: out.bytes)
        let judgement = specimen.judge(bytes)
        #expect(judgement.damaged == set(5))
        #expect(judgement.verdicts.map(\.name) == ["RANGE_DAMAGED"])
    }

    @Test func bytesBehindASealMeanAnotherWriter() async throws {
        let specimen = try await Specimen.make(5)
        for extra in [1, 7, 8, 4096] {
            let filled = specimen.judge(specimen.bytes + [UInt8](repeating: 65, count: extra))
            #expect(filled.verdicts.map(\.name) == ["STALE_COPY"], "\(filled.verdicts)")
            #expect(filled.damaged.isEmpty)
            let zeros = specimen.judge(specimen.bytes + [UInt8](repeating: 0, count: extra))
            #expect(zeros.verdicts.map(\.name) == ["STALE_COPY"])
        }
    }

    @Test func anOlderCopyOfASealedSegmentIsStaleAndNamesWhatItLacks() async throws {
        let specimen = try await Specimen.make(12)
        var older = specimen.bytes
        let cut = specimen.frames[8].offset
        for index in cut..<older.count { older[index] = 0 }
        older += [UInt8](repeating: 0, count: 8192 - older.count)
        let judgement = specimen.judge(older)
        #expect(judgement.verdicts.map(\.name) == ["STALE_COPY"])
        #expect(judgement.damaged == specimen.allLSNs.subtracting(judgement.readable))
        #expect(judgement.readable.count == 8)
    }

    @Test func aBadSectorIsUnreadableAndTheRestIsRead() async throws {
        let specimen = try await Specimen.make(60)
        var bytes = specimen.bytes
        let range = 8192..<min(12288, bytes.count)
        for index in range { bytes[index] = 0 }
        let judgement = specimen.judge(
            bytes, unreadable: [UInt64(range.lowerBound)..<UInt64(range.upperBound)])
        #expect(Set(judgement.verdicts.map(\.name)) == ["UNREADABLE"])
        #expect(judgement.readable.count > 20)
        #expect(judgement.damaged == specimen.allLSNs.subtracting(judgement.readable))
    }

    @Test func anUnreadablePlaceBehindTheWitnessIsNotCalledATornTail() async throws {
        let specimen = try await Specimen.make(10, sealed: false)
        var bytes = specimen.bytes
        let last = try #require(specimen.frames.last)
        for index in last.offset..<bytes.count { bytes[index] = 0 }
        let judgement = specimen.judge(
            bytes, unreadable: [UInt64(last.offset)..<UInt64(bytes.count)])
        #expect(judgement.verdicts.map(\.name) == ["UNREADABLE"])
    }

    @Test func noBytesAtAllCrashTheScan() async throws {
        let specimen = try await Specimen.make(20)
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<3000 {
            var bytes = specimen.bytes
            for _ in 0..<Int.random(in: 1...12, using: &random) where bytes.count > 64 {
                let at = Int.random(in: bytes.indices, using: &random)
                switch Int.random(in: 0...4, using: &random) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.removeSubrange(at..<min(at + 9, bytes.count))
                case 2: bytes.insert(contentsOf: bytes[at..<min(at + 60, bytes.count)], at: at)
                case 3:
                    let to = Int.random(in: bytes.indices, using: &random)
                    let piece = Array(bytes[at..<min(at + 96, bytes.count)])
                    bytes.replaceSubrange(to..<min(to + piece.count, bytes.count), with: piece)
                default: bytes = Array(bytes[..<max(at, 1)])
                }
            }
            let judgement = specimen.judge(bytes)
            let strange = judgement.readable.subtracting(specimen.allLSNs)
            #expect(strange.isEmpty, "seed \(seed)")
            #expect(bytes == specimen.bytes || judgement.verdicts != [.ok], "seed \(seed)")
            #expect(
                judgement.damaged == specimen.allLSNs.subtracting(judgement.readable),
                "seed \(seed)")
        }
    }
}
