// The bytes of the peer's records. Field order is the format; the schema number in the record's
// header names it.

import LiveProtocol
import Support
import WriteAheadLog

extension PeerRecord {
    /// The format of metadata and bodies below.
    public static let schema: UInt32 = 1

    /// The record as it goes into the log.
    public var draft: RecordDraft {
        var (writer, body) = (PostcardWriter(), PostcardWriter())
        encode(metadata: &writer, body: &body)
        return RecordDraft(
            type: type, metadata: writer.bytes, body: body.bytes, schema: Self.schema)
    }

    private func encode(metadata writer: inout PostcardWriter, body: inout PostcardWriter) {
        switch self {
        case .enqueued(let set, let path, let supersedes, let at):
            writer.write(set.id)
            writer.write(path)
            writer.write(set.changes.map(\.qualifiedName))
            writer.write(supersedes)
            writer.write(at)
            body.write(set)
        case .sent(let id, let bases, let at):
            writer.write(id)
            writer.write(bases)
            writer.write(at)
        case .acked(let id, let places, let at):
            writer.write(id)
            writer.write(places)
            writer.write(at)
        case .failed(let id, let refusals, let at):
            writer.write(id)
            writer.write(refusals)
            writer.write(at)
        case .received(let delivered, let epoch, let label):
            writer.write(epoch)
            writer.write(delivered.places.map(\.sequence).max() ?? 0)
            writer.write(label)
            body.write(delivered)
        case .frontier(let frontier, let at):
            writer.write(UInt64(0))
            writer.write(frontier)
            writer.write(at)
        case .settled(let id, let functions, let reason):
            writer.write(UInt64(1))
            writer.write(id)
            writer.write(functions)
            writer.write(reason.rawValue)
        case .applyBegin(let begin, let preImage):
            writer.write(begin)
            body.write(preImage)
        case .applyOK(let id, let setID, let functions, let at):
            writer.write(id.rawValue)
            writer.write(setID)
            writer.write(functions)
            writer.write(at)
        case .applyFailed(let id, let setID, let path, let functions, let reason, let label):
            writer.write(id.rawValue)
            writer.write(setID)
            writer.write(path)
            writer.write(functions)
            writer.write(reason)
            writer.write(label)
        case .applySkipped(let setID, let function, let path, let reason, let label):
            writer.write(setID)
            writer.write(function)
            writer.write(path)
            writer.write(reason)
            writer.write(label)
        case .conflictOpened(let conflict):
            conflict.encodeMetadata(into: &writer)
            conflict.encodeBody(into: &body)
        case .conflictResolved(let id, let choice, let local, let at):
            writer.write(id)
            writer.write(choice.rawValue)
            writer.writeOptional(local)
            writer.write(at)
        case .conflictDismissed(let id, let at), .conflictReopened(let id, let at):
            writer.write(id)
            writer.write(at)
        case .impactOpened(let impact): writer.write(impact)
        case .impactResolved(let id, let at):
            writer.write(id.rawValue)
            writer.write(at)
        case .stateChanged(let change): writer.write(change)
        case .checkpoint(let part):
            writer.write(UInt64(part.index))
            writer.write(UInt64(part.count))
            writer.write(part.digest)
            body.writeFixed(part.bytes)
        }
    }

    /// Reads a record back.
    ///
    /// - Returns: nil for types the log writes for itself.
    /// - Throws: ``PostcardFailure`` when the bytes are no record of this schema.
    public init?(
        type: RecordType, metadata: [UInt8], body: [UInt8]
    ) throws(PostcardFailure) {
        var (reader, body) = (PostcardReader(metadata), PostcardReader(body))
        switch type {
        case .outboundEnqueued, .outboundSent, .outboundAcked, .outboundFailed:
            try self.init(outbound: type, &reader, body: &body)
        case .inboundReceived, .baselineAdvanced:
            try self.init(inbound: type, &reader, body: &body)
        case .applyBegin, .applyOK, .applyFailed, .applySkipped:
            try self.init(apply: type, &reader, body: &body)
        case .conflictOpened, .conflictResolved, .conflictDismissed, .conflictReopened:
            try self.init(conflict: type, &reader, body: &body)
        case .impactOpened: self = .impactOpened(try Impact(from: &reader))
        case .impactResolved:
            let id = ImpactID(rawValue: try reader.readUnsigned("impact id"))
            self = .impactResolved(id, at: try Timestamp(from: &reader))
        case .stateChanged: self = .stateChanged(try StateChange(from: &reader))
        case .checkpoint:
            let index = try reader.readCount("part")
            let count = try reader.readCount("parts")
            let digest = try ContentDigest(from: &reader)
            self = .checkpoint(
                CheckpointPart(
                    index: index, count: count, digest: digest,
                    bytes: try body.readFixed(body.remaining, "checkpoint")))
        case .note, .reset, .seal: return nil
        }
        try reader.finish()
        try body.finish()
    }

