// How far a repair may go: what a person agreed to, and what it may cost at most.

import Support

/// What the caller allows.
public struct RepairPolicy: Codable, Hashable, Sendable {
    /// Codes whose `consent` repair was agreed to.
    public var yes: Set<String>
    /// Codes whose loss was agreed to.
    public var allowLoss: Set<String>
    /// Most records all repairs together may give up; nil is no limit.
    public var recordsLostMax: Int?
    /// Most files all repairs together may change.
    public var filesMax: Int?
    /// Longest time from the first step to the last, in seconds.
    public var secondsMax: Int?
    /// Only these codes, or globs of them; empty is all.
    public var only: [String]
    /// Nobody watches: safe repairs only, and the circuit breaker counts.
    public var isUnattended: Bool

    public init(
        yes: Set<String> = [], allowLoss: Set<String> = [], recordsLostMax: Int? = nil,
        filesMax: Int? = nil, secondsMax: Int? = nil, only: [String] = [],
        isUnattended: Bool = false
    ) {
        self.yes = yes
        self.allowLoss = allowLoss
        self.recordsLostMax = recordsLostMax
        self.filesMax = filesMax
        self.secondsMax = secondsMax
        self.only = only
        self.isUnattended = isUnattended
    }

    /// Nobody there: what `watch` uses.
    public static let unattended = RepairPolicy(isUnattended: true)

    private enum CodingKeys: String, CodingKey {
        case yes
        case allowLoss = "allow_loss"
        case recordsLostMax = "max_records_lost"
        case filesMax = "max_files"
        case secondsMax = "max_seconds"
        case only
        case isUnattended = "unattended"
    }

    public func encode(to encoder: any Encoder) throws {
        // Sets have no order; a plan must come out the same twice.
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(yes.sorted(), forKey: .yes)
        try container.encode(allowLoss.sorted(), forKey: .allowLoss)
        try container.encodeIfPresent(recordsLostMax, forKey: .recordsLostMax)
        try container.encodeIfPresent(filesMax, forKey: .filesMax)
        try container.encodeIfPresent(secondsMax, forKey: .secondsMax)
        try container.encode(only, forKey: .only)
        try container.encode(isUnattended, forKey: .isUnattended)
    }
}

/// Stops unattended repairs that do not last.
///
/// A repair that has to be made again and again hides a cause; after three attempts on one finding
/// within ten minutes somebody has to look. Numbers: the project's rule for unattended repairs.
public struct CircuitBreaker: Sendable {
    public static let attemptCountMax = 3
    public static let window: Duration = .seconds(600)

    private let attempts: [(fingerprint: Fingerprint, at: Timestamp)]

    public init(attempts: [(fingerprint: Fingerprint, at: Timestamp)]) {
        self.attempts = attempts
    }

    /// The attempts that earlier runs made, from their journals.
    public init(runs: [RunRecord]) {
        self.init(
            attempts: runs.flatMap { run in
                run.plan.repairs.flatMap(\.fingerprints).map { ($0, run.begun) }
            })
    }

    public func isOpen(for fingerprint: Fingerprint, at now: Timestamp) -> Bool {
        let recent = attempts.filter {
            // An attempt from the future counts too: a clock set back must not close the breaker.
            $0.fingerprint == fingerprint && now.since($0.at) < Self.window
        }
        return recent.count >= Self.attemptCountMax
    }
}
