// Power cuts on a disk that forgets what was not synced: the calls of a real process are written
// down once, and the log is looked at as it would lie after a cut behind any of them.

import Support
import WriteAheadLog

public struct PowerCuts: Sendable {
    private let tally: Tally
    private let seed: UInt64
    /// How many disks are drawn for each point.
    private let drawsPerPoint: Int

    public init(_ tally: Tally, seed: UInt64, drawsPerPoint: Int) {
        (self.tally, self.seed, self.drawsPerPoint) = (tally, seed, drawsPerPoint)
    }

    public func run() throws {
        var random = SeededGenerator(seed: seed)
        try cuts(of: ["work", "14", "8192"], begun: nil, &random)
        try cuts(of: ["lead", "14", "8192"], begun: nil, &random)
        try cuts(of: ["open"], begun: ["append", "9", "8192"], &random)
    }

    private func cuts(
        of arguments: [String], begun: [String]?, _ random: inout SeededGenerator
    ) throws {
        let arena = try Arena()
        let target = try Arena()
        defer {
            arena.remove()
            target.remove()
        }
        var before: [Crasher.Acknowledged] = []
        var disk = CutDisk(folder: arena.log)
        let trace = "\(arena.path)/trace"
        if let begun {
            let (run, calls) = try Crasher.traced(
                [begun[0], arena.log] + begun[1...], into: trace)
            before = run.acknowledged
            for call in calls { disk.take(call) }
        }
        let (_, calls) = try Crasher.traced(
            [arguments[0], arena.log] + arguments[1...], into: trace)
        for (index, call) in calls.enumerated() {
            disk.take(call)
            guard call.arguments.contains("<") else { continue }
            for draw in 0..<drawsPerPoint {
                let what = "power cut in \(arguments[0]) behind call \(index), draw \(draw)"
                let files = disk.afterCut(&random)
                let promised = disk.lines.compactMap(Crasher.Acknowledged.init(line:))
                try look(files, before + promised, target, what)
            }
        }
    }

    /// Nothing acknowledged is lost, nothing is called damage, and the engine starts and keeps it.
    private func look(
        _ files: [String: [UInt8]], _ promised: [Crasher.Acknowledged], _ arena: Arena,
        _ what: String
    ) throws {
        tally.injected("power cut")
        try arena.restore(files)
        let witness = ExternalWitness(acknowledged: promised.map(\.lsn).max())
        if files["MANIFEST"] != nil || !promised.isEmpty {
            Acknowledgements.compare(promised, arena.log, what, tally, witness: witness)
        }
        do throws(LogFailure) {
            let (log, report) = try WriteAheadLog.open(
                at: arena.log, options: LogOptions(segmentBytes: 8192), witness: witness)
            if !report.lostLSNs.isEmpty { tally.broke("\(what): lost \(report.lostLSNs.ranges)") }
            try log.close()
        } catch {
            tally.broke("\(what): the engine does not start: \(error)")
        }
        Acknowledgements.compare(
            promised, arena.log, "\(what), opened again", tally, witness: witness)
    }
}
