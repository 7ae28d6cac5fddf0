// Each rule is needed: with it off, its own canary is still there. A proof rests on this.

import Redaction
import Testing

@Suite struct RuleSwitchTests {
    private struct Canary {
        let text: String
        let secret: String
        var kind = ContentKind.log
        var strict = false
    }

    private static let known = KnownValues(
        secrets: [.init(name: "x", value: "brass lantern over water")],
        identities: [.init(.user, "mirela")])

    private static func canary(_ rule: RedactionRule) -> Canary {
        switch rule {
        case .knownSecret: Canary(text: "say brass lantern over water now", secret: "lantern")
        case .knownIdentity: Canary(text: "seen mirela there", secret: "mirela")
        case .vendorToken:
            Canary(text: "used ghp_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8 now", secret: "D4e5F6")
        case .webToken:
            Canary(text: "used eyJhbGciOiJub25l.eyJzdWIiOiJ0ZXN0.AbCdEfGhIj now", secret: "AbCdEf")
        case .privateKey:
            Canary(
                text: "-----BEGIN PRIVATE KEY-----\nabcdef\n-----END PRIVATE KEY-----",
                secret: "abcdef")
        case .keyedSecret: Canary(text: "secret=wobble n=1", secret: "wobble")
        case .header: Canary(text: "Cookie: theme=wobble", secret: "wobble")
        case .urlUserInfo: Canary(text: "ftp://x:wobble@localhost/", secret: "wobble")
        case .urlQuery: Canary(text: "GET /a?code=wobble&n=1", secret: "wobble")
        case .commandFlag: Canary(text: "run --token wobble now", secret: "wobble")
        case .passwordFile:
            Canary(text: "machine localhost login ab password wobble", secret: "wobble")
        case .opaqueValue:
            Canary(text: "the bearer was, we think, a9B8c7D6e5F4g3H2i1J0k9L8", secret: "c7D6e5")
        case .functionBody: Canary(text: "body=let a = b; return a;", secret: "return")
        case .email: Canary(text: "by ada.l@orlo.co.uk now", secret: "ada.l")
        case .ipv4: Canary(text: "from 81.2.69.142 now", secret: "81.2.69")
        case .ipv6: Canary(text: "from 2a01:4f8::77 now", secret: "4f8")
        case .hardwareAddress: Canary(text: "from a4:83:e7:11:22:33 now", secret: "11:22")
        case .hostName: Canary(text: "at ship.orlo.com now", secret: "orlo")
        case .userName: Canary(text: "in /home/ada7/x", secret: "ada7")
        case .decentralizedID: Canary(text: "by did:plc:abcdefghijklmnop now", secret: "abcdefgh")
        case .deviceID: Canary(text: "device=77aa88bb99cc n=1", secret: "77aa88")
        case .strictName: Canary(text: "fn=wobble n=1", secret: "wobble", strict: true)
        case .settingsAllowlist:
            Canary(text: "colour = \"wobble\"", secret: "wobble", kind: .config)
        case .environmentAllowlist:
            Canary(text: "COLOUR=wobble", secret: "wobble", kind: .environment)
        case .seeThroughEscapes:
            Canary(text: "m=%70%61%73%73%77%6F%72%64%3Dwobble", secret: "wobble")
        case .seeThroughRuns:
            Canary(
                text: "p=" + CorpusEncoding.base64(Array("secret=wobble and more".utf8)),
                secret: "YmJsZ")
        case .seeThroughWraps:
            Canary(text: "used ghp_a1B2c3D4\ne5F6g7H8i9J0k1L2m3N4o5P6q7R8\n", secret: "J0k1L2")
        case .seeThroughUTF16:
            Canary(text: "secret=wobble\n".map { "\($0)\0" }.joined(), secret: "w\0o\0b\0b")
        }
    }

    @Test(arguments: RedactionRule.allCases)
    func aRuleThatIsOffIsMissed(rule: RedactionRule) throws {
        let canary = Self.canary(rule)
        let on = try Bench.redactor(strict: canary.strict, known: Self.known)
        let off = try Bench.redactor(strict: canary.strict, known: Self.known, without: [rule])

        let clean = try Bench.redact(canary.text, as: canary.kind, by: on)
        let missed = try Bench.redact(canary.text, as: canary.kind, by: off)

        #expect(!clean.contains(canary.secret), "\(clean)")
        #expect(missed.contains(canary.secret), "\(missed)")
    }
}
