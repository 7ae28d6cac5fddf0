// `proof.json`: what was tried, so that anybody can try it again. It lies in the archive that was
// searched, so it speaks of what is looked for; had anything been found, there would be no file.

import Diagnostics
import Support

/// What the finished bytes of a bundle were searched for.
public struct ProofRecord: Codable, Sendable {
    public static let name = "proof.json"
    static let schema = "aura.proof"
    static let schemaVersion = 1

    public let schema: String
    public let schemaVersion: Int
    /// From which the canaries can be made again.
    let canaryDigest: ContentDigest
    let canaryVersion: Int
    let strict: Bool
    let sources: [CanaryPlan.Source]
    public let classes: [String]
    let wrappings: [Wrapping]
    /// Canaries planted.
    public let planted: Int
    /// Values of this machine that were looked for.
    public let knownValues: Int
    /// Those that are too short to be told from chance; they were masked under their keys.
    public let knownValuesTooShort: Int
    /// What the reader undid, and how deep.
    public let undone: [String]
    public let depth: Int

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case schema
        case schemaVersion = "schema_version"
        case canaryDigest = "canary_digest"
        case canaryVersion = "canary_version"
        case strict, sources, classes
        case wrappings = "encodings"
        case planted
        case knownValues = "known_values"
        case knownValuesTooShort = "known_values_too_short"
        case undone, depth
    }

    init(_ plan: CanaryPlan, planted all: [CanaryPlan.Planted], known: NeedleSet) {
        schema = Self.schema
        schemaVersion = Self.schemaVersion
        canaryDigest = plan.seed
        canaryVersion = CanaryPlan.version
        strict = plan.strict
        sources = plan.sources
        var seen: Set<String> = []
        classes = all.map(\.className).filter { seen.insert($0).inserted }
        wrappings = plan.wrappings
        planted = all.count
        knownValues = known.valueCount
        knownValuesTooShort = known.tooShort.count
        undone = [
            "gzip", "tar", "escapes", "colours", "utf-16", "percent", "entities",
            "quoted-printable", "wrapped lines", "base64", "hexadecimal",
        ]
        depth = ArchiveSearch.depthMax
    }

    /// The wrappings in which each class was planted.
    public var encodings: [String] { wrappings.map(\.rawValue) }

    var text: String {
        get throws {
            try OrderedJSON.encode(
                self, order: CodingKeys.allCases.map(\.rawValue), pretty: true) + "\n"
        }
    }

    /// The canaries of the bundle this lies in; nil when another release planted them.
    var plan: CanaryPlan? {
        guard schema == Self.schema, canaryVersion == CanaryPlan.version else { return nil }
        return CanaryPlan(
            seed: canaryDigest, strict: strict, sources: sources, wrappings: wrappings)
    }
}
