// A share of `torture fuzz` and `torture memory`: bytes that nobody wrote, and inputs without end.

import ScrubFuzz
import Support
import TestSupport
import Testing
import TortureSuite

@Suite struct FuzzTests {
    @Test(arguments: ScrubTarget.allCases)
    func whatNobodyWroteDoesNoHarm(target: ScrubTarget) throws {
        let seed = Share.seed
        let tally = Tally()

        try ScrubFuzzing(tally, seed: seed).run(target, atMost: .seconds(60), cases: 60)

        #expect(tally.broken.isEmpty, "seed \(seed): \(tally.broken.joined(separator: "\n"))")
        #expect(tally.injectedCount >= 60)
    }

    /// In a process of its own: what other tests take would be counted as well.
    @Test func memoryIsBoundedWhateverComes() throws {
        var torture = ChildProcess(
            try BuildFolder.path(of: "torture"),
            ["memory", "--share", "3", "--bytes", "\(1 << 20)"],
            environment: [:])
        torture.deadline = .seconds(120)

        let result = try torture.run()

        let output = String(decoding: result.output, as: UTF8.self)
        #expect(result.status == 0, "\(output)\(result.errorText)")
        #expect(output.contains("0 promises broken"), "\(output)")
    }
}
