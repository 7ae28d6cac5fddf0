// Tries the link at once, without waiting for the next turn of the agent's own backoff, and with a
// fresh token where the old one ended. Nothing of the machine's network is touched.

import Diagnostics

extension MothershipCheck {
    public func remediate(
        _ finding: Finding<MothershipFinding>, seenIn snapshot: MothershipSnapshot
    ) -> [LiveStep] {
        switch finding.kind {
        case .unreachable, .nameUnresolved, .pathBlocked, .helloRejected, .helloTimeout,
            .rateLimited, .serverOverload, .resyncRequired, .halfOpen, .closeUnknown,
            .serviceRestart, .retryExhausted:
            // One that is up again and ended too often is not helped by another end.
            snapshot.link.state == .offline ? [.ask(.reconnect)] : []
        case .tokenExpired: [.act(.renewToken)]
        // Each of these is decided on the other side, or by whoever checks a fingerprint.
        case .upgradeRefused, .tlsUntrusted, .tlsExpiring, .protoVersion, .degraded, .clockSkew,
            .ackUnknown:
            []
        }
    }
}
