// Records that were appended with one call and lie behind each other. They stay in the caller's array
// until they are encoded: a copy of each would cost more than writing it.

struct RecordGroup: Sendable {
    let first: LSN
    private let drafts: [RecordDraft]
    /// The part of `drafts` that belongs to the group.
    private let range: Range<Int>
    /// The first and the last CHECKPOINT record of the append, as indices of `drafts`.
    private let checkpoint: (first: Int?, last: Int?)
    /// The room the records take in their segment.
    let frameBytes: Int

    init(
        first: LSN, _ drafts: [RecordDraft], _ range: Range<Int>,
        checkpoint: (first: Int?, last: Int?), frameBytes: Int
    ) {
        (self.first, self.drafts, self.range) = (first, drafts, range)
        (self.checkpoint, self.frameBytes) = (checkpoint, frameBytes)
    }

    /// One record with the flags it had before.
    init(_ lsn: LSN, _ draft: RecordDraft, flags: RecordFlags = []) {
        self.init(
            first: lsn, [draft], 0..<1,
            checkpoint: (
                flags.contains(.checkpointBegin) ? 0 : nil, flags.contains(.checkpointEnd) ? 0 : nil
            ), frameBytes: FrameSize.of(payload: draft.payloadBytes))
    }

    var last: LSN { LSN(first.rawValue + UInt64(range.count) - 1) }
    /// Whether a checkpoint is complete with this group.
    var endsCheckpoint: Bool { checkpoint.last.map(range.contains) ?? false }

    /// Encodes the records into exactly ``frameBytes`` of room.
    ///
    /// - Parameter isLast: nothing else is written with it.
    func encode(
        with encoder: inout FrameEncoder, durable: LSN, isLast: Bool,
        to room: UnsafeMutableRawBufferPointer
    ) {
        var (offset, lsn) = (0, first)
        for index in range {
            var flags: RecordFlags = []
            if index == checkpoint.first { flags.insert(.checkpointBegin) }
            if index == checkpoint.last { flags.insert(.checkpointEnd) }
            if isLast, index == range.upperBound - 1 { flags.insert(.groupEnd) }
            let size = FrameSize.of(payload: drafts[index].payloadBytes)
            encoder.write(
                drafts[index], lsn: lsn, flags: flags, durable: durable,
                to: UnsafeMutableRawBufferPointer(rebasing: room[offset..<offset + size]))
            offset += size
            lsn = lsn.next
        }
    }
}

extension [RecordGroup] {
    var frameBytes: Int { reduce(0) { $0 + $1.frameBytes } }

    /// All records behind each other.
    ///
    /// - Parameter head: bytes that come before them.
    func encoded(
        with encoder: inout FrameEncoder, durable: LSN, head: [UInt8] = [], marksEnd: Bool
    ) -> [UInt8] {
        let size = head.count + frameBytes
        return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            let room = UnsafeMutableRawBufferPointer(buffer)
            room.copyBytes(from: head)
            var offset = head.count
            for index in indices {
                let end = offset + self[index].frameBytes
                self[index].encode(
                    with: &encoder, durable: durable, isLast: marksEnd && index == endIndex - 1,
                    to: UnsafeMutableRawBufferPointer(rebasing: room[offset..<end]))
                offset = end
            }
            count = size
        }
    }
}
