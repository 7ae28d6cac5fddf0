// The kinds of records, with numbers that are on disk for ever.
//
// A later release may add some. A record of a type that a build does not know says something that it
// cannot fold: it leaves such a log alone, unless the record carries ``RecordFlags/ignorable``. What
// is so marked is passed over, and kept where records are written again.

/// What a record says. Raw values are the on-disk numbers and are never reused; they leave no gap,
/// because the loop over records knows them by the highest.
public enum RecordType: UInt16, CaseIterable, Codable, Sendable {
    case outboundEnqueued = 1
    case outboundSent = 2
    case outboundAcked = 3
    case outboundFailed = 4
    case inboundReceived = 5
    case applyBegin = 6
    case applyOK = 7
    case applyFailed = 8
    case applySkipped = 9
    case conflictOpened = 10
    case conflictResolved = 11
    case conflictDismissed = 12
    case conflictReopened = 13
    case impactOpened = 14
    case impactResolved = 15
    case baselineAdvanced = 16
    case stateChanged = 17
    case checkpoint = 18
    case note = 19
    case reset = 20
    /// Written by the log itself as the last record of a segment.
    case seal = 21

    /// The name people read and type: `OUTBOUND_ENQUEUED`.
    public var name: String {
        switch self {
        case .outboundEnqueued: "OUTBOUND_ENQUEUED"
        case .outboundSent: "OUTBOUND_SENT"
        case .outboundAcked: "OUTBOUND_ACKED"
        case .outboundFailed: "OUTBOUND_FAILED"
        case .inboundReceived: "INBOUND_RECEIVED"
        case .applyBegin: "APPLY_BEGIN"
        case .applyOK: "APPLY_OK"
        case .applyFailed: "APPLY_FAILED"
        case .applySkipped: "APPLY_SKIPPED"
        case .conflictOpened: "CONFLICT_OPENED"
        case .conflictResolved: "CONFLICT_RESOLVED"
        case .conflictDismissed: "CONFLICT_DISMISSED"
        case .conflictReopened: "CONFLICT_REOPENED"
        case .impactOpened: "IMPACT_OPENED"
        case .impactResolved: "IMPACT_RESOLVED"
        case .baselineAdvanced: "BASELINE_ADVANCED"
        case .stateChanged: "STATE_CHANGED"
        case .checkpoint: "CHECKPOINT"
        case .note: "NOTE"
        case .reset: "RESET"
        case .seal: "SEAL"
        }
    }

    /// Whether this build can fold a record of this number, or may pass over it.
    static func isKnown(_ code: UInt16, _ flags: RecordFlags) -> Bool {
        RecordType(rawValue: code) != nil || flags.contains(.ignorable)
    }

    /// The name of a number on disk, which may be of a later release.
    public static func name(of code: UInt16) -> String {
        RecordType(rawValue: code)?.name ?? "TYPE_\(code)"
    }

    /// Finds a type by its name; nil when there is none.
    public init?(name: String) {
        guard let type = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = type
    }

    /// Whether the record begins new work. Such records are refused while the disk is full, so
    /// that what is left of the last segment serves the endings of work already begun.
    var isNewWork: Bool {
        switch self {
        case .outboundEnqueued, .inboundReceived, .checkpoint: true
        default: false
        }
    }
}
