// How fast the queue may leave: a Mothership closes on who sends more than it announced, and a save of
// thousands of functions is more than it takes at once.

import LiveProtocol
import Support

/// What this link may still send, as the Mothership counts it.
struct SendingPace: Sendable, Equatable {
    private var changes: RateBucket
    private var bytes: RateBucket
    private let limits: ServerLimits

    init(_ limits: ServerLimits, at now: Timestamp) {
        let start = Self.uptime(now)
        self.limits = limits
        changes = RateBucket(
            perSecond: limits.changesPerSecond, burst: limits.changesPerPack, at: start)
        bytes = RateBucket(
            perSecond: limits.bytesPerSecond, burst: limits.frameBytes, at: start)
    }

    /// Takes what a set costs; otherwise says how long to wait. What is more than the Mothership ever
    /// takes at once goes when it would take the most: its refusal says what is wrong.
    mutating func take(_ set: ChangeSet, at now: Timestamp) -> Duration? {
        let uptime = Self.uptime(now)
        var paid = self
        let waits = [
            paid.changes.take(min(set.changes.count, limits.changesPerPack), at: uptime),
            paid.bytes.take(min(Self.frameBytes(of: set), limits.frameBytes), at: uptime),
        ].compactMap(\.self)
        guard let wait = waits.max() else {
            self = paid
            return nil
        }
        return wait
    }

    /// The most its frame has: base64 makes 4 bytes of 3, the rest is for names and the envelope.
    static func frameBytes(of set: ChangeSet) -> Int {
        set.changes.reduce(0) { $0 + frameBytes(of: $1) }
    }

    static func frameBytes(of change: UnitChange) -> Int {
        ((change.text?.byteCount ?? 0) + change.path.utf8.count + 512) / 5 * 8
    }

    private static func uptime(_ now: Timestamp) -> Duration { .milliseconds(now.rawValue) }
}
