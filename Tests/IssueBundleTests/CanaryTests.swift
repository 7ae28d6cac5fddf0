// What the proof plants must not survive, wherever it stands; otherwise a healthy system would be
// refused its bundle by chance. A share here, hundreds of keys with `AURA_FULL=1`.

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
}
