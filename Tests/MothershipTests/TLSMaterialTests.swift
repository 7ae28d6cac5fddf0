// The listener's certificate: made once, named by its fingerprint, refused when it is over.

import Foundation
import LiveProtocol
import Support
import Testing

@testable import Mothership

@Suite struct TLSMaterialTests {
    let folder: TemporaryFolder
    let home: MothershipHome

    init() throws {
        folder = try TemporaryFolder()
        home = MothershipHome(root: folder.path)
        try home.make()
    }

    var selfSigned: MothershipConfiguration {
        var configuration = MothershipConfiguration()
        configuration.selfSigned = true
        return configuration
    }

    func refusal(
        _ configuration: MothershipConfiguration, at time: Timestamp = now
    ) throws -> PlainFailure? {
        do {
            _ = try TLSMaterial.load(configuration, home: home, now: time)
            return nil
        } catch let failure as PlainFailure { return failure }
    }

    @Test func aCertificateIsMadeOnceAndItsKeyIsItsOwnersAlone() throws {
        #expect(try TLSMaterial.load(MothershipConfiguration(), home: home, now: now) == nil)
        let first = try #require(try TLSMaterial.load(selfSigned, home: home, now: now))
        let second = try #require(
            try TLSMaterial.load(selfSigned, home: home, now: now + .seconds(86_400)))
        #expect(first.fingerprint == second.fingerprint && first.fingerprint.count == 64)
        #expect(first.notAfter == now + TLSMaterial.selfSignedLifetime)
        #expect(first.fingerprint == TLSMaterial.fingerprint(selfSigned, home: home))
        let mode = try FileManager.default.attributesOfItem(atPath: home.certificateKey)
        #expect((mode[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    }

    @Test func aCertificateThatIsOverIsNotServed() throws {
        try TLSMaterial.make(home, lifetime: .seconds(60), now: now)
        #expect(try refusal(selfSigned, at: now + .seconds(59)) == nil)
        let failure = try refusal(selfSigned, at: now + .seconds(60))
        #expect(failure?.subject == home.certificate && failure?.exitStatus == .refused)
        #expect(failure?.reason.contains("ended at") == true)
    }

    @Test func namedFilesAreTakenAndTheOneThatIsWrongIsNamed() throws {
        try TLSMaterial.make(home, now: now)
        let made = try #require(TLSMaterial.fingerprint(selfSigned, home: home))
        func configuration(_ certificate: String, _ key: String) throws
            -> MothershipConfiguration
        {
            try MothershipConfiguration.parse(
                "[server.tls]\ncertificate = \"\(certificate)\"\nkey = \"\(key)\"", file: "c")
        }
        // Relative to the home, and absolute.
        let named = try configuration("keys/tls.crt", home.certificateKey)
        #expect(try TLSMaterial.load(named, home: home, now: now)?.fingerprint == made)
        try FileAccess.replace(home.root + "/no.pem", with: Array("no pem".utf8))
        let elsewhere = MothershipHome(root: folder.path + "/elsewhere")
        try elsewhere.make()
        try TLSMaterial.make(elsewhere, now: now)
        let cases = [
            ("missing.crt", "keys/tls.key", "missing.crt"), ("no.pem", "keys/tls.key", "no.pem"),
            ("keys/tls.crt", "no.pem", "no.pem"),
            ("keys/tls.crt", elsewhere.certificateKey, "tls.key"),
        ]
        for (certificate, key, subject) in cases {
            let failure = try refusal(try configuration(certificate, key))
            #expect(failure?.subject.hasSuffix(subject) == true, "\(certificate) \(key)")
        }
    }

    @Test func theListenerAndItsProbesSpeakTLS() async throws {
        try await TestMothership.run(in: folder) {
            $0.selfSigned = true
        } _: { ship in
            let home = ship.instance.home
            let status = try await onOwnThread {
                MothershipControl.status(home, timeout: TestMothership.patience)
            }
            #expect(status.verdict == .running, "\(status)")
            let port = ship.port
            let other = String(repeating: "0", count: 64)
            for certificate in [other, nil] {
                let sign = try await onOwnThread {
                    MothershipProbe.portSign(
                        "127.0.0.1", port, certificate: certificate,
                        timeout: TestMothership.patience)
                }
                guard case .foreign = sign else {
                    Issue.record("another certificate was taken: \(sign)")
                    continue
                }
            }
        }
    }

    @Test(arguments: [
        ("[server.tls]\ncertificate = \"a\"", "belong together"),
        ("[server.tls]\nself_sined = true", "server.tls.self_sined"),
        ("[server.tls]\nself_signed = 1", "not true or false"),
        ("[server.tsl]\nself_signed = true", "server.tsl"),
    ])
    func aWrongTableIsNamed(text: String, says: String) throws {
        let failure = #expect(throws: ConfigurationFailure.self) {
            try MothershipConfiguration.parse(text, file: "config.toml")
        }
        #expect(failure?.reason.contains(says) == true, "\(failure?.reason ?? "")")
    }

    @Test func encryptionAllowsAnyAddressAndTheCommandLineCounts() throws {
        let text = "[server]\nbind = \"0.0.0.0\""
        let parsed = try MothershipConfiguration.parse(text, file: "c") { $0.selfSigned = true }
        #expect(parsed.tls == .selfSigned && parsed.bind == "0.0.0.0")
        #expect(throws: ConfigurationFailure.self) {
            try MothershipConfiguration.parse("", file: "c") { $0.bind = "0.0.0.0" }
        }
    }

    @Test func everyAnswerProvesTheKeyToWhoAsked() async throws {
        try await TestMothership.run { ship in
            let nonce = "0123456789abcdef"
            for path in ["/health", "/nothing", "/ws/unknown"] {
                let answer = try await PlainRequest.raw(
                    "GET \(path) HTTP/1.1\r\nHost: h\r\nAura-Nonce: \(nonce)\r\n\r\n",
                    port: ship.port)
                let line = answer.split(separator: "\r\n").first {
                    $0.hasPrefix(ServerIdentity.proofHeader)
                }
                let header = try #require(line).dropFirst(ServerIdentity.proofHeader.count + 2)
                let identity = try #require(ServerIdentity(header: String(header)))
                #expect(identity.instance(provenFor: nonce) == ship.context.instance)
                #expect(identity.instance(provenFor: nonce + "0") == nil)
                #expect(identity.serverTime == ship.clock.now)
            }
            let long = String(repeating: "0", count: ServerIdentity.nonceBytesMax + 1)
            for request in ["", "Aura-Nonce: \(long)\r\n"] {
                let answer = try await PlainRequest.raw(
                    "GET /health HTTP/1.1\r\nHost: h\r\n\(request)\r\n", port: ship.port)
                #expect(!answer.contains(ServerIdentity.proofHeader))
            }
        }
    }
}
