// The reader that searches finished bytes: it must see what is there, however it is written, and
// nothing that is not.

import Foundation
import Redaction
import Support
import Testing

@testable import IssueBundle

/// The bytes of a key as programs print them.
enum PrintedKey {
    static func forms(of raw: [UInt8]) -> [String] {
        let pairs = raw.map { Hex.encode([$0]) }
        let numbers = raw.map { "\($0)" }
        return [
            pairs.joined().uppercased(), pairs.joined(separator: ":"), pairs.joined(separator: " "),
            pairs.joined(separator: ":").uppercased(),
            pairs.map { "0x" + $0 }.joined(separator: ", "),
            numbers.joined(separator: ", "), numbers.joined(separator: ","),
            "[\n  " + numbers.joined(separator: ",\n  ") + "\n]",
            pairs.prefix(15).joined(separator: ":") + ":\n    "
                + pairs.dropFirst(15).joined(separator: ":"),
            Data(raw).base64EncodedString(), Data([0x21] + raw).base64EncodedString(),
            "SUFBK7LTINJRDMFRIV4QTTTT2ODJO2PBNOZ6VZMVJZCDBCJER6FA====",
        ]
    }
}

@Suite struct NeedleTests {
    private func set(_ values: String..., isSecret: Bool = true) -> NeedleSet {
        NeedleSet(
            values.map { Needle(rule: "r", source: $0, bytes: Array($0.utf8), isSecret: isSecret) })
    }

    @Test func aSecretIsFoundAtEveryPlace() {
        let needles = set("q8Zx41LmP0aV")
        for offset in 0..<40 {
            let text = String(repeating: ".", count: offset) + "q8Zx41LmP0aV" + "..."
            #expect(needles.first(in: Array(text.utf8)) != nil, "offset \(offset)")
        }
        #expect(needles.first(in: Array("q8Zx41L-mP0aV".utf8)) == nil)
    }

    @Test func elevenBytesOfASecretAreEnough() {
        let secret = "q8Zx41LmP0aVw7Ty2Kb9"
        let needles = set(secret)
        for start in 0...(secret.count - 11) {
            let piece = secret.dropFirst(start).prefix(11)
            for offset in 0..<8 {
                let text = String(repeating: "#", count: offset) + piece
                #expect(needles.first(in: Array(text.utf8)) != nil, "\(piece) at \(offset)")
            }
        }
    }

    /// What all web tokens have in common is nobody's; the rest of ours is ours.
    @Test func aTokensHeadIsNotTakenForOurs() {
        let head = "eyJ0eXAiOiJKV1QiLCJhbGciOiJFZERTQSJ9.eyJzdWIiOiJyb290QHZtIiwicm9v"
        let own = "bSI6ImZkMDU4NTE4YTk3OTlhNDcifQ.R1LPcJiMXQuNoyXz5sMUIt9ygxK245atPvvXbThvX4dw"
        let known = KnownValues(secrets: [.init(name: "token", value: head + own)])
        let needles = NeedleSet(NeedleSet.needles(of: known))
        func isFound(_ text: String) -> Bool { needles.first(in: Array(text.utf8)) != nil }
        #expect(!isFound("saw eyJ0eXAiOiJKV1QiLCJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ cut off"))
        #expect(isFound("saw " + own.prefix(24) + " cut off"))
        #expect(isFound("saw " + own.suffix(16)))
        #expect(isFound(head + own))
    }

    /// A stranger's token that was issued on the same day got through in pieces: none of them is ours.
    @Test func aPieceOfAStrangersClaimsIsNotOurs() {
        let own =
            "eyJ0eXAiOiJKV1QiLCJhbGciOiJFZERTQSJ9."
            + "eyJzY29wZXMiOlsicm9vbS5jb250cmlidXRlIl0sImlzcyI6ImVmMDcifSwiaWF0IjoxNzk1NDc2ODEyfQ"
            + ".06JNSExkK-HA9qw2q1uLDZsf56Daas05yjZk4jTe7wB6HcBMACmGp2w9DppyYuX4"
        let known = KnownValues(secrets: [.init(name: "token", value: own)])
        let needles = NeedleSet(NeedleSet.needles(of: known))
        #expect(needles.first(in: Array("| iwiaWF0IjoxNzk1ND\n".utf8)) == nil)
        #expect(needles.first(in: Array("| ExkK-HA9qw2q1uLD\n".utf8)) != nil)
        #expect(needles.valueCount == 1)
    }

