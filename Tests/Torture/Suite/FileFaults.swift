// Faults of records and of whole files: removed, repeated, swapped, renamed, older, of another log,
// of a newer format, unreadable; and everything that can happen to the manifest.

import CHardware
import WriteAheadLog

extension TortureLog {
    // MARK: Records

    private func rebuilt(_ file: String, _ order: [KnownRecord]) -> [UInt8] {
        let intact = files[file] ?? []
        return order.reduce(into: Array(intact[..<Self.blockBytes])) {
            $0 += intact[$1.offset..<$1.end]
        }
    }

    private static let spliceRows: Set<String> = [
        "SPLICED", "STALE_COPY", "RANGE_DAMAGED", "TAIL_LOST",
    ]

    /// Each record of each segment taken out, repeated behind itself and far off, and swapped with
    /// its neighbour and with a distant one.
    func spliced() -> [CaseList] {
        let all = segmentNames.flatMap { name in
            records(in: name).indices.map { (name, $0) }
        }
        let removed = CaseList(name: "record removed", count: all.count) { number in
            let (file, index) = all[number]
            var held = records(in: file)
            let gone = held.remove(at: index)
            var damage = Damage(
                kind: "record removed", place: "\(file) \(gone.lsn)",
                files: [file: rebuilt(file, held.map(\.record))], rows: Self.spliceRows)
            damage.mayLose = [gone.lsn]
            damage.mustLose = [gone.lsn]
            return damage
        }
        let repeated = CaseList(name: "record repeated", count: all.count * 2) { number in
            let (file, index) = all[number / 2]
            let held = records(in: file)
            var order = held.map(\.record)
            let target =
                number.isMultiple(of: 2) ? index + 1 : (index + held.count / 2) % held.count
            order.insert(held[index].record, at: target)
            return Damage(
                kind: "record repeated", place: "\(file) \(held[index].lsn) at \(target)",
                files: [file: rebuilt(file, order)], rows: Self.spliceRows)
        }
        let swapped = CaseList(name: "records swapped", count: all.count * 2) { number in
            let (file, index) = all[number / 2]
            let held = records(in: file)
            let other = number.isMultiple(of: 2) ? index + 1 : (index + held.count / 2) % held.count
            guard other < held.count - 1, index < held.count - 1, other != index else { return nil }
            var order = held.map(\.record)
            order.swapAt(index, other)
            return Damage(
                kind: "records swapped", place: "\(file) \(held[index].lsn), \(held[other].lsn)",
                files: [file: rebuilt(file, order)], rows: Self.spliceRows)
        }
        return [removed, repeated, swapped]
    }

    // MARK: Segments

    /// - Parameter other: a log with another id, for files that do not belong here.
    func segmentFaults(_ other: TortureLog) -> CaseList {
        var cases: [Damage] = []
        for (index, name) in segmentNames.enumerated() {
            let lost = Set(records(in: name).map(\.lsn))
            func add(
                _ kind: String, _ files: [String: [UInt8]?], _ rows: Set<String>,
                losing: Set<LSN>? = nil
            ) {
                var damage = Damage(kind: kind, place: name, files: files, rows: rows)
                damage.mayLose = losing ?? lost
                damage.mustLose = losing ?? lost
                cases.append(damage)
            }
            let bytes = files[name] ?? []
            add("segment missing", [name: nil], ["MISSING"])
            let stranger = other.files[name] ?? other.files["segment-000001.log"] ?? []
            add("segment of another log", [name: stranger], ["FOREIGN"])
            add("segment emptied", [name: []], ["TAIL_LOST", "RANGE_DAMAGED"])
            let copy = "segment-\(name.dropFirst(8).dropLast(4)) (conflicted copy).log"
            add("conflicted copy beside it", [copy: bytes], ["FOREIGN"], losing: [])
            let free = String(segmentNames.last?.dropLast(5) ?? "") + "9.log"
            add("segment duplicated", [free: bytes], ["FOREIGN"], losing: [])
            add("segment renamed", [name: nil, free: bytes], ["MISSING", "FOREIGN"])
            cases[cases.count - 1].rows = ["MISSING", "FOREIGN"]
            if index + 1 < segmentNames.count {
                let next = segmentNames[index + 1]
                let both = lost.union(records(in: next).map(\.lsn))
                add(
                    "segments swapped", [name: files[next] ?? [], next: bytes], ["FOREIGN"],
                    losing: both)
            }
            cases += special(name, bytes, lost)
        }
        let list = cases
        return CaseList(name: "segment faults", count: list.count) { list[$0] }
    }

