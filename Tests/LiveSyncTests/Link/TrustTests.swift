// Whom a link trusts, and what it says when it does not: pins, proofs, clocks.

import Foundation
import LiveProtocol
import Support
import Testing

@testable import LiveSync

@Suite struct TrustTests {
    private let now = Timestamp(rawValue: 1_790_000_000_000)
    private let address = MothershipAddress(isEncrypted: true, host: "127.0.0.1", port: 7070)

    private func withFolder(_ body: (KnownMotherships, String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.path + "/aura-\(UUID().uuidString)"
        // A leftover in the temporary folder harms nobody.
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(KnownMotherships(UserFolder(path: path)), path)
    }

    @Test func whatWasMetStaysAndADifferenceNamesBothFingerprints() throws {
        try withFolder { known, path in
            #expect(try known.trust(of: address) == LinkTrust())
            try known.remember(
                address, LinkTrust(instance: "k1", certificate: "c1"), origin: .join, now: now)
            #expect(try known.trust(of: address) == LinkTrust(instance: "k1", certificate: "c1"))
            for (trust, words) in [
                (LinkTrust(instance: "k2"), "another key"),
                (LinkTrust(instance: "k1", certificate: "c2"), "another certificate"),
            ] {
                let failure = #expect(throws: PlainFailure.self) {
                    try known.remember(address, trust, origin: .local, now: now)
                }
                #expect(failure?.reason.contains(words) == true)
                #expect(failure?.reason.contains("1, now ") == true, "\(failure?.reason ?? "")")
                #expect(failure?.exitStatus == .refused)
            }
            // One that says less takes nothing away; without TLS it is the same address.
            let plain = MothershipAddress(isEncrypted: false, host: "127.0.0.1", port: 7070)
            try known.remember(plain, LinkTrust(instance: "k1"), origin: .local, now: now)
            #expect(try known.pin(of: plain)?.certificate == "c1")
            try known.replace(
                address, LinkTrust(instance: "k2", certificate: "c2"), origin: .person, now: now)
            #expect(try known.pin(of: address)?.origin == .person)
            let files = try FileAccess.names(in: path + "/known-motherships")
            #expect(files == ["127.0.0.1_7070"])
        }
    }

    @Test func aPinThatCannotBeReadIsNamedAndNotPassedOver() throws {
        try withFolder { known, path in
            try known.remember(address, LinkTrust(instance: "k1"), origin: .join, now: now)
            try FileAccess.replace(
                path + "/known-motherships/127.0.0.1_7070", with: Array("{".utf8), mode: 0o600)
            #expect(throws: PlainFailure.self) { try known.trust(of: address) }
        }
    }

    @Test func aPinnedKeyMustBeProven() throws {
        let trust = LinkTrust(instance: String(repeating: "0", count: 64))
        for proof in [nil, "", "00 1 00"] {
            let close = #expect(throws: LinkClose.self) {
                try trust.identity(proof: proof, nonce: "n", sent: now, received: now)
            }
            #expect(close?.stage == .identity && close?.trust?.kind == .keyUnproven)
            #expect(close?.nextStep.contains("auth trust --fingerprint") == true)
        }
        let unknown = try LinkTrust().identity(proof: nil, nonce: "n", sent: now, received: now)
        #expect(unknown == LinkIdentity())
    }

    struct Case: Sendable {
        let reject: RejectClass
        let endsIn: Int64?
        let offset: Duration?
        let isSkew: Bool
    }

    @Test(arguments: [
        // Ours says it stands, theirs that it is over.
        Case(reject: .tokenExpired, endsIn: 3600, offset: .seconds(7200), isSkew: true),
        Case(reject: .tokenExpired, endsIn: 3600, offset: .seconds(60), isSkew: false),
        Case(reject: .tokenExpired, endsIn: 3600, offset: .seconds(61), isSkew: true),
        Case(reject: .tokenExpired, endsIn: 0, offset: .seconds(7200), isSkew: false),
        Case(reject: .tokenExpired, endsIn: nil, offset: .seconds(7200), isSkew: false),
        Case(reject: .tokenExpired, endsIn: 3600, offset: nil, isSkew: false),
        Case(reject: .tokenNotYetValid, endsIn: 3600, offset: .seconds(-7200), isSkew: true),
        Case(reject: .tokenNotYetValid, endsIn: nil, offset: .seconds(-61), isSkew: true),
        Case(reject: .tokenRevoked, endsIn: 3600, offset: .seconds(7200), isSkew: false),
    ])
    func clocksAreNamedOnlyWhenTheyAreTheCause(_ example: Case) {
        var close = LinkClose(stage: .session, code: 4003, message: "told")
        close.reject = example.reject
        let judged = close.judged(
            tokenEnds: example.endsIn.map { now + .seconds($0) }, offset: example.offset,
            now: now)
        #expect((judged.clockSkewMilliseconds != nil) == example.isSkew)
        guard example.isSkew else {
            #expect(judged == close)
            return
        }
        let isAhead = (example.offset ?? .zero) > .zero
        #expect(judged.message.contains(isAhead ? "ahead of" : "behind"))
        #expect(judged.message.hasSuffix("told") && judged.nextStep.contains("set the clock"))
    }
}
