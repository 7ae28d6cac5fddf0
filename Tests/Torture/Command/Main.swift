// Breaks a log in every way that is known and says what came of it:
//
//     swift run -c release torture [damage] [calls] [errors] [cuts] [fuzz] [memory] [--seed N] [--share N] ...
//
// or runs real processes through bad weather, see Live.swift: soak, kills, healthy, reconnect.
// Exit status 0 when no promise broke and every row of the decision table was met, 1 otherwise.

import DecoderFuzz
import Foundation
import ScrubFuzz
import Support
import TortureSuite

@main
struct Command {
    static func main() async {
        do {
            let words = CommandLine.arguments.dropFirst()
            if let part = words.first.flatMap(LivePart.init) {
                exit(try part.run(words.dropFirst()) ? 0 : 1)
            }
            let options = try Options(Array(words))
            exit(try await run(options) ? 0 : 1)
        } catch let failure as any Failure {
            say(failure.description)
            exit(failure.exitStatus.rawValue)
        } catch {
            say("\(error)")
            exit(1)
        }
    }

    static func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

    private static func run(_ options: Options) async throws -> Bool {
        say("seed \(options.seed)")
        let start = SystemClock().uptime
        let tally = Tally()
        if options.wants("damage") {
            try await options.damage.run(tally) { say("  " + $0) }
        }
        if options.parts.contains("fuzz") {
            for target in FuzzTarget.allCases {
                let fuzzing = Fuzzing(tally, seed: options.seed)
                try await fuzzing.replay(target)
                try await fuzzing.run(target, atMost: .seconds(options.seconds))
            }
            for decoder in try Decoder.all() {
                let fuzzing = DecoderFuzzing(tally, seed: options.seed)
                fuzzing.replay(decoder)
                fuzzing.run(decoder, atMost: .seconds(options.seconds))
            }
        }
        try runScrubbing(options, tally)
        try runProcesses(options, tally)
        for line in tally.lines { say(line) }
        let unseen = options.wants("damage") ? tally.rowsNeverSeen : []
        if !unseen.isEmpty { say("BROKEN   rows never met: \(unseen.joined(separator: ", "))") }
        let took = (SystemClock().uptime - start).brief
        say("\(tally.injectedCount) faults, \(tally.brokenCount) promises broken, \(took)")
        return tally.brokenCount == 0 && unseen.isEmpty
    }

    /// The redactor and the reader of bundles.
    private static func runScrubbing(_ options: Options, _ tally: Tally) throws {
        if options.parts.contains("fuzz") {
            for target in ScrubTarget.allCases {
                try ScrubFuzzing(tally, seed: options.seed).run(
                    target, atMost: .seconds(options.seconds))
            }
        }
        if options.parts.contains("memory") {
            try ScrubMemory.run(tally, bytes: options.scrubBytes, share: options.share) { say($0) }
        }
    }

    /// The parts that need a process to kill or to trace.
    private static func runProcesses(_ options: Options, _ tally: Tally) throws {
        // The real ones do not ask for strace.
        if options.wants("cuts") {
            try RealCuts(tally, seed: options.seed, count: options.cuts).run()
        }
        let parts = ["calls", "errors", "cuts"].filter { options.wants($0) }
        if let obstacle = Crasher.obstacle {
            for part in parts { tally.notRun(part, because: obstacle) }
            return
        }
        if parts.contains("calls") { try KillSweep(tally).run() }
        if parts.contains("errors") { try DiskErrors(tally).run() }
        if parts.contains("cuts") {
            try PowerCuts(tally, seed: options.seed, drawsPerPoint: options.draws).run()
        }
    }
}

struct Options {
    var parts: Set<String> = []
    var seed = UInt64.random(in: 0...UInt64.max)
    var share: Int?
    var bytes = 64 << 10
    /// Bytes of each shape that memory is measured with.
    var scrubBytes = 256 << 20
    var random = 100_000
    /// Disks drawn for each point at which the power goes.
    var draws = 8
    /// Real power cuts.
    var cuts = 200
    /// How long each decoder is fuzzed; fuzzing runs only when it is named.
    var seconds = 60

    private static let known: Set<String> = [
        "damage", "calls", "errors", "cuts", "fuzz", "memory",
    ]

    init(_ arguments: [String]) throws {
        var rest = arguments[...]
        while let word = rest.popFirst() {
            if Self.known.contains(word) {
                parts.insert(word)
                continue
            }
            guard let text = rest.popFirst(), let value = UInt64(text) else {
                throw Self.usage(word)
            }
            switch word {
            case "--seed": seed = value
            case "--share": share = Int(value)
            case "--bytes": (bytes, scrubBytes) = (Int(value), Int(value))
            case "--random": random = Int(value)
            case "--draws": draws = Int(value)
            case "--cuts": cuts = Int(value)
            case "--seconds": seconds = Int(value)
            default: throw Self.usage(word)
            }
        }
    }

    private static func usage(_ word: String) -> PlainFailure {
        PlainFailure(
            word, "is no part of this command, or lacks its number",
            nextStep: "name parts (\(known.sorted().joined(separator: ", "))) or --seed N, "
                + "--share N, --bytes N, --random N, --draws N, --cuts N, --seconds N",
            exitStatus: .usage)
    }

    func wants(_ part: String) -> Bool {
        parts.isEmpty || parts.contains(part)
    }

    var damage: DamageSweep {
        DamageSweep(
            extent: share.map { .share($0) } ?? .whole, seed: seed, logBytes: bytes,
            randomFaults: random)
    }
}