    private init(
        outbound type: RecordType, _ reader: inout PostcardReader, body: inout PostcardReader
    ) throws(PostcardFailure) {
        let id = try ChangeSetID(from: &reader)
        switch type {
        case .outboundEnqueued:
            let path = try reader.readString("path")
            _ = try reader.readStrings("names")
            let supersedes = try reader.readArray(ChangeSetID.self, "superseded sets")
            let at = try Timestamp(from: &reader)
            self = .enqueued(
                try ChangeSet(from: &body), path: path, supersedes: supersedes, at: at)
        case .outboundSent:
            let bases = try reader.readArray(SentBase.self, "bases")
            self = .sent(id, bases: bases, at: try Timestamp(from: &reader))
        case .outboundAcked:
            let places = try reader.readArray(Acceptance.self, "places")
            self = .acked(id, places, at: try Timestamp(from: &reader))
        default:
            let refusals = try reader.readArray(Refusal.self, "refusals")
            self = .failed(id, refusals, at: try Timestamp(from: &reader))
        }
    }

    private init(
        inbound type: RecordType, _ reader: inout PostcardReader, body: inout PostcardReader
    ) throws(PostcardFailure) {
        if type == .inboundReceived {
            let epoch = try reader.readString("epoch")
            _ = try reader.readUnsigned("sequence")
            let label = try RecordLabel(from: &reader)
            self = .received(try DeliveredChangeSet(from: &body), epoch: epoch, label)
            return
        }
        let start = reader.offset
        switch try reader.readUnsigned("kind of advance") {
        case 0:
            let frontier = try Frontier(from: &reader)
            self = .frontier(frontier, at: try Timestamp(from: &reader))
        case 1:
            let id = try ChangeSetID(from: &reader)
            let functions = try reader.readArray(FunctionID.self, "functions")
            self = .settled(
                id, functions: functions, reason: try reader.readRaw(SettleReason.self, "reason"))
        default: throw .invalid(field: "kind of advance", offset: start)
        }
    }

    private init(
        apply type: RecordType, _ reader: inout PostcardReader, body: inout PostcardReader
    ) throws(PostcardFailure) {
        switch type {
        case .applyBegin:
            let begin = try ApplyBegin(from: &reader)
            self = .applyBegin(begin, preImage: try body.readBytes("replaced text"))
        case .applyOK:
            let id = ApplyID(rawValue: try reader.readUnsigned("apply id"))
            let setID = try ChangeSetID(from: &reader)
            let functions = try reader.readArray(FunctionID.self, "functions")
            self = .applyOK(
                id, setID: setID, functions: functions, at: try Timestamp(from: &reader))
        case .applyFailed:
            let id = ApplyID(rawValue: try reader.readUnsigned("apply id"))
            let setID = try ChangeSetID(from: &reader)
            let path = try reader.readString("path")
            let functions = try reader.readArray(FunctionID.self, "functions")
            self = .applyFailed(
                id, setID: setID, path: path, functions: functions,
                reason: try reader.readString("reason"), try RecordLabel(from: &reader))
        default:
            let setID = try ChangeSetID(from: &reader)
            let function = try FunctionID(from: &reader)
            let path = try reader.readString("path")
            self = .applySkipped(
                setID, function: function, path: path,
                reason: try reader.readString("reason"), try RecordLabel(from: &reader))
        }
    }

    private init(
        conflict type: RecordType, _ reader: inout PostcardReader, body: inout PostcardReader
    ) throws(PostcardFailure) {
        if type == .conflictOpened {
            self = .conflictOpened(try Conflict(metadata: &reader, body: &body))
            return
        }
        let id = try ConflictID(from: &reader)
        switch type {
        case .conflictResolved:
            let choice = try reader.readRaw(ConflictChoice.self, "choice")
            let local = try reader.readOptional(AuraID.self, "local version")
            self = .conflictResolved(
                id, choice: choice, localAuraID: local, at: try Timestamp(from: &reader))
        case .conflictDismissed: self = .conflictDismissed(id, at: try Timestamp(from: &reader))
        default: self = .conflictReopened(id, at: try Timestamp(from: &reader))
        }
    }
}
