// Breaks a log in every way that is known and says what came of it:
//
//     swift run -c release torture [damage] [calls] [errors] [cuts] [live] [fuzz] [memory] [--seed N] ...
//     swift run -c release torture all [--share N] [--seed N]
//
// or runs real processes through bad weather, see Processes.swift: soak, kills, healthy, reconnect.
// Exit status 0 when no promise broke, every row of the decision table was met and every part that was
// asked for by its name did something; 1 otherwise.

import Foundation
import Support
import TortureSuite

@main
struct Command {
    static func main() async {
        // A suite that is interrupted leaves no folder in memory and no program behind.
        let signals = [SIGINT, SIGTERM].map { number in
            onSignal(number) {
                AwaitedPrograms.own.endAll()
                Arenas.removeAll()
                exit(128 + number)
            }
        }
        defer { withExtendedLifetime(signals) {} }
        do {
            let words = CommandLine.arguments.dropFirst()
            exit(try await run(words) ? 0 : 1)
        } catch let failure as any Failure {
            say(failure.description)
            exit(failure.exitStatus.rawValue)
        } catch {
            say("\(error)")
            exit(1)
        }
    }

    static func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

    private static func run(_ words: ArraySlice<String>) async throws -> Bool {
        if words.first == "all" {
            return try await WholeSuite(Options(Array(words.dropFirst()))).run()
        }
        if let part = words.first.flatMap(ProcessPart.init) {
            let numbers = try part.numbers(from: words.dropFirst())
            return try part.run(numbers).isGood
        }
        let options = try Options(Array(words))
        say("seed \(options.seed)")
        return try await LogParts(options).run().isGood
    }
}

/// What a run came to.
struct Outcome {
    var faults = 0
    var broken = 0
    var notRun: [String] = []
    /// What did not happen and had to: a part that was asked for by name and did nothing, a row of
    /// the decision table that was never met. What proved nothing is no success.
    var idle: [String] = []

    var isGood: Bool { broken == 0 && idle.isEmpty }

    /// Prints what a tally has and takes its numbers over.
    init(_ tally: Tally, idle: [String] = [], took: Duration) {
        (faults, broken, notRun) = (tally.injectedCount, tally.brokenCount, tally.notRun)
        self.idle = idle
        for line in tally.lines { Command.say(line) }
        for what in idle { Command.say("BROKEN   \(what)") }
        Command.say("\(faults) faults, \(broken) promises broken, \(took.brief)")
    }

    init() {}
}
