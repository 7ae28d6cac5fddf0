// Two changes of one function from one base: both are kept until a person chooses.

import LiveProtocol
import Support

/// Names a conflict: 8 bytes of a digest over function, base and remote version.
public struct ConflictID: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    init(function: FunctionID, base: AuraID?, remote: AuraID?) {
        var hasher = ContentHasher()
        hasher.update("aura-conflict/1")
        hasher.update(function.bytes)
        for digest in [base, remote] { hasher.update(digest?.bytes ?? [0]) }
        rawValue = hasher.finish().bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// 16 hexadecimal digits.
    public var description: String {
        let digits = String(rawValue, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// The first 8 digits, as lists show them.
    public var short: String { String(description.prefix(8)) }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// What one side did to a function since the version both know.
public enum ConflictSide: String, Codable, CaseIterable, Sendable {
    case add, modify, rename, move, delete
}

/// What the two sides did: `modify/delete` is changed here, deleted there.
public struct ConflictKind: RawRepresentable, Hashable, Codable, Sendable {
    public var local: ConflictSide
    public var remote: ConflictSide

    public init(_ local: ConflictSide, _ remote: ConflictSide) {
        self.local = local
        self.remote = remote
    }

    public init?(rawValue: String) {
        let sides = rawValue.split(separator: "/").map { ConflictSide(rawValue: String($0)) }
        guard sides.count == 2, let local = sides[0], let remote = sides[1] else { return nil }
        self.init(local, remote)
    }

    public var rawValue: String { "\(local.rawValue)/\(remote.rawValue)" }
}

/// Where a conflict stands. An open and a dismissed one hold the function back in both directions.
public enum ConflictState: String, Codable, CaseIterable, Sendable {
    case open, dismissed, resolved
}

/// How a conflict ends.
public enum ConflictChoice: String, Codable, CaseIterable, Sendable {
    /// The local version is pushed on top of the remote one.
    case local
    /// The remote version replaces the local one.
    case remote
    /// Neither; the function stays apart, the remote version stays kept.
    case dismiss
    /// The local version stays and the remote one is put beside it as a unit of its own.
    case both
    /// A text the user wrote from the two.
    case file
    /// Both sides came to say the same.
    case converged
    /// The base was forgotten; the ledger is read again and decides anew.
    case reconciled
}

/// A change that was not applied because this working copy has a change of its own.
public struct Conflict: Hashable, Sendable {
    public var id: ConflictID
    public var kind: ConflictKind
    public var state: ConflictState
    public var function: FunctionID
    public var path: String
    public var qualifiedName: String
    public var baseAuraID: AuraID?
    public var localAuraID: AuraID?
    public var remote: UnitChange
    public var remoteRevision: RevisionNumber
    public var remoteSequence: UInt64
    public var remoteDevice: DeviceID
    public var remoteSet: ChangeSetID
    public var grammar: GrammarStamp
    /// The local text when the conflict was found; nil when the unit was deleted here.
    public var localText: UnitText?
    public var openedAt: Timestamp
    public var updatedAt: Timestamp
    public var choice: ConflictChoice?

    public var isBlocking: Bool { state != .resolved }

    /// Whether the remote version is another than the one that opened the conflict: that one is
    /// part of the identity, which stays.
    public var hasNewerRemote: Bool {
        id != ConflictID(function: function, base: baseAuraID, remote: remote.auraID)
    }
}

extension ConflictID: PostcardCodable {
    public func encode(into writer: inout PostcardWriter) { writer.write(rawValue) }
    public init(from reader: inout PostcardReader) throws(PostcardFailure) {
        self.init(rawValue: try reader.readUnsigned("conflict id"))
    }
}

extension Conflict {
    /// Everything but code.
    func encodeMetadata(into writer: inout PostcardWriter) {
        writer.write(id)
        writer.write(kind.rawValue)
        writer.write(state.rawValue)
        writer.write(function)
        writer.write(path)
        writer.write(qualifiedName)
        writer.writeOptional(baseAuraID)
        writer.writeOptional(localAuraID)
        writer.write(remoteRevision)
        writer.write(remoteSequence)
        writer.write(remoteDevice)
        writer.write(remoteSet)
        writer.write(grammar.language)
        writer.write(grammar.digest)
        writer.write(openedAt)
        writer.write(updatedAt)
        writer.writeOptional(choice?.rawValue)
    }

    /// The two versions.
    func encodeBody(into writer: inout PostcardWriter) {
        writer.write(remote)
        writer.writeOptional(localText)
    }

    init(
        metadata reader: inout PostcardReader, body: inout PostcardReader
    ) throws(PostcardFailure) {
        id = try ConflictID(from: &reader)
        kind = try reader.readRaw(ConflictKind.self, "conflict kind")
        state = try reader.readRaw(ConflictState.self, "conflict state")
        function = try FunctionID(from: &reader)
        path = try reader.readString("path")
        qualifiedName = try reader.readString("qualified name")
        baseAuraID = try reader.readOptional(AuraID.self, "base")
        localAuraID = try reader.readOptional(AuraID.self, "local version")
        remoteRevision = try reader.readUnsigned("revision")
        remoteSequence = try reader.readUnsigned("sequence")
        remoteDevice = try DeviceID(from: &reader)
        remoteSet = try ChangeSetID(from: &reader)
        let language = try reader.readString("language")
        grammar = GrammarStamp(language: language, digest: try ContentDigest(from: &reader))
        openedAt = try Timestamp(from: &reader)
        updatedAt = try Timestamp(from: &reader)
        choice = try reader.readOptional("choice") { (reader) throws(PostcardFailure) in
            try reader.readRaw(ConflictChoice.self, "choice")
        }
        remote = try UnitChange(from: &body)
        localText = try body.readOptional(UnitText.self, "local text")
    }
}

extension Conflict: PostcardCodable {
    public func encode(into writer: inout PostcardWriter) {
        var (metadata, body) = (PostcardWriter(), PostcardWriter())
        encodeMetadata(into: &metadata)
        encodeBody(into: &body)
        writer.write(metadata.bytes)
        writer.write(body.bytes)
    }

    public init(from reader: inout PostcardReader) throws(PostcardFailure) {
        var metadata = PostcardReader(try reader.readBytes("conflict metadata"))
        var body = PostcardReader(try reader.readBytes("conflict body"))
        try self.init(metadata: &metadata, body: &body)
    }
}
