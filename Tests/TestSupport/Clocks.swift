// Time in the test's hand.

import Support
import Synchronization

/// A clock that stands still until it is moved.
package final class ManualClock: Clock {
    private let elapsed = Mutex(Duration.seconds(1000))
    private let ahead = Mutex(Duration.zero)

    package init() {}

    package var uptime: Duration { elapsed.withLock { $0 } }
    package var now: Timestamp {
        Timestamp(rawValue: 1_790_000_000_000) + uptime + ahead.withLock { $0 }
    }

    package func advance(_ duration: Duration) { elapsed.withLock { $0 += duration } }
    /// Sets the wall clock ahead and nothing else.
    package func setAhead(_ duration: Duration) { ahead.withLock { $0 += duration } }
}

/// A wall clock that stands still; durations are real.
package struct StillClock: Clock {
    package let now: Timestamp

    package init(now: Timestamp) { self.now = now }

    package var uptime: Duration { SystemClock().uptime }
}
