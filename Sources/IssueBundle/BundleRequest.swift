// What is asked for, and what came of it.

import Redaction
import Support

/// A bundle to be made.
public struct BundleRequest: Sendable {
    /// The report as made from the scrubbed snapshots.
    public struct Report: Sendable {
        /// The text of `report.json`.
        public let json: String
        /// The text of `report.txt`.
        public let text: String

        public init(json: String, text: String) {
            self.json = json
            self.text = text
        }
    }

    /// Where it goes; nothing may have that name.
    public var path: String
    /// The time that stands in it, and that its members carry.
    public var time: Timestamp
    /// The key of the aliases, 32 bytes.
    public var key: [UInt8]
    /// What this machine knows to be secret or personal.
    public var known: KnownValues
    /// Hides paths and names of functions, branches and repositories as well.
    public var strict = false
    /// Leaves out lines and files that are older.
    public var since: Timestamp?
    /// The most bytes the finished file may have. The newest are kept.
    public var bytesMax = 100 << 20
    /// Finds out what would go in and writes nothing.
    public var isPreview = false
    /// What the checks saw, JSON by file name.
    public var recording: [String: String]
    /// Makes the report out of the recording; called once, with the scrubbed one.
    public var report: @Sendable ([String: String]) throws -> Report
    public var sources: [BundleSource]
    /// What is missing from the beginning, whatever the sources hold.
    public var missing: [Omission] = []
    /// Programs and libraries with their versions.
    public var tools: [String: String]

    public init(
        path: String, time: Timestamp, key: [UInt8], known: KnownValues,
        recording: [String: String], sources: [BundleSource], tools: [String: String] = [:],
        report: @escaping @Sendable ([String: String]) throws -> Report
    ) {
        self.path = path
        self.time = time
        self.key = key
        self.known = known
        self.recording = recording
        self.sources = sources
        self.tools = tools
        self.report = report
    }
}

/// A bundle that was made, or would be.
public struct BundleSummary: Codable, Sendable {
    /// Members of one source.
    public struct Section: Codable, Sendable {
        public let name: String
        public let members: Int
        /// Before compression.
        public let bytes: Int
    }

    public let path: String
    /// Nil for a preview.
    public let fileBytes: Int?
    public let sections: [Section]
    /// How often each rule took something out of the evidence.
    public let rules: [String: Int]
    /// How often each class was taken out.
    public let classes: [String: Int]
    /// How often something was taken out of what was planted for the proof.
    public let maskedCanaries: Int
    public let omissions: [Omission]
    /// Nil for a preview.
    public let proof: ProofRecord?

    public var memberCount: Int { sections.reduce(0) { $0 + $1.members } }
    public var bytes: Int { sections.reduce(0) { $0 + $1.bytes } }

    private enum CodingKeys: String, CodingKey {
        case path
        case fileBytes = "file_bytes"
        case maskedCanaries = "masked_canaries"
        case sections, rules, classes, omissions, proof
    }
}

/// How far the work is.
public struct BundleProgress: Sendable {
    /// The stages, in the order in which they are gone through.
    public enum Stage: String, Sendable, CaseIterable {
        case collecting, writing, proving
    }

    public let stage: Stage
    /// Bytes of this stage that are done.
    public let bytes: Int
    /// All of them, as far as known.
    public let total: Int?
}

/// Who is told of the progress, and who may end the work.
public struct BundleWatch: Sendable {
    let progress: @Sendable (BundleProgress) -> Void
    /// The signal that asks for an end; nil while there is none.
    let signal: @Sendable () -> Int32?

    public init(
        progress: @escaping @Sendable (BundleProgress) -> Void = { _ in },
        signal: @escaping @Sendable () -> Int32? = { nil }
    ) {
        self.progress = progress
        self.signal = signal
    }

    func check() throws(BundleFailure) {
        if let signal = signal() { throw .interrupted(signal: signal) }
    }
}
