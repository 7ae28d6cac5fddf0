// The manifest read as a whole: entries in, one view of what should exist out. Pure.

import Support

struct ManifestFold: Sendable {
    /// Segments that should lie in the folder, by number.
    private(set) var headers: [SegmentNumber: SegmentHeader] = [:]
    private(set) var seals: [SegmentNumber: SealedFact] = [:]
    private(set) var ends: [SegmentNumber: LogicalEndFact] = [:]
    private(set) var quarantined: [SegmentNumber: [QuarantinedFact]] = [:]
    /// Set aside below a checkpoint; the file may still be on its way to `retired/`.
    private(set) var retired: [SegmentNumber: LSN] = [:]
    private(set) var removed: Set<SegmentNumber> = []
    private(set) var logID: LogID?
    private(set) var durable: LSN = .zero
    private(set) var epoch = Epoch(rawValue: 0)
    private(set) var lastNumber = SegmentNumber(0)
    /// True when the newest statement is a clean close.
    private(set) var closedCleanly = false
    private(set) var resetFrom: LogID?
    private(set) var repairs: [Timestamp] = []
    /// Every entry was readable, so that what it does not name does not belong here.
    var isWhole = false

    init() {}

    init(_ entries: some Sequence<ManifestEntry>, logID: LogID?) {
        self.logID = logID
        for entry in entries { apply(entry) }
    }

    mutating func apply(_ entry: ManifestEntry) {
        closedCleanly = false
        switch entry {
        case .created(let text):
            guard let header = SegmentHeader(hex: text) else { return }
            headers[header.number] = header
            durable = max(durable, header.durable)
            epoch = max(epoch, header.epoch)
            lastNumber = max(lastNumber, header.number)
        case .sealed(let fact):
            seals[fact.segment] = fact
            durable = max(durable, fact.lastLSN)
        case .logicalEnd(let fact):
            ends[fact.segment] = fact
        case .quarantined(let fact):
            quarantined[fact.segment, default: []].append(fact)
            repairs.append(fact.at)
            lastNumber = max(lastNumber, fact.segment)
        case .retired(let segment, let lastLSN):
            retired[segment] = lastLSN
            headers[segment] = nil
            lastNumber = max(lastNumber, segment)
        case .removed(let segment):
            removed.insert(segment)
        case .reset(let from, let to, _):
            resetFrom = from
            logID = to
        case .durable(let lsn):
            durable = max(durable, lsn)
        case .cleanClose(let lastLSN, _):
            durable = max(durable, lastLSN)
            closedCleanly = true
        case .rebuilt:
            break
        }
    }

    /// Takes a position that the framing of an entry called durable.
    mutating func apply(_ witness: LSN) { durable = max(durable, witness) }

    /// Everything recovery has accepted as lost.
    var acceptedLosses: LSNSet {
        quarantined.values.joined().reduce(into: LSNSet()) { $0.formUnion($1.lost) }
    }

    /// Whether exactly this state of a segment's file was already judged and listed.
    func hasAccepted(_ segment: SegmentNumber, digest: ContentDigest?) -> Bool {
        quarantined[segment]?.contains { $0.digest == digest } ?? false
    }
}
