// How far a probe may go: until when, and how deep.

import Support

/// A point on the monotonic clock after which nobody waits for the probe any more.
///
/// Call ``checkpoint()`` once a loop. A probe that blocks in the kernel never comes back to ask;
/// the runner abandons it at the same point, so a deadline holds with or without its help.
public struct Deadline: Sendable {
    private let clock: any Clock
    private let end: Duration
    private let allowance: Duration
    /// How thoroughly to look. Only checks that can sample need to ask.
    public let depth: Depth

    public init(after allowance: Duration, depth: Depth = .standard, clock: any Clock) {
        self.clock = clock
        self.allowance = allowance
        self.depth = depth
        end = clock.uptime + allowance
    }

    /// Zero when it has passed.
    public var remaining: Duration { max(.zero, end - clock.uptime) }
    public var isPast: Bool { remaining == .zero }

    /// Throws once the deadline has passed.
    public func checkpoint() throws(ProbeFailure) {
        if isPast { throw .timedOut(after: allowance) }
    }
}

/// How thoroughly to look.
public enum Depth: String, Codable, CaseIterable, Sendable, Comparable {
    /// A glance: what a prompt can afford.
    case quick
    case standard
    /// Everything, however long it takes within the deadline.
    case deep

    public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .quick: 0
        case .standard: 1
        case .deep: 2
        }
    }
}
