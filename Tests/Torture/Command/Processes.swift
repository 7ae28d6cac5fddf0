// The parts that torture running processes, each a word of its own:
//
//     torture soak --minutes N --peers N --disputed 0|1 --seed N
//     torture kills --count N --seed N
//     torture healthy --runs N --seed N
//     torture reconnect --peers N
//
// They run the `aura` that lies beside this program.

import Foundation
import SoakSuite
import Support
import TestSupport
import TortureSuite

enum ProcessPart: String, CaseIterable {
    case soak, kills, healthy, reconnect

    private var defaults: [String: UInt64] {
        switch self {
        case .soak: ["minutes": 60, "peers": 8, "disputed": 1]
        case .kills: ["count": 500]
        case .healthy: ["runs": 1000]
        case .reconnect: ["peers": 1000]
        }
    }

    /// The numbers it runs with: its own but for what these arguments say.
    func numbers(from arguments: ArraySlice<String>) throws -> [String: UInt64] {
        var numbers = defaults
        numbers["seed"] = UInt64.random(in: 0...UInt64.max)
        var rest = arguments
        while let word = rest.popFirst() {
            let name = String(word.drop { $0 == "-" })
            guard word.hasPrefix("--"), numbers[name] != nil, let text = rest.popFirst(),
                let value = UInt64(text),
                ["seed", "disputed"].contains(name) || (1...1_000_000).contains(value)
            else {
                let known = numbers.keys.sorted().map { "--\($0) N" }.joined(separator: ", ")
                throw PlainFailure(
                    word, "is no option of \(rawValue), or lacks its number",
                    nextStep: "use \(known)", exitStatus: .usage)
            }
            numbers[name] = value
        }
        return numbers
    }

    /// A share of its own numbers, enough of each to say something.
    func numbers(seed: UInt64, share: Int) -> [String: UInt64] {
        var numbers = defaults
        for (name, least) in least {
            numbers[name] = max(least, (numbers[name] ?? 0) / UInt64(share))
        }
        numbers["seed"] = seed
        return numbers
    }

    private var least: [String: UInt64] {
        switch self {
        case .soak: ["minutes": 1]
        case .kills: ["count": 5]
        case .healthy: ["runs": 10]
        case .reconnect: ["peers": 50]
        }
    }

    func run(_ numbers: [String: UInt64]) throws -> Outcome {
        let seed = numbers["seed"] ?? 0
        Command.say("\(rawValue), seed \(seed)")
        let tally = Tally()
        let clock = SystemClock()
        let start = clock.uptime
        try run(numbers.mapValues { Int(clamping: $0) }, seed, tally)
        // Nothing is done to the healthy.
        let done =
            self == .healthy ? tally.figure("runs of doctor live") : tally.injectedCount
        return Outcome(
            tally, idle: done == 0 ? ["\(rawValue) did nothing"] : [], took: clock.uptime - start)
    }

    private func run(_ numbers: [String: Int], _ seed: UInt64, _ tally: Tally) throws {
        let executable = try BuildFolder.path(of: "aura")
        let tell: (String) -> Void = { Command.say("  " + $0) }
        let count = { (name: String) in numbers[name] ?? 1 }
        switch self {
        case .soak:
            var soak = Soak(
                executable: executable, peers: count("peers"),
                length: .seconds(60 * count("minutes")), seed: seed)
            soak.isDisputed = count("disputed") != 0
            soak.keepsState = true
            try soak.run(tally, tell)
        case .kills:
            try Kills(executable: executable, count: count("count"), seed: seed).run(tally, tell)
        case .healthy:
            try Healthy(executable: executable, runs: count("runs"), seed: seed).run(tally, tell)
        case .reconnect:
            try Reconnect(executable: executable, peers: count("peers")).run(tally, tell)
        }
    }
}
