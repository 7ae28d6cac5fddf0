// The postcard forms of the parts that records are made of.

import LiveProtocol
import Support

extension SentBase: PostcardCodable {
    public func encode(into writer: inout PostcardWriter) {
        writer.write(function)
        writer.write(revision)
        writer.writeOptional(auraID)
    }

    public init(from reader: inout PostcardReader) throws(PostcardFailure) {
        function = try FunctionID(from: &reader)
        revision = try reader.readUnsigned("revision")
        auraID = try reader.readOptional(AuraID.self, "aura id")
    }
}

extension Refusal: PostcardCodable {
    public func encode(into writer: inout PostcardWriter) {
        writer.write(function)
        writer.write(qualifiedName)
        writer.write(reject.rawValue)
        writer.writeOptional(headRevision)
    }

    public init(from reader: inout PostcardReader) throws(PostcardFailure) {
        function = try FunctionID(from: &reader)
        qualifiedName = try reader.readString("qualified name")
        reject = try reader.readRaw(RejectClass.self, "class")
        headRevision = try reader.readOptionalUnsigned("head revision")
    }
}

extension Acceptance: PostcardCodable {
    public func encode(into writer: inout PostcardWriter) {
        writer.write(function)
        writer.write(sequence)
        writer.write(revision)
    }

    public init(from reader: inout PostcardReader) throws(PostcardFailure) {
        function = try FunctionID(from: &reader)
        sequence = try reader.readUnsigned("sequence")
        revision = try reader.readUnsigned("revision")
    }
}

extension ApplyBegin: PostcardCodable {
    public func encode(into writer: inout PostcardWriter) {
        writer.write(id.rawValue)
        writer.write(setID)
        writer.write(path)
        writer.write(functions)
        writer.writeOptional(preDigest)
        writer.writeOptional(postDigest)
    }

    public init(from reader: inout PostcardReader) throws(PostcardFailure) {
        id = ApplyID(rawValue: try reader.readUnsigned("apply id"))
        setID = try ChangeSetID(from: &reader)
        path = try reader.readString("path")
        functions = try reader.readArray(FunctionID.self, "functions")
        preDigest = try reader.readOptional(ContentDigest.self, "digest before")
        postDigest = try reader.readOptional(ContentDigest.self, "digest after")
    }
}

extension RecordLabel: PostcardCodable {
    init(_ edits: [ApplyEdit], at: Timestamp) {
        self.init(
            names: edits.map(\.qualifiedName), auraID: edits.first?.announcedAuraID, at: at)
    }

    /// - Parameter changes: of the delivered set.
    init(_ delivered: DeliveredChangeSet, _ changes: [UnitChange]) {
        let taken = delivered.places.map(\.index).filter(changes.indices.contains)
        self.init(
            names: taken.map { changes[$0].qualifiedName },
            auraID: taken.first.flatMap { changes[$0].auraID }, at: delivered.receivedAt)
    }

    public func encode(into writer: inout PostcardWriter) {
        writer.write(names)
        writer.writeOptional(auraID)
        writer.write(at)
    }

    public init(from reader: inout PostcardReader) throws(PostcardFailure) {
        names = try reader.readStrings("names")
        auraID = try reader.readOptional(AuraID.self, "version")
        at = try Timestamp(from: &reader)
    }
}

extension PostcardWriter {
    mutating func write(_ frontier: Frontier) {
        write(frontier.epoch)
        write(frontier.sequence)
    }
}

extension Frontier {
    init(from reader: inout PostcardReader) throws(PostcardFailure) {
        let epoch = try reader.readString("epoch")
        self.init(epoch: epoch, sequence: try reader.readUnsigned("sequence"))
    }
}

extension LedgerPosition: PostcardCodable {
    public func encode(into writer: inout PostcardWriter) {
        writer.write(run)
        writer.write(sequence)
    }

    public init(from reader: inout PostcardReader) throws(PostcardFailure) {
        let run = try reader.readString("run")
        self.init(run: run, sequence: try reader.readUnsigned("sequence"))
    }
}

extension LedgerSetback: PostcardCodable {
    public func encode(into writer: inout PostcardWriter) {
        writer.write(known)
        writer.write(head)
    }

    public init(from reader: inout PostcardReader) throws(PostcardFailure) {
        let known = try reader.readUnsigned("known sequence")
        self.init(known: known, head: try reader.readUnsigned("head"))
    }
}

extension StateChange: PostcardCodable {
    public func encode(into writer: inout PostcardWriter) {
        switch self {
        case .lifecycle(let lifecycle):
            writer.write(UInt64(0))
            writer.write(lifecycle)
        case .frontierReset(let frontier):
            writer.write(UInt64(1))
            writer.write(frontier)
        case .withdrawn(let functions):
            writer.write(UInt64(2))
            writer.write(functions)
        case .adopted(let old, let new):
            writer.write(UInt64(3))
            writer.write(old)
            writer.write(new)
        case .baselineReset(let functions):
            writer.write(UInt64(4))
            writer.writeOptional(functions) { $0.write($1) }
        case .setAside(let set, let reason):
            writer.write(UInt64(5))
            writer.write(set)
            writer.writeOptional(reason?.rawValue)
        case .departing(let set, let function, let path):
            writer.write(UInt64(6))
            writer.write(set)
            writer.write(function)
            writer.write(path)
        case .verified(let bases):
            writer.write(UInt64(7))
            writer.write(bases)
        case .ledgerRun(let run):
            writer.write(UInt64(8))
            writer.writeOptional(run)
        case .wentBack(let setback):
            writer.write(UInt64(9))
            writer.write(setback)
        }
    }

    public init(from reader: inout PostcardReader) throws(PostcardFailure) {
        let start = reader.offset
        switch try reader.readUnsigned("kind of state change") {
        case 0: self = .lifecycle(try Lifecycle(from: &reader))
        case 1: self = .frontierReset(try Frontier(from: &reader))
        case 2: self = .withdrawn(functions: try reader.readArray(FunctionID.self, "functions"))
        case 3:
            let old = try FunctionID(from: &reader)
            self = .adopted(old: old, new: try FunctionID(from: &reader))
        case 4:
            self = .baselineReset(
                try reader.readOptional("functions") { (reader) throws(PostcardFailure) in
                    try reader.readArray(FunctionID.self, "functions")
                })
        case 5:
            let set = try ChangeSetID(from: &reader)
            self = .setAside(
                set,
                try reader.readOptional("reason") { (reader) throws(PostcardFailure) in
                    try reader.readRaw(SetAsideReason.self, "reason")
                })
        case 6:
            let set = try ChangeSetID(from: &reader)
            let function = try FunctionID(from: &reader)
            self = .departing(set, function, from: try reader.readString("left path"))
        case 7: self = .verified(try reader.readArray(VerifiedBase.self, "verified bases"))
        case 8: self = .ledgerRun(try reader.readOptionalString("run"))
        case 9: self = .wentBack(try LedgerSetback(from: &reader))
        default: throw .invalid(field: "kind of state change", offset: start)
        }
    }
}
