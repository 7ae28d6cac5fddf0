// Faults of bytes: every bit flipped, every byte zeroed, sectors zeroed, filled with garbage,
// swapped, or showing what they held earlier; files cut at every length.

import Support
import WriteAheadLog

/// Cases by number, so that threads can share them and a run can take a share.
struct CaseList: Sendable {
    let name: String
    let count: Int
    let make: @Sendable (Int) -> Damage?
}

extension TortureLog {
    private static let damagedRows: Set<String> = ["RECORD_DAMAGED", "RANGE_DAMAGED"]
    static let anyRows = damagedRows.union(["SPLICED", "TAIL_LOST", "STALE_COPY", "TORN_TAIL"])

    private func places(_ names: [String]) -> [(file: String, offset: Int)] {
        names.flatMap { name in (0..<(files[name]?.count ?? 0)).map { (name, $0) } }
    }

    /// Every bit of every segment.
    func flips() -> CaseList {
        let places = places(segmentNames)
        return CaseList(name: "bit flipped", count: places.count * 8) { number in
            let (file, offset) = places[number / 8]
            return flip(file, offset, bit: number % 8)
        }
    }

    func flip(_ file: String, _ offset: Int, bit: Int) -> Damage {
        var bytes = files[file] ?? []
        bytes[offset] ^= 1 << UInt8(bit)
        let place = "\(file) byte \(offset) bit \(bit)"
        return exactly(file, bytes, offset, kind: "bit flipped", place: place)
    }

    /// One changed byte: the row and the loss follow from its place.
    private func exactly(
        _ file: String, _ bytes: [UInt8], _ offset: Int, kind: String, place: String
    ) -> Damage {
        let hit = records.first { known in
            known.value.segment == file && known.value.offset <= offset
                && offset < known.value.end
        }
        guard let (lsn, record) = hit else {
            let isUnused = !isClosed && offset >= Self.blockBytes
            return Damage(
                kind: kind, place: place, files: [file: bytes],
                rows: isUnused ? ["TORN_TAIL"] : ["RANGE_DAMAGED"])
        }
        if lsn > witnessed {
            // Nobody can know that it was acknowledged.
            let isPadding = offset >= record.payloadEnd
            return Damage(
                kind: kind, place: place, files: [file: bytes], rows: ["TORN_TAIL"],
                mayLose: [lsn], mustLose: isPadding ? [] : [lsn])
        }
        if offset >= record.payloadEnd {
            return Damage(kind: kind, place: place, files: [file: bytes], rows: ["RANGE_DAMAGED"])
        }
        let row = offset < record.payloadStart ? "RANGE_DAMAGED" : "RECORD_DAMAGED"
        return Damage(
            kind: kind, place: place, files: [file: bytes], rows: [row], mayLose: [lsn],
            mustLose: [lsn])
    }

    /// The same with the other side's witness: what was acknowledged is never a torn tail.
    func witnessedFlips() -> CaseList {
        let last = segmentNames.last ?? ""
        let from = records(in: last).first { $0.lsn > witnessed }?.record
        let range = (from?.offset ?? 0)..<(from?.payloadEnd ?? 0)
        return CaseList(name: "acknowledged bit flipped", count: range.count * 8) { number in
            var damage = flip(last, range.lowerBound + number / 8, bit: number % 8)
            damage.kind = "acknowledged bit flipped"
            damage.rows = Self.damagedRows.union(["TAIL_LOST"])
            damage.witness = ExternalWitness(acknowledged: acknowledged, logID: logID)
            return damage
        }
    }

    func zeroedBytes() -> CaseList {
        let places = places(segmentNames)
        return CaseList(name: "byte zeroed", count: places.count) { number in
            let (file, offset) = places[number]
            var bytes = files[file] ?? []
            guard bytes[offset] != 0 else { return nil }
            bytes[offset] = 0
            return exactly(file, bytes, offset, kind: "byte zeroed", place: "\(file) \(offset)")
        }
    }

    enum SectorFault: CaseIterable { case zeroed, garbage, swapped, older }

    /// Every sector, every way.
    func sectors(_ size: Int, _ fault: SectorFault, seed: UInt64) -> CaseList {
        let sectors = segmentNames.flatMap { name in
            stride(from: 0, to: files[name]?.count ?? 0, by: size).map { (name, $0) }
        }
        let kind = "sector of \(size) \(fault)"
        return CaseList(name: kind, count: sectors.count) { number in
            let (file, start) = sectors[number]
            var bytes = files[file] ?? []
            let range = start..<min(start + size, bytes.count)
            var random = SeededGenerator(seed: seed &+ UInt64(number))
            switch fault {
            case .zeroed: for index in range { bytes[index] = 0 }
            case .garbage:
                for index in range { bytes[index] = UInt8.random(in: 0...255, using: &random) }
            case .swapped:
                let others = bytes.count / size
                let other = Int.random(in: 0..<max(1, others), using: &random) * size
                guard range.count == size, other + size <= bytes.count else { return nil }
                for index in 0..<size { bytes.swapAt(start + index, other + index) }
            case .older:
                guard let old = earlier[file], range.upperBound <= old.count else { return nil }
                bytes.replaceSubrange(range, with: old[range])
            }
            guard bytes != files[file] else { return nil }
            return damaged(
                file, to: bytes, kind: kind, place: "\(file) \(start)", rows: Self.anyRows)
        }
    }

    /// Every segment cut at every length, and once more with the other side's witness.
    func cuts(witnessed isWitnessed: Bool) -> CaseList {
        let places = places(isClosed ? segmentNames : segmentNames.suffix(1))
        let kind = isWitnessed ? "cut, with a witness" : "cut"
        return CaseList(name: kind, count: places.count) { number in
            let (file, length) = places[number]
            return cut(file, length, kind: kind, isWitnessed: isWitnessed)
        }
    }

    private func cut(_ file: String, _ length: Int, kind: String, isWitnessed: Bool) -> Damage? {
        let held = records(in: file)
        let used = held.last?.record.end ?? Self.blockBytes
        let hasEnd = isClosed || file != segmentNames.last
        if !hasEnd, length >= used { return nil }
        var damage = Damage(
            kind: kind, place: "\(file) at \(length)",
            files: [file: Array((files[file] ?? [])[..<length])],
            rows: ["TAIL_LOST", "RANGE_DAMAGED", "STALE_COPY"])
        damage.mayLose = Set(held.filter { $0.record.end > length }.map(\.lsn))
        damage.mustLose = Set(held.filter { $0.record.payloadEnd > length }.map(\.lsn))
        if isWitnessed {
            damage.witness = ExternalWitness(acknowledged: acknowledged, logID: logID)
            damage.isHarmless = damage.mustLose.isEmpty
        }
        guard !hasEnd else { return damage }
        // The records that are left prove no more than themselves.
        damage.takesWitnesses = true
        if !isWitnessed { damage.isHarmless = true }
        damage.rows.insert("TORN_TAIL")
        return damage
    }
}
