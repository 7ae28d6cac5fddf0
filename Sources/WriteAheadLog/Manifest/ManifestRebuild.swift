// A manifest from what the segments say of themselves, and from the entries that are still
// readable: their claims that something existed stay evidence of loss.

import Support

enum ManifestRebuild {
    static func entries(from look: LogLook, reason: String, at now: Timestamp) -> [ManifestEntry] {
        let image = look.image
        var entries = image.manifestImage?.entries ?? []
        for segment in image.segments.values.sorted(by: { $0.number < $1.number }) {
            guard let header = segment.header, let scan = segment.scan else { continue }
            if image.manifest.headers[segment.number] == nil {
                entries.append(.created(header: Hex.encode(header.encoded())))
            }
            if image.manifest.seals[segment.number] == nil, let fact = seal(segment, scan, image) {
                entries.append(.sealed(fact))
            }
        }
        entries.append(.durable(look.judgement.durable))
        entries.append(.rebuilt(reason: reason, at: now))
        return entries
    }

    /// The seal of a segment that the one behind it, or the newest witness, calls sealed.
    private static func seal(
        _ segment: SegmentImage, _ scan: SegmentScan, _ image: LogImage
    ) -> SealedFact? {
        guard let summary = scan.seal, let lsn = scan.sealLSN else { return nil }
        let successor = image.segments.values
            .first { $0.header?.previousNumber == segment.number }?.header
        guard let end = successor?.previousEnd, end.digest == summary.digest else { return nil }
        return SealedFact(
            segment: segment.number, size: end.offset, firstLSN: summary.firstLSN, lastLSN: lsn,
            chain: end.chain, digest: summary.digest)
    }
}