    /// A key that is kept as digits, in the ways in which programs print the bytes themselves.
    @Test func aKeyIsFoundHoweverItsBytesArePrinted() throws {
        let digits = "950a157d73435311b0b1457909ce73d3869769e16bb3eae5954e443089248f8a"
        let raw = try #require(Hex.decode(digits))
        let known = KnownValues(secrets: [.init(name: "device key", value: digits)])
        let needles = NeedleSet(NeedleSet.needles(of: known))
        let search = ArchiveSearch(needles: needles)
        for text in PrintedKey.forms(of: raw) {
            let found = search.first(in: Array("saw \(text) here\nand on\n".utf8))
            #expect(found?.source == "device key", "\(text)")
        }
        let ordinary = "saw 149, 10, 21, 125, 115, 67 and 95:0a:15:7d\n"
        #expect(search.first(in: Array(ordinary.utf8)) == nil)
        #expect(needles.valueCount == 1)
    }

    @Test func aNameIsFoundWholeAndAsAWordOnly() {
        let needles = set("margarethe", isSecret: false)
        func isFound(_ text: String) -> Bool { needles.first(in: Array(text.utf8)) != nil }
        #expect(isFound("by margarethe today") && isFound("/home/margarethe/x"))
        #expect(!isFound("margareth") && !isFound("amargarethe") && !isFound("margarethes"))
    }

    /// Joined lines are asked near their joints only: the rest was asked before.
    @Test func whateverGoesAcrossAJointIsFound() {
        for value in ["q8Zx41Lm", "q8Zx41LmP0a", "q8Zx41LmP0aVw7Ty2Kb9-and-long-behind-it"] {
            for isSecret in [true, false] {
                let needles = set(value, isSecret: isSecret)
                let bytes = Array(value.utf8)
                for joint in 1..<bytes.count {
                    for offset in 0..<9 {
                        let text = [UInt8](repeating: 0x2E, count: offset + 20) + bytes + [0x2E]
                        let place = offset + 20 + joint
                        let found = text.withUnsafeBytes {
                            needles.first(in: $0, across: [3, place, text.count])
                        }
                        #expect(found != nil, "\(value) at \(offset), joined behind \(joint)")
                    }
                }
            }
        }
    }

    /// Ordinary logs are full of numbers and digests, and a part of a secret that is no more than
    /// one of those proves nothing.
    @Test func whatChanceMakesIsNoFind() {
        let needles = set(
            "183046295517-730184662095-q8Zx41LmP0aVw7Ty2Kb9", "0f5f424463a8ca5e0c63fa45")
        func isFound(_ text: String) -> Bool { needles.first(in: Array(text.utf8)) != nil }
        #expect(!isFound("took=730184662 len=183046295517 0f5f4244 424463a8ca"))
        #expect(isFound("xoxb-183046295517-730184662095-") && isFound("5f424463a8ca5e0c"))
        #expect(isFound("q8Zx41LmP0a") && isFound("0f5f424463a8ca5e0c63fa45"))
    }

    @Test func shortValuesAreNotLookedFor() {
        let needles = set("hunter2", "longenough")
        #expect(needles.tooShort.map(\.source) == ["hunter2"])
        #expect(needles.needles.map(\.source) == ["longenough"])
    }

    @Test func ordinaryTextHoldsNoCanary() {
        let plan = CanaryPlan(
            seed: .of([1]), strict: true, sources: [.init(name: "logs", kind: .log)])
        let needles = NeedleSet(plan.all.map(\.needle))
        let search = ArchiveSearch(needles: needles)
        var generator = SeededGenerator(seed: 11)
        for round in 0..<4 {
            let random = (0..<4000).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            #expect(search.first(in: random) == nil, "round \(round)")
            #expect(search.first(in: Array(Hex.encode(random).utf8)) == nil, "round \(round)")
        }
        #expect(search.first(in: Array(Sample.logs(50).utf8)) == nil)
    }
}

@Suite struct UnwrappingTests {
    private static let plan = CanaryPlan(
        seed: .of([2]), strict: true,
        sources: [
            .init(name: "logs", kind: .log), .init(name: "config", kind: .config),
            .init(name: "environment", kind: .environment), .init(name: "x", kind: .json),
            .init(name: "y", kind: .text),
        ])

