// Where the next records go. Pure.
//
// Positions are given out while callers are still queueing, so the plan must know without asking
// the disk which record fills a segment: a SEAL takes a position too. Sizes are exact, and a
// segment that replaces another after an error has the same capacity, so the plan stays true.

struct AppendPlan: Hashable, Sendable {
    /// The position the next record gets.
    private(set) var nextLSN: LSN
    /// The first free byte of the segment that record goes to.
    private(set) var offset: Int
    private(set) var capacity: Int
    let segmentBytes: Int

    /// A change to the next segment.
    struct Roll: Hashable, Sendable {
        /// The position of the SEAL that ends the current segment.
        let sealLSN: LSN
        /// The size of the next segment.
        let capacity: Int
    }

    init(nextLSN: LSN, offset: Int, capacity: Int, segmentBytes: Int) {
        (self.nextLSN, self.offset, self.capacity) = (nextLSN, offset, capacity)
        self.segmentBytes = segmentBytes
    }

    /// The capacity a segment needs for records of this many bytes.
    static func capacity(for frames: Int, segmentBytes: Int) -> Int {
        let needed = SegmentHeader.blockBytes + frames + SealSummary.frameBytes
        return max(segmentBytes, (needed + 4095) & ~4095)
    }

    /// Whether a record that takes so much room needs a new segment.
    private func rolls(for size: Int) -> Bool {
        offset + size + SealSummary.frameBytes > capacity
    }

    /// Gives the record a place; a roll comes before it.
    mutating func place(_ draft: RecordDraft) -> (roll: Roll?, lsn: LSN) {
        place(bytes: FrameSize.of(payload: draft.payloadBytes))
    }

    /// Gives a record of so much room a place; a roll comes before it.
    mutating func place(bytes size: Int) -> (roll: Roll?, lsn: LSN) {
        let roll =
            rolls(for: size)
            ? self.roll(to: Self.capacity(for: size, segmentBytes: segmentBytes)) : nil
        defer {
            nextLSN = nextLSN.next
            offset += size
        }
        return (roll, nextLSN)
    }

    /// Ends the current segment.
    mutating func roll(to capacity: Int? = nil) -> Roll {
        let roll = Roll(sealLSN: nextLSN, capacity: capacity ?? segmentBytes)
        nextLSN = nextLSN.next
        offset = SegmentHeader.blockBytes
        self.capacity = roll.capacity
        return roll
    }
}
