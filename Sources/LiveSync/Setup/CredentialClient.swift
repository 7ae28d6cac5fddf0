// Asking a Mothership for a token over HTTP: first who it is and what time it has, then, once its
// key is the expected one, the request itself.

import LiveProtocol
import Support

/// A refusal of the credential routes.
public struct CredentialRefusal: Failure {
    public let endpoint: String
    public let refusal: HTTPRefusal
    /// The Mothership's clock minus ours.
    public let clockOffset: Duration?

    /// The class, for callers that act on it.
    public var reject: RejectClass { refusal.reject }

    public var subject: String { endpoint }

    public var reason: String {
        let plain = "refused: \(refusal.message) (\(reject.rawValue))"
        guard let offset = clockOffset, isTimely, LinkClose.isSkewed(by: offset) else {
            return plain
        }
        return "\(plain); its clock is \(offset.clockDifference) this machine's"
    }

    public var nextStep: String {
        switch reject {
        case .tokenUsed, .tokenRevoked:
            "ask the operator for a new one: aura mothership token create"
        case .tokenExpired:
            LinkClose.isSkewed(by: clockOffset)
                ? "set the clock that is wrong, then try again"
                : "ask the operator for a new one: aura mothership token create"
        case .tokenNotYetValid: "set the clock that is wrong, then try again"
        case .tokenRoomMismatch:
            "use it in the repository it is for, or ask for one for this room"
        case .tokenInvalid: "check that it is whole and of this Mothership, or ask for a new one"
        case .authorityRequired: "ask the operator to register the room, or for the role admin"
        case .repositoryNotRegistered:
            "ask the operator to run aura mothership register in the repository"
        case .serverOverload: "try again in a moment"
        default: "check that both sides run the same release"
        }
    }

    public var exitStatus: ExitStatus { reject == .serverOverload ? .busy : .refused }

    private var isTimely: Bool { reject == .tokenExpired || reject == .tokenNotYetValid }
}

/// Speaks with the credential routes of one Mothership.
struct CredentialClient: Sendable {
    let endpoint: MothershipAddress
    let trust: LinkTrust

    /// Who answers, and its clock; nothing secret is sent for it.
    func identify() async throws(LinkClose) -> LinkIdentity {
        try await MothershipHTTP.send(.GET, "/v1/identity", to: endpoint, trust: trust).identity
    }

    /// A lost answer is asked for once more: to the same device a one-shot token answers again.
    private func send(
        _ purpose: CredentialRequest.Purpose, _ body: [UInt8], _ trust: LinkTrust
    ) async throws(LinkClose) -> MothershipAnswer {
        do throws(LinkClose) {
            return try await MothershipHTTP.send(
                .POST, purpose.path, body: body, to: endpoint, trust: trust)
        } catch {
            guard error.stage == .upgrade else { throw error }
            return try await MothershipHTTP.send(
                .POST, purpose.path, body: body, to: endpoint, trust: trust)
        }
    }

    /// Sends a signed request and reads its answer.
    ///
    /// - Throws: ``LinkClose`` when the Mothership is out of reach or not the expected one,
    ///   ``CredentialRefusal`` when it says no.
    func ask<Answer: Decodable>(
        _ purpose: CredentialRequest.Purpose, token: String, user: String, room: String,
        name: String? = nil, key: DeviceKey, clock: any Clock, as type: Answer.Type
    ) async throws -> (answer: Answer, identity: LinkIdentity) {
        let identity = try await identify()
        guard let offset = identity.clockOffset else {
            throw PlainFailure(
                "\(endpoint)", "does not say who it is",
                nextStep: "check the address, and that it is a Mothership of this release")
        }
        let request = try CredentialRequest(
            purpose, token: token, user: user, room: room, name: name, at: clock.now + offset,
            key: key)
        // The second connection must reach the one that was just looked at.
        let pinned = LinkTrust(
            instance: identity.instance,
            certificate: identity.certificate?.fingerprint ?? trust.certificate)
        let body = Array(try JSONText.encode(request).utf8)
        let answer = try await send(purpose, body, pinned)
        if answer.status == 200 {
            return (try JSONText.decode(type, from: answer.body), identity)
        }
        let refusal: HTTPRefusal
        do { refusal = try JSONText.decode(HTTPRefusal.self, from: answer.body) } catch {
            throw PlainFailure(
                "\(endpoint)", "answered HTTP \(answer.status) without a reason",
                nextStep: "check the address, and that it is a Mothership of this release")
        }
        throw CredentialRefusal(
            endpoint: "\(endpoint)", refusal: refusal, clockOffset: offset)
    }
}
