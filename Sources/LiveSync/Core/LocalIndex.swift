// The working copy as it was last read: which unit stands where, under which identity.
//
// The index is no part of the log. It is a cache: lost, it is rebuilt by reading every file, with
// the identities that the ledger's bases and the outbound queue remember.

import LiveProtocol
import SourceAnalysis
import Support

/// A unit of the working copy.
public struct LocalUnit: Codable, Hashable, Sendable {
    public var id: FunctionID
    /// The enclosing type.
    public var parent: FunctionID?
    public var fingerprint: UnitFingerprint
    /// Nil while the unit is held back.
    public var auraID: AuraID?
    public var isHeldBack: Bool
    public var isLocalOnly: Bool
    /// Of the exact bytes, comments included.
    public var textDigest: ContentDigest
    /// A move took it to another file already; it is on its way out of this one.
    public var isLeaving = false

    public var kind: UnitKind { fingerprint.kind }
    public var qualifiedName: String { fingerprint.qualifiedName }
    public var ordinal: Int { fingerprint.ordinal }
    public var key: UnitKey {
        UnitKey(kind: kind, qualifiedName: qualifiedName, ordinal: ordinal)
    }

    init(_ unit: ObservedUnit, id: FunctionID, parent: FunctionID?) {
        self.id = id
        self.parent = parent
        fingerprint = unit.fingerprint
        auraID = unit.isHeldBack ? nil : unit.auraID
        isHeldBack = unit.isHeldBack || unit.auraID == nil
        isLocalOnly = unit.isLocalOnly
        textDigest = unit.text.digest
    }
}

/// A unit at the checked-out commit: what a function's base is before anything was synced.
public struct BaselineUnit: Codable, Hashable, Sendable {
    public var id: FunctionID
    public var parent: FunctionID?
    public var kind: UnitKind
    public var qualifiedName: String
    public var ordinal: Int
    public var auraID: AuraID?
    /// Of an import block: its lines, for a three-way merge.
    public var importLines: [[UInt8]]?
    /// Of the exact bytes, comments included.
    public var textDigest: ContentDigest

    var key: UnitKey { UnitKey(kind: kind, qualifiedName: qualifiedName, ordinal: ordinal) }

    init(_ unit: ObservedUnit, id: FunctionID, parent: FunctionID?) {
        self.id = id
        self.parent = parent
        textDigest = unit.text.digest
        kind = unit.kind
        qualifiedName = unit.qualifiedName
        ordinal = unit.ordinal
        auraID = unit.auraID
        importLines = unit.kind == .imports ? LineMerge.lines(of: unit.text) : nil
    }
}

/// A file of the working copy.
public struct LocalFile: Codable, Hashable, Sendable {
    public var exists: Bool
    public var grammar: GrammarStamp
    /// In document order.
    public var units: [LocalUnit]
    public var baseline: [BaselineUnit]
    public var hasContainerError: Bool
    /// Units that were marked local-only when they went away; their absence is not pushed.
    public var silenced: Set<FunctionID>

    /// The unit with this name, if there is one.
    public func unit(_ key: UnitKey) -> LocalUnit? { units.first { $0.key == key } }

    public func unit(_ id: FunctionID) -> LocalUnit? { units.first { $0.id == id } }

    public func baselineUnit(_ id: FunctionID) -> BaselineUnit? { baseline.first { $0.id == id } }

    /// The nearest units around `id` inside the same parent that others can know.
    func placement(of id: FunctionID) -> Placement {
        guard let unit = unit(id), unit.kind != .mode else { return Placement() }
        let siblings = units.filter {
            $0.parent == unit.parent && !$0.isLocalOnly && !$0.isLeaving && $0.kind != .mode
        }
        guard let index = siblings.firstIndex(where: { $0.id == id }) else {
            return Placement(parent: unit.parent)
        }
        return Placement(
            parent: unit.parent,
            previous: index > 0 ? siblings[index - 1].id : nil,
            next: index + 1 < siblings.count ? siblings[index + 1].id : nil)
    }
}

/// All files that were read, by path.
public struct LocalIndex: Sendable, Equatable {
    public private(set) var files: [String: LocalFile] = [:]
    /// Where each unit is; derived from ``files``.
    public private(set) var places: [FunctionID: String] = [:]
    /// Where git's HEAD has each unit; derived from ``files``.
    public private(set) var headPlaces: [FunctionID: String] = [:]

    public init() {}

    /// The unit with this identity and the file it is in.
    public func locate(_ id: FunctionID) -> (path: String, unit: LocalUnit)? {
        guard let path = places[id], let unit = files[path]?.unit(id) else { return nil }
        return (path, unit)
    }

    /// Whether git's HEAD has what one of these changes is about, or its file.
    func headHolds(anyOf changes: [UnitChange]) -> Bool {
        changes.contains {
            headPlaces[$0.function] != nil || files[$0.path]?.baseline.isEmpty == false
        }
    }

    mutating func set(_ file: LocalFile, at path: String) {
        for unit in files[path]?.units ?? [] where places[unit.id] == path {
            places[unit.id] = nil
        }
        for unit in files[path]?.baseline ?? [] where headPlaces[unit.id] == path {
            headPlaces[unit.id] = nil
        }
        files[path] = file
        for unit in file.units where !unit.isLeaving { places[unit.id] = path }
        for unit in file.baseline { headPlaces[unit.id] = path }
    }

    mutating func markLeaving(_ id: FunctionID, at path: String) {
        guard var file = files[path], let position = file.units.firstIndex(where: { $0.id == id })
        else { return }
        file.units[position].isLeaving = true
        set(file, at: path)
    }

    /// Ends the leaving of a unit: it stays under another identity.
    mutating func release(_ old: FunctionID, as new: FunctionID, at path: String) {
        guard var file = files[path] else { return }
        for index in file.units.indices where file.units[index].id == old {
            file.units[index].id = new
            file.units[index].isLeaving = false
        }
        set(file, at: path)
    }

    /// Gives a unit of `path` another identity; its text and place stay.
    mutating func relabel(_ old: FunctionID, as new: FunctionID, at path: String) {
        guard var file = files[path] else { return }
        for index in file.units.indices {
            if file.units[index].id == old { file.units[index].id = new }
            if file.units[index].parent == old { file.units[index].parent = new }
        }
        for index in file.baseline.indices {
            if file.baseline[index].id == old { file.baseline[index].id = new }
            if file.baseline[index].parent == old { file.baseline[index].parent = new }
        }
        set(file, at: path)
        if places[old] == path { places[old] = nil }
    }
}

extension LocalIndex: Codable {
    public init(from decoder: any Decoder) throws {
        self.init()
        let container = try decoder.singleValueContainer()
        for (path, file) in try container.decode([String: LocalFile].self) { set(file, at: path) }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(files)
    }
}
