// Bundles in a row over states that differ: what a system wrote, whose it is, and what is planted for
// the proof. None may be refused by chance, for a person would not know what to change. A few here;
// `AURA_BUNDLES=300` makes so many, with all wrappings.

import Foundation
import Redaction
import Support
import Testing

@testable import IssueBundle

@Suite struct RowTests {
    private static let asked = ProcessInfo.processInfo.environment["AURA_BUNDLES"].flatMap(Int.init)

    private static let messages = [
        "connected to 10.20.3.%d:7070", "retry with token=aB%dXz9", "scan tick dirty=%d took=4ms",
        "push fn=billing::compute_tax pending_out=%d", "wal append seq=%d len=9 kind=OUTBOUND",
        "auth token expired; run aura live auth refresh (attempt %d)", "peer ada%d@orlo.com left",
        "GET /live?access_token=9f8e%dxY&v=2 HTTP/1.1", "body=let a%d = b; return a;",
        "session=01HZX5K8Q2W3E4R5T6Y7U8I9%d resumed", "in /home/ada%d/src/ledger/tax.rs",
    ]

    private static func log(_ random: inout SeededGenerator) -> String {
        (0..<Int.random(in: 0...120, using: &random)).map { number in
            let message = messages[Int.random(in: 0..<messages.count, using: &random)]
            let value = "\(Int.random(in: 0..<100_000, using: &random))"
            return Sample.logLine(number, message.replacing("%d", with: value))
        }.joined()
    }

    private static func known(_ random: inout SeededGenerator) -> KnownValues {
        func text(_ count: Int) -> String {
            let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGH0123456789_-")
            return String((0..<count).map { _ in letters.randomElement(using: &random) ?? "a" })
        }
        return KnownValues(
            secrets: (0..<Int.random(in: 0...4, using: &random)).map {
                .init(name: "secret-\($0)", value: text(Int.random(in: 4...64, using: &random)))
            },
            identities: [.init(.user, "u" + text(6)), .init(.host, "h" + text(8))])
    }

    @Test func noneIsRefusedByChance() throws {
        let seed = Share.seed
        print("bundles in a row: seed \(seed)")
        var random = SeededGenerator(seed: seed)
        for number in 0..<(Self.asked ?? 2) {
            let scratch = try Sample.prepared()
            try scratch.write("logs/agent.jsonl", Self.log(&random))
            try scratch.write("logs/agent.1.jsonl", Self.log(&random))
            var request = Sample.request(scratch, known: Self.known(&random))
            request.key = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            request.strict = number % 4 == 3
            let wrappings = Self.asked == nil ? [Wrapping.plain, .base64] : Wrapping.allCases
            do throws(BundleFailure) {
                _ = try BundleMaker(request, gate: .open, wrappings: wrappings).make()
            } catch {
                Issue.record("seed \(seed), bundle \(number): \(error)")
            }
        }
    }
}
