// Tokens as strangers use them: real processes, another machine's homes, every refusal in words.

import Drills
import Foundation
import LiveProtocol
import LiveSync
import Support
import Testing

@Suite struct JoinEndToEndTests {
    @Test func aMachineElsewhereJoinsWithATokenAndSyncs() async throws {
        try await inSandbox { sandbox in
            let house = try Household(in: sandbox)
            let token = try sandbox.joinToken(room: house.room, ["--name", "for ben"])
            #expect(token.once && token.role == .contributor)
            #expect(token.expiresAt.since(SystemClock().now) > .seconds(86_000))
            let ben = try Machine("ben", in: sandbox, cloning: house.source)

            let made = try ben.aura(["init", "--join", token.token])

            #expect(made.output.contains(token.fingerprint))
            try ben.enable()
            try house.expectSync(with: ben, 1)
            for path in try ben.tokenFiles() {
                let mode = try FileManager.default.attributesOfItem(atPath: path)
                #expect((mode[.posixPermissions] as? NSNumber)?.intValue == 0o600)
            }
            let row = try #require(try sandbox.listTokens().first)
            #expect(row.id == token.id && row.usedBy.count == 1)
            #expect(row.usedBy.first?.user.hasPrefix("ben@") == true)
            let list = try sandbox.aura().require(["mothership", "token", "list"]).output
            #expect(list.contains("used") && !list.contains(token.token))
            try expectNoTokenInLogs(sandbox, ben, token.token)
        }
    }

