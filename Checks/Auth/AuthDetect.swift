// Looks at the address of the Mothership: what is sent to another machine in clear text can be
// read on the way.

import Diagnostics
import LiveSync

/// The address as far as it says who can listen.
public struct AuthSnapshot: Codable, Sendable {
    public var endpoint: String
    public var isEncrypted: Bool
    public var isLoopback: Bool
}

/// Examines whether the link keeps to itself what it carries.
public struct AuthCheck: Check {
    public typealias Kind = AuthFinding

    public init() {}

    public var shares: [String] { [] }

    public func probe(
        _ host: SyncHost, until deadline: Deadline
    ) throws(ProbeFailure) -> AuthSnapshot {
        let address = try host.settings().mothership
        return AuthSnapshot(
            endpoint: address.description, isEncrypted: address.isEncrypted,
            isLoopback: address.isLoopback)
    }

    public func diagnose(_ snapshot: AuthSnapshot) -> [Finding<AuthFinding>] {
        guard !snapshot.isEncrypted, !snapshot.isLoopback else { return [] }
        return [
            Finding(
                .cleartextLink, symptom: "\(snapshot.endpoint) is reached without encryption",
                on: [.other(kind: "endpoint", value: snapshot.endpoint)],
                evidence: [
                    Evidence("encrypted", .flag(false)), Evidence("loopback", .flag(false)),
                ])
        ]
    }

    public func witness(of snapshot: AuthSnapshot) -> Witness {
        Witness(examined: 1, total: 1, unit: "endpoints")
    }

    public func detail(of snapshot: AuthSnapshot, findings: [Finding<AuthFinding>]) -> String {
        if snapshot.isLoopback { return "the link stays on this machine" }
        return snapshot.isEncrypted ? "the link is encrypted" : "the link is in clear text"
    }
}
