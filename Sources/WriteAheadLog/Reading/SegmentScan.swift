// One segment's bytes in, what can be read of it and where it is not right out. Pure.
//
// The scan decides nothing: whether a place that is not right is a torn tail or damage depends on
// what other witnesses know, so it only lists places, and goes on behind each of them.

import CHardware

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

/// A record that a later release wrote.
struct UnknownRecord: Hashable, Sendable {
    var lsn: LSN
    var type: UInt16
    var offset: UInt64
}

struct SegmentScan: Sendable {
    var runs: [RecordRun] = []
    var events: [ScanEvent] = []
    /// Records that are right and of a type that this build may not pass over.
    var unknown: [UnknownRecord] = []
    /// The first byte behind the last good record.
    var end: UInt64 = UInt64(SegmentHeader.blockBytes)
    /// The payload CRC of the record with the highest position.
    var chain: UInt32
    /// The highest position any record called durable.
    var durable: LSN
    var seal: SealSummary?
    var sealLSN: LSN?
    var records: UInt64 = 0

    var lastLSN: LSN { runs.map(\.last).max() ?? .zero }
}

extension SegmentScan {
    /// Takes in the record at `offset` if it is the seal.
    mutating func readSeal(_ bytes: UnsafeRawBufferPointer, at offset: Int, seed: UInt32) {
        guard let frame = FrameHeader(bytes, at: offset, seed: seed),
            frame.type == RecordType.seal.rawValue
        else { return }
        let start = offset + FrameSize.header
        guard
            let parts = PayloadLayout.parts(
                bytes, payload: start..<start + frame.payloadBytes, salvaged: false)
        else { return }
        seal = SealSummary(Array(bytes.slice(parts.metadata)))
        sealLSN = frame.lsn
    }
}
