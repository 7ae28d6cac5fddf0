// The postcard forms of what travels. Field order is the format; golden files in the tests hold it.

import Support

extension PostcardReader {
    /// Reads an identity of fixed length.
    fileprivate mutating func readIdentity<Value: FixedBytes>(
        _ field: String
    ) throws(PostcardFailure) -> Value {
        let start = offset
        guard let value = Value(bytes: try readFixed(Value.byteCount, field)) else {
            throw .invalid(field: field, offset: start)
        }
        return value
    }
}

extension FunctionID: PostcardCodable {
    public func encode(into writer: inout PostcardWriter) { writer.writeFixed(bytes) }
    public init(from reader: inout PostcardReader) throws(PostcardFailure) {
        self = try reader.readIdentity("function id")
    }
}

extension ContentDigest: PostcardCodable {
    public func encode(into writer: inout PostcardWriter) { writer.writeFixed(bytes) }
    public init(from reader: inout PostcardReader) throws(PostcardFailure) {
        self = try reader.readIdentity("digest")
    }
}

extension ChangeSetID: PostcardCodable {
    public func encode(into writer: inout PostcardWriter) { writer.writeFixed(bytes) }
    public init(from reader: inout PostcardReader) throws(PostcardFailure) {
        self = try reader.readIdentity("change set id")
    }
}

extension DeviceID: PostcardCodable {
    public func encode(into writer: inout PostcardWriter) { writer.writeFixed(bytes) }
    public init(from reader: inout PostcardReader) throws(PostcardFailure) {
        self = try reader.readIdentity("device id")
    }
}

extension Timestamp: PostcardCodable {
    public func encode(into writer: inout PostcardWriter) { writer.write(rawValue) }
    public init(from reader: inout PostcardReader) throws(PostcardFailure) {
        self.init(rawValue: try reader.readSigned("time"))
    }
}

extension UnitText: PostcardCodable {
    public func encode(into writer: inout PostcardWriter) {
        writer.write(head)
        writer.writeOptional(tail) { $0.write($1) }
    }
    public init(from reader: inout PostcardReader) throws(PostcardFailure) {
        self.init(
            head: try reader.readBytes("unit head"),
            tail: try reader.readOptional("unit tail") { (reader) throws(PostcardFailure) in
                try reader.readBytes("unit tail")
            })
    }
}

extension Placement: PostcardCodable {
    public func encode(into writer: inout PostcardWriter) {
        for neighbour in [parent, previous, next] {
            writer.writeOptional(neighbour) { $0.write($1) }
        }
    }
    public init(from reader: inout PostcardReader) throws(PostcardFailure) {
        func neighbour(
            _ field: String, _ reader: inout PostcardReader
        ) throws(PostcardFailure) -> FunctionID? {
            try reader.readOptional(field) { (reader) throws(PostcardFailure) in
                try FunctionID(from: &reader)
            }
        }
        let parent = try neighbour("parent", &reader)
        let previous = try neighbour("previous neighbour", &reader)
        self.init(
            parent: parent, previous: previous, next: try neighbour("next neighbour", &reader))
    }
}

extension UnitKind {
    /// The number of a kind in packs; never reused.
    fileprivate var code: UInt64 {
        switch self {
        case .function: 0
        case .method: 1
        case .type: 2
        case .constant: 3
        case .imports: 4
        case .opaque: 5
        case .file: 6
        case .mode: 7
        }
    }
}

extension ChangeKind {
    /// The number of a kind in packs; never reused.
    fileprivate var code: UInt64 {
        switch self {
        case .put: 0
        case .delete: 1
        case .rename: 2
        case .move: 3
        }
    }
}

extension PostcardReader {
    /// Reads a case of an enumeration by its number.
    fileprivate mutating func readCase<Value: CaseIterable>(
        _ field: String, _ code: (Value) -> UInt64
    ) throws(PostcardFailure) -> Value {
        let start = offset
        let number = try readUnsigned(field)
        guard let value = Value.allCases.first(where: { code($0) == number }) else {
            throw .invalid(field: field, offset: start)
        }
        return value
    }
}

extension UnitChange: PostcardCodable {
    public func encode(into writer: inout PostcardWriter) {
        writer.write(function)
        writer.write(kind.code)
        writer.write(unit.code)
        writer.write(path)
        writer.write(qualifiedName)
        writer.write(ordinal)
        writer.write(baseRevision)
        writer.writeOptional(baseAuraID) { $0.write($1) }
        writer.writeOptional(auraID) { $0.write($1) }
        writer.writeOptional(text) { $0.write($1) }
        writer.write(placement)
    }

