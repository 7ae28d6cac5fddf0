// Join tokens at the server: one use, one room, one life; renewal by the device that holds
// the key. The clock is in the test's hand.

import Foundation
import LiveProtocol
import Support
import Testing

@testable import Mothership

@Suite struct JoinTests {
    private func token(
        _ ship: TestMothership, role: TokenRole = .contributor, room: String = repository,
        once: Bool = true, seconds: Int = 3600
    ) async throws -> LocalMothership.CreatedJoinToken {
        let request = ControlRequest(
            command: "token-create",
            arguments: [
                "room": room, "role": role.rawValue, "seconds": "\(seconds)",
                "once": once ? "yes" : "no", "name": "for ada",
            ])
        return try await TokenCommands(context: ship.context, port: ship.port).create(request)
            .decode(LocalMothership.CreatedJoinToken.self)
    }

    private func list(
        _ ship: TestMothership, all: Bool = false
    ) throws -> [LocalMothership.ListedToken] {
        let request = ControlRequest(
            command: "token-list", arguments: ["all": all ? "yes" : "no"])
        return try TokenCommands(context: ship.context, port: ship.port).list(request)
            .decode([LocalMothership.ListedToken].self)
    }

    private func revoke(
        _ ship: TestMothership, _ id: String
    ) throws -> LocalMothership.RevokedToken {
        try TokenCommands(context: ship.context, port: ship.port).revoke(
            ControlRequest(command: "revoke", arguments: ["id": id])
        ).decode(LocalMothership.RevokedToken.self)
    }

    @Test func aJoinTokenLetsOneDeviceInAndSaysSoInTheList() async throws {
        try await TestMothership.run { ship in
            let ada = Applicant(ship: ship, device: try TestDevice(1))
            let ben = Applicant(ship: ship, device: try TestDevice(2))
            let join = try await token(ship)
            let claims = try JoinClaims(reading: join.token)
            #expect(claims.iss == ship.context.instance && claims.aud == repository)
            #expect(claims.url == "ws://127.0.0.1:\(ship.port)" && claims.once)

            let issued = try await ada.granted(.join, join.token)

            var client = try await ship.socket()
            try client.send(.hello(ship.hello(ada.device, token: issued.token)))
            _ = try await client.first { if case .welcome = $0 { true } else { nil } }
            #expect(try await ben.refusal(.join, join.token) == .tokenUsed)
            // Its first answer may have been lost.
            #expect(try await ada.refusal(.join, join.token) == nil)
            let row = try #require(try list(ship).first)
            #expect(row.id == join.id && row.role == .contributor && row.name == "for ada")
            #expect(row.usedBy.map(\.device) == [ada.device.id] && row.revokedAt == nil)
        }
    }

    @Test func aTokenForManyIsUsedByMany() async throws {
        try await TestMothership.run { ship in
            let join = try await token(ship, once: false)
            for number in UInt8(1)...3 {
                let applicant = Applicant(ship: ship, device: try TestDevice(number))
                #expect(try await applicant.refusal(.join, join.token) == nil)
            }
            #expect(try list(ship).first?.usedBy.count == 3)
        }
    }

