// A function that this branch calls was changed on another branch: a notice, not a conflict.

import LiveProtocol
import SourceAnalysis
import Support

/// Names an impact: 8 bytes of a digest over function and new version, so that a resolved one
/// stays resolved for that version.
public struct ImpactID: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public init(_ notice: ImpactNotice) {
        var hasher = ContentHasher()
        hasher.update("aura-impact/1")
        hasher.update(notice.function.bytes)
        hasher.update(notice.newAuraID?.bytes ?? [0])
        rawValue = hasher.finish().bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// 16 hexadecimal digits.
    public var description: String { ConflictID(rawValue: rawValue).description }

    /// The first 8 digits, as lists show them.
    public var short: String { String(description.prefix(8)) }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// How well it is known that a call means the function that changed.
public typealias ImpactCertainty = Call.Certainty

/// A function here that calls what changed, as it was when the notice came.
public struct ImpactCaller: Hashable, Sendable {
    public var function: FunctionID
    public var qualifiedName: String
    public var auraID: AuraID?
}

/// A change on another branch that touches a caller here.
public struct Impact: Hashable, Sendable {
    public var id: ImpactID
    public var notice: ImpactNotice
    public var callers: [ImpactCaller]
    public var certainty: ImpactCertainty
    public var openedAt: Timestamp
    public var resolvedAt: Timestamp?

    public var isOpen: Bool { resolvedAt == nil }
}

extension ImpactCaller: PostcardCodable {
    public func encode(into writer: inout PostcardWriter) {
        writer.write(function)
        writer.write(qualifiedName)
        writer.writeOptional(auraID)
    }

    public init(from reader: inout PostcardReader) throws(PostcardFailure) {
        function = try FunctionID(from: &reader)
        qualifiedName = try reader.readString("qualified name")
        auraID = try reader.readOptional(AuraID.self, "version")
    }
}

extension Impact: PostcardCodable {
    public func encode(into writer: inout PostcardWriter) {
        writer.write(id.rawValue)
        writer.write(notice.function)
        writer.write(notice.qualifiedName)
        writer.write(notice.path)
        writer.write(notice.kind.rawValue)
        writer.write(notice.branch)
        writer.write(notice.user)
        writer.writeOptional(notice.oldAuraID)
        writer.writeOptional(notice.newAuraID)
        writer.write(notice.sequence)
        writer.write(notice.at)
        writer.write(callers)
        writer.write(certainty.rawValue)
        writer.write(openedAt)
        writer.writeOptional(resolvedAt)
    }

    public init(from reader: inout PostcardReader) throws(PostcardFailure) {
        id = ImpactID(rawValue: try reader.readUnsigned("impact id"))
        let function = try FunctionID(from: &reader)
        let name = try reader.readString("qualified name")
        let path = try reader.readString("path")
        let kind = try reader.readRaw(ChangeKind.self, "change kind")
        let branch = try reader.readString("branch")
        let user = try reader.readString("user")
        let old = try reader.readOptional(AuraID.self, "old version")
        let new = try reader.readOptional(AuraID.self, "new version")
        let sequence = try reader.readUnsigned("sequence")
        notice = ImpactNotice(
            function: function, qualifiedName: name, path: path, kind: kind, branch: branch,
            user: user, oldAuraID: old, newAuraID: new, sequence: sequence,
            at: try Timestamp(from: &reader))
        callers = try reader.readArray(ImpactCaller.self, "callers")
        certainty = try reader.readRaw(ImpactCertainty.self, "certainty")
        openedAt = try Timestamp(from: &reader)
        resolvedAt = try reader.readOptional(Timestamp.self, "resolved at")
    }
}
