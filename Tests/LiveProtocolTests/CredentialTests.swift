// Statements that are signed: each field counts, and nothing else passes for them.

import Foundation
import LiveProtocol
import Support
import Testing

@Suite struct CredentialTests {
    private let at = Timestamp(rawValue: 1_790_000_000_000)

    private func request(_ key: DeviceKey = DeviceKey()) throws -> CredentialRequest {
        try CredentialRequest(
            .join, token: "a.b.c", user: "ada@host", room: "repo-1", name: "name", at: at,
            key: key)
    }

    @Test func aRequestIsItsDevicesOwnAfterItTravelled() throws {
        let sent = try request()
        let received = try JSONText.decode(
            CredentialRequest.self, from: try JSONText.encode(sent))
        #expect(received == sent && received.isAuthentic)
    }

    @Test(arguments: [
        ("\"join\"", "\"renew\""), ("a.b.c", "a.b.d"), ("ada@host", "bob@host"),
        ("repo-1", "repo-2"), ("\"name\":\"name\"", "\"name\":\"nane\""),
        ("1790000000000", "1790000000001"),
        // The same bytes, cut elsewhere.
        ("\"user\":\"ada@host\"", "\"user\":\"ada@hostrepo\""),
    ])
    func aChangedFieldBreaksTheSignature(from: String, to: String) throws {
        let text = try JSONText.encode(try request())
        try #require(text.contains(from))
        let changed = try JSONText.decode(
            CredentialRequest.self, from: text.replacing(from, with: to))
        #expect(!changed.isAuthentic)
    }

    @Test func anotherDevicesSignatureDoesNotPass() throws {
        let (own, other) = (DeviceKey(), DeviceKey())
        let text = try JSONText.encode(try request(own)).replacing(
            own.device.hex, with: other.device.hex)
        #expect(try !JSONText.decode(CredentialRequest.self, from: text).isAuthentic)
    }

    @Test func claimsAreReadWithoutTheirSignatureAndGarbageIsNeverRepeated() throws {
        let claims = JoinClaims(
            iss: "i", aud: "room", sub: nil, jti: "id", iat: 1, exp: 2, role: .reader,
            once: true, url: "ws://h:1", cert: nil)
        let payload = Data(try JSONText.encode(claims).utf8).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        #expect(try JoinClaims(reading: "x.\(payload).y") == claims)
        #expect(claims.expiresAt == Timestamp(rawValue: 2000))
        for text in ["", "secret", "a.b", "a.b.c.d", "a.%%.c", "a.\(payload.dropLast(8)).c"] {
            let failure = #expect(throws: PlainFailure.self) { try JoinClaims(reading: text) }
            #expect(failure?.exitStatus == .usage)
            #expect(text.isEmpty || failure?.description.contains(text) == false)
        }
    }

    @Test func aBentIdentityProvesNothing() {
        #expect(ServerIdentity(header: "a b") == nil)
        #expect(ServerIdentity(header: "a b c") == nil)
        let identity = ServerIdentity(header: "00 1 00")
        #expect(identity != nil && identity?.instance(provenFor: "n") == nil)
    }
}
