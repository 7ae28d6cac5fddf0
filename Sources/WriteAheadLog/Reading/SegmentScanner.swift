// The walk over a segment's bytes: where the records are right, where they are not, and where they
// go on. Good records are taken by the C loop; this file is for everything else.
//
// Bytes may stand where they do not belong: a disk that wrote a sector to the wrong place shows whole
// records, and pieces of records whose header is right. So no length is believed when neither the
// payload nor the record behind it agrees with it, and the walk follows the records it finds, back
// as well as ahead, but takes each of them once.

import CHardware

/// Walks over the bytes of a segment.
struct SegmentScanner {
    /// How far a position may lie ahead and still be believed: more records than any group holds.
    private static let window: UInt64 = 1 << 20

    private let bytes: UnsafeRawBufferPointer
    private let header: SegmentHeader
    private let seed: UInt32
    private let unreadable: [Range<UInt64>]
    private var walk: aura_frame_walk
    private var seen = LSNSet()
    private var scan: SegmentScan
    /// Where the records stood before the walk followed one that lies further ahead.
    private var left: (sequence: UInt64, chain: UInt32)?

    /// - Parameter unreadable: ranges the disk refused, present as zeros in `bytes`.
    static func scan(
        _ bytes: UnsafeRawBufferPointer, header: SegmentHeader, unreadable: [Range<UInt64>] = []
    ) -> SegmentScan {
        var scanner = SegmentScanner(bytes, header, unreadable)
        return scanner.run()
    }

    private init(
        _ bytes: UnsafeRawBufferPointer, _ header: SegmentHeader, _ unreadable: [Range<UInt64>]
    ) {
        (self.bytes, self.header, self.unreadable) = (bytes, header, unreadable)
        seed = Checksum.seed(salt: header.salt)
        walk = aura_frame_walk(
            offset: UInt64(SegmentHeader.blockBytes), sequence: header.firstLSN.rawValue,
            sequence_limit: .max, durable: header.durable.rawValue, last_offset: 0,
            chain: header.checksum)
        scan = SegmentScan(chain: header.checksum, durable: header.durable)
    }

    private var expected: LSN { LSN(walk.sequence) }
    private var offset: Int { Int(walk.offset) }

    private mutating func run() -> SegmentScan {
        if bytes.count >= SegmentHeader.blockBytes {
            while step() {}
        }
        scan.durable = max(scan.durable, LSN(walk.durable))
        return scan
    }

    /// Takes the good records from here on and deals with what stops them; false at the end.
    private mutating func step() -> Bool {
        takeGoodRecords()
        let rest = bytes.slice(offset..<bytes.count)
        if rest.isAllZero {
            if unreadable.contains(where: { $0.upperBound > walk.offset }) {
                note(.unreadable, resumed: nil)
            }
            return false
        }
        guard let frame = FrameHeader(bytes, at: offset, seed: seed), isBelievable(frame.lsn)
        else {
            let isBehindSeal = scan.sealLSN?.next == expected
            return searchOnward(orElse: isBehindSeal ? .strayBytes : .rangeDamaged)
        }
        return take(frame, frame.payloadState(bytes, at: offset, seed: seed))
    }

    private mutating func takeGoodRecords() {
        let start = walk
        walk.sequence_limit = seen.first(atOrAfter: expected)?.rawValue ?? .max
        aura_frames_walk(
            bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64(bytes.count), seed, &walk
        )
        guard walk.sequence > start.sequence else { return }
        accept(
            RecordRun(
                first: LSN(start.sequence), last: LSN(walk.sequence - 1), offset: start.offset,
                end: walk.offset), chain: walk.chain)
        scan.readSeal(bytes, at: Int(walk.last_offset), seed: seed)
    }

    private mutating func accept(_ run: RecordRun, chain: UInt32) {
        if run.last >= seen.last ?? .zero { scan.chain = chain }
        scan.records += run.last.rawValue - run.first.rawValue + 1
        scan.end = max(scan.end, run.end)
        if let range = run.range { seen.insert(range) }
        if let last = scan.runs.last, last.end == run.offset, last.last.next == run.first {
            scan.runs[scan.runs.count - 1].last = run.last
            scan.runs[scan.runs.count - 1].end = run.end
        } else {
            scan.runs.append(run)
        }
    }

    // MARK: What the loop would not take

    /// Deals with a record whose header is right; false when nothing follows it.
    private mutating func take(_ frame: FrameHeader, _ state: PayloadState) -> Bool {
        if let left, frame.lsn.rawValue == left.sequence, frame.chain == left.chain {
            (walk.sequence, walk.chain) = left
        }
        switch state {
        case .good, .strayPadding:
            if frame.lsn != expected || seen.contains(frame.lsn) {
                note(
                    seen.contains(frame.lsn) ? .duplicate : .spliced, resumed: frame.lsn, frame)
            } else if frame.chain != walk.chain {
                note(.spliced, resumed: frame.lsn, frame)
            }
            if state == .strayPadding { note(.strayBytes, resumed: frame.lsn, frame) }
            if acceptSingle(frame) || frame.lsn == expected { follow(frame) }
            walk.offset += UInt64(frame.frameBytes)
        case .damaged: takeDamaged(frame)
        case .cut:
            guard let next = nextRecord(from: offset + 8, below: bytes.count) else {
                note(.cut, resumed: nil, frame)
                return false
            }
            jump(to: next)
        }
        return true
    }

