// The end of an existing log: where the next segment goes on, and what it has to carry over.

import Support

struct LogTail {
    struct Torn {
        var spot: Spot
        var bytes: [UInt8]
    }

    var lastNumber = SegmentNumber(0)
    var nextNumber = SegmentNumber(1)
    var nextLSN: LSN = .first
    /// The part of the last segment that stays.
    var end = SegmentEnd(offset: 0, lastLSN: .zero, chain: 0)
    /// Present when the last segment was neither sealed nor ended.
    var logicalEnd: LogicalEndFact?
    /// Records behind the witnessed durable position.
    var carried: [RecordGroup] = []
    var torn: Torn?

    static func found(
        _ look: LogLook, in folder: LogFolder, _ options: LogOptions
    ) throws(LogFailure) -> LogTail {
        var tail = LogTail()
        let manifest = look.image.manifest
        guard let last = look.judgement.segments.last, let image = look.image.segments[last.number]
        else {
            tail.nextNumber = manifest.lastNumber.next
            tail.nextLSN = look.judgement.durable.next
            return tail
        }
        tail.lastNumber = last.number
        tail.nextNumber = max(last.number, manifest.lastNumber).next
        tail.end = SegmentEnd(
            offset: last.end, lastLSN: last.runs.last?.last ?? last.lastLSN, chain: last.chain)
        if let seal = manifest.seals[last.number] {
            tail.end = SegmentEnd(
                offset: seal.size, lastLSN: seal.lastLSN, chain: seal.chain, digest: seal.digest)
        } else if let fact = manifest.ends[last.number] {
            tail.end = SegmentEnd(offset: fact.offset, lastLSN: fact.lastLSN, chain: 0)
        } else if image.scan != nil, let header = image.header {
            try tail.readUnsealed(last, header, look, folder)
        } else {
            // Where it ends nobody could see; only what was durable is known.
            tail.end.lastLSN = max(tail.end.lastLSN, look.judgement.durable)
        }
        tail.nextLSN = nextLSN(look, last, image, tail.carried, options)
        return tail
    }

    private mutating func readUnsealed(
        _ last: SegmentJudgement, _ header: SegmentHeader, _ look: LogLook, _ folder: LogFolder
    ) throws(LogFailure) {
        let file = try wrapping { () throws(SystemFailure) in
            try SegmentLoader.load(last.number.fileName, in: folder)
        }
        let seed = Checksum.seed(salt: header.salt)
        end = SegmentEnd(
            offset: UInt64(SegmentHeader.blockBytes), lastLSN: header.firstLSN.previous,
            chain: header.checksum)
        file.bytes.withUnsafeBytes { bytes in
            _ = RecordCursor.forEach(
                bytes, last.runs, seed: seed, from: .first, checkingPayload: true
            ) { record in
                if record.header.lsn > look.judgement.durable {
                    carry(record, bytes)
                } else {
                    end.offset = UInt64(record.offset + record.header.frameBytes)
                    end.lastLSN = record.header.lsn
                    end.chain = record.header.payloadCRC
                }
                return true
            }
        }
        logicalEnd = LogicalEndFact(
            segment: last.number, offset: end.offset, lastLSN: end.lastLSN, reason: .crash)
        for case .tornTail(let spot) in last.verdicts {
            let bytes = file.bytes[min(Int(spot.offset), file.bytes.count)...]
            let used = bytes.lastIndex { $0 != 0 }.map { $0 + 1 } ?? bytes.startIndex
            torn = Torn(spot: spot, bytes: Array(bytes[..<used]))
        }
    }

    /// A seal whose segment was never recorded as sealed is not carried: the new segment will have
    /// its own.
    private mutating func carry(_ record: LocatedRecord, _ bytes: UnsafeRawBufferPointer) {
        guard record.header.type != RecordType.seal.rawValue else { return }
        let draft = record.draft(bytes, salvagedFrom: record.parts.salvagedFrom)
        let flags = record.header.flags.intersection([.checkpointBegin, .checkpointEnd])
        carried.append(RecordGroup(record.header.lsn, draft, flags: flags))
    }

    /// Behind everything ever known. A last segment that cannot be read may have held records that
    /// were acknowledged, so their positions are not given out again.
    private static func nextLSN(
        _ look: LogLook, _ last: SegmentJudgement, _ image: SegmentImage,
        _ carried: [RecordGroup],
        _ options: LogOptions
    ) -> LSN {
        let ended = look.image.manifest.seals[last.number] != nil
        var known = max(look.judgement.durable, carried.last?.last ?? .zero)
        if ended { known = max(known, last.lastLSN) }
        known = max(known, image.header?.firstLSN.previous ?? .zero)
        if let end = look.image.manifest.ends[last.number] { known = max(known, end.lastLSN) }
        let isUnknown: Bool
        switch image.state {
        case .scanned(let scan):
            isUnknown = !ended && scan.events.contains { $0.kind == .unreadable }
        case .missing, .headerLost, .unreadable, .foreign: isUnknown = !ended
        case .tooNew: isUnknown = true
        }
        guard isUnknown else { return known.next }
        let capacity = max(image.header?.capacity ?? 0, UInt64(options.segmentBytes))
        return known.next.advanced(by: capacity / UInt64(FrameSize.header + 8))
    }
}
