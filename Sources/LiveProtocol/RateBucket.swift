// A token bucket: what a peer may send at once, and how fast it fills again. Both sides keep one: the
// Mothership to close on who exceeds it, the peer not to.

import Support

/// Allows a rate with bursts; a rate of 0 allows everything.
public struct RateBucket: Sendable, Equatable {
    private let perSecond: Double
    private let capacity: Double
    private var level: Double
    private var filledAt: Duration

    /// - Parameter burst: the largest single amount that must be able to pass; the bucket holds
    ///   at least that much, or one legal message could never be sent.
    public init(perSecond: Int, burst: Int, at uptime: Duration) {
        self.perSecond = Double(perSecond)
        capacity = Double(max(perSecond, burst))
        level = capacity
        filledAt = uptime
    }

    /// Takes an amount; otherwise says how long until there is enough. Time that goes back fills
    /// nothing.
    public mutating func take(_ amount: Int, at uptime: Duration) -> Duration? {
        guard perSecond > 0 else { return nil }
        level = min(capacity, level + max(0, (uptime - filledAt).seconds) * perSecond)
        filledAt = uptime
        guard Double(amount) > level else {
            level -= Double(amount)
            return nil
        }
        return .milliseconds(Int64((Double(amount) - level) / perSecond * 1000) + 1)
    }
}
