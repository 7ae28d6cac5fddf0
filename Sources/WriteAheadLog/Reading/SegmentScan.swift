// One segment's bytes in, what can be read of it and where it is not right out. Pure.
//
// The scan decides nothing: whether a place that is not right is a torn tail or damage depends on
// what other witnesses know, so it only lists places, and goes on behind each of them.

import CHardware
import Support

/// A stretch of records that follow each other in order and in the file.
struct RecordRun: Hashable, Sendable {
    var first: LSN
    var last: LSN
    var offset: UInt64
    var end: UInt64

    var range: LSNRange? { LSNRange(first, last) }
}

/// A place where the records are not right.
struct ScanEvent: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// The header is right, the payload is not.
        case recordDamaged
        /// No believable header up to where the records go on.
        case rangeDamaged
        /// Records are right, but not the ones that belong here.
        case spliced
        /// A record that was already read comes again.
        case duplicate
        /// Bytes that belong to no record.
        case strayBytes
        /// The file ends inside a record.
        case cut
        /// The disk gave no bytes.
        case unreadable
    }

    var kind: Kind
    var offset: UInt64
    /// The position expected there.
    var expected: LSN
    /// Where the records go on: the position found next; nil when nothing follows.
    var resumed: LSN?
    /// The header of the record concerned, where it survived.
    var header: FrameHeader?
}

struct SegmentScan: Sendable {
    var runs: [RecordRun] = []
    var events: [ScanEvent] = []
    /// The first byte behind the last good record.
    var end: UInt64 = UInt64(SegmentHeader.blockBytes)
    /// The payload CRC of the record with the highest position.
    var chain: UInt32
    /// The highest position any record called durable.
    var durable: LSN
    var seal: SealSummary?
    var sealLSN: LSN?
    var records: UInt64 = 0
    var fileBytes: UInt64

    var lastLSN: LSN { runs.map(\.last).max() ?? .zero }
}

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
            durable: header.durable.rawValue, last_offset: 0, chain: header.checksum)
        scan = SegmentScan(
            chain: header.checksum, durable: header.durable, fileBytes: UInt64(bytes.count))
    }

    private var expected: LSN { LSN(walk.sequence) }
    private var offset: Int { Int(walk.offset) }

    private mutating func run() -> SegmentScan {
        if bytes.count >= SegmentHeader.blockBytes {
            while step() {}
        }
        scan.chain = walk.chain
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
            guard scan.sealLSN?.next == expected else { return searchOnward() }
            note(.strayBytes, resumed: nil)
            return false
        }
        return take(frame, frame.payloadState(bytes, at: offset, seed: seed))
    }

    private mutating func takeGoodRecords() {
        let start = walk
        aura_frames_walk(
            bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64(bytes.count), seed, &walk
        )
        guard walk.sequence > start.sequence else { return }
        accept(
            RecordRun(
                first: LSN(start.sequence), last: LSN(walk.sequence - 1), offset: start.offset,
                end: walk.offset))
        readSeal(at: Int(walk.last_offset))
    }

    private mutating func accept(_ run: RecordRun) {
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

    private mutating func readSeal(at offset: Int) {
        guard let frame = FrameHeader(bytes, at: offset, seed: seed),
            frame.type == RecordType.seal.rawValue
        else { return }
        let start = offset + FrameSize.header
        guard
            let parts = PayloadLayout.parts(
                bytes, payload: start..<start + frame.payloadBytes, salvaged: false)
        else { return }
        scan.seal = SealSummary(Array(bytes.slice(parts.metadata)))
        scan.sealLSN = frame.lsn
    }

    /// Deals with a record whose header is right and which the walk would not take.
    private mutating func take(_ frame: FrameHeader, _ state: PayloadState) -> Bool {
        if frame.lsn != expected, state != .cut {
            note(seen.contains(frame.lsn) ? .duplicate : .spliced, resumed: frame.lsn, frame)
        } else if frame.chain != walk.chain, state == .good {
            note(.spliced, resumed: frame.lsn, frame)
        }
        switch state {
        case .cut:
            note(.cut, resumed: nil, frame)
            return false
        case .damaged:
            note(isUnreadable(frame) ? .unreadable : .recordDamaged, resumed: frame.lsn.next, frame)
        case .strayPadding:
            note(.strayBytes, resumed: frame.lsn, frame)
            acceptSingle(frame)
        case .good:
            acceptSingle(frame)
        }
        pass(frame)
        return true
    }

    private mutating func acceptSingle(_ frame: FrameHeader) {
        guard !seen.contains(frame.lsn) else { return }
        accept(
            RecordRun(
                first: frame.lsn, last: frame.lsn, offset: walk.offset,
                end: walk.offset + UInt64(frame.frameBytes)))
        scan.durable = max(scan.durable, frame.durable)
        readSeal(at: offset)
    }

    /// Moves behind a record; the chain follows the highest position, so that a record out of
    /// place does not break it a second time.
    private mutating func pass(_ frame: FrameHeader) {
        if frame.lsn >= expected {
            walk.sequence = frame.lsn.rawValue + 1
            walk.chain = frame.payloadCRC
        }
        walk.offset += UInt64(frame.frameBytes)
    }

    /// Looks for the next record in steps of 8; false when there is none.
    private mutating func searchOnward() -> Bool {
        let start = offset
        var candidate = start + 8
        while candidate + FrameSize.header <= bytes.count {
            if isBelievable(LSN(bytes.little(candidate + 8, as: UInt64.self))),
                let frame = FrameHeader(bytes, at: candidate, seed: seed),
                isAnchored(frame, at: candidate)
            {
                let kind: ScanEvent.Kind = frame.lsn > expected ? .rangeDamaged : .strayBytes
                note(touchesUnreadable(start..<candidate) ? .unreadable : kind, resumed: frame.lsn)
                walk.offset = UInt64(candidate)
                if frame.lsn >= expected {
                    walk.sequence = frame.lsn.rawValue
                    walk.chain = frame.chain
                }
                return true
            }
            candidate += 8
        }
        note(touchesUnreadable(start..<bytes.count) ? .unreadable : .rangeDamaged, resumed: nil)
        return false
    }

    /// A header found by searching is believed when its payload is right, or when the record
    /// behind it continues its chain.
    private func isAnchored(_ frame: FrameHeader, at offset: Int) -> Bool {
        switch frame.payloadState(bytes, at: offset, seed: seed) {
        case .good, .strayPadding: return true
        case .cut: return false
        case .damaged:
            let next = FrameHeader(bytes, at: offset + frame.frameBytes, seed: seed)
            return next?.lsn == frame.lsn.next && next?.chain == frame.payloadCRC
        }
    }

    private func isBelievable(_ lsn: LSN) -> Bool {
        lsn >= header.firstLSN && lsn <= expected.advanced(by: Self.window)
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
