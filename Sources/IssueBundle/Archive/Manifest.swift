// `manifest.json`: what is in a bundle, byte for byte, and what is not and why.

import Diagnostics
import Redaction
import Support

/// The list of a bundle's members, with digests.
public struct Manifest: Codable, Sendable {
    public static let name = "manifest.json"
    static let schema = "aura.bundle"
    static let schemaVersion = 1

    /// A file of the archive, as it lies there: scrubbed.
    public struct Member: Codable, Hashable, Sendable {
        public let path: String
        public let bytes: Int
        public let digest: ContentDigest

        private enum CodingKeys: String, CodingKey {
            case path, bytes
            case digest = "sha256"
        }
    }

    /// What was taken out of all members together.
    public struct Redaction: Codable, Hashable, Sendable {
        public let bytesIn: Int
        public let bytesOut: Int
        /// By rule. A list, because a redactor takes what stands under the key `password`.
        public let rules: [Count]
        /// By class of what was taken out.
        public let classes: [Count]

        /// How often one class was taken out.
        public struct Count: Codable, Hashable, Sendable {
            public let name: String
            public let count: Int
        }

        private enum CodingKeys: String, CodingKey {
            case bytesIn = "bytes_in"
            case bytesOut = "bytes_out"
            case rules, classes
        }

        init(_ report: RedactionReport) {
            bytesIn = report.bytesIn
            bytesOut = report.bytesOut
            rules = report.rules.map { Count(name: $0.key.rawValue, count: $0.value) }
                .sorted { $0.name < $1.name }
            classes = report.classes.map { Count(name: $0.key, count: $0.value) }
                .sorted { $0.name < $1.name }
        }
    }

    public let schema: String
    public let schemaVersion: Int
    public let created: UTCTime
    public let tools: [String: String]
    public let strict: Bool
    public let since: UTCTime?
    /// All members but this one, in the order of their names.
    public let members: [Member]
    public let omissions: [Omission]
    public let redaction: Redaction

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case schema
        case schemaVersion = "schema_version"
        case created, tools, strict, since, members, omissions, redaction
    }

    init(
        _ request: BundleRequest, members: [Member], omissions: [Omission],
        redaction: RedactionReport
    ) {
        schema = Self.schema
        schemaVersion = Self.schemaVersion
        created = UTCTime(request.time)
        tools = request.tools.merging(["aura": Release.version]) { $1 }
        strict = request.strict
        since = request.since.map(UTCTime.init)
        self.members = members
        self.omissions = omissions
        self.redaction = Redaction(redaction)
    }

    var text: String {
        get throws {
            try OrderedJSON.encode(
                self, order: CodingKeys.allCases.map(\.rawValue), pretty: true) + "\n"
        }
    }
}
