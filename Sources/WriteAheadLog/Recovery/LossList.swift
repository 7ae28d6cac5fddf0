// Every lost position by name, with what the surviving bytes still say of it.

import Support

enum LossList {
    static func make(
        _ look: LogLook, in folder: LogFolder, restored: [LSN: LSN]
    ) -> [LostRecord] {
        var list: [LostRecord] = []
        for segment in look.judgement.segments
        where !segment.isAccepted && !segment.lost.isEmpty {
            let known = survivors(of: segment, look, folder)
            for range in segment.lost.ranges {
                var lsn = range.first
                while lsn <= range.last, list.count < RecoveryReport.lostListedMax {
                    var lost = known[lsn] ?? LostRecord(lsn: lsn, segment: segment.number)
                    lost.restoredAs = restored[lsn]
                    list.append(lost)
                    lsn = lsn.next
                }
            }
        }
        return list
    }

    /// Records whose header, and perhaps metadata, outlived their payload.
    private static func survivors(
        of segment: SegmentJudgement, _ look: LogLook, _ folder: LogFolder
    ) -> [LSN: LostRecord] {
        guard let scan = look.image.segments[segment.number]?.scan,
            // Gone since the look: then nothing more is known of its records.
            let file = try? SegmentLoader.load(segment.number.fileName, in: folder)
        else { return [:] }
        var known: [LSN: LostRecord] = [:]
        file.bytes.withUnsafeBytes { bytes in
            for event in scan.events {
                guard let header = event.header, segment.lost.contains(header.lsn) else { continue }
                let start = Int(event.offset) + FrameSize.header
                let parts = PayloadLayout.parts(
                    bytes, payload: start..<start + header.payloadBytes,
                    salvaged: header.flags.contains(.salvaged))
                known[header.lsn] = LostRecord(
                    lsn: header.lsn, segment: segment.number, offset: event.offset,
                    type: RecordType.name(of: header.type),
                    payloadBytes: header.payloadBytes,
                    metadata: parts.map { Hex.encode(bytes.slice($0.metadata)) })
            }
        }
        return known
    }
}
