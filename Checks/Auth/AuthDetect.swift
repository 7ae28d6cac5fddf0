// Looks at the address of the Mothership, since what is sent to another machine in clear text can be
// read on the way, and at what this working copy proves itself with: record, key and token.

import Diagnostics
import LiveSync
import Support

/// The address as far as it says who can listen, and the credentials as files.
public struct AuthSnapshot: Codable, Sendable {
    public var endpoint: String
    public var isEncrypted: Bool
    public var isLoopback: Bool
    /// Nil where nobody knows the folder of the keys, and in a recording of an earlier release.
    public var credentials: CredentialFacts?
}

/// Examines whether the link keeps to itself what it carries, and who this end says it is.
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
            isLoopback: address.isLoopback, credentials: host.credentials())
    }

    public func diagnose(_ snapshot: AuthSnapshot) -> [Finding<AuthFinding>] {
        let facts = snapshot.credentials ?? CredentialFacts()
        return [identity(facts), token(facts), exposed(facts), cleartext(snapshot)]
            .compactMap { $0 }
    }

    private func identity(_ facts: CredentialFacts) -> Finding<AuthFinding>? {
        if facts.isDeviceGone {
            return Finding(
                .identityMissing, symptom: ".aura/live/device is gone",
                on: [.path(".aura/live/device")])
        }
        if let path = facts.damagedIdentity {
            return Finding(
                .identityMissing, symptom: "\(path) holds something else", on: [.path(path)])
        }
        guard let device = facts.keylessDevice else { return nil }
        return Finding(
            .identityMissing, symptom: "the key of device \(device) is gone", on: [.peer(device)])
    }

    private func token(_ facts: CredentialFacts) -> Finding<AuthFinding>? {
        facts.tokenlessDevice.map {
            Finding(
                .tokenInvalid, symptom: "the token file of device \($0) holds something else",
                on: [.peer($0)])
        }
    }

    private func exposed(_ facts: CredentialFacts) -> Finding<AuthFinding>? {
        guard let first = facts.exposed.first else { return nil }
        let others = facts.exposed.count > 1 ? " and \(facts.exposed.count - 1) more" : ""
        let mode = first.mode.permissions
        return Finding(
            .keyModes, symptom: "\(first.path)\(others): mode \(mode) lets others in",
            on: facts.exposed.map { .path($0.path) },
            evidence: [
                Evidence("files", .count(facts.exposed.count)),
                Evidence("mode", .text(mode), scrub: .plain),
            ])
    }

    private func cleartext(_ snapshot: AuthSnapshot) -> Finding<AuthFinding>? {
        guard !snapshot.isEncrypted, !snapshot.isLoopback else { return nil }
        // Settings that were emptied name nobody, and to encrypt the way there is no help.
        let isDefault = snapshot.endpoint == LiveConfiguration().mothership.description
        return Finding(
            .cleartextLink,
            symptom: isDefault
                ? "\(snapshot.endpoint), the default, would be reached without encryption"
                : "\(snapshot.endpoint) is reached without encryption",
            on: [.other(kind: "endpoint", value: snapshot.endpoint)],
            evidence: [
                Evidence("encrypted", .flag(false)), Evidence("loopback", .flag(false)),
            ],
            nextStep: isDefault
                ? "see that [live].mothership of .aura/live.toml names the mothership that is meant"
                : nil)
    }

    public func witness(of snapshot: AuthSnapshot) -> Witness {
        Witness(examined: 1, total: 1, unit: "endpoints")
    }

    public func detail(of snapshot: AuthSnapshot, findings: [Finding<AuthFinding>]) -> String {
        let facts = snapshot.credentials ?? CredentialFacts()
        if facts.isDeviceGone { return "no device record" }
        if let path = facts.damagedIdentity { return "\(PathName.last(of: path)) is damaged" }
        if let device = facts.keylessDevice { return "no key of device \(device)" }
        if let device = facts.tokenlessDevice { return "no token of device \(device)" }
        if !facts.exposed.isEmpty { return "\(facts.exposed.count.of("secret")) open to others" }
        if snapshot.isLoopback { return "the link stays on this machine" }
        return snapshot.isEncrypted ? "the link is encrypted" : "the link is in clear text"
    }
}