    /// Without this the proof could be blind and would call everything clean.
    @Test(arguments: plan.sources)
    func everyCanaryIsFoundWhereItWasPlanted(source: CanaryPlan.Source) {
        let planted = Self.plan.planted(in: source)
        for canary in planted {
            let files = Shadow.files(of: source, planted: [canary])
            let search = ArchiveSearch(needles: NeedleSet([canary.needle]))
            let found = files.contains { search.first(in: $0.bytes) != nil }
            #expect(found, "\(canary.className) as \(canary.wrapping.rawValue): \(canary.text)")
        }
    }

    @Test func wrappingsWithinWrappingsAreUndone() {
        let secret = "q8Zx41LmP0aVw7Ty2Kb9"
        let search = ArchiveSearch(
            needles: NeedleSet([
                Needle(rule: "r", source: "s", bytes: Array(secret.utf8), isSecret: true)
            ]))
        for outer in Wrapping.allCases where outer != .utf16 {
            for middle in Wrapping.allCases where middle != .utf16 {
                // Colours within the marks of colours are nobody's text any more.
                if outer == .colours, middle == .colours { continue }
                for inner in [Wrapping.plain, .base64] {
                    let text = outer.write(middle.write(inner.write("token \(secret)")))
                    #expect(
                        search.first(in: Array("x \(text) y".utf8)) != nil,
                        "\(inner.rawValue) in \(middle.rawValue) in \(outer.rawValue)")
                }
            }
        }
    }

    /// A mark that a line's end cuts is none before the lines are joined.
    @Test(arguments: ["%41", "&#65;", "\\u0041", "\\x41", "=41=42=43"])
    func aMarkThatIsCutIsUndone(mark: String) {
        let secret = "q8Zx41LmP0aVw7Ty2Kb9"
        let value = mark == "=41=42=43" ? "ABC" : "A"
        let search = ArchiveSearch(
            needles: NeedleSet([
                Needle(
                    rule: "r", source: "s", bytes: Array("q8Zx4\(value)mP0aV".utf8),
                    isSecret: true)
            ]))
        for cut in 1..<mark.count {
            let text = "x \(secret.prefix(5))\(mark.prefix(cut))\n  \(mark.dropFirst(cut))mP0aV y"
            #expect(search.first(in: Array(text.utf8)) != nil, "\(text)")
        }
    }

    @Test func aPackedSecretInsideOfBase64IsFound() throws {
        let secret = "q8Zx41LmP0aVw7Ty2Kb9"
        let packed = try HandTar.gzip(Array("token=\(secret)\n".utf8))
        let search = ArchiveSearch(
            needles: NeedleSet([
                Needle(rule: "r", source: "s", bytes: Array(secret.utf8), isSecret: true)
            ]))

        #expect(search.first(in: Array(Wrapping.base64(packed, isURL: false).utf8)) != nil)
        #expect(search.first(in: Array(Hex.encode(packed).utf8)) != nil)
    }

    @Test func anythingAtAllIsSearchedToTheEnd() {
        var generator = SeededGenerator(seed: 5)
        let search = ArchiveSearch(needles: NeedleSet(Self.plan.all.map(\.needle)))
        let marks = Array("\\%&=\u{1B}[]u00x;#{}\"/+ \n".utf8) + [0]
        for _ in 0..<200 {
            let count = Int.random(in: 0...300, using: &generator)
            let text = (0..<count).map { _ in
                Bool.random(using: &generator)
                    ? marks.randomElement(using: &generator) ?? 0
                    : UInt8.random(in: .min ... .max, using: &generator)
            }
            #expect(search.first(in: text) == nil)
        }
    }

    @Test func equalSeedsPlantEqualCanariesAndOthersDoNot() {
        let source = CanaryPlan.Source(name: "logs", kind: .log)
        func texts(_ seed: UInt8) -> [String] {
            CanaryPlan(seed: .of([seed]), strict: false, sources: [source]).all.map(\.text)
        }
        #expect(texts(1) == texts(1))
        #expect(Set(texts(1)).intersection(texts(2)).isEmpty)
        #expect(texts(1).count > 600)
    }

    @Test func everyRuleHasItsCanary() {
        let planted = Set(Self.plan.all.map(\.needle.rule))
        let missing = RedactionRule.allCases.map(\.rawValue).filter { !planted.contains($0) }
        #expect(missing.isEmpty, "plant a canary for each of these")
    }
}
