// `torture all`: every part after the other, each with a tally of its own, and one total at the end.
// `--share N` does an N-th of everything; the whole of it takes hours.

import Support
import TortureSuite

struct WholeSuite {
    private let options: Options

    init(_ options: Options) throws {
        guard options.parts.isEmpty else {
            throw PlainFailure(
                "all", "already means every part", nextStep: "name parts, or all alone",
                exitStatus: .usage)
        }
        self.options = options
    }

    /// - Returns: whether every part did something and nothing broke.
    func run() async throws -> Bool {
        Command.say("seed \(options.seed)")
        let start = SystemClock().uptime
        var rows: [(name: String, outcome: Outcome)] = []
        for part in LogPart.allCases {
            var own = options
            own.parts = [part]
            rows.append(
                (
                    part.rawValue,
                    await outcome(of: part.rawValue) { [own] in
                        try await LogParts(own).run()
                    }
                ))
        }
        for part in ProcessPart.allCases {
            let numbers = part.numbers(seed: options.seed, share: options.share ?? 1)
            rows.append(
                (
                    part.rawValue,
                    await outcome(of: part.rawValue) {
                        try part.run(numbers)
                    }
                ))
        }
        return total(of: rows, took: SystemClock().uptime - start)
    }

    /// A part that cannot go on keeps no other from running.
    private func outcome(
        of name: String, _ body: () async throws -> Outcome
    ) async -> Outcome {
        Command.say("== \(name)")
        do { return try await body() } catch {
            Command.say("BROKEN   \(name) did not end: \(error)")
            var outcome = Outcome()
            outcome.broken = 1
            return outcome
        }
    }

    private func total(of rows: [(name: String, outcome: Outcome)], took: Duration) -> Bool {
        Command.say("== all")
        for (name, outcome) in rows {
            let word = outcome.isGood ? "good" : outcome.broken > 0 ? "BROKEN" : "NOTHING DONE"
            Command.say("  \(name): \(outcome.faults) faults, \(outcome.broken) broken, \(word)")
        }
        for line in rows.flatMap(\.outcome.notRun) { Command.say("not run  \(line)") }
        let (faults, broken) = rows.reduce((0, 0)) {
            ($0.0 + $1.outcome.faults, $0.1 + $1.outcome.broken)
        }
        Command.say("\(faults) faults, \(broken) promises broken, \(took.brief)")
        return rows.allSatisfy(\.outcome.isGood)
    }
}
