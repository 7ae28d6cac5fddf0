// What is the matter with a log, one case for each row of the table that tells a torn tail from
// damage. A verdict names the place, the records it costs, and the witness it rests on.

/// Where a verdict applies and what it costs.
public struct Spot: Hashable, Codable, Sendable {
    /// Nil for the manifest and for files that are no segment of this log.
    public var segment: SegmentNumber?
    /// The file's name below the log's folder.
    public var file: String
    /// In bytes from the beginning of the file.
    public var offset: UInt64
    /// The records that cannot be read because of it; nil when it costs none.
    public var lsns: LSNRange?
    /// One clause with the evidence.
    public var detail: String
    /// True where records are gone and nothing says how many; nil where ``lsns`` says it.
    public var isUncounted: Bool?
    /// The value of `errno` where the bytes were refused; nil everywhere else.
    public var errorNumber: Int32?
    /// What the one damaged or unknown record is, where its header is whole: a `RecordType` by its
    /// number.
    public var recordType: UInt16?
    /// The segment that a file under another's name is, by its header and by the manifest.
    public var belongsAs: SegmentNumber?

    init(
        segment: SegmentNumber? = nil, file: String, offset: UInt64 = 0, lsns: LSNRange? = nil,
        detail: String, isUncounted: Bool? = nil, errorNumber: Int32? = nil,
        recordType: UInt16? = nil, belongsAs: SegmentNumber? = nil
    ) {
        self.belongsAs = belongsAs
        self.isUncounted = isUncounted
        (self.errorNumber, self.recordType) = (errorNumber, recordType)
        (self.segment, self.file, self.offset) = (segment, file, offset)
        (self.lsns, self.detail) = (lsns, detail)
    }
}

/// A judgement on one place of the log.
public enum Verdict: Hashable, Codable, Sendable {
    /// Nothing is the matter; the only verdict of its report.
    case ok
    /// Bytes of a write that a crash interrupted; nothing in them was ever acknowledged.
    case tornTail(Spot)
    /// The segment ends before what was known to be durable.
    case tailLost(Spot)
    /// One payload is damaged, its header is not.
    case recordDamaged(Spot)
    /// A header is damaged; the records up to the next good one are lost.
    case rangeDamaged(Spot)
    /// Records are intact, but others than those that belong here.
    case spliced(Spot)
    /// A sealed segment is not the file that was sealed.
    case staleCopy(Spot)
    /// A file that is not of this log, or does not belong under this name.
    case foreign(Spot)
    /// A segment that should be here is not.
    case missing(Spot)
    /// The disk or the permissions refuse the bytes.
    case unreadable(Spot)
    /// A newer release wrote it: the whole segment, or a record of a type unknown here.
    case tooNew(Spot)
    /// The manifest is missing or damaged. Costs no record.
    case manifestDamaged(Spot)

    /// The name people read: `TORN_TAIL`.
    public var name: String {
        switch self {
        case .ok: "OK"
        case .tornTail: "TORN_TAIL"
        case .tailLost: "TAIL_LOST"
        case .recordDamaged: "RECORD_DAMAGED"
        case .rangeDamaged: "RANGE_DAMAGED"
        case .spliced: "SPLICED"
        case .staleCopy: "STALE_COPY"
        case .foreign: "FOREIGN"
        case .missing: "MISSING"
        case .unreadable: "UNREADABLE"
        case .tooNew: "TOO_NEW"
        case .manifestDamaged: "MANIFEST_DAMAGED"
        }
    }

    /// The place; nil for ``ok``.
    public var spot: Spot? {
        switch self {
        case .ok: nil
        case .tornTail(let spot), .tailLost(let spot), .recordDamaged(let spot),
            .rangeDamaged(let spot), .spliced(let spot), .staleCopy(let spot), .foreign(let spot),
            .missing(let spot), .unreadable(let spot), .tooNew(let spot),
            .manifestDamaged(let spot):
            spot
        }
    }

    /// Whether it cost records, and nothing says how many.
    public var isUncounted: Bool { spot?.isUncounted == true }

    /// Whether anything other than a crash must have happened to the files.
    public var isDamage: Bool {
        switch self {
        case .ok, .tornTail: false
        default: true
        }
    }
}
