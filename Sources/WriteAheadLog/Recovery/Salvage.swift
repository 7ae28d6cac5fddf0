// Looking for lost records in other copies of their segment: what a sync client calls a conflicted
// copy, or a file in `retired/`. A record is taken only if it carries the log's id and the very
// salt of the segment it was lost from.

struct Salvage {
    /// A lost record found elsewhere.
    struct Found {
        var draft: RecordDraft
        var oldLSN: LSN
    }

    /// - Parameter names: files of the folder that may hold copies.
    static func search(
        for lost: LSNSet, in folder: LogFolder, names: [String], image: LogImage
    ) -> [Found] {
        let salts = Set(image.segments.values.compactMap(\.header?.salt))
        var wanted = lost
        var found: [Found] = []
        for name in names where !wanted.isEmpty {
            // An unreadable candidate has nothing to offer.
            guard let file = try? SegmentLoader.load(name, in: folder) else { continue }
            for item in records(in: file, logID: image.logID, salts: salts)
            where wanted.contains(item.oldLSN) {
                found.append(item)
                wanted = wanted.subtracting(LSNSet([LSNRange(single: item.oldLSN)]))
            }
        }
        return found.sorted { $0.oldLSN < $1.oldLSN }
    }

    private static func records(
        in file: LoadedFile, logID: LogID?, salts: Set<UInt64>
    ) -> [Found] {
        file.bytes.withUnsafeBytes { bytes in
            let header = SegmentHeader(bytes) ?? SegmentHeader(bytes, at: SegmentHeader.copyOffset)
            guard let header, header.logID == logID, salts.contains(header.salt) else { return [] }
            let scan = SegmentScanner.scan(bytes, header: header, unreadable: file.unreadable)
            var found: [Found] = []
            _ = RecordCursor.forEach(
                bytes, scan.runs, seed: Checksum.seed(salt: header.salt), from: .first,
                checkingPayload: true
            ) { record in
                if record.header.type != RecordType.seal.rawValue {
                    let lsn = record.header.lsn
                    found.append(
                        Found(draft: record.draft(bytes, salvagedFrom: lsn), oldLSN: lsn))
                }
                return true
            }
            return found
        }
    }

    /// Lost positions that an earlier recovery restored already, and as what.
    static func restored(in folder: LogFolder, _ look: LogLook) throws(LogFailure) -> [LSN: LSN] {
        var restored: [LSN: LSN] = [:]
        try look.forEachRecord(in: folder, from: .first, bodies: false) { record in
            if let old = record.salvagedFrom { restored[old] = record.lsn }
            return true
        }
        return restored
    }
}
