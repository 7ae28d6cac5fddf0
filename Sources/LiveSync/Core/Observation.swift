// What a parse of one file tells the core: its units as they stand, without identities.

import LiveProtocol
import SourceAnalysis
import Support

/// One unit as it was read from a file.
public struct ObservedUnit: Hashable, Sendable {
    public var kind: UnitKind
    public var qualifiedName: String
    /// Position among the units of the same kind and qualified name, from 0.
    public var ordinal: Int
    /// Index of the enclosing type in the same observation.
    public var parent: Int?
    /// Nil while the unit is held back.
    public var auraID: AuraID?
    public var isHeldBack: Bool
    public var isLocalOnly: Bool
    public var text: UnitText
    public var fingerprint: UnitFingerprint

    public init(
        kind: UnitKind, qualifiedName: String, ordinal: Int, parent: Int?, auraID: AuraID?,
        isHeldBack: Bool, isLocalOnly: Bool, text: UnitText, fingerprint: UnitFingerprint
    ) {
        self.kind = kind
        self.qualifiedName = qualifiedName
        self.ordinal = ordinal
        self.parent = parent
        self.auraID = auraID
        self.isHeldBack = isHeldBack
        self.isLocalOnly = isLocalOnly
        self.text = text
        self.fingerprint = fingerprint
    }

    /// A unit of an analysed file.
    ///
    /// - Parameter bytes: the file the unit was found in.
    public init(_ unit: SourceUnit, in bytes: [UInt8]) {
        self.init(
            kind: unit.kind, qualifiedName: unit.qualifiedName, ordinal: unit.ordinal,
            parent: unit.parent, auraID: unit.isHeldBack ? nil : unit.auraID,
            isHeldBack: unit.isHeldBack || unit.auraID == nil, isLocalOnly: unit.isLocalOnly,
            text: UnitText(
                head: Array(bytes[unit.head]), tail: unit.tail.map { Array(bytes[$0]) }),
            fingerprint: unit.fingerprint)
    }

    /// Stands for the permission to execute a file; it comes and goes with that.
    static func executable(_ path: String) -> ObservedUnit {
        let name = PathName.last(of: path) + UnitName.separator + "(executable)"
        let text = Array("executable".utf8)
        let auraID = AuraID.of(Array("aura-mode/1 ".utf8) + text)
        return ObservedUnit(
            kind: .mode, qualifiedName: name, ordinal: 0, parent: nil, auraID: auraID,
            isHeldBack: false, isLocalOnly: false, text: UnitText(head: text),
            fingerprint: UnitFingerprint(
                kind: .mode, qualifiedName: name, ordinal: 0, auraID: auraID, shape: nil,
                sketch: .empty))
    }

    /// Takes part in nothing until the file is read again.
    mutating func holdBack() { (auraID, isHeldBack) = (nil, true) }

    var key: UnitKey { UnitKey(kind: kind, qualifiedName: qualifiedName, ordinal: ordinal) }
}

/// What names a unit within its file.
public struct UnitKey: Hashable, Sendable {
    public var kind: UnitKind
    public var qualifiedName: String
    public var ordinal: Int

    public init(kind: UnitKind, qualifiedName: String, ordinal: Int) {
        self.kind = kind
        self.qualifiedName = qualifiedName
        self.ordinal = ordinal
    }

    /// Whether both are of one kind and name; which of several is another question.
    func isNamed(like other: UnitKey) -> Bool {
        kind == other.kind && qualifiedName == other.qualifiedName
    }
}

/// The version of a file at the commit that is checked out.
public enum HeadVersion: Hashable, Sendable {
    /// What was last said of this path still holds; nothing, when nothing was said.
    case asKnown
    /// The file is as git's HEAD has it.
    case same
    /// The units of HEAD's version; none when HEAD does not have the file.
    case units([ObservedUnit])
}

/// One file, read as one version.
///
/// Observations of a path must reach the core in the order in which the file was read: one that is
/// older than an apply would look like the user taking the applied change back.
public struct FileObservation: Hashable, Sendable {
    /// Relative to the root of the repository, forward slashes.
    public var path: String
    public var exists: Bool
    /// Of the path's language, whether or not the file exists.
    public var grammar: GrammarStamp
    /// In document order; a type comes before its members.
    public var units: [ObservedUnit]
    /// Some part outside all units did not parse: a unit that is missing was not deleted.
    public var hasContainerError: Bool
    public var head: HeadVersion
    /// Identities known without matching, one a unit: after a splice the order is known.
    public var knownIDs: [FunctionID?]?
    /// Git's index is no older than the file: it was git that wrote it, as far as a look can tell.
    public var isLeftByGit = false

    public init(
        path: String, exists: Bool = true, grammar: GrammarStamp, units: [ObservedUnit],
        hasContainerError: Bool = false, head: HeadVersion = .asKnown,
        knownIDs: [FunctionID?]? = nil
    ) {
        self.path = path
        self.exists = exists
        self.grammar = grammar
        self.units = units
        self.hasContainerError = hasContainerError
        self.head = head
        self.knownIDs = knownIDs
    }

    /// The observation that a file is gone.
    public static func missing(
        _ path: String, grammar: GrammarStamp, head: HeadVersion = .asKnown
    ) -> FileObservation {
        FileObservation(path: path, exists: false, grammar: grammar, units: [], head: head)
    }
}
