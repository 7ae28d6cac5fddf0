// Which schedules are run, and what a run says when it fails.
//
// `AURA_SEED=N` runs one schedule and prints its history, with every record of the logs;
// `AURA_SCHEDULES=N` runs about that many. Many of them want an optimised build:
// `AURA_SCHEDULES=20000 swift test -c release -Xswiftc -enable-testing --filter SimulationTests`.

import Foundation
import LiveSync

/// A stretch of seeds; several of them run side by side.
struct Lane: Sendable {
    let peers: Int
    /// How often everything comes to rest; what one phase leaves open is decided in the next.
    let phases: Int
    let firstSeed: UInt64
    let count: Int

    /// 2,000 schedules unless another number is wanted; two peers meet more often, so they get most.
    /// Long histories find what short ones cannot, but each costs twice as much.
    static let all: [Lane] = (0..<8).map { index in
        Lane(
            peers: index < 6 ? 2 : 3, phases: index % 3 == 0 ? 4 : 2,
            firstSeed: UInt64(index) * 100_000 + 1, count: (Schedules.wanted ?? 2_000) / 8)
    }
}

enum Schedules {
    /// Schedules that still fail, each a mistake that is known and not yet understood. They run;
    /// the day one of them passes, its test says so.
    static let open: Set<UInt64> = []

    private static let environment = ProcessInfo.processInfo.environment
    static let wanted = environment["AURA_SCHEDULES"].flatMap(Int.init)
    static let only = environment["AURA_SEED"].flatMap(UInt64.init)

    /// The lanes to run: all, or the one that the wanted seed belongs to.
    static var lanes: [Lane] {
        guard let only else { return Lane.all }
        return [Lane.all.last { $0.firstSeed <= only } ?? Lane.all[0]]
    }

    /// The seeds of a lane.
    static func seeds(of lane: Lane) -> [UInt64] {
        if let only { return [only] }
        return (0..<UInt64(lane.count)).map { lane.firstSeed + $0 }
    }

    /// What happened in runs, and how often, and which of them failed.
    struct Outcome: Sendable {
        var count = 0
        var happened: [String: Int] = [:]
        var failures: [(seed: UInt64, text: String)] = []

        mutating func add(_ other: Outcome) {
            count += other.count
            happened.merge(other.happened, uniquingKeysWith: +)
            failures += other.failures
        }
    }

    /// All schedules of a lane.
    static func run(_ lane: Lane) -> Outcome {
        var outcome = Outcome()
        for seed in seeds(of: lane) {
            outcome.count += 1
            if let failure = run(seed, lane, happened: &outcome.happened) {
                outcome.failures.append((seed, failure))
                // A long run says at once what it found.
                if wanted != nil { print(failure) }
            }
        }
        return outcome
    }

    /// What failed, with the seed; nil when nothing did.
    ///
    /// - Parameter happened: what happened in the run, by name, is added to it.
    static func run(
        _ seed: UInt64, _ lane: Lane, mistake: Mistake = Mistake(), happened: inout [String: Int]
    ) -> String? {
        var world: World?
        do {
            world = try World(seed: seed, peers: lane.peers, mistake: mistake)
            world?.tellsRecords = only != nil
            try world?.run(phases: lane.phases)
            for record in try world?.records() ?? [] {
                for name in names(of: record) { happened[name, default: 0] += 1 }
            }
            happened.merge(world?.happened ?? [:], uniquingKeysWith: +)
            for peer in world?.peers ?? [] {
                happened.merge(peer.log.happened, uniquingKeysWith: +)
            }
            return nil
        } catch {
            let history = only == nil ? "" : "\n" + (world?.trace.joined(separator: "\n") ?? "")
            return "AURA_SEED=\(seed), \(lane.peers) peers: \(error)\(history)"
        }
    }

    private static func names(of record: PeerRecord) -> Set<String> {
        switch record {
        case .settled(_, _, let reason): [reason.rawValue]
        case .conflictOpened(let conflict): [conflict.kind.rawValue]
        case .conflictResolved(_, let choice, _, _): [choice.rawValue]
        case .stateChanged(.adopted): ["adopted"]
        case .stateChanged(.withdrawn): ["withdrawn"]
        case .stateChanged(.departing): ["departing"]
        case .stateChanged(.lifecycle(let lifecycle)): [lifecycle.word]
        case .applyFailed(_, _, _, _, let reason, _): [reason]
        case .failed(_, let refusals, _): Set(refusals.map(\.reject.word))
        default: [record.type.name]
        }
    }
}
