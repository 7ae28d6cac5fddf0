// What came of one check: a closed set in which "could not look" is never "healthy".

import Support

/// What came of one check.
public enum Outcome: Hashable, Sendable {
    case ok
    /// Findings of severity info only; the line stays OK.
    case info
    case warn
    case fail
    /// The source was absent or unreadable, or an OK had nothing under it.
    case unknown
    /// Not run, because what it rests on failed.
    case skipped(because: Bucket)
    /// Past its deadline; abandoned.
    case timedOut
    case crashed

    init(worst severity: Severity?) {
        self =
            switch severity {
            case nil: .ok
            case .info: .info
            case .warn: .warn
            case .fail: .fail
            }
    }

    /// The word in JSON.
    public var status: Status {
        switch self {
        case .ok: .ok
        case .info: .info
        case .warn: .warn
        case .fail: .fail
        case .unknown: .unknown
        case .skipped: .skipped
        case .timedOut: .timeout
        case .crashed: .crashed
        }
    }
}

/// An outcome without its reason.
public enum Status: String, Codable, CaseIterable, Sendable {
    case ok, info, warn, fail, unknown, skipped, timeout, crashed

    /// What the text report prints for it.
    public var state: State {
        switch self {
        case .ok, .info: .ok
        case .warn: .warn
        case .fail: .fail
        case .unknown, .timeout, .crashed: .unknown
        case .skipped: .skip
        }
    }

    /// True when the check has no answer.
    public var isUndetermined: Bool { state == .unknown || state == .skip }
}

/// The five words of the text report, from best to worst as the overall line ranks them.
public enum State: String, Codable, CaseIterable, Sendable, Comparable {
    case ok = "OK"
    case skip = "SKIP"
    case unknown = "UNKNOWN"
    case warn = "WARN"
    case fail = "FAIL"

    public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .ok: 0
        case .skip: 1
        case .unknown: 2
        case .warn: 3
        case .fail: 4
        }
    }
}

/// What an OK rests on: how much was looked at, and how fresh it was.
public struct Witness: Codable, Hashable, Sendable {
    public let examined: Int
    /// How many there are, when that is known and may exceed `examined`.
    public let total: Int?
    /// What is counted: `records`, `files`.
    public let unit: String
    public let ageOfNewestMilliseconds: Int64?

    public init(
        examined: Int, total: Int? = nil, unit: String = "items", ageOfNewest: Duration? = nil
    ) {
        self.examined = examined
        self.total = total
        self.unit = unit
        ageOfNewestMilliseconds = ageOfNewest?.milliseconds
    }

    public static let nothingExamined = Witness(examined: 0)

    private enum CodingKeys: String, CodingKey {
        case examined, total, unit
        case ageOfNewestMilliseconds = "age_of_newest_ms"
    }
}
