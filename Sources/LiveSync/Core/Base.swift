// What the ledger last said of each function: the common ancestor of every change.

import LiveProtocol
import Support

/// The version of a function that this working copy and the ledger share.
public struct Base: Hashable, Sendable {
    public var revision: RevisionNumber
    /// Nil for a tombstone.
    public var auraID: AuraID?
    /// The ledger's sequence at which the function was first seen: of two functions that turn out
    /// to be one, the earlier stays.
    public var firstSequence: UInt64
    public var path: String
    public var kind: UnitKind
    public var qualifiedName: String
    public var ordinal: Int
    public var parent: FunctionID?
    /// Of the exact text, comments included; nil for a tombstone.
    public var textDigest: ContentDigest?
    /// Of an import block: its lines, for a three-way merge.
    public var importLines: [[UInt8]]?

    public var isTombstone: Bool { auraID == nil }
    var key: UnitKey { UnitKey(kind: kind, qualifiedName: qualifiedName, ordinal: ordinal) }

    init(_ change: UnitChange, revision: RevisionNumber, firstSequence: UInt64) {
        self.revision = revision
        self.firstSequence = firstSequence
        auraID = change.kind.carriesText ? change.auraID : nil
        path = change.path
        kind = change.unit
        qualifiedName = change.qualifiedName
        ordinal = change.ordinalInFile
        parent = change.placement.parent
        textDigest = change.text?.digest
        importLines = change.unit == .imports ? change.text.map(LineMerge.lines) : nil
    }
}

extension UnitChange {
    var ordinalInFile: Int { Int(clamping: ordinal) }
    var key: UnitKey {
        UnitKey(kind: unit, qualifiedName: qualifiedName, ordinal: ordinalInFile)
    }

    /// Whether both leave the same content at the same place.
    func hasSameResult(as other: UnitChange) -> Bool {
        guard auraID == other.auraID else { return false }
        return auraID == nil
            || (path == other.path && placement.parent == other.placement.parent)
    }
}

/// All bases, by function and by path.
public struct BaseTable: Sendable, Equatable {
    public private(set) var byFunction: [FunctionID: Base] = [:]
    private var byPath: [String: Set<FunctionID>] = [:]

    public init() {}

    public var count: Int { byFunction.count }
    public var isEmpty: Bool { byFunction.isEmpty }

    public subscript(function: FunctionID) -> Base? {
        get { byFunction[function] }
        set {
            if let old = byFunction[function] { byPath[old.path]?.remove(function) }
            byFunction[function] = newValue
            if let newValue { byPath[newValue.path, default: []].insert(function) }
        }
    }

    /// Functions whose last known place is this path, tombstones included, in a fixed order.
    public func functions(at path: String) -> [FunctionID] { (byPath[path] ?? []).sorted() }

    /// Paths at which the ledger has at least one unit.
    var livePaths: Set<String> {
        Set(byFunction.values.lazy.filter { !$0.isTombstone }.map(\.path))
    }

    public static func == (left: Self, right: Self) -> Bool {
        left.byFunction == right.byFunction
    }
}

/// What the ledger has of a function that it was thought to have otherwise; nil: nothing.
public struct VerifiedBase: Hashable, Sendable {
    public var function: FunctionID
    public var base: Base?
}

extension VerifiedBase: PostcardCodable {
    public func encode(into writer: inout PostcardWriter) {
        writer.write(function)
        writer.writeOptional(base)
    }

    public init(from reader: inout PostcardReader) throws(PostcardFailure) {
        function = try FunctionID(from: &reader)
        base = try reader.readOptional(Base.self, "base")
    }
}

extension Base: PostcardCodable {
    public func encode(into writer: inout PostcardWriter) {
        writer.write(revision)
        writer.writeOptional(auraID)
        writer.write(firstSequence)
        writer.write(path)
        writer.write(kind.rawValue)
        writer.write(qualifiedName)
        writer.write(UInt64(ordinal))
        writer.writeOptional(parent)
        writer.writeOptional(textDigest)
        writer.writeOptional(importLines) { $0.writeArray($1) { $0.write($1) } }
    }

    public init(from reader: inout PostcardReader) throws(PostcardFailure) {
        revision = try reader.readUnsigned("revision")
        auraID = try reader.readOptional(AuraID.self, "aura id")
        firstSequence = try reader.readUnsigned("first sequence")
        path = try reader.readString("path")
        kind = try reader.readRaw(UnitKind.self, "unit kind")
        qualifiedName = try reader.readString("qualified name")
        ordinal = try reader.readCount("ordinal")
        parent = try reader.readOptional(FunctionID.self, "parent")
        textDigest = try reader.readOptional(ContentDigest.self, "text digest")
        importLines = try reader.readOptional("import lines") { (reader) throws(PostcardFailure) in
            try reader.readArray("import lines") { (reader) throws(PostcardFailure) in
                try reader.readBytes("import line")
            }
        }
    }
}
