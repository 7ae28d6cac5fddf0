// The proof must be able to fail: with a rule switched off it names that rule, and a known value
// that got through is told by its name.

import Foundation
import Redaction
import Support
import Testing

@testable import IssueBundle

@Suite struct ProofTests {
    /// A bundle takes long without optimisation: of the wrappings those that matter to a rule; all of
    /// them, in a bundle of the usual size, with `AURA_FULL=1`.
    private static func wrappings(for rule: RedactionRule) -> [Wrapping] {
        if Share.isFull { return Wrapping.allCases }
        return [.plain] + (Wrapping.allCases.filter { $0.rule == rule }.prefix(2))
    }

    @Test(arguments: RedactionRule.allCases)
    func aRuleThatIsOffIsNamedByTheProof(rule: RedactionRule) throws {
        let scratch = try Sample.prepared()
        var request = Share.isFull ? Sample.request(scratch) : Sample.smallRequest(scratch)
        request.strict = rule == .strictName
        switch rule {
        case .environmentAllowlist:
            request.sources.append(
                BundleSource(
                    "variables", as: .environment,
                    .made { emit in
                        try emit("all", Array("LANG=C\0TERM=dumb\0".utf8))
                    }))
        case .settingsAllowlist:
            request.sources.append(
                BundleSource("config", as: .config, .files(scratch.path, named: ["live.toml"])))
        default: break
        }

        let failure = #expect(throws: BundleFailure.self) {
            try BundleMaker(
                request, gate: .open, disabledRules: [rule], wrappings: Self.wrappings(for: rule)
            ).make()
        }

        guard case .survivor(let survivor, _)? = failure else {
            Issue.record("\(rule.rawValue): \(String(describing: failure))")
            return
        }
        #expect(survivor.rule == rule.rawValue, "\(survivor.sentence)")
        #expect(failure?.exitStatus == .redactionFailed)
        #expect(try scratch.names == ["live.toml", "logs"])
    }

    @Test func aKnownValueThatSurvivesIsNamed() throws {
        let scratch = try Sample.prepared()
        let secret = "kq8Zx41LmP0aVw7Ty2Kb9"
        try scratch.write("logs/b.jsonl", Sample.logLine(1, "using \(secret) now"))
        let known = KnownValues(secrets: [.init(name: "admin token", value: secret)])
        // The shadows come after the logs: what is found first is the value itself.
        var request = Sample.request(scratch, known: known)
        request.sources = [request.sources[0]]

        let failure = #expect(throws: BundleFailure.self) {
            try BundleMaker(request, gate: .open, disabledRules: [.knownSecret]).make()
        }

        guard case .survivor(let survivor, _)? = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(survivor.source == "admin token" && survivor.member == "logs/b.jsonl")
    }

    @Test func aStrictBundleIsProvenToo() throws {
        let scratch = try Sample.prepared()
        var request = Sample.request(scratch)
        request.strict = true

        let summary = try BundleMaker(
            request, gate: .open,
            wrappings: Share.isFull
                ? Wrapping.allCases : [.plain, .jsonTwice, .wrappedLines, .base64]
        ).make()

        #expect(summary.proof?.classes.contains("path") == true)
    }
}