    /// A payload that does not match: the record's own, or other bytes in its place.
    private mutating func takeDamaged(_ frame: FrameHeader) {
        if frame.lsn != expected {
            note(seen.contains(frame.lsn) ? .duplicate : .spliced, resumed: frame.lsn, frame)
        }
        note(isUnreadable(frame) ? .unreadable : .recordDamaged, resumed: frame.lsn.next, frame)
        let end = offset + frame.frameBytes
        let isLinked = isContinued(frame, at: offset)
        if isLinked || frame.lsn == expected { follow(frame) }
        let inside = isLinked ? nil : nextRecord(from: offset + 8, below: end)
        walk.offset = UInt64(inside?.offset ?? end)
    }

    /// - Returns: whether it is here for the first time.
    private mutating func acceptSingle(_ frame: FrameHeader) -> Bool {
        guard !seen.contains(frame.lsn) else { return false }
        accept(
            RecordRun(
                first: frame.lsn, last: frame.lsn, offset: walk.offset,
                end: walk.offset + UInt64(frame.frameBytes)), chain: frame.payloadCRC)
        scan.durable = max(scan.durable, frame.durable)
        if !frame.isKnown {
            scan.unknown.append(
                UnknownRecord(lsn: frame.lsn, type: frame.type, offset: walk.offset))
        }
        scan.readSeal(bytes, at: offset, seed: seed)
        return true
    }

    /// Expects what comes behind the record.
    private mutating func follow(_ frame: FrameHeader) {
        if frame.lsn > expected { left = (walk.sequence, walk.chain) }
        walk.sequence = frame.lsn.rawValue + 1
        walk.chain = frame.payloadCRC
    }

    // MARK: Searching

    /// Looks for the next record in steps of 8; false when there is none.
    private mutating func searchOnward(orElse kind: ScanEvent.Kind) -> Bool {
        guard let next = nextRecord(from: offset + 8, below: bytes.count) else {
            note(touchesUnreadable(offset..<bytes.count) ? .unreadable : kind, resumed: nil)
            return false
        }
        jump(to: next)
        return true
    }

    private mutating func jump(to next: (offset: Int, frame: FrameHeader)) {
        let kind: ScanEvent.Kind = next.frame.lsn > expected ? .rangeDamaged : .strayBytes
        note(
            touchesUnreadable(offset..<next.offset) ? .unreadable : kind, resumed: next.frame.lsn)
        walk.offset = UInt64(next.offset)
        if next.frame.lsn >= expected {
            left = (walk.sequence, walk.chain)
            walk.sequence = next.frame.lsn.rawValue
            walk.chain = next.frame.chain
        }
    }

    private func nextRecord(
        from start: Int, below limit: Int
    ) -> (offset: Int, frame: FrameHeader)? {
        var candidate = start
        while candidate < limit, candidate + FrameSize.header <= bytes.count {
            if isBelievable(LSN(bytes.little(candidate + 8, as: UInt64.self))),
                let frame = FrameHeader(bytes, at: candidate, seed: seed),
                isAnchored(frame, at: candidate)
            {
                return (candidate, frame)
            }
            candidate += 8
        }
        return nil
    }

    /// A header found by searching is believed when its payload is right, or when the record
    /// behind it continues its chain.
    private func isAnchored(_ frame: FrameHeader, at offset: Int) -> Bool {
        switch frame.payloadState(bytes, at: offset, seed: seed) {
        case .good, .strayPadding: true
        case .cut: false
        case .damaged: isContinued(frame, at: offset)
        }
    }

    private func isContinued(_ frame: FrameHeader, at offset: Int) -> Bool {
        let next = FrameHeader(bytes, at: offset + frame.frameBytes, seed: seed)
        return next?.lsn == frame.lsn.next && next?.chain == frame.payloadCRC
    }

    private func isBelievable(_ lsn: LSN) -> Bool {
        lsn >= header.firstLSN
            && lsn <= max(expected, seen.last ?? .zero).advanced(by: Self.window)
    }

    private func isUnreadable(_ frame: FrameHeader) -> Bool {
        touchesUnreadable(offset..<offset + frame.frameBytes)
    }

    private func touchesUnreadable(_ range: Range<Int>) -> Bool {
        unreadable.contains {
            $0.overlaps(UInt64(range.lowerBound)..<UInt64(max(range.upperBound, range.lowerBound)))
        }
    }

    private mutating func note(
        _ kind: ScanEvent.Kind, resumed: LSN?, _ frame: FrameHeader? = nil
    ) {
        scan.events.append(
            ScanEvent(
                kind: kind, offset: walk.offset, expected: expected, resumed: resumed,
                header: frame))
    }
}
