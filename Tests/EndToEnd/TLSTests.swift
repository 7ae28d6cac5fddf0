// wss on real processes: a pair in sync, a certificate that is pinned, and what happens when
// another one is shown.

import Drills
import Foundation
import LiveProtocol
import LiveSync
import Support
import Testing

@Suite struct TLSTests {
    private static let encrypted = "[server.tls]\nself_signed = true\n"

    @Test func twoMachinesSyncOverTLSAndKnowTheCertificate() async throws {
        try await inSandbox { sandbox in
            let house = try Household(in: sandbox, mothership: Self.encrypted)
            let token = try sandbox.joinToken(room: house.room)
            let ben = try Machine("ben", in: sandbox, cloning: house.source)
            #expect(token.url == "wss://127.0.0.1:\(sandbox.port)")
            try ben.join(token)
            try ben.enable()
            try house.expectSync(with: ben, 1)
            try ben.aura(["live", "auth", "refresh"])
            let certificate = try #require(token.certificate)
            let status = try sandbox.mothership()
            #expect(status.certificate == certificate)
            for link in [try house.ada.status().link, try ben.status().link] {
                #expect(link.certificateFingerprint == certificate)
                #expect(link.certificateNotAfter == status.certificateNotAfter)
            }
            let life = try #require(status.certificateNotAfter).since(SystemClock().now)
            #expect(life > .seconds(397 * 86_400) && life < .seconds(399 * 86_400))
            let text = try sandbox.aura().require(["mothership", "status"]).output
            #expect(text.contains(certificate) && text.contains("ends in 397d"))
        }
    }

    @Test func clearTextAtATLSPortIsNoLink() async throws {
        try await inSandbox { sandbox in
            let house = try Household(in: sandbox, mothership: Self.encrypted)
            try house.ada.aura(["live", "sync", "disable"])
            try house.ada.replaceEndpoint("ws://127.0.0.1:\(sandbox.port)")
            _ = try house.ada.tryAura(["live", "sync", "enable"])
            try house.ada.wait(for: "the refusal") { $0.link.lastClose?.stage == .upgrade }
        }
    }

    @Test func anotherCertificateIsRefusedWithBothFingerprintsUntilAPersonTrustsIt() async throws {
        try await inSandbox { sandbox in
            let house = try Household(in: sandbox, mothership: Self.encrypted)
            let token = try sandbox.joinToken(room: house.room)
            let ben = try Machine("ben", in: sandbox, cloning: house.source)
            try ben.join(token)
            try ben.enable()
            try ben.wait(for: "the link") { $0.link.state == .online }

            try sandbox.aura().require(["mothership", "stop"])
            for name in ["tls.crt", "tls.key"] {
                try FileManager.default.removeItem(
                    atPath: "\(sandbox.mothershipHome)/keys/\(name)")
            }
            try sandbox.startMothership()
            let changed = try #require(try sandbox.mothership().certificate)

            try ben.wait(for: "the refusal") { $0.link.lastClose?.stage == .tls }
            let trust = try #require(try ben.status().link.lastClose?.trust)
            #expect(trust.kind == .certificateChanged)
            #expect(trust.expected == token.certificate && trust.presented == changed)
            #expect(try ben.status().link.state == .offline)
            let refused = try ben.tryAura(["live", "auth", "refresh"])
            #expect(refused.status != 0 && refused.errors.contains(changed))
            #expect(refused.errors.contains("aura live auth trust --fingerprint"))

            try ben.aura(["live", "auth", "trust", "--fingerprint", changed])
            try ben.aura(["live", "auth", "refresh"])
            try ben.wait(for: "the link") {
                $0.link.state == .online && $0.link.certificateFingerprint == changed
            }
        }
    }

    @Test func aCertificateNobodyVouchesForIsNotTrusted() async throws {
        try await inSandbox { sandbox in
            let house = try Household(in: sandbox, mothership: Self.encrypted)
            let ben = try Machine("ben", in: sandbox, cloning: house.source)
            try ben.join(try sandbox.joinToken(room: house.room))
            try FileManager.default.removeItem(atPath: ben.configHome + "/known-motherships")
            let refused = try ben.tryAura(["live", "sync", "enable"])
            #expect(refused.status == 5)
            #expect(refused.errors.contains("no authority of this system"), "\(refused.errors)")
            let certificate = try #require(try sandbox.mothership().certificate)
            #expect(refused.errors.contains(certificate), "\(refused.errors)")
        }
    }
}
