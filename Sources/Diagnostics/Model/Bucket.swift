// The words every part of a report is built from: the area, how bad, how sure, how far a repair
// may go alone. They are closed sets with a fixed spelling, because scripts read them.

/// One area of health, spelled as in its codes: `wal` in `wal.torn-tail`.
public struct Bucket: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { rawValue = value }

    /// The bucket of a code: what stands before the first dot.
    public init(of code: String) {
        rawValue = String(code.prefix { $0 != "." })
    }
}

extension Bucket: Comparable, CustomStringConvertible, Codable {
    public var description: String { rawValue }

    public static func < (left: Self, right: Self) -> Bool {
        left.rawValue.utf8.lexicographicallyPrecedes(right.rawValue.utf8)
    }

    public init(from decoder: any Decoder) throws {
        rawValue = try decoder.singleValueContainer().decode(String.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

/// How bad a finding is.
public enum Severity: String, Codable, CaseIterable, Sendable, Comparable {
    /// Worth knowing; the line stays OK.
    case info
    /// Works, but not for long or not as meant.
    case warn
    /// Does not work.
    case fail

    public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .info: 0
        case .warn: 1
        case .fail: 2
        }
    }
}

/// How far a repair may go without a person.
public enum FixClass: String, Codable, CaseIterable, Sendable {
    /// May run unattended.
    case safe
    /// Runs when a person agreed to this code.
    case consent
    /// A person does it; the runbook says how.
    case manual
    /// There is nothing to repair here; the finding informs.
    case none
}

/// Whether the evidence proves the finding.
public enum Confidence: String, Codable, CaseIterable, Sendable {
    case confirmed
    /// Likely. A suspected finding never justifies a repair step.
    case suspected
}
