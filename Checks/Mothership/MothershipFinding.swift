// What can be wrong between this peer and its Mothership, by how far a connection comes and how the
// last one ended.

import Diagnostics

/// The catalogue of bucket `mothership`.
public enum MothershipFinding: String, FindingKind {
    case unreachable = "mothership.unreachable"
    case nameUnresolved = "mothership.name-unresolved"
    case pathBlocked = "mothership.path-blocked"
    case upgradeRefused = "mothership.upgrade-refused"
    case tlsUntrusted = "mothership.tls-untrusted"
    case tlsExpiring = "mothership.tls-expiring"
    case helloRejected = "mothership.hello-rejected"
    case helloTimeout = "mothership.hello-timeout"
    case protoVersion = "mothership.proto-version"
    case rateLimited = "mothership.rate-limited"
    case serverOverload = "mothership.server-overload"
    case resyncRequired = "mothership.resync-required"
    case halfOpen = "mothership.half-open"
    case closeUnknown = "mothership.close-unknown"
    case serviceRestart = "mothership.service-restart"
    case retryExhausted = "mothership.retry-exhausted"
    case tokenExpired = "mothership.token-expired"
    case degraded = "mothership.degraded"
    case clockSkew = "mothership.clock-skew"
    case ackUnknown = "mothership.ack-unknown"

    public static let bucket: Bucket = "mothership"

    public var severity: Severity {
        switch self {
        case .upgradeRefused, .helloRejected, .helloTimeout, .protoVersion, .rateLimited,
            .retryExhausted, .tlsUntrusted, .ackUnknown:
            .fail
        case .unreachable, .nameUnresolved, .pathBlocked, .serverOverload, .resyncRequired,
            .halfOpen, .closeUnknown, .tokenExpired, .degraded, .clockSkew, .tlsExpiring:
            .warn
        case .serviceRestart: .info
        }
    }

    public var dataAtStake: Bool { self == .tlsUntrusted || self == .ackUnknown }

    public var fix: FixClass {
        switch self {
        case .unreachable, .nameUnresolved, .pathBlocked, .helloRejected, .helloTimeout,
            .rateLimited, .serverOverload, .resyncRequired, .halfOpen, .closeUnknown,
            .serviceRestart, .tokenExpired:
            .safe
        case .retryExhausted: .consent
        case .upgradeRefused, .protoVersion, .clockSkew, .tlsUntrusted, .tlsExpiring: .manual
        case .degraded, .ackUnknown: .none
        }
    }

    public var meaning: String {
        switch self {
        case .unreachable: "no connection to the mothership comes about"
        case .nameUnresolved: "the mothership's host name does not resolve"
        case .pathBlocked: "packets to the mothership get lost or have no way to go"
        case .upgradeRefused: "the answer to the connection is no WebSocket"
        case .tlsUntrusted: "the other end cannot prove that it is the mothership that is known"
        case .tlsExpiring: "the mothership's certificate ends soon"
        case .helloRejected: "the mothership does not take the first message for a hello"
        case .helloTimeout: "the hello gets no welcome in time"
        case .protoVersion: "the two sides speak different versions of the protocol"
        case .rateLimited: "the mothership ends the connection because this peer sends too much"
        case .serverOverload: "the mothership ends the connection because it is overloaded"
        case .resyncRequired:
            "the mothership asks for a new beginning because this peer fell behind"
        case .halfOpen: "the connection was open and nobody answered on it any more"
        case .closeUnknown: "the connection ended without a reason that is known"
        case .serviceRestart: "the mothership restarts"
        case .retryExhausted: "the peer gave up trying for a while"
        case .tokenExpired: "the token of this working copy has expired"
        case .degraded: "the connection to the mothership is slow or comes and goes"
        case .clockSkew: "this machine's clock and the mothership's differ"
        case .ackUnknown: "the mothership answered a push that was never made"
        }
    }

    public var impact: String {
        switch self {
        case .unreachable, .nameUnresolved, .pathBlocked, .upgradeRefused, .helloRejected,
            .helloTimeout, .protoVersion, .rateLimited, .retryExhausted, .tlsUntrusted:
            "edits wait in the log and nothing from others arrives"
        case .serverOverload, .resyncRequired, .halfOpen, .closeUnknown, .serviceRestart:
            "edits wait in the log until the next try succeeds"
        case .tokenExpired: "the mothership turns this peer away until the token is renewed"
        case .degraded: "edits arrive late in both directions"
        case .tlsExpiring: "on that day no peer will connect any more"
        case .clockSkew: "times shown to people mislead, and tokens can be refused"
        case .ackUnknown: "the ledger may hold what nobody here wrote, or lack what somebody did"
        }
    }

    public var nextStep: String {
        switch self {
        case .unreachable: "check the mothership with aura mothership status on its machine"
        case .nameUnresolved: "check the host name in [live].mothership of .aura/live.toml"
        case .pathBlocked: "check network, VPN and firewall on the way to the endpoint"
        case .upgradeRefused:
            "run aura mothership register, and look for a proxy in between"
        case .tlsUntrusted:
            "ask the operator for the fingerprint on a second channel before you trust it"
        case .tlsExpiring:
            "renew the certificate on the mothership and announce the new fingerprint"
        case .helloRejected: "compare aura version on both sides, then run aura live sync push"
        case .helloTimeout: "look at the load of the mothership's machine"
        case .protoVersion: "upgrade the side with the older aura version"
        case .rateLimited: "raise the mothership's rate limits, or save in smaller portions"
        case .serverOverload: "look at the load of the mothership's machine"
        case .resyncRequired: "nothing to do once, look at this machine's load if it repeats"
        case .halfOpen: "run aura live sync push, and look for a proxy that drops idle links"
        case .closeUnknown: "run aura live sync push, and look for a proxy if it comes back"
        case .serviceRestart: "wait, the link comes back by itself"
        case .retryExhausted: "run aura live sync push once the network is back"
        case .tokenExpired: "run aura live auth refresh"
        case .degraded: "watch aura live sync status --peer mothership"
        case .ackUnknown: "keep the logs of both sides, and look for what changes messages"
        case .clockSkew: "set the clock that is off, best by turning on time synchronisation"
        }
    }

    public var explains: [String] {
        switch self {
        case .unreachable, .nameUnresolved, .pathBlocked, .upgradeRefused, .helloRejected,
            .helloTimeout, .protoVersion, .rateLimited, .serverOverload, .resyncRequired,
            .halfOpen, .closeUnknown, .serviceRestart, .tokenExpired, .tlsUntrusted:
            ["mothership.retry-exhausted", "presence.own-beat-late", "wal.backlog-offline"]
        case .tlsExpiring: []
        case .retryExhausted: ["presence.own-beat-late", "wal.backlog-offline"]
        case .degraded: ["presence.flapping", "presence.own-beat-late", "wal.queue-stalled"]
        case .clockSkew: ["mothership.token-expired", "presence.clock-future"]
        case .ackUnknown: ["wal.ack-lost", "wal.queue-stalled"]
        }
    }
}