    private func expectNoTokenInLogs(
        _ sandbox: Sandbox, _ ben: Machine, _ join: String
    ) throws {
        var secrets = [join]
        for path in try ben.tokenFiles() {
            let stored = try JSONText.decode(StoredToken.self, from: try FileAccess.read(path))
            secrets.append(stored.issued.token)
        }
        #expect(secrets.count == 2)
        for folder in [sandbox.mothershipHome + "/logs", ben.root + "/.aura"] {
            for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
                // Folders and sockets are no files to read.
                guard let bytes = try? FileAccess.read("\(folder)/\(name)") else { continue }
                let text = String(decoding: bytes, as: UTF8.self)
                #expect(!secrets.contains { text.contains($0) }, "\(name) holds a token")
            }
        }
    }

    @Test func everyTokenThatDoesNotLetInSaysWhy() async throws {
        try await inSandbox { sandbox in
            let house = try Household(in: sandbox)
            let used = try sandbox.joinToken(room: house.room)
            let first = try Machine("first", in: sandbox, cloning: house.source)
            try first.join(used)
            let revoked = try sandbox.joinToken(room: house.room)
            try sandbox.aura().require(["mothership", "token", "revoke", revoked.id])
            try house.ada.aura(["mothership", "register"])
            let foreign = try sandbox.joinToken(room: "elsewhere", ["--role", "admin"])
            let expired = try sandbox.joinToken(room: house.room, ["--expires", "1s"])
            try Waiting.until("the token to end") { SystemClock().now > expired.expiresAt }
            let second = try Machine("second", in: sandbox, cloning: house.source)
            let cases: [(String, Int32, String, String)] = [
                (used.token, 5, "was used by first@", "token create"),
                (revoked.token, 5, "was revoked", "token create"),
                (foreign.token, 5, "for room elsewhere", "ask for one for this room"),
                (expired.token, 5, "ended at", "token create"),
                ("garbage", 64, "is not three parts", "copy the whole line"),
                (bent(used.token), 5, "not signed by this Mothership", "check that it is whole"),
            ]
            for (token, status, reason, next) in cases {
                let result = try second.tryAura(["init", "--join", token])
                #expect(result.status == status, "\(reason): \(result.errors)")
                #expect(result.errors.contains(reason), "\(result.errors)")
                #expect(result.errors.contains(next), "\(result.errors)")
                #expect(!result.errors.contains(token) || token == "garbage")
            }
            // A refused join leaves nothing behind.
            #expect(!FileAccess.exists(second.root + "/.aura"))
            #expect(try FileAccess.names(in: second.configHome + "/devices").isEmpty)
        }
    }

    /// The same claims under another signature.
    private func bent(_ token: String) -> String {
        let parts = token.split(separator: ".").map(String.init)
        return "\(parts[0]).\(parts[1]).\(String(parts[2].reversed()))"
    }

    @Test func anotherKeyAtTheSameAddressIsRefusedUntilAPersonTrustsIt() async throws {
        try await inSandbox { sandbox in
            let house = try Household(in: sandbox)
            let token = try sandbox.joinToken(room: house.room)
            let ben = try Machine("ben", in: sandbox, cloning: house.source)
            try ben.join(token)
            try sandbox.aura().require(["mothership", "stop"])
            let keys = sandbox.mothershipHome + "/keys"
            try FileManager.default.moveItem(atPath: keys, toPath: keys + ".old")
            // Nobody gets another key by accident.
            #expect(try sandbox.aura().run(["mothership", "start", "--port", "0"]).status == 5)
            try sandbox.startMothership(["--new-key"])
            let changed = try sandbox.mothership().instance
            #expect(changed != token.fingerprint)

            let refused = try ben.tryAura(["live", "sync", "enable"])

            #expect(refused.status == 5)
            #expect(refused.errors.contains("expected \(token.fingerprint)"), "\(refused.errors)")
            #expect(refused.errors.contains("presented \(changed)"))
            #expect(refused.errors.contains("aura live auth trust --fingerprint"))
            let again = try sandbox.joinToken(room: house.room)
            let rejoined = try ben.tryAura(["init", "--join", again.token])
            #expect(rejoined.status == 5)
            #expect(rejoined.errors.contains("known \(token.fingerprint), now \(changed)"))
            let wrong = String(repeating: "0", count: 64)
            #expect(
                try ben.tryAura(["live", "auth", "trust", "--fingerprint", wrong]).status != 0)

            try ben.aura(["live", "auth", "trust", "--fingerprint", changed])

            try ben.aura(["init", "--join", again.token])
            try ben.enable()
            try ben.wait(for: "the link") { $0.link.state == .online }
        }
    }

    @Test func aTunnelIsNamedInPlaceOfTheTokensAddress() async throws {
        try await inSandbox { sandbox in
            let house = try Household(in: sandbox)
            let tunnel = try FaultProxy(to: sandbox.port)
            sandbox.atEnd { tunnel.stop() }
            let token = try sandbox.joinToken(
                room: house.room, ["--address", "ws://nowhere.invalid:7070", "--no-once"])
            let ben = try Machine("ben", in: sandbox, cloning: house.source)
            try ben.aura(["init", "--mothership", tunnel.endpoint, "--join", token.token])
            try ben.enable()
            try house.expectSync(with: ben, 1)
            #expect(try ben.status().endpoint == tunnel.endpoint)
            let pins = try FileAccess.names(in: ben.configHome + "/known-motherships")
            #expect(pins == ["127.0.0.1_\(tunnel.port)"])
        }
    }

    @Test func anAdminRegistersTheRoomFromElsewhereAndAContributorMayNot() async throws {
        try await inSandbox { sandbox in
            let source = try ToyRepository.make(in: sandbox)
            try sandbox.startMothership()
            let ada = try Machine("ada", in: sandbox, cloning: source)
            let room = try JSONText.decode(
                [String: String?].self, from: try ada.aura(["init", "--json"]).output
            )["repository"].flatMap { $0 }
            let id = try #require(room)
            let token = try sandbox.joinToken(room: id, ["--role", "admin"])
            try ada.join(token)
            try ada.aura(["mothership", "register", "--name", "toys"])
            try ada.enable()
            try ada.wait(for: "the link") { $0.link.state == .online }
            let ben = try Machine("ben", in: sandbox, cloning: source)
            try ben.join(try sandbox.joinToken(room: id))
            let refused = try ben.tryAura(["mothership", "register"])
            #expect(refused.status == 5)
            #expect(refused.errors.contains("reject.authority_required"), "\(refused.errors)")
            #expect(refused.errors.contains("room.admin"))
        }
    }

    @Test func aReaderReceivesAndItsOwnChangesStayAtHome() async throws {
        try await inSandbox { sandbox in
            let house = try Household(in: sandbox)
            let ben = try Machine("ben", in: sandbox, cloning: house.source)
            try ben.join(try sandbox.joinToken(room: house.room, ["--role", "reader"]))
            try ben.enable()
            try house.ada.edit("pkg/billing.py", "return 3", "return 31")
            try ben.wait(for: "pkg/billing.py", toHold: "return 31")

            try ben.edit("web/cart.ts", "return 4", "return 41")

            try ben.wait(for: "the refusal") { $0.wal.refused["authority_required"] == 1 }
            try house.ada.edit("pkg/billing.py", "return 31", "return 32")
            try ben.wait(for: "pkg/billing.py", toHold: "return 32")
            #expect(try house.ada.text("web/cart.ts").contains("return 4;"))
            #expect(try ben.text("web/cart.ts").contains("return 41;"))
        }
    }
}