    @Test func ofManyDevicesAtOnceOneGetsIn() async throws {
        try await TestMothership.run { ship in
            let join = try await token(ship)
            let devices = try (UInt8(1)...8).map { try TestDevice($0) }
            let answers = try await withThrowingTaskGroup(of: RejectClass?.self) { group in
                for device in devices {
                    group.addTask {
                        try await Applicant(ship: ship, device: device).refusal(.join, join.token)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.count { $0 == nil } == 1)
            #expect(answers.count { $0 == .tokenUsed } == 7)
        }
    }

    @Test func whatDoesNotLetInIsToldApart() async throws {
        try await TestMothership.run { ship in
            let ada = Applicant(ship: ship, device: try TestDevice(1))
            #expect(try await ada.refusal(.join, "garbage") == .tokenInvalid)
            #expect(try await ada.refusal(.join, "") == .tokenMissing)
            let join = try await token(ship)
            #expect(
                try await ada.refusal(.join, join.token, room: "repo-2") == .tokenRoomMismatch)
            // A device's token is no invitation.
            let own = try await ship.token(ada.device)
            #expect(try await ada.refusal(.join, own) == .tokenInvalid)
            // Nor is an invitation a device's token.
            var client = try await ship.socket()
            try client.send(.hello(ship.hello(ada.device, token: join.token)))
            #expect(await client.closing().notice?.reject == .tokenInvalid)
            let brief = try await token(ship, seconds: 60)
            ship.clock.advance(.seconds(60))
            #expect(try await ada.refusal(.join, brief.token) == .tokenExpired)
            _ = try revoke(ship, join.id)
            #expect(try await ada.refusal(.join, join.token) == .tokenRevoked)
            #expect(try list(ship).allSatisfy(\.usedBy.isEmpty))
        }
    }

    /// Times in a token are whole seconds; who came first within one is not read from those.
    @Test func whoWasSentAwayComesBackWithATokenOfTheSameSecond() async throws {
        try await TestMothership.run { ship in
            let ada = Applicant(ship: ship, device: try TestDevice(1))
            let join = try await token(ship, once: false)
            _ = try await ada.granted(.join, join.token)
            ship.clock.advance(.milliseconds(1))
            let own = try list(ship, all: true).first {
                $0.kind == .device && $0.room == repository
            }
            _ = try revoke(ship, try #require(own).id)
            #expect(try await ada.refusal(.join, join.token) == .tokenRevoked)

            ship.clock.advance(.milliseconds(1))
            let next = try await token(ship)
            #expect(try await ada.refusal(.join, next.token) == nil)
        }
    }

    @Test func aTokenOfAnotherMothershipOrOfALostLedgerIsInvalid() async throws {
        let folder = try TemporaryFolder()
        let ada = try TestDevice(1)
        var tokens: [String] = []
        try await TestMothership.run { tokens.append(try await token($0).token) }
        try await TestMothership.run(in: folder) { tokens.append(try await token($0).token) }
        let home = MothershipHome(root: folder.path)
        let files = [home.store, home.store + "-wal", home.store + "-shm"]
        for path in files + [home.cleanStop, home.adminToken]
        where FileAccess.exists(path) {
            try FileManager.default.removeItem(atPath: path)
        }
        try await TestMothership.run(in: folder) { ship in
            let applicant = Applicant(ship: ship, device: ada)
            for token in tokens {
                let refusal = try await applicant.refusal(.join, token)
                #expect(refusal == .tokenInvalid)
            }
        }
    }

    @Test func usesAndRevocationsOutliveARestartAndNoTokenIsOnDisk() async throws {
        let folder = try TemporaryFolder()
        let ada = try TestDevice(1)
        var (used, revoked) = ("", "")
        var issued = ""
        try await TestMothership.run(in: folder) { ship in
            used = try await token(ship).token
            issued = try await Applicant(ship: ship, device: ada).granted(.join, used).token
            let other = try await token(ship)
            revoked = other.token
            _ = try revoke(ship, other.id)
        }
        for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
            let file = folder.path + "/" + path
            guard !FileAccess.isFolder(file), !path.hasSuffix(".sock") else { continue }
            // The log of the store goes when its last connection ends.
            guard let bytes = try Self.bytesIfThere(file) else { continue }
            let text = String(decoding: bytes, as: UTF8.self)
            for secret in [used, revoked, issued] {
                #expect(!text.contains(secret), "\(path) holds a token")
            }
        }
        try await TestMothership.run(in: folder) { ship in
            let ben = Applicant(ship: ship, device: try TestDevice(2))
            #expect(try await ben.refusal(.join, used) == .tokenUsed)
            #expect(try await ben.refusal(.join, revoked) == .tokenRevoked)
        }
    }

    private static func bytesIfThere(_ path: String) throws -> [UInt8]? {
        do throws(SystemFailure) { return try FileAccess.read(path) } catch {
            guard error.code == ENOENT else { throw error }
            return nil
        }
    }

    @Test func revokingAJoinTokenEndsWhatGoesBackToIt() async throws {
        try await TestMothership.run { ship in
            let ada = Applicant(ship: ship, device: try TestDevice(1))
            let join = try await token(ship)
            let first = try await ada.granted(.join, join.token)
            let second = try await ada.granted(.renew, first.token)
            var client = try await ship.socket()
            try client.send(.hello(ship.hello(ada.device, token: second.token)))
            _ = try await client.first { if case .welcome = $0 { true } else { nil } }

            let outcome = try revoke(ship, join.id)

            #expect(outcome.tokens == 2 && outcome.sessions == 1)
            let end = await client.closing()
            #expect(end.code == CloseCode.unauthorized.rawValue)
            #expect(end.notice?.reject == .tokenRevoked)
            #expect(try await ada.refusal(.renew, second.token) == .tokenRevoked)
        }
    }
}

@Suite struct RenewalTests {
    @Test func aTokenIsRenewedByItsDeviceUntilAWeekAfterItsEnd() async throws {
        try await TestMothership.run { ship in
            let ada = Applicant(ship: ship, device: try TestDevice(1))
            let token = try await ship.token(ada.device)
            let lifetime = ship.context.configuration.tokenLifetime
            let grace = ship.context.configuration.renewalGrace
            #expect(grace == .seconds(7 * 86_400))
            ship.clock.advance(lifetime + grace - .milliseconds(2000))
            let renewed = try await ada.granted(.renew, token)
            #expect(renewed.scopes == ["room.contribute"])
            #expect(renewed.expiresAt.since(ship.clock.now) > lifetime - .seconds(2))
            ship.clock.advance(.seconds(2))
            #expect(try await ada.refusal(.renew, token) == .tokenExpired)
        }
    }

