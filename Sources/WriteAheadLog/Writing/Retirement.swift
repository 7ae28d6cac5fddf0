// Segments that a complete checkpoint has outlived leave the log: first the manifest says so, then
// the file moves to `retired/`, and the oldest ones there are dropped above a bound.

enum Retirement {
    static let folderName = "retired"

    /// Moves the files that the manifest calls retired. Safe to repeat.
    static func moveRetired(_ numbers: some Sequence<SegmentNumber>, in folder: LogFolder)
        throws(LogFailure)
    {
        let present = numbers.filter { folder.exists($0.fileName) }
        guard !present.isEmpty else { return }
        let archive = try folder.subfolder(folderName)
        defer { archive.close() }
        for number in present {
            try folder.rename(number.fileName, to: number.fileName, in: archive)
        }
        try archive.sync()
        try folder.sync()
    }

    /// The oldest retired files that are over the bound.
    static func surplus(in folder: LogFolder, bytesMax: Int) throws(LogFailure) -> [SegmentNumber] {
        guard folder.exists(folderName) else { return [] }
        let archive = try folder.subfolder(folderName)
        defer { archive.close() }
        var kept = 0
        var surplus: [SegmentNumber] = []
        let numbers = try archive.names().compactMap(SegmentNumber.init(fileName:)).sorted(by: >)
        for number in numbers {
            kept += archive.size(of: number.fileName) ?? 0
            if kept > bytesMax { surplus.append(number) }
        }
        return surplus
    }

    static func drop(_ numbers: [SegmentNumber], in folder: LogFolder) throws(LogFailure) {
        guard !numbers.isEmpty else { return }
        let archive = try folder.subfolder(folderName)
        defer { archive.close() }
        for number in numbers { try archive.remove(number.fileName) }
        try archive.sync()
    }

    /// The first record of the newest complete checkpoint; nil when there is none.
    static func newestCheckpoint(_ catalog: [CatalogEntry], in folder: LogFolder) -> LSN? {
        var end: LSN?
        for segment in catalog.reversed() {
            let marks = marks(in: segment, folder)
            for (lsn, flags) in marks.reversed() {
                if end == nil, flags.contains(.checkpointEnd) { end = lsn }
                guard let end, flags.contains(.checkpointBegin) else { continue }
                let isWhole = !catalog.contains { entry in
                    entry.lost.ranges.contains { $0.first <= end && $0.last >= lsn }
                }
                if isWhole { return lsn }
            }
        }
        return nil
    }

    private static func marks(
        in segment: CatalogEntry, _ folder: LogFolder
    ) -> [(LSN, RecordFlags)] {
        var marks: [(LSN, RecordFlags)] = []
        // An unreadable segment has no checkpoint to offer; nothing is retired because of it.
        guard let file = try? SegmentLoader.load(segment.number.fileName, in: folder) else {
            return []
        }
        file.bytes.withUnsafeBytes { bytes in
            _ = RecordCursor.forEach(
                bytes, segment.runs, seed: Checksum.seed(salt: segment.salt), from: .first,
                checkingPayload: false
            ) { record in
                if !record.header.flags.isDisjoint(with: [.checkpointBegin, .checkpointEnd]) {
                    marks.append((record.header.lsn, record.header.flags))
                }
                return true
            }
        }
        return marks
    }
}

extension LogWriter {
    /// Retires the sealed segments that lie wholly below both the position and the newest
    /// complete checkpoint.
    mutating func retire(below lsn: LSN) -> Result<Int, LogFailure> {
        do throws(LogFailure) {
            let catalog = queue.writerState.catalog
            guard let checkpoint = Retirement.newestCheckpoint(catalog, in: folder) else {
                throw .noCheckpoint(below: lsn)
            }
            let bound = min(lsn, checkpoint, durable.next)
            let retiring = zip(catalog, catalog.dropFirst())
                .filter { $1.firstLSN <= bound }
                .map { ($0.number, $1.firstLSN.previous) }
            owed += retiring.map { .retired(segment: $0, lastLSN: $1) }
            try payManifest()
            try Retirement.moveRetired(retiring.map(\.0), in: folder)
            let numbers = Set(retiring.map(\.0))
            queue.publish {
                $0.catalog.removeAll { numbers.contains($0.number) }
                $0.retiredSegments += numbers.count
            }
            let surplus = try Retirement.surplus(
                in: folder, bytesMax: options.retention.retiredBytesMax)
            owed += surplus.map { .removed(segment: $0) }
            try payManifest()
            try Retirement.drop(surplus, in: folder)
            queue.publish { $0.retiredSegments = max(0, $0.retiredSegments - surplus.count) }
            return .success(retiring.count)
        } catch {
            return .failure(error)
        }
    }
}
