// A share of `torture fuzz` for the readers of connections, files of state and settings.

import DecoderFuzz
import Testing
import TortureSuite

@Suite struct DecoderTests {
    @Test func whatIsMeantIsTakenAndWhatIsNotDoesNoHarm() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        let tally = Tally()
        let fuzzing = DecoderFuzzing(tally, seed: seed)

        for decoder in try Decoder.all() {
            #expect(fuzzing.replay(decoder) == decoder.samples.count, "\(decoder.name)")
            fuzzing.run(decoder, atMost: .seconds(60), cases: 200)
            #expect(tally.count(ofFault: "fuzzed \(decoder.name)") == 200)
            #expect(tally.count(ofFault: "corpus of \(decoder.name)") > 20)
        }

        #expect(tally.broken.isEmpty, "seed \(seed): \(tally.broken.joined(separator: "\n"))")
    }
}
