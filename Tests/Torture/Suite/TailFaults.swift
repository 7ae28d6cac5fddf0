// What a crash leaves behind the last acknowledged record of the active segment: garbage, a group
// that reached the disk in part, whole records behind a hole. Never damage, always a torn tail.

import Support

extension TortureLog {
    /// A group that was being written: its bytes follow the last acknowledged record, and any
    /// 512-byte sector of them may be missing.
    func tornGroups(seed: UInt64, count: Int) -> CaseList {
        let file = segmentNames.last ?? ""
        let begin = records(in: file).last?.record.end ?? Self.blockBytes
        let end = nextRecords.values.map(\.end).max() ?? begin
        return CaseList(name: "group written in part", count: count) { number in
            guard var bytes = files[file], let full = nextFiles[file] else { return nil }
            var random = SeededGenerator(seed: seed &+ UInt64(number))
            for sector in begin / 512...end / 512 where Bool.random(using: &random) {
                let range = max(begin, sector * 512)..<max(begin, min(end, sector * 512 + 512))
                bytes.replaceSubrange(range, with: full[range])
            }
            var damage = Damage(
                kind: "group written in part", place: "seed \(seed &+ UInt64(number))",
                files: [file: bytes], rows: ["TORN_TAIL"], isHarmless: true)
            damage.mayReturn = nextRecords
            return damage
        }
    }

    /// Bytes of any value and length behind the end.
    func garbageTails(seed: UInt64, count: Int) -> CaseList {
        let file = segmentNames.last ?? ""
        let begin = records(in: file).last?.record.end ?? Self.blockBytes
        return CaseList(name: "garbage behind the end", count: count) { number in
            guard var bytes = files[file] else { return nil }
            var random = SeededGenerator(seed: seed &+ UInt64(number))
            let room = min(bytes.count - begin, 600)
            guard room > 0 else { return nil }
            for index in begin..<begin + Int.random(in: 1...room, using: &random) {
                bytes[index] = UInt8.random(in: 0...255, using: &random)
            }
            return Damage(
                kind: "garbage behind the end", place: "seed \(seed &+ UInt64(number))",
                files: [file: bytes], rows: ["TORN_TAIL"], isHarmless: true)
        }
    }
}