@Suite struct RefreshTests {
    private func joined(
        _ sandbox: Sandbox, _ house: Household
    ) throws -> (ben: Machine, token: LocalMothership.CreatedJoinToken) {
        let ben = try Machine("ben", in: sandbox, cloning: house.source)
        let token = try sandbox.joinToken(room: house.room)
        try ben.join(token)
        try ben.enable()
        try ben.wait(for: "the link") { $0.link.state == .online }
        return (ben, token)
    }

    private func stored(_ machine: Machine) throws -> StoredToken {
        let files = try machine.tokenFiles()
        try #require(files.count == 1 && files[0].hasSuffix(".token"), "\(files)")
        return try JSONText.decode(StoredToken.self, from: try FileAccess.read(files[0]))
    }

    @Test func aRenewalFromElsewhereIsProvenByAHelloAndShowsNoToken() async throws {
        try await inSandbox { sandbox in
            let house = try Household(in: sandbox)
            let (ben, _) = try joined(sandbox, house)
            for isRunning in [true, false] {
                if !isRunning { try ben.disable() }
                let old = try stored(ben)
                let result = try ben.aura(["live", "auth", "refresh"])
                let new = try stored(ben)
                #expect(new.issued.keyID != old.issued.keyID)
                for fact in [
                    new.issued.keyID, new.issued.expiresAt.iso8601, "room.contribute", "proven",
                ] { #expect(result.output.contains(fact), "\(result.output)") }
                #expect(!result.output.contains(new.issued.token))
            }
            try ben.enable()
            try house.expectSync(with: ben, 1)
        }
    }

    @Test func aTokenThatEndsIsRenewedByTheAgentItself() async throws {
        try await inSandbox { sandbox in
            let house = try Household(
                in: sandbox, mothership: "[tokens]\nlifetime_seconds = 3\n")
            let (ben, _) = try joined(sandbox, house)
            let first = try stored(ben)
            try Waiting.until("the first token to end") {
                SystemClock().now > first.issued.expiresAt
            }
            try house.ada.edit("pkg/billing.py", "return 3", "return 31")
            try ben.wait(for: "pkg/billing.py", toHold: "return 31")
            try Waiting.until("a proven token") {
                try ben.tokenFiles().count == 1
                    && stored(ben).issued.keyID != first.issued.keyID
            }
        }
    }

    @Test func theOldTokenStaysWhenThereIsNoNewOne() async throws {
        try await inSandbox { sandbox in
            let house = try Household(in: sandbox)
            let (ben, token) = try joined(sandbox, house)
            let old = try stored(ben)
            try sandbox.killMothership()
            #expect(try ben.tryAura(["live", "auth", "refresh"]).status != 0)
            #expect(try stored(ben) == old)
            try sandbox.startMothership()
            try sandbox.aura().require(
                ["mothership", "token", "revoke", String(token.id.prefix(8))])
            let refused = try ben.tryAura(["live", "auth", "refresh"])
            #expect(refused.status == 5)
            #expect(refused.errors.contains("unauthorized.token_revoked"), "\(refused.errors)")
            #expect(refused.errors.contains("token create"))
            #expect(try stored(ben) == old)
        }
    }

    @Test func aNewTokenThatIsRefusedGivesWayToTheOldOne() async throws {
        try await inSandbox { sandbox in
            let house = try Household(in: sandbox)
            let (ben, _) = try joined(sandbox, house)
            try ben.disable()
            let old = try stored(ben)
            var bad = old
            bad.issued.token = "a.b.c"
            bad.issued.keyID = "bad"
            let path = try #require(try ben.tokenFiles().first)
            try FileAccess.replace(
                path + ".next", with: Array(try JSONText.encode(bad).utf8), mode: 0o600)
            try ben.enable()
            try ben.wait(for: "the link") { $0.link.state == .online }
            #expect(try stored(ben) == old)
        }
    }

    @Test func aRevokedDeviceIsShutOutWhileItIsConnected() async throws {
        try await inSandbox { sandbox in
            let house = try Household(in: sandbox)
            let (ben, token) = try joined(sandbox, house)
            let result = try sandbox.aura().require(
                ["mothership", "token", "revoke", token.id, "--json"])
            let revoked = try JSONText.decode(
                LocalMothership.RevokedToken.self, from: result.output)
            #expect(revoked.sessions == 1 && revoked.tokens == 1)
            try ben.wait(for: "the close") {
                $0.link.state == .offline && $0.link.lastClose?.reject == .tokenRevoked
            }
            #expect(try house.ada.status().link.state == .online)

            let told = try ben.tryAura(["doctor", "live"])
            #expect(told.output.contains("aura init --join TOKEN"), "\(told.output)")
            try ben.join(try sandbox.joinToken(room: house.room))
            try ben.enable()
            try ben.wait(for: "the link with the new token") { $0.link.state == .online }
        }
    }
}