    @Test func nobodyElseRenewsIt() async throws {
        try await TestMothership.run { ship in
            let ada = Applicant(ship: ship, device: try TestDevice(1))
            let ben = Applicant(ship: ship, device: try TestDevice(2))
            let token = try await ship.token(ada.device)
            #expect(try await ben.refusal(.renew, token) == .tokenPeerMismatch)
            #expect(try await ada.refusal(.renew, token, room: "repo-2") == .tokenRoomMismatch)
            // Ada's name under Ben's signature.
            let request = try CredentialRequest(
                .renew, token: token, user: "u", room: repository, at: ship.clock.now,
                key: ben.device.key)
            let forged = try JSONText.encode(request).replacing(
                ben.device.id.hex, with: ada.device.id.hex)
            let answer = try await ada.send(forged, to: "/v1/renew")
            #expect(answer.status == 401)
            #expect(
                try JSONText.decode(HTTPRefusal.self, from: answer.body).reject
                    == .invalidSignature)
            let record = try #require(try ship.context.store.tokens().first { $0.room != nil })
            _ = try ship.context.revoke(token: record.id)
            #expect(try await ada.refusal(.renew, token) == .tokenRevoked)
        }
    }

    @Test func anOldRequestIsNotTakenAgain() async throws {
        try await TestMothership.run { ship in
            let ada = Applicant(ship: ship, device: try TestDevice(1))
            let token = try await ship.token(ada.device)
            let now = ship.clock.now
            #expect(try await ada.refusal(.renew, token, at: now + .seconds(-59)) == nil)
            #expect(try await ada.refusal(.renew, token, at: now + .seconds(59)) == nil)
            for offset in [-60, 60] {
                let refusal = try await ada.refusal(
                    .renew, token, at: now + .seconds(Int64(offset)))
                #expect(refusal == .tokenInvalid)
            }
        }
    }

    @Test func whatIsNoRequestIsRefusedByClass() async throws {
        try await TestMothership.run { ship in
            let ada = Applicant(ship: ship, device: try TestDevice(1))
            let cases: [(String, String, Int, RejectClass)] = [
                ("/v1/join", "{}", 400, .protocolInvalidField),
                ("/v1/join", "", 400, .protocolInvalidField),
                ("/v1/renew", String(repeating: " ", count: 20_000), 413, .payloadTooLarge),
                ("/v1/nothing", "{}", 405, .protocolUnsupportedCommand),
            ]
            for (path, body, status, reject) in cases {
                let answer = try await ada.send(body, to: path)
                #expect(answer.status == status, "\(path)")
                let refusal = try JSONText.decode(HTTPRefusal.self, from: answer.body)
                #expect(refusal.reject == reject && refusal.serverTime == ship.clock.now)
            }
            // A request for one purpose does not pass for another.
            let renewal = try CredentialRequest(
                .renew, token: try await ship.token(ada.device), user: "u", room: repository,
                at: ship.clock.now, key: ada.device.key)
            let answer = try await ada.send(try JSONText.encode(renewal), to: "/v1/join")
            #expect(answer.status == 400)
        }
    }
}