    public init(from reader: inout PostcardReader) throws(PostcardFailure) {
        function = try FunctionID(from: &reader)
        kind = try reader.readCase("change kind", \ChangeKind.code)
        unit = try reader.readCase("unit kind", \UnitKind.code)
        path = try reader.readString("path")
        qualifiedName = try reader.readString("qualified name")
        ordinal = try reader.readUnsigned("ordinal")
        baseRevision = try reader.readUnsigned("base revision")
        baseAuraID = try reader.readOptional("base aura id") { (reader) throws(PostcardFailure) in
            try ContentDigest(from: &reader)
        }
        auraID = try reader.readOptional("aura id") { (reader) throws(PostcardFailure) in
            try ContentDigest(from: &reader)
        }
        text = try reader.readOptional("text") { (reader) throws(PostcardFailure) in
            try UnitText(from: &reader)
        }
        placement = try Placement(from: &reader)
    }
}

extension ChangeSet: PostcardCodable {
    /// The first number of every change set; another one means another format.
    public static let formatVersion: UInt64 = 1

    public func encode(into writer: inout PostcardWriter) {
        writer.write(Self.formatVersion)
        writer.write(id)
        writer.write(repository)
        writer.write(branch)
        writer.write(commit)
        writer.write(grammar.language)
        writer.write(grammar.digest)
        writer.write(madeAt)
        writer.writeArray(changes) { $0.write($1) }
    }

    public init(from reader: inout PostcardReader) throws(PostcardFailure) {
        let start = reader.offset
        guard try reader.readUnsigned("format version") == Self.formatVersion else {
            throw .invalid(field: "format version", offset: start)
        }
        id = try ChangeSetID(from: &reader)
        repository = try reader.readString("repository")
        branch = try reader.readString("branch")
        commit = try reader.readString("commit")
        let language = try reader.readString("language")
        grammar = GrammarStamp(language: language, digest: try ContentDigest(from: &reader))
        madeAt = try Timestamp(from: &reader)
        changes = try reader.readArray("changes") { (reader) throws(PostcardFailure) in
            try UnitChange(from: &reader)
        }
    }
}

extension SignedChangeSet: PostcardCodable {
    public static let signatureByteCount = 64

    public func encode(into writer: inout PostcardWriter) {
        writer.write(device)
        writer.writeFixed(signature)
        writer.write(payload)
    }

    public init(from reader: inout PostcardReader) throws(PostcardFailure) {
        let device = try DeviceID(from: &reader)
        let signature = try reader.readFixed(Self.signatureByteCount, "signature")
        self.init(
            payload: try reader.readBytes("change set"), signature: signature, device: device)
    }
}

extension DeliveredChangeSet: PostcardCodable {
    public func encode(into writer: inout PostcardWriter) {
        writer.write(signed)
        writer.write(receivedAt)
        writer.writeArray(places) { writer, place in
            writer.write(UInt64(place.index))
            writer.write(place.sequence)
            writer.write(place.revision)
        }
    }

    public init(from reader: inout PostcardReader) throws(PostcardFailure) {
        let signed = try SignedChangeSet(from: &reader)
        let receivedAt = try Timestamp(from: &reader)
        let places = try reader.readArray("places") { (reader) throws(PostcardFailure) in
            let start = reader.offset
            let index = try reader.readUnsigned("index")
            guard index < 1 << 32 else {
                throw PostcardFailure.invalid(field: "index", offset: start)
            }
            let sequence = try reader.readUnsigned("sequence")
            return LedgerPlace(
                index: Int(index), sequence: sequence,
                revision: try reader.readUnsigned("revision"))
        }
        self.init(signed: signed, places: places, receivedAt: receivedAt)
    }
}

extension Delivery: PostcardCodable {
    public func encode(into writer: inout PostcardWriter) {
        writer.write(after)
        writer.write(through)
        writer.writeArray(sets) { $0.write($1) }
    }

    public init(from reader: inout PostcardReader) throws(PostcardFailure) {
        let after = try reader.readUnsigned("after")
        let through = try reader.readUnsigned("through")
        self.init(
            after: after, through: through,
            sets: try reader.readArray("sets") { (reader) throws(PostcardFailure) in
                try DeliveredChangeSet(from: &reader)
            })
    }
}
