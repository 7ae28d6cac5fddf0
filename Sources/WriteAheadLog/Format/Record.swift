// Records as the owner of the log gives and gets them.
//
// A payload has two parts with checksums of their own: metadata, small and never code, and a body,
// which may be code. Status, tail and verification never decode a body.

/// A record to be appended.
public struct RecordDraft: Hashable, Sendable {
    /// A note where the record is one that this build does not know and only writes again.
    public var type: RecordType { RecordType(rawValue: typeCode) ?? .note }
    /// The number on disk.
    let typeCode: UInt16
    /// Small, never code; shown by tails and kept in bundles.
    public let metadata: [UInt8]
    /// May be code; read back only for the owner.
    public let body: [UInt8]
    /// How metadata and body are encoded; the owner's number.
    public let schema: UInt32
    /// The position of the lost or misplaced record this one restores.
    let salvagedFrom: LSN?
    /// Whether a build that does not know the type may pass over the record.
    let isIgnorable: Bool

    public init(
        type: RecordType, metadata: [UInt8], body: [UInt8] = [], schema: UInt32 = 1
    ) {
        self.init(
            typeCode: type.rawValue, metadata: metadata, body: body, schema: schema,
            salvagedFrom: nil, isIgnorable: false)
    }

    init(
        typeCode: UInt16, metadata: [UInt8], body: [UInt8], schema: UInt32, salvagedFrom: LSN?,
        isIgnorable: Bool
    ) {
        self.typeCode = typeCode
        self.metadata = metadata
        self.body = body
        self.schema = schema
        self.salvagedFrom = salvagedFrom
        self.isIgnorable = isIgnorable
    }

    /// The marks it has wherever it is written.
    var flags: RecordFlags {
        var flags: RecordFlags = []
        if salvagedFrom != nil { flags.insert(.salvaged) }
        if isIgnorable { flags.insert(.ignorable) }
        return flags
    }

    /// The bytes between record header and padding.
    var payloadBytes: Int {
        PayloadLayout.prefixBytes(salvaged: salvagedFrom != nil) + metadata.count + body.count
    }
}

/// Marks in a record's header.
public struct RecordFlags: OptionSet, Hashable, Codable, Sendable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The last record that one write carried.
    public static let groupEnd = RecordFlags(rawValue: 1)
    /// Appended by recovery in place of a lost record.
    public static let salvaged = RecordFlags(rawValue: 2)
    /// The first of the CHECKPOINT records of one append.
    public static let checkpointBegin = RecordFlags(rawValue: 4)
    /// The last of them: the checkpoint is complete.
    public static let checkpointEnd = RecordFlags(rawValue: 8)
    /// Changes no state: a build that does not know the type passes over the record. Nothing that this
    /// release writes needs it, since every release knows its types.
    public static let ignorable = RecordFlags(rawValue: 16)
}

/// A record without its body, and where it lies.
public struct RecordSummary: Hashable, Sendable {
    public let lsn: LSN
    /// The number on disk; a type this build does not know has no ``type``.
    public let typeCode: UInt16
    public let flags: RecordFlags
    public let schema: UInt32
    public let metadata: [UInt8]
    public let bodyBytes: Int
    /// CRC32C of the payload, as the header has it.
    public let payloadCRC: UInt32
    /// The position this record restores, when recovery wrote it.
    public let salvagedFrom: LSN?
    /// Everything up to this position was durable when the record was encoded.
    public let durable: LSN
    public let segment: SegmentNumber
    public let offset: UInt64

    public var type: RecordType? { RecordType(rawValue: typeCode) }
    public var typeName: String { RecordType.name(of: typeCode) }
    /// Whether this build can fold the record, or may pass over it.
    public var isKnown: Bool { RecordType.isKnown(typeCode, flags) }
}

/// A record read back.
public struct Record: Hashable, Sendable {
    public let summary: RecordSummary
    /// Empty when the reader was told to leave bodies alone.
    public let body: [UInt8]

    public var lsn: LSN { summary.lsn }
    public var type: RecordType? { summary.type }
    public var schema: UInt32 { summary.schema }
    public var metadata: [UInt8] { summary.metadata }
    public var salvagedFrom: LSN? { summary.salvagedFrom }
    /// Where it stood first: recovery appends what it restores, behind records that came later.
    public var origin: LSN { salvagedFrom ?? lsn }
}
