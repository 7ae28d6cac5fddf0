// The short form of the torture command: a share of every kind of fault, end to end on real files.
// `swift run -c release torture` runs all of them.

import Testing
import TortureSuite

@Suite struct TortureTests {
    @Test func everyKindOfDamageEndsInItsRowAndCostsOnlyWhatItTouched() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        let tally = Tally()
        let sweep = DamageSweep(
            extent: .share(16), seed: seed, logBytes: 32 << 10, randomFaults: 40)
        try await sweep.run(tally) { _ in }
        #expect(tally.broken.isEmpty, "seed \(seed): \(tally.broken.joined(separator: "\n"))")
        #expect(tally.rowsNeverSeen.isEmpty, "seed \(seed)")
        #expect(tally.injectedCount > 300 && tally.figure("starts of the engine") > 280)
        #expect(tally.figure("recoveries, each run twice") > 25)
    }

    @Test(arguments: FuzzTarget.allCases)
    func aDecoderSurvivesBytesThatNobodyWrote(target: FuzzTarget) async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        let tally = Tally()
        let fuzzing = Fuzzing(tally, seed: seed)
        try await fuzzing.replay(target)
        try await fuzzing.run(target, atMost: .seconds(60), cases: 250)
        #expect(tally.broken.isEmpty, "seed \(seed): \(tally.broken)")
        #expect(tally.count(ofFault: "fuzzed \(target)") == 250)
        #expect(tally.count(ofFault: "corpus of \(target)") > 20)
    }
}
