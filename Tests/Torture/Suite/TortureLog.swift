// A log to be damaged: every record that was acknowledged, where it lies, and the files as they were
// when the writer closed, or as a kill would have left them.

import Support
import WriteAheadLog

/// A record as it was acknowledged, and its place.
struct KnownRecord: Sendable {
    var type: UInt16
    var metadata: [UInt8]
    var body: [UInt8]
    var segment: String
    var offset: Int
    var payloadBytes: Int

    static let headerBytes = 40

    var payloadStart: Int { offset + Self.headerBytes }
    var payloadEnd: Int { payloadStart + payloadBytes }
    /// Padded to 8.
    var end: Int { (payloadEnd + 7) & ~7 }

    func isSame(as record: Record) -> Bool {
        record.summary.typeCode == type && record.metadata == metadata && record.body == body
    }
}

struct TortureLog: Sendable {
    static let blockBytes = 4096

    let options: LogOptions
    /// Contents by name.
    let files: [String: [UInt8]]
    /// Contents when about half of the records were written.
    let earlier: [String: [UInt8]]
    let records: [LSN: KnownRecord]
    /// The files after one more write, and the records it brought; only of an unclosed log.
    let nextFiles: [String: [UInt8]]
    let nextRecords: [LSN: KnownRecord]
    /// The highest position that a record of the log itself calls durable.
    let witnessed: LSN
    let isClosed: Bool
    let logID: LogID

    var acknowledged: LSN { records.keys.max() ?? .zero }
    var segmentNames: [String] { files.keys.filter { $0.hasPrefix("segment-") }.sorted() }

    func records(in segment: String) -> [(lsn: LSN, record: KnownRecord)] {
        records.filter { $0.value.segment == segment }.map { ($0.key, $0.value) }
            .sorted { $0.0 < $1.0 }
    }

    /// Writes a log of about `bytes` bytes in segments of `segmentBytes`.
    ///
    /// - Parameter isClosed: false takes the files while the writer still has them, as they lie
    ///   after a kill.
    static func make(
        bytes: Int, segmentBytes: Int, isClosed: Bool, seed: UInt64
    ) async throws -> TortureLog {
        let arena = try Arena()
        defer { arena.remove() }
        var random = SeededGenerator(seed: seed)
        let options = LogOptions(segmentBytes: segmentBytes, spare: false)
        let (log, _) = try WriteAheadLog.open(at: arena.log, options: options)
        var parts = Parts(options: options, isClosed: isClosed, logID: log.logID)
        var written = 0
        while written < bytes {
            let draft = draft(parts.drafts.count, &random)
            for lsn in try await log.append([draft]) { parts.drafts[lsn] = draft }
            written += 48 + draft.metadata.count + draft.body.count
            if parts.earlier.isEmpty, written > bytes / 2 { parts.earlier = try arena.contents() }
        }
        if !isClosed {
            parts.files = try arena.contents()
            _ = try await log.append((0..<12).map { draft($0, &random) })
            parts.next = try arena.contents()
        }
        try log.close()
        if isClosed { parts.files = try arena.contents() }
        return try parts.assembled(in: arena)
    }

    private static func draft(_ index: Int, _ random: inout SeededGenerator) -> RecordDraft {
        let types = RecordType.allCases.filter { $0 != .seal && $0 != .checkpoint }
        return RecordDraft(
            type: types[index % types.count], metadata: Array("record \(index)".utf8),
            body: (0..<Int.random(in: 0...340, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            })
    }
}

/// What is gathered while a log is written.
private struct Parts {
    var options: LogOptions
    var isClosed: Bool
    var logID: LogID
    var drafts: [LSN: RecordDraft] = [:]
    var earlier: [String: [UInt8]] = [:]
    var files: [String: [UInt8]] = [:]
    var next: [String: [UInt8]] = [:]

    func assembled(in arena: Arena) throws -> TortureLog {
        let (records, witnessed) = try read(files, arena)
        for (lsn, draft) in drafts {
            guard let found = records[lsn], found.type == draft.type.rawValue,
                found.metadata == draft.metadata, found.body == draft.body
            else {
                throw PlainFailure(
                    "record \(lsn)", "is not what was appended", nextStep: "look at the writer")
            }
        }
        let later = next.isEmpty ? [:] : try read(next, arena).records
        return TortureLog(
            options: options, files: files, earlier: earlier, records: records, nextFiles: next,
            nextRecords: later.filter { records[$0.key] == nil }, witnessed: witnessed,
            isClosed: isClosed, logID: logID)
    }

    private func read(
        _ files: [String: [UInt8]], _ arena: Arena
    ) throws -> (records: [LSN: KnownRecord], witnessed: LSN) {
        try arena.restore(files)
        let contents = try LogReader.records(at: arena.log)
        var known: [LSN: KnownRecord] = [:]
        for record in contents.records {
            known[record.lsn] = KnownRecord(
                type: record.summary.typeCode, metadata: record.metadata, body: record.body,
                segment: record.summary.segment.fileName, offset: Int(record.summary.offset),
                payloadBytes: 8 + record.metadata.count + record.body.count)
        }
        return (known, contents.report.durableWitness)
    }
}
