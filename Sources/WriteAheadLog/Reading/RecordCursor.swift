// Single records out of a segment's bytes. Whatever is decoded is checked again, because the bytes
// were read a second time.

/// A record in place: its header, and where its parts lie.
struct LocatedRecord {
    var header: FrameHeader
    var offset: Int
    var parts: PayloadLayout.Parts

    func summary(_ bytes: UnsafeRawBufferPointer, in segment: SegmentNumber) -> RecordSummary {
        RecordSummary(
            lsn: header.lsn, typeCode: header.type, flags: header.flags, schema: header.schema,
            metadata: Array(bytes.slice(parts.metadata)), bodyBytes: parts.body.count,
            payloadCRC: header.payloadCRC,
            salvagedFrom: parts.salvagedFrom, durable: header.durable, segment: segment,
            offset: UInt64(offset))
    }

    func record(
        _ bytes: UnsafeRawBufferPointer, in segment: SegmentNumber, withBody: Bool
    ) -> Record {
        Record(
            summary: summary(bytes, in: segment),
            body: withBody ? Array(bytes.slice(parts.body)) : [])
    }

    /// The record to be written once more, also where this build does not know its type.
    func draft(_ bytes: UnsafeRawBufferPointer, salvagedFrom: LSN?) -> RecordDraft {
        RecordDraft(
            typeCode: header.type, metadata: Array(bytes.slice(parts.metadata)),
            body: Array(bytes.slice(parts.body)), schema: header.schema,
            salvagedFrom: salvagedFrom, isIgnorable: header.flags.contains(.ignorable))
    }
}

enum RecordCursor {
    /// Reads the record at `offset`; nil when it is not right any more.
    ///
    /// - Parameter checkingPayload: false leaves the body's bytes untouched.
    static func record(
        _ bytes: UnsafeRawBufferPointer, at offset: Int, seed: UInt32, checkingPayload: Bool
    ) -> LocatedRecord? {
        guard let header = FrameHeader(bytes, at: offset, seed: seed),
            header.frameBytes <= bytes.count - offset
        else { return nil }
        if checkingPayload {
            switch header.payloadState(bytes, at: offset, seed: seed) {
            case .good, .strayPadding: break
            case .damaged, .cut: return nil
            }
        }
        let start = offset + FrameSize.header
        guard
            let parts = PayloadLayout.parts(
                bytes, payload: start..<start + header.payloadBytes,
                salvaged: header.flags.contains(.salvaged))
        else { return nil }
        return LocatedRecord(header: header, offset: offset, parts: parts)
    }

    /// Calls `visit` for every record of the runs, in order, from `first` on, until it says stop.
    ///
    /// - Returns: false when `visit` said stop.
    static func forEach(
        _ bytes: UnsafeRawBufferPointer, _ runs: [RecordRun], seed: UInt32, from first: LSN,
        checkingPayload: Bool, _ visit: (LocatedRecord) -> Bool
    ) -> Bool {
        for run in runs where run.last >= first {
            var offset = Int(run.offset)
            while offset < Int(run.end), offset + FrameSize.header <= bytes.count {
                let length = Int(bytes.little(offset, as: UInt32.self))
                guard length > 0, length <= FrameSize.payloadMax else { break }
                let lsn = LSN(bytes.little(offset + 8, as: UInt64.self))
                if lsn > run.last { break }
                if lsn >= first,
                    let record = record(
                        bytes, at: offset, seed: seed, checkingPayload: checkingPayload)
                {
                    if !visit(record) { return false }
                }
                offset += FrameSize.of(payload: length)
            }
        }
        return true
    }
}