    private func special(_ name: String, _ bytes: [UInt8], _ lost: Set<LSN>) -> [Damage] {
        var cases: [Damage] = []
        if let old = earlier[name], old != bytes {
            var older = Damage(
                kind: "segment as it was earlier", place: name, files: [name: old],
                rows: ["STALE_COPY", "TAIL_LOST"])
            older.mayLose = lost
            cases.append(older)
        }
        var unreadable = Damage(
            kind: "segment unreadable", place: name, files: [:], rows: ["UNREADABLE"])
        (unreadable.mayLose, unreadable.mustLose) = (lost, lost)
        unreadable.unreadableFile = name
        cases.append(unreadable)
        var newer = Damage(
            kind: "segment of a newer format", place: name, files: [name: Self.newer(bytes)],
            rows: ["TOO_NEW"])
        (newer.mayLose, newer.mustLose) = (lost, lost)
        newer.refusesWriting = true
        cases.append(newer)
        return cases
    }

    /// The same segment as format major 2: version and checksum of both header copies.
    private static func newer(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for start in [0, 2048] {
            bytes[start + 8] = 2
            let crc = bytes.withUnsafeBytes {
                aura_crc32c(0, $0.baseAddress.map { $0 + start }, 156)
            }
            withUnsafeBytes(of: crc.littleEndian) {
                bytes.replaceSubrange(start + 156..<start + 160, with: $0)
            }
        }
        return bytes
    }

    // MARK: The manifest

    private static let manifest = "MANIFEST"

    /// Every bit flipped, cut at every length (which is also every older manifest), torn, zeroed,
    /// missing, of another log. None of it costs a record.
    func manifestFaults(_ other: TortureLog) -> [CaseList] {
        let intact = files[Self.manifest] ?? []
        @Sendable func damage(_ kind: String, _ place: String, _ bytes: [UInt8]?) -> Damage {
            Damage(
                kind: kind, place: place, files: [Self.manifest: bytes],
                rows: ["MANIFEST_DAMAGED"], isHarmless: true)
        }
        let flips = CaseList(name: "manifest bit flipped", count: intact.count * 8) { number in
            var bytes = intact
            bytes[number / 8] ^= 1 << UInt8(number % 8)
            return damage("manifest bit flipped", "byte \(number / 8)", bytes)
        }
        let cuts = CaseList(name: "manifest cut", count: intact.count) { length in
            damage("manifest cut", "at \(length)", Array(intact[..<length]))
        }
        let torn = CaseList(name: "manifest torn", count: 200) { length in
            damage(
                "manifest torn", "\(length) bytes behind it",
                intact + [UInt8](repeating: 0x5A, count: length + 1))
        }
        let whole = [
            damage("manifest missing", "", nil),
            damage("manifest zeroed", "", [UInt8](repeating: 0, count: intact.count)),
            damage("manifest emptied", "", []),
        ]
        let rest = CaseList(name: "manifest gone", count: whole.count) { whole[$0] }
        return [flips, cuts, torn, rest, foreignManifest(other)]
    }

    /// The manifest of another log makes every segment a stranger, and says so.
    private func foreignManifest(_ other: TortureLog) -> CaseList {
        CaseList(name: "manifest of another log", count: 1) { _ in
            var damage = Damage(
                kind: "manifest of another log", place: "",
                files: [Self.manifest: other.files[Self.manifest] ?? []],
                // It may also name segments that this log never had.
                rows: ["FOREIGN", "MISSING"])
            damage.mayLose = Set(records.keys)
            // Every file is named, by its name; nothing is left to tell what it should hold.
            damage.takesWitnesses = true
            return damage
        }
    }
}
