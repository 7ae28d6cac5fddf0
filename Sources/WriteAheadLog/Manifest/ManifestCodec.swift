// The manifest's bytes: a header block of its own and framed records. Pure.
//
// A torn record at the end is never cut off or written over: the next record is appended behind it,
// and the reader looks on, in steps of 8, for the record it expects. A damaged record in the middle
// is passed in the same way and reported.

import CHardware
import Support

struct ManifestImage: Sendable {
    var header: SegmentHeader
    var entries: [ManifestEntry]
    /// The sequence number of the next record.
    var nextSequence: LSN
    var chain: UInt32
    /// The highest log position any entry called durable.
    var durable: LSN
    /// What is damaged, in words; nil when nothing is.
    var damage: String?
}

enum ManifestCodec {
    static let fileName = "MANIFEST"

    static func encode(
        _ entries: [ManifestEntry], with encoder: inout FrameEncoder, from sequence: inout LSN,
        durable: LSN
    ) throws(LogFailure) -> [UInt8] {
        var out = ByteWriter()
        for entry in entries {
            let text: [UInt8]
            do { text = Array(try JSONText.encode(entry).utf8) } catch {
                throw .malformed(subject: fileName, detail: "an entry has no JSON form: \(error)")
            }
            encoder.append(type: 1, metadata: text, lsn: sequence, durable: durable, to: &out)
            sequence = sequence.next
        }
        return out.bytes
    }

    /// Reads all that can be read; nil when the header block is gone.
    static func decode(_ bytes: [UInt8]) -> ManifestImage? {
        bytes.withUnsafeBytes { bytes in
            let magic = SegmentHeader.manifestMagic
            let first = SegmentHeader(bytes, magic: magic)
            let copy = SegmentHeader(bytes, at: SegmentHeader.copyOffset, magic: magic)
            guard let header = first ?? copy else { return nil }
            var image = ManifestImage(
                header: header, entries: [], nextSequence: .first, chain: header.checksum,
                durable: header.durable, damage: nil)
            let block = bytes.slice(0..<SegmentHeader.blockBytes)
            if !block.isSame(as: header.block()) { image.damage = "its first block is damaged" }
            readEntries(bytes, into: &image)
            return image
        }
    }

    private static func readEntries(
        _ bytes: UnsafeRawBufferPointer, into image: inout ManifestImage
    ) {
        let seed = Checksum.seed(salt: image.header.salt)
        var offset = SegmentHeader.blockBytes
        var skipped = false
        while offset + FrameSize.header <= bytes.count {
            guard let frame = FrameHeader(bytes, at: offset, seed: seed),
                frame.lsn >= image.nextSequence,
                frame.lsn < image.nextSequence.advanced(by: 1 << 20),
                frame.payloadState(bytes, at: offset, seed: seed) == .good
            else {
                skipped = true
                offset += 8
                continue
            }
            if frame.lsn != image.nextSequence {
                image.damage =
                    "entries \(image.nextSequence) to \(frame.lsn.previous) are unreadable"
            } else if frame.chain != image.chain {
                image.damage = "the chain is broken at entry \(frame.lsn)"
            }
            take(frame, at: offset, of: bytes, into: &image)
            (skipped, offset) = (false, offset + frame.frameBytes)
        }
        if skipped || offset < bytes.count, image.damage == nil,
            tailHoldsRecord(bytes, after: image, seed: seed)
        {
            image.damage = "entry \(image.nextSequence) is unreadable"
        }
    }

    private static func take(
        _ frame: FrameHeader, at offset: Int, of bytes: UnsafeRawBufferPointer,
        into image: inout ManifestImage
    ) {
        image.nextSequence = frame.lsn.next
        image.chain = frame.payloadCRC
        image.durable = max(image.durable, frame.durable)
        let start = offset + FrameSize.header
        guard
            let parts = PayloadLayout.parts(
                bytes, payload: start..<start + frame.payloadBytes, salvaged: false)
        else {
            image.damage = "entry \(frame.lsn) is malformed"
            return
        }
        do {
            let text = Array(bytes.slice(parts.metadata))
            image.entries.append(try JSONText.decode(ManifestEntry.self, from: text))
        } catch {
            // A kind of entry this build does not know: a newer minor version wrote it.
            image.damage = "entry \(frame.lsn) is of an unknown kind"
        }
    }

    /// Whether the bytes behind the last entry hold a whole header of the entry expected there: its
    /// payload is damaged then, where a torn write would have left the rest of the file short.
    private static func tailHoldsRecord(
        _ bytes: UnsafeRawBufferPointer, after image: ManifestImage, seed: UInt32
    ) -> Bool {
        stride(from: SegmentHeader.blockBytes, to: bytes.count, by: 8).contains { offset in
            guard let frame = FrameHeader(bytes, at: offset, seed: seed),
                frame.lsn == image.nextSequence, frame.chain == image.chain
            else { return false }
            return frame.payloadState(bytes, at: offset, seed: seed) != .cut
        }
    }
}
