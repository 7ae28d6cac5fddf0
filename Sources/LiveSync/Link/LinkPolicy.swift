// What to do when a link ends: pure, so that a table can test it. The close code decides; time and
// chance come in as arguments.
//
// Backoff: 1 s doubling to 60 s with 50 % jitter, forgotten after 60 s of health. The breaker
// opens after 10 tries in 10 minutes that got no welcome, and closes by itself after 15.

import LiveProtocol

/// The peer's reaction to the end of a link.
public enum LinkReaction: Hashable, Sendable {
    /// Try again after this long.
    case retry(after: Duration)
    /// Get a new token first, then try again.
    case refreshToken(after: Duration)
    /// Nothing helps until a person changes something.
    case halt

    /// True when another try comes by itself.
    var isRetry: Bool { self != .halt }
}

/// Backoff, breaker and the meaning of close codes.
public struct LinkPolicy: Sendable {
    /// The numbers of the policy; tests shorten them.
    public struct Limits: Sendable {
        public var first: Duration = .seconds(1)
        public var longest: Duration = .seconds(60)
        public var jitter: Double = 0.5
        public var healthyAfter: Duration = .seconds(60)
        public var breakerTries = 10
        public var breakerWindow: Duration = .seconds(600)
        public var breakerRest: Duration = .seconds(900)

        public init() {}
    }

    public let limits: Limits
    /// Tries since the link was last healthy.
    public private(set) var retries = 0
    private var tries: [Duration] = []
    private var establishedAt: Duration?
    private var oneShotUsed: Set<UInt16> = []

    public init(limits: Limits = Limits()) { self.limits = limits }

    /// True while the breaker keeps the peer from trying.
    public func isBreakerOpen(at uptime: Duration) -> Bool {
        recentTries(at: uptime).count >= limits.breakerTries
    }

    /// A welcome came in: whoever answers is not tried in vain, and took the hello. The waits grow
    /// on until the link was healthy for a while.
    public mutating func established(at uptime: Duration) {
        establishedAt = uptime
        tries = []
        oneShotUsed.subtract([CloseCode.helloTimeout.rawValue, CloseCode.expectedHello.rawValue])
    }

    /// The user or the network asks for a try now.
    public mutating func reset() {
        retries = 0
        tries = []
        oneShotUsed = []
    }

    /// The link ended.
    public mutating func ended(
        _ close: LinkClose, at uptime: Duration, using generator: inout some RandomNumberGenerator
    ) -> LinkReaction {
        if let since = establishedAt, uptime - since >= limits.healthyAfter { reset() }
        // The end of a session is no try that failed.
        tries = recentTries(at: uptime) + (establishedAt == nil ? [uptime] : [])
        establishedAt = nil
        retries += 1
        let delay = nextDelay(at: uptime, using: &generator)
        guard let code = close.code.flatMap(CloseCode.init) else { return .retry(after: delay) }
        switch code {
        case .tokenExpired: return .refreshToken(after: delay)
        case .unauthorized:
            return close.reject == .tokenExpired && first(of: code)
                ? .refreshToken(after: delay) : .halt
        case .unsupportedProtocol: return .halt
        case .helloTimeout, .expectedHello, .rateLimited:
            return first(of: code) ? .retry(after: delay) : .halt
        case .normal, .goingAway, .messageTooBig, .serverOverload, .serviceRestart,
            .resyncRequired, .frozen:
            return .retry(after: delay)
        }
    }

    private mutating func first(of code: CloseCode) -> Bool {
        oneShotUsed.insert(code.rawValue).inserted
    }

    private mutating func nextDelay(
        at uptime: Duration, using generator: inout some RandomNumberGenerator
    ) -> Duration {
        if isBreakerOpen(at: uptime) { return limits.breakerRest }
        let doublings = min(retries - 1, 16)
        let plain = min(limits.first * (1 << doublings), limits.longest)
        return plain * (1 - limits.jitter * Double.random(in: 0...1, using: &generator))
    }

    private func recentTries(at uptime: Duration) -> [Duration] {
        tries.filter { uptime - $0 < limits.breakerWindow }
    }
}
