// The whole fold as a run of records, so that older segments of the log may retire.
//
// A checkpoint counts only when every part is there and the digest over all of them matches; until
// then the records before it stay what the state is made of.

import LiveProtocol
import Support

/// One part of an encoded state.
public struct CheckpointPart: Hashable, Sendable {
    /// A log record carries at most this much of a checkpoint.
    public static let bytesMax = 1 << 20

    public var index: Int
    public var count: Int
    /// Over the bytes of all parts.
    public var digest: ContentDigest
    public var bytes: [UInt8]
}

extension PeerState {
    /// The state as records; folding them gives this state again.
    public func checkpoint(partBytes: Int = CheckpointPart.bytesMax) -> [PeerRecord] {
        let bytes = postcard
        let digest = ContentDigest.of(bytes)
        let count = max(1, (bytes.count + partBytes - 1) / partBytes)
        return (0..<count).map { index in
            let range = index * partBytes..<min(bytes.count, (index + 1) * partBytes)
            return .checkpoint(
                CheckpointPart(
                    index: index, count: count, digest: digest, bytes: Array(bytes[range])))
        }
    }

    /// Collects a part; the last one replaces the state, when all are there and sound.
    mutating func fold(_ part: CheckpointPart) {
        if part.index == 0 { checkpointParts = [] }
        guard part.index == checkpointParts.count,
            checkpointParts.allSatisfy({ $0.digest == part.digest && $0.count == part.count })
        else {
            checkpointParts = []
            return
        }
        checkpointParts.append(part)
        guard checkpointParts.count == part.count else { return }
        let bytes = checkpointParts.flatMap(\.bytes)
        checkpointParts = []
        guard ContentDigest.of(bytes) == part.digest else { return }
        // A checkpoint of another format leaves the state as the records before it made it.
        if let state = try? PeerState(postcard: bytes) { self = state }
    }
}

extension PeerCounters: PostcardCodable {
    private static let fields: [WritableKeyPath<PeerCounters, UInt64> & Sendable] = [
        \.setsSent, \.changesAcknowledged, \.acknowledgedSequence, \.changesRefused,
        \.changesReceived, \.changesApplied,
        \.changesSettled, \.appliesFailed, \.appliesSkipped, \.conflictsOpened, \.conflictsClosed,
        \.pathsRefused,
    ]

    public func encode(into writer: inout PostcardWriter) {
        for field in Self.fields { writer.write(self[keyPath: field]) }
    }

    public init(from reader: inout PostcardReader) throws(PostcardFailure) {
        self.init()
        for field in Self.fields { self[keyPath: field] = try reader.readUnsigned("counter") }
    }
}

extension PeerState: PostcardCodable {
    /// The first number of every encoded state; another one means another format.
    static let formatVersion: UInt64 = 4
    /// Without the place in the ledger; still read.
    private static let formatBeforePositions: UInt64 = 3
    /// Without the mark of a ledger that was not read whole; still read.
    private static let formatBeforeVerifying: UInt64 = 2

    public func encode(into writer: inout PostcardWriter) {
        writer.write(Self.formatVersion)
        writer.write(lifecycle)
        let functions = bases.byFunction.sorted { $0.key < $1.key }
        writer.writeArray(functions) { writer, entry in
            writer.write(entry.key)
            writer.write(entry.value)
        }
        writer.write(Array(outbound))
        writer.write(Array(inbound))
        writer.write(conflicts)
        writer.write(impacts)
        writer.writeOptional(frontier) { $0.write($1) }
        writer.writeOptional(rereadThrough)
        writer.write(isUnverified)
        writer.writeArray(staleHeads.sorted { $0.key < $1.key }) { writer, entry in
            writer.write(entry.key)
            writer.write(entry.value)
        }
        writer.writeArray(adopted.sorted { $0.key < $1.key }) { writer, entry in
            writer.write(entry.key)
            writer.write(entry.value)
        }
        writer.writeOptional(applying)
        writer.write(counters)
        writer.writeOptional(lastPushAt)
        writer.writeOptional(lastPullAt)
        writer.writeOptional(position)
        writer.writeOptional(setback)
    }

    public init(from reader: inout PostcardReader) throws(PostcardFailure) {
        self.init()
        let start = reader.offset
        let version = try reader.readUnsigned("format version")
        guard (Self.formatBeforeVerifying...Self.formatVersion).contains(version) else {
            throw .invalid(field: "format version", offset: start)
        }
        lifecycle = try Lifecycle(from: &reader)
        for _ in 0..<(try reader.readCount("base count")) {
            let function = try FunctionID(from: &reader)
            bases[function] = try Base(from: &reader)
        }
        outbound = ChangeQueue(try reader.readArray(OutboundEntry.self, "outbound queue"))
        inbound = ChangeQueue(try reader.readArray(InboundEntry.self, "inbound queue"))
        conflicts = try reader.readArray(Conflict.self, "conflicts")
        impacts = try reader.readArray(Impact.self, "impacts")
        frontier = try reader.readOptional("frontier") { (reader) throws(PostcardFailure) in
            try Frontier(from: &reader)
        }
        rereadThrough = try reader.readOptionalUnsigned("reread sequence")
        if version >= Self.formatBeforePositions {
            isUnverified = try reader.readBool("is unverified")
        }
        for _ in 0..<(try reader.readCount("stale head count")) {
            let function = try FunctionID(from: &reader)
            staleHeads[function] = try reader.readUnsigned("revision")
        }
        for _ in 0..<(try reader.readCount("adoption count")) {
            let function = try FunctionID(from: &reader)
            adopted[function] = try FunctionID(from: &reader)
        }
        applying = try reader.readOptional(ApplyBegin.self, "apply")
        counters = try PeerCounters(from: &reader)
        lastPushAt = try reader.readOptional(Timestamp.self, "last push")
        lastPullAt = try reader.readOptional(Timestamp.self, "last pull")
        guard version >= Self.formatVersion else { return }
        position = try reader.readOptional(LedgerPosition.self, "position")
        setback = try reader.readOptional(LedgerSetback.self, "setback")
    }
}
