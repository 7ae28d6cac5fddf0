// Text that asks from each of its words for the same long walk. What was walked is remembered, so what
// these tests hold is that the memory gives what a walk would, and that it is used.

import Testing

@testable import Redaction

@Suite struct HostileTextTests {
    private static let book: RuleBook = {
        // A key of 32 bytes is never refused.
        // swift-format-ignore: NeverUseForceTry
        let key = try! AliasKey(bytes: Array(repeating: 7, count: 32))
        return RuleBook(policy: RedactionPolicy(key: key), known: KnownValues())
    }()

    private func scanner(_ text: Text) -> Scanner {
        Scanner(book: Self.book, text: text, depth: 0, hasLines: true, keyCache: KeyCache())
    }

    /// Words of `parts`, as chance will have it.
    private func mixture(_ parts: [String], count: Int, seed: UInt64) -> [UInt8] {
        var state = seed
        return (0..<count).flatMap { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Array(parts[Int(state >> 33) % parts.count].utf8)
        }
    }

    @Test func aStretchIsJudgedAFewTimes() {
        var judgement = Judgement<Int>()
        var asked = 0
        for start in 0..<3 * 4096 {
            let answer = judgement.of(start, start + 300) {
                asked += 1
                return asked
            }
            #expect(answer == asked)
        }
        #expect(asked == 3 * 32)
        for start in 0..<100 {
            _ = judgement.of(start, start + 20) {
                asked += 1
                return 0
            }
        }
        #expect(asked == 3 * 32 + 100)
    }

    @Test func aRunIsWalkedOnce() {
        let bytes = mixture(["a", "bc", " ", "def"], count: 2000, seed: 1)
        Text.with(bytes) { text in
            var known = 0..<0
            var steps = 0
            for index in 0..<text.count {
                let end = text.runEnd(index, limit: 5, known: &known) {
                    steps += 1
                    return $0 != 32
                }
                #expect(end == text.skip(index, limit: 5) { $0 != 32 })
            }
            #expect(steps <= 2 * text.count)
        }
    }

    @Test(arguments: 1...8)
    func aRecordIsFoundWhereAWalkWouldFindIt(seed: UInt64) {
        let bytes = mixture(
            ["-", "--", "2026-11-22T10:00:00.000Z ", "2026-11", "x", " 12 "], count: 300,
            seed: seed)
        Text.with(bytes) { text in
            let shared = scanner(text)
            var state = seed
            for _ in 0..<3000 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let start = Int(state >> 33) % bytes.count
                let end = min(bytes.count, start + Int(state >> 20) % 400)
                let fresh = Text.with(bytes) { scanner($0).recordStart(start, end) }
                #expect(shared.recordStart(start, end) == fresh, "\(start) to \(end)")
            }
        }
    }

    @Test(arguments: 1...8)
    func aBareValueEndsWhereAWalkWouldEndIt(seed: UInt64) {
        let bytes = mixture(
            ["a=", "bcd", "&", ";x", ",name=", ")", "(", "}", "]", ">", "|", "'", "k", "9", "/"]
                + Array(repeating: "word", count: 30),
            count: 1500, seed: seed)
        Text.with(bytes) { text in
            let shared = scanner(text)
            for key in stride(from: 1, to: bytes.count - 1, by: 7) {
                for name in [nil, key] {
                    let fresh = Text.with(bytes) { scanner($0).bareEnd(key + 1, key: name) }
                    #expect(shared.bareEnd(key + 1, key: name) == fresh, "\(key)")
                }
            }
        }
    }

    /// Each of these took seconds a megabyte and more.
    @Test(arguments: [
        "token=", "(uid=", "?token=", "PASS=", "value: ", "\"lines\":[", "@@ -", "\\\\@@ -", "eyJ",
        "http://", "\"{secret", ">secret", "/webhook/", "<<<<<<<\n", "\"kty\"", "a://@",
        "-----BEGIN RSA PRIVATE KEY-----",
    ])
    func aSecretBehindItIsStillSeen(unit: String) throws {
        let secret = "Wharf6849bTackle"
        let text = String(repeating: unit, count: 40_000 / unit.utf8.count)
        let output = try Bench.redact("\(text)\nlogin password=\(secret) done\n")
        #expect(!output.contains(secret))
    }
}
