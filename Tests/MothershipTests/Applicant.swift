// A device that asks the credential routes of a Mothership in this process.

import LiveProtocol
import Support
import Testing

@testable import Mothership

/// A device that asks the credential routes.
struct Applicant {
    let ship: TestMothership
    let device: TestDevice

    func ask(
        _ purpose: CredentialRequest.Purpose, _ token: String, room: String = repository,
        name: String? = nil, at: Timestamp? = nil, signedBy other: DeviceKey? = nil
    ) async throws -> (status: Int, body: String) {
        let at = at ?? ship.clock.now
        let request = try CredentialRequest(
            purpose, token: token, user: device.user, room: room, name: name, at: at,
            key: other ?? device.key)
        return try await send(try JSONText.encode(request), to: purpose.path)
    }

    func send(_ body: String, to path: String) async throws -> (status: Int, body: String) {
        try await PlainRequest.send(
            "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
                + body, port: ship.port)
    }

    /// The token that was granted.
    func granted(
        _ purpose: CredentialRequest.Purpose, _ token: String, room: String = repository
    ) async throws -> LocalMothership.IssuedToken {
        let answer = try await ask(purpose, token, room: room)
        guard answer.status == 200 else { throw Unexpected(what: answer.body) }
        return try JSONText.decode(LocalMothership.IssuedToken.self, from: answer.body)
    }

    /// The class of the refusal; nil when it was granted.
    func refusal(
        _ purpose: CredentialRequest.Purpose, _ token: String, room: String = repository,
        at: Timestamp? = nil
    ) async throws -> RejectClass? {
        let answer = try await ask(purpose, token, room: room, at: at)
        if answer.status == 200 { return nil }
        return try JSONText.decode(HTTPRefusal.self, from: answer.body).reject
    }
}
