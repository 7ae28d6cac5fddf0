// What the proof plants must not survive, wherever it stands; otherwise a healthy system would be
// refused its bundle by chance. A share here, hundreds of keys with `AURA_FULL=1`.

import Foundation
import Redaction
import Support
import Testing

@testable import IssueBundle

@Suite struct CanaryTests {
    /// Keys drawn, and canaries a file.
    private static let rounds = Share.isFull ? 300 : 1
    private static let share = Share.isFull ? 1000 : 30

    private func check(
        _ scrubbed: [UInt8], _ planted: [CanaryPlan.Planted], _ what: String
    ) {
        let search = ArchiveSearch(needles: NeedleSet(planted.map(\.needle)))
        guard let found = search.first(in: scrubbed) else { return }
        let canary = planted.first { $0.needle.bytes == found.bytes }
        Issue.record("\(what): \(found.source), \(found.rule): \(canary?.text ?? "")")
    }

    @Test func noCanarySurvivesAmongOrdinaryContent() throws {
        let seed = Share.seed
        print("canaries among ordinary content: seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        for round in 0..<Self.rounds {
            let plan = CanaryPlan.drawn(using: &generator)
            let redactor = try plan.redactor()
            for source in plan.sources.prefix(3) {
                let field = CanaryField(plan, source, share: Self.share, using: &generator)
                let what = "seed \(seed), round \(round), \(source.name)"

                let once = try redactor.redact(field.bytes, as: field.kind).bytes
                let twice = try redactor.redact(once, as: field.kind).bytes

                check(once, field.planted, what)
                #expect(once == twice, "\(what): a second pass changes something")
            }
        }
    }

    @Test func noCanarySurvivesInAShadow() throws {
        let seed = Share.seed
        print("canaries in shadows: seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        for round in 0..<Self.rounds {
            let plan = CanaryPlan.drawn(using: &generator, strict: round % 4 == 3)
            let redactor = try plan.redactor()
            for source in plan.sources {
                let planted = Array(
                    plan.planted(in: source).shuffled(using: &generator).prefix(Self.share)
                        .filter { $0.className != "private-key-without-end" })
                for file in Shadow.files(of: source, planted: planted) {
                    let what = "seed \(seed), round \(round), \(source.name)\(file.suffix)"
                    let once = try redactor.redact(file.bytes, as: source.kind).bytes
                    check(once, planted, what)
                    let twice = try redactor.redact(once, as: source.kind).bytes
                    #expect(once == twice, "\(what): a second pass changes something")
                }
            }
        }
    }

    /// Many values of one class and wrapping below each other: what one value in ten thousand has in
    /// it, a shadow shows once in a hundred bundles.
    @Test func noValueOfAnyClassSurvives() throws {
        let seed = Share.seed
        print("values of every class: seed \(seed)")
        var letters = Letters(seed: seed)
        let redactor = try Sample.redactor()
        let values = Share.isFull ? 4000 : 8
        for entry in CanaryClass.everywhere where entry.name != "private-key-without-end" {
            for wrapping in Wrapping.allCases where wrapping != .utf16 {
                let canaries = (0..<values).map { _ in entry.make(&letters) }.filter {
                    $0.known == nil && wrapping.suits($0)
                }
                let lines = canaries.map { "note: \(wrapping.write($0))\n\n" }.joined()
                let scrubbed = try redactor.redact(Array(lines.utf8), as: .text).bytes
                let needles = canaries.map {
                    Needle(
                        rule: entry.rule.rawValue, source: $0.text, bytes: Array($0.secret.utf8),
                        isSecret: !$0.isName)
                }
                let found = ArchiveSearch(needles: NeedleSet(needles)).first(in: scrubbed)
                #expect(
                    found == nil,
                    "seed \(seed), \(entry.name), \(wrapping): \(found?.source ?? "")")
            }
        }
    }

    /// Values that survived: letters that fall into words with capitals, and a token broken where `Pwd`
    /// or `Pw` before the end of the line made a name of it.
    @Test(arguments: [
        "leaked credential here PjaROJindUaroJIwGM2VEDsSxrdzsncEBIcihgUU",
        "leaked credential here UHljri8vbmUbtUGvNcauSqgEmzZAolbvhwDqgauS",
        "leaked credential here sdh9BaeHFedyGegchzhqPZutjFrhwwteLlyycmGE",
        "mail:\npypi-AgEIcHlwaS5vcmcJeg5LDVYAq55624f2kPZlP96ByvFJ9Ysi6spPA3Pwd6jpNZvu8t9Kxs=\n"
            + "HQ5TNhLMMS5FXTR\n",
        "mail:\npypi-AgEIcHlwaS5vcmcpPwJ7wBNby1nRHQ63ieN1Bsx2hN5E9IHQ0J0cmenPm2ms8aPbs4tqgY=\n"
            + "wvRRQZlaBONT3WU\n",
    ])
    func aValueThatSurvivedOnceDoesNotAgain(text: String) throws {
        let bytes = Array("note: \(text)\n".utf8)

        let scrubbed = try Sample.redactor().redact(bytes, as: .text).bytes

        let last = text.split { $0 == " " || $0 == "\n" }.last ?? ""
        #expect(!String(decoding: scrubbed, as: UTF8.self).contains(last))
    }

    /// Of a hundred thousand digests eight look, as hexadecimal, as if they held something.
    @Test func aManifestKeepsItsDigests() throws {
        let seed = Share.seed
        print("digests of manifests: seed \(seed)")
        var letters = Letters(seed: seed)
        let scratch = try Scratch()
        let digests =
            ["ada2cbdd74099d6664f4a51532e7a5523b13e07844aafd6fecebc98f33bc56dd"]
            + (0..<(Share.isFull ? 200_000 : 4000)).map { _ in
                letters.some(64, of: Letters.hexadecimal)
            }
        let own = ContentDigest.of([1])
        let member = Manifest.Member(path: "logs/a", bytes: 1, digest: own)
        let manifest = Manifest(
            Sample.request(scratch), members: digests.map { _ in member }, omissions: [],
            redaction: RedactionReport())
        let parts = try manifest.text.components(separatedBy: Hex.encode(Array(own.bytes)))
        try #require(parts.count == digests.count + 1)
        let text = Array((zip(parts, digests).map { $0 + $1 }.joined() + (parts.last ?? "")).utf8)
        var stream = try Sample.redactor().stream(as: .json, keepsDigests: true)

        var scrubbed = try stream.feed(text)
        scrubbed.append(try stream.finish())

        #expect(scrubbed.bytes == text)
    }
}
