// What the fuzzers have in common: cases one after the other, each drawn from one seed and named so
// that it can be found again, and none of them longer than a hang takes.

import Support

/// Runs the cases of one fuzzer.
public struct FuzzLoop: Sendable {
    public let tally: Tally
    public let seed: UInt64
    private let lookMax: Duration

    /// - Parameter lookMax: a look that takes longer is a promise broken.
    public init(_ tally: Tally, seed: UInt64, lookMax: Duration) {
        (self.tally, self.seed, self.lookMax) = (tally, seed, lookMax)
    }

    /// Makes cases for so long, or so often.
    ///
    /// - Parameter body: gets the case's number and name.
    public func run(
        _ target: String, atMost duration: Duration, cases: Int,
        _ body: (Int, String, inout SeededGenerator) throws -> Void
    ) rethrows {
        var random = SeededGenerator(seed: seed)
        let clock = SystemClock()
        let start = clock.uptime
        var number = 0
        while number < cases, clock.uptime - start < duration {
            let what = "fuzzed \(target) \(number) of seed \(seed)"
            try look(what, counting: "fuzzed \(target)") { try body(number, what, &random) }
            number += 1
        }
    }

    /// One look, counted and timed.
    public func look(
        _ what: String, counting kind: String, _ body: () throws -> Void
    ) rethrows {
        let clock = SystemClock()
        let start = clock.uptime
        try body()
        if clock.uptime - start > lookMax { tally.broke("\(what): took too long") }
        tally.injected(kind)
    }
}
