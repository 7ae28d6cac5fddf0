// Tokens: one good hello, and every way to be refused with the class it is refused with.

import Foundation
import JWTKit
import LiveProtocol
import Support
import Testing

@testable import Mothership

@Suite struct TokenTests {
    let folder: TemporaryFolder
    let ada: TestDevice
    var home: MothershipHome { MothershipHome(root: folder.path) }

    init() throws {
        folder = try TemporaryFolder()
        ada = try TestDevice(1)
    }

    func tokens() async throws -> RoomTokens {
        try home.make()
        return try await RoomTokens.open(home).0
    }

    func hello(_ token: String?, room: String = repository, device: DeviceID? = nil) -> Hello {
        Hello(
            device: device ?? ada.id, user: ada.user, room: room, branch: "main", commit: "",
            frontier: nil, filterDigest: .of([]), token: token, agentVersion: "1")
    }

    func issue(
        _ tokens: RoomTokens, scopes: [TokenScope] = [.contribute], room: String? = repository
    ) async throws -> (token: String, record: TokenRecord) {
        try await tokens.issue(
            subject: ada.user, room: room, device: ada.id, scopes: scopes,
            lifetime: .seconds(3600), now: now)
    }

    func refusal(
        _ tokens: RoomTokens, _ hello: Hello, revoked: Set<String> = [], at time: Timestamp = now
    ) async -> RejectClass? {
        do throws(TokenRefusal) {
            _ = try await tokens.admit(hello, revoked: revoked, now: time)
            return nil
        } catch { return error.reject }
    }

    @Test func aGoodTokenAdmitsToItsRoom() async throws {
        let tokens = try await tokens()
        let issued = try await issue(tokens)
        let claims = try await tokens.admit(hello(issued.token), revoked: [], now: now)
        #expect(claims.jti == issued.record.id && claims.sub == ada.user)
        #expect(claims.iss == tokens.instance && claims.device == ada.id.hex)
        #expect(claims.expiresAt == now + .seconds(3600))
        #expect(issued.record.expiresAt == claims.expiresAt)
    }

    @Test func aTokenEndsAtItsSecondAndNotBefore() async throws {
        let tokens = try await tokens()
        let hello = hello(try await issue(tokens).token)
        let end = now + .seconds(3600)
        #expect(await refusal(tokens, hello, at: Timestamp(rawValue: end.rawValue - 1)) == nil)
        #expect(await refusal(tokens, hello, at: end) == .tokenExpired)
    }

    @Test func noTokenIsMissingAndNotInvalid() async throws {
        let tokens = try await tokens()
        #expect(await refusal(tokens, hello(nil)) == .tokenMissing)
        #expect(await refusal(tokens, hello("")) == .tokenMissing)
    }

    @Test func aTokenForAnotherRoomDeviceOrPurposeIsRefusedByItsClass() async throws {
        let tokens = try await tokens()
        let token = try await issue(tokens).token
        let other = try TestDevice(2).id
        #expect(await refusal(tokens, hello(token, room: "repo-2")) == .tokenRoomMismatch)
        #expect(await refusal(tokens, hello(token, device: other)) == .tokenPeerMismatch)
        let reader = try await issue(tokens, scopes: [.metrics]).token
        #expect(await refusal(tokens, hello(reader)) == .capabilityMismatch)
        let unbound = try await issue(tokens, room: nil).token
        #expect(await refusal(tokens, hello(unbound)) == .tokenRoomMismatch)
    }

    @Test func aTokenOfTheFutureIsRefusedBeyondAMinuteOfLeeway() async throws {
        let tokens = try await tokens()
        let hello = hello(try await issue(tokens).token)
        #expect(await refusal(tokens, hello, at: now + .seconds(-60)) == nil)
        #expect(await refusal(tokens, hello, at: now + .seconds(-61)) == .tokenNotYetValid)
    }

    @Test func aRevokedTokenIsToldFromAnInvalidOne() async throws {
        let tokens = try await tokens()
        let issued = try await issue(tokens)
        let reject = await refusal(tokens, hello(issued.token), revoked: [issued.record.id])
        #expect(reject == .tokenRevoked)
    }

    @Test func aTokenOfAnotherMothershipIsInvalid() async throws {
        let tokens = try await tokens()
        let elsewhere = MothershipHome(root: folder.path + "/elsewhere")
        try elsewhere.make()
        let foreign = try await issue(try await RoomTokens.open(elsewhere).0)
        #expect(await refusal(tokens, hello(foreign.token)) == .tokenInvalid)
    }

    @Test func bentForgedAndOverlongTokensAreInvalid() async throws {
        let tokens = try await tokens()
        let parts = try await issue(tokens).token.split(separator: ".").map(String.init)
        try #require(parts.count == 3)
        let none = Data(#"{"alg":"none","typ":"JWT"}"#.utf8).base64EncodedString()
            .replacingOccurrences(of: "=", with: "")
        let claims = TokenClaims(
            iss: tokens.instance, sub: ada.user, room: repository, device: ada.id.hex,
            scopes: ["room.contribute"], iat: 0, exp: 9_999_999_999, jti: "x")
        // The public half of our key is no secret; a MAC made with it must not pass.
        let shared = JWTKeyCollection()
        await shared.add(hmac: HMACKey(from: tokens.instance), digestAlgorithm: .sha256)
        let forged = [
            "garbage", "a.b.c", "\(parts[0]).\(parts[1]).", "\(none).\(parts[1]).",
            "\(parts[0]).\(parts[1]).\(String(parts[2].reversed()))",
            "\(parts[0]).\(String(parts[1].dropLast(4)))AAAA.\(parts[2])",
            try await shared.sign(claims), String(repeating: "x", count: 4097),
        ]
        for token in forged {
            #expect(await refusal(tokens, hello(token)) == .tokenInvalid, "\(token.prefix(60))")
        }
    }

    @Test func theKeyIsMadeOnceAndIsItsOwnersAlone() async throws {
        try home.make()
        let (first, isNew) = try await RoomTokens.open(home)
        let (second, isNewAgain) = try await RoomTokens.open(home)
        #expect(isNew && !isNewAgain && first.instance == second.instance)
        let token = try await issue(first).token
        #expect(await refusal(second, hello(token)) == nil)
        for (path, mode) in [(home.signingKey, 0o600), (home.keys, 0o700)] {
            let found = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
            #expect((found as? NSNumber)?.intValue == mode)
        }
    }

    @Test func aDamagedKeyIsNamedAndNotReplaced() async throws {
        try home.make()
        try FileAccess.replace(home.signingKey, with: Array("no key\n".utf8), mode: 0o600)
        await #expect(throws: PlainFailure.self) { _ = try await RoomTokens.open(home) }
        #expect(try FileAccess.read(home.signingKey) == Array("no key\n".utf8))
    }
}
