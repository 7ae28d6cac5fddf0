// The parts that torture a log and its decoders, by name or the usual ones.

import DecoderFuzz
import ScrubFuzz
import Support
import TortureSuite

enum LogPart: String, CaseIterable {
    case damage, calls, errors, cuts, live, fuzz, memory

    /// Whether it runs when none is named.
    var isUsual: Bool {
        switch self {
        case .damage, .calls, .errors, .cuts: true
        case .live, .fuzz, .memory: false
        }
    }
}

struct LogParts {
    let options: Options
    private let tally = Tally()

    init(_ options: Options) { self.options = options }

    func run() async throws -> Outcome {
        let start = SystemClock().uptime
        var idle: [String] = []
        for part in LogPart.allCases where options.wants(part) {
            let before = done(in: part)
            try await run(part)
            let isIdle = done(in: part) == before
            if isIdle, options.parts.contains(part) { idle.append("\(part) did nothing") }
        }
        if options.namesCuts, options.wants(.cuts), tally.figure(RealCuts.judged) == 0 {
            idle.append("no \(RealCuts.title) was done")
        }
        if options.wants(.damage) {
            idle += tally.rowsNeverSeen.map { "row \($0) was never met" }
        }
        return Outcome(tally, idle: idle, took: SystemClock().uptime - start)
    }

    /// What shows that a part did something.
    private func done(in part: LogPart) -> Int {
        part == .live ? tally.figure(LiveReading.looks) : tally.injectedCount
    }

    private func run(_ part: LogPart) async throws {
        let step = options.share ?? 1
        switch part {
        case .damage: try await options.damage.run(tally) { Command.say("  " + $0) }
        case .calls: try traced(part) { try KillSweep(tally, every: step).run() }
        case .errors: try traced(part) { try DiskErrors(tally, every: step).run() }
        case .cuts:
            // The real ones do not ask for strace.
            try RealCuts(tally, seed: options.seed, count: options.part(of: options.cuts)).run()
            try traced(part) {
                let draws = options.part(of: options.draws)
                try PowerCuts(tally, seed: options.seed, drawsPerPoint: draws).run()
            }
        case .live:
            // Fewer are written before a reader has looked once.
            let records = max(min(options.records, 100_000), options.part(of: options.records))
            try await LiveReading(tally, seed: options.seed, records: records).run()
        case .fuzz: try await fuzz()
        case .memory:
            try ScrubMemory.run(tally, bytes: options.scrubBytes, share: options.share) {
                Command.say($0)
            }
        }
    }

    /// A part that needs a process to kill or to trace.
    private func traced(_ part: LogPart, _ body: () throws -> Void) throws {
        if let obstacle = Crasher.obstacle {
            return tally.notRun(part.rawValue, because: obstacle)
        }
        try body()
    }

    private func fuzz() async throws {
        let limit = Duration.seconds(options.part(of: options.seconds))
        for target in FuzzTarget.allCases {
            let fuzzing = Fuzzing(tally, seed: options.seed)
            try await fuzzing.replay(target)
            try await fuzzing.run(target, atMost: limit)
        }
        for decoder in try Decoder.all() {
            let fuzzing = DecoderFuzzing(tally, seed: options.seed)
            fuzzing.replay(decoder)
            fuzzing.run(decoder, atMost: limit)
        }
        for target in ScrubTarget.allCases {
            try ScrubFuzzing(tally, seed: options.seed).run(target, atMost: limit)
        }
    }
}

struct Options {
    var parts: Set<LogPart> = []
    var seed = UInt64.random(in: 0...UInt64.max)
    /// Only every so many-th of the cases, points, seconds and records.
    var share: Int?
    var bytes = 64 << 10
    /// Bytes of each shape that memory is measured with.
    var scrubBytes = 256 << 20
    var random = 100_000
    /// Disks drawn for each point at which the power goes.
    var draws = 8
    /// Real power cuts.
    var cuts = 200
    private(set) var namesCuts = false
    /// Records written beside a reader.
    var records = 1_000_000
    /// How long each decoder is fuzzed.
    var seconds = 60

    init(_ arguments: [String]) throws {
        var rest = arguments[...]
        while let word = rest.popFirst() {
            if let part = LogPart(rawValue: word) {
                parts.insert(part)
                continue
            }
            guard let text = rest.popFirst(), let value = UInt64(text) else {
                throw Self.usage(word)
            }
            if word == "--seed" {
                seed = value
                continue
            }
            guard (1...UInt64(UInt32.max)).contains(value) else { throw Self.usage(word) }
            try take(word, Int(value))
        }
    }

    private mutating func take(_ word: String, _ value: Int) throws {
        switch word {
        case "--share": share = value
        case "--bytes": (bytes, scrubBytes) = (value, value)
        case "--random": random = value
        case "--draws": draws = value
        case "--cuts": (cuts, namesCuts) = (value, true)
        case "--records": records = value
        case "--seconds": seconds = value
        default: throw Self.usage(word)
        }
    }

    private static func usage(_ word: String) -> PlainFailure {
        let parts = LogPart.allCases.map(\.rawValue).joined(separator: ", ")
        return PlainFailure(
            word, "is no part of this command, or lacks its number",
            nextStep: "name parts (\(parts), or all) or --seed N, --share N, --bytes N, "
                + "--random N, --draws N, --cuts N, --records N, --seconds N", exitStatus: .usage)
    }

    func wants(_ part: LogPart) -> Bool { parts.isEmpty ? part.isUsual : parts.contains(part) }

    /// The share of a number, at least one.
    func part(of number: Int) -> Int { max(1, number / (share ?? 1)) }

    var damage: DamageSweep {
        DamageSweep(
            extent: share.map { .share($0) } ?? .whole, seed: seed, logBytes: bytes,
            randomFaults: part(of: random))
    }
}
